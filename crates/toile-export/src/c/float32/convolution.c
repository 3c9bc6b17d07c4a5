/* The value of channel `out` at a row and a column before any tiles.
 * x is [row][column][channel], weight [out][kernel row][kernel column][channel of its group]. */
static float convolution_value(const convolution_shape *of, const float *x, const float *weight, const float *bias,
                               int32_t row, int32_t column, int32_t out)
{
    const int32_t inputs = of->in_channels / of->groups;
    const int32_t first = out / (of->out_channels / of->groups) * inputs;
    const float *w = weight + out * of->kernel_rows * of->kernel_columns * inputs;
    float sum = bias[out];
    for (int32_t k = 0; k < of->kernel_rows; k++) {
        const int32_t r = row * of->stride_down + k * of->dilation_down - of->padding_above;
        for (int32_t l = 0; l < of->kernel_columns; l++, w += inputs) {
            const int32_t c = column * of->stride_across + l * of->dilation_across - of->padding_before;
            if (r < 0 || r >= of->in_rows || c < 0 || c >= of->in_columns) {
                continue;
            }
            const float *values = x + (r * of->in_columns + c) * of->in_channels + first;
            float part = 0.0f;
            for (int32_t i = 0; i < inputs; i++) {
                part += values[i] * w[i];
            }
            sum += part;
        }
    }
    return of->relu && sum < 0.0f ? 0.0f : sum;
}

static void convolution(const convolution_shape *of, const float *x, const float *weight, const float *bias, float *y)
{
    for (int32_t row = 0; row < of->out_rows; row++) {
        for (int32_t column = 0; column < of->out_columns; column++) {
            for (int32_t out = 0; out < of->out_channels; out++, y++) {
                float largest = 0.0f;
                for (int32_t i = 0; i < of->tile_rows * of->tile_columns; i++) {
                    const int32_t r = row * of->tile_rows + i / of->tile_columns;
                    const int32_t c = column * of->tile_columns + i % of->tile_columns;
                    const float value = convolution_value(of, x, weight, bias, r, c, out);
                    largest = i == 0 || value > largest ? value : largest;
                }
                *y = largest;
            }
        }
    }
}
