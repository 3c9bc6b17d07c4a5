/* The largest value of each window, channel by channel. */
static void max_pool(const window_shape *of, const int8_t *x, int8_t *y)
{
    for (int32_t row = 0; row < of->out_rows; row++) {
        for (int32_t column = 0; column < of->out_columns; column++) {
            const span *down = of->rows + row, *across = of->columns + column;
            for (int32_t channel = 0; channel < of->channels; channel++) {
                int8_t largest = x[(down->start * of->in_columns + across->start) * of->channels + channel];
                for (int32_t r = down->start; r < down->end; r++) {
                    for (int32_t c = across->start; c < across->end; c++) {
                        const int8_t value = x[(r * of->in_columns + c) * of->channels + channel];
                        largest = value > largest ? value : largest;
                    }
                }
                *y++ = largest;
            }
        }
    }
}
