/* A factor and a summand a channel, and what is below 0 made 0 where there is ReLU; y may be x. */
static void scale_and_shift(int32_t pixels, int32_t channels, int32_t relu, const float *x, const float *scale,
                            const float *shift, float *y)
{
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        for (int32_t channel = 0; channel < channels; channel++) {
            const float value = *x++ * scale[channel] + shift[channel];
            *y++ = relu && value < 0.0f ? 0.0f : value;
        }
    }
}
