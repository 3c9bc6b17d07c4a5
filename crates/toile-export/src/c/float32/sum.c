/* Two inputs added, and what is below 0 made 0 where there is ReLU; y may be either. */
static void sum(int32_t count, int32_t relu, const float *a, const float *b, float *y)
{
    for (int32_t i = 0; i < count; i++) {
        const float value = a[i] + b[i];
        y[i] = relu && value < 0.0f ? 0.0f : value;
    }
}
