/* Day by day valuation of a bond portfolio. */
#define DAYS 4096

double price[DAYS], rate[DAYS], coupon[DAYS], present[DAYS], accrued[DAYS], change[DAYS];

/* Present values, and the interest that has accrued up to each day. */
void accrue(void)
{
    for (int day = 1; day < DAYS; day++) {
        present[day] = coupon[day] / ((1.0 + rate[day]) * (1.0 + rate[day]));
        accrued[day] = accrued[day - 1] + coupon[day];
    }
}

/* Prices of today against those of tomorrow, which are still yesterday's in the table. */
void roll_forward(void)
{
    for (int day = 0; day < DAYS - 1; day++) {
        price[day] = present[day] * rate[day];
        change[day] = price[day + 1] - price[day];
    }
}

/* Changes against the middle of the table, which is changed itself when its turn comes. */
void rebase(void)
{
    for (int day = 0; day < DAYS; day++) {
        change[day] = change[DAYS / 2] * rate[day] + coupon[day];
    }
}

/* Settlement: what is due today is paid from what was left yesterday and tomorrow's advance. */
void settle(void)
{
    for (int day = 1; day < DAYS - 1; day++) {
        present[day] = accrued[day - 1] + coupon[day] * rate[day];
        accrued[day] = accrued[day + 1] - change[day] * rate[day];
    }
}
