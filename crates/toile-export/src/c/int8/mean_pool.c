/* The mean of each window, channel by channel, in steps of the output: a factor over a power of two of the input's. */
static void mean_pool(const window_shape *of, int32_t from_zero, int32_t factor, int32_t shift, int32_t to_zero,
                      const int8_t *x, int8_t *y)
{
    for (int32_t row = 0; row < of->out_rows; row++) {
        for (int32_t column = 0; column < of->out_columns; column++) {
            const span *down = of->rows + row, *across = of->columns + column;
            const int64_t divisor = (int64_t)((int32_t)down->count * (int32_t)across->count) << shift;
            for (int32_t channel = 0; channel < of->channels; channel++) {
                int32_t sum = 0;
                for (int32_t r = down->start; r < down->end; r++) {
                    for (int32_t c = across->start; c < across->end; c++) {
                        sum += x[(r * of->in_columns + c) * of->channels + channel] - from_zero;
                    }
                }
                *y++ = saturated(rounded((int64_t)sum * factor, divisor), to_zero, -128);
            }
        }
    }
}
