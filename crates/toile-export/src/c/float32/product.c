/* Each channel of x multiplied with its factor; y may be x. */
static void product(int32_t pixels, int32_t channels, const float *x, const float *factors, float *y)
{
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        for (int32_t channel = 0; channel < channels; channel++) {
            *y++ = *x++ * factors[channel];
        }
    }
}
