/* Channel `out` at a row and a column before any tiles, in steps of the output.
 * x is [row][column][channel], weight [out][kernel row][kernel column][channel of its group]. */
static int32_t convolution_sum(const convolution_shape *of, const convolution_values *with, const int8_t *x,
                               int32_t row, int32_t column, int32_t out)
{
    const int32_t inputs = of->in_channels / of->groups;
    const int32_t first = out / (of->out_channels / of->groups) * inputs;
    const int8_t *w = with->weight + out * of->kernel_rows * of->kernel_columns * inputs;
    int32_t sum = with->bias[out];
    for (int32_t k = 0; k < of->kernel_rows; k++) {
        const int32_t r = row * of->stride_down + k * of->dilation_down - of->padding_above;
        for (int32_t l = 0; l < of->kernel_columns; l++, w += inputs) {
            const int32_t c = column * of->stride_across + l * of->dilation_across - of->padding_before;
            if (r < 0 || r >= of->in_rows || c < 0 || c >= of->in_columns) {
                continue;
            }
            const int8_t *values = x + (r * of->in_columns + c) * of->in_channels + first;
            for (int32_t i = 0; i < inputs; i++) {
                sum += (values[i] - with->from_zero) * w[i];
            }
        }
    }
    return rounded((int64_t)sum * with->factors[out], (int64_t)1 << with->shifts[out]);
}
