/* Each channel of x multiplied with its factor; y may be x. */
static void product(int32_t pixels, int32_t channels, const product_values *with, const int8_t *x,
                    const int8_t *factors, int8_t *y)
{
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        for (int32_t channel = 0; channel < channels; channel++) {
            const int32_t steps = (*x++ - with->x_zero) * (factors[channel] - with->factor_zero);
            const int32_t value = rounded((int64_t)steps * with->factor, (int64_t)1 << with->shift);
            *y++ = saturated(value, with->to_zero, -128);
        }
    }
}
