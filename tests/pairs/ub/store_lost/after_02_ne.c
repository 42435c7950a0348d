int lost[64];

void store_lost(int k)
{
    for (int i = 0; i < 64; i++)
        lost[i] = k;
}
