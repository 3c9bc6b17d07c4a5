/* Two inputs added; y may be either. */
static void sum(int32_t count, const sum_values *with, const int8_t *a, const int8_t *b, int8_t *y)
{
    for (int32_t i = 0; i < count; i++) {
        const int64_t of_a = (int64_t)(a[i] - with->a_zero) * with->a_factor;
        const int64_t of_b = (int64_t)(b[i] - with->b_zero) * with->b_factor;
        y[i] = saturated(rounded(of_a + of_b, (int64_t)1 << with->shift), with->to_zero, with->low);
    }
}
