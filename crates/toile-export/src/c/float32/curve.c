/* A function of each value by itself; y may be x. */
static void curve(int32_t count, float (*of)(float), const float *x, float *y)
{
    for (int32_t i = 0; i < count; i++) {
        y[i] = of(x[i]);
    }
}
