/* A vibrating string by finite differences: the pressure moves first, then the velocity that follows from it. */

void string_step(float *pressure, float *velocity, const float *source, int n)
{
    for (int i = 0; i < n - 1; i++)
        velocity[i] = velocity[i] + 0.5f * pressure[i + 1];
    for (int i = 0; i < n - 1; i++)
        pressure[i] = pressure[i] * 0.98f + source[i];
}
