/* Each group of channels less its mean, over its deviation; then a factor and a summand a channel. */
static void group_norm(int32_t pixels, int32_t channels, int32_t groups, float eps, const float *x, const float *scale,
                       const float *shift, float *y)
{
    const int32_t together = channels / groups;
    for (int32_t first = 0; first < channels; first += together) {
        float mean = 0.0f, variance = 0.0f;
        for (int32_t pixel = 0; pixel < pixels; pixel++) {
            float part = 0.0f;
            for (int32_t channel = first; channel < first + together; channel++) {
                part += x[pixel * channels + channel];
            }
            mean += part;
        }
        mean /= (float)(pixels * together);
        for (int32_t pixel = 0; pixel < pixels; pixel++) {
            float part = 0.0f;
            for (int32_t channel = first; channel < first + together; channel++) {
                const float distance = x[pixel * channels + channel] - mean;
                part += distance * distance;
            }
            variance += part;
        }
        variance /= (float)(pixels * together);
        const float inverse = 1.0f / sqrtf(variance + eps);
        for (int32_t pixel = 0; pixel < pixels; pixel++) {
            for (int32_t channel = first; channel < first + together; channel++) {
                const int32_t at = pixel * channels + channel;
                y[at] = (x[at] - mean) * inverse * scale[channel] + shift[channel];
            }
        }
    }
}
