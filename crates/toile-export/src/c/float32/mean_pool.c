/* The mean of each window, channel by channel. */
static void mean_pool(const window_shape *of, const float *x, float *y)
{
    for (int32_t row = 0; row < of->out_rows; row++) {
        for (int32_t column = 0; column < of->out_columns; column++) {
            const span *down = of->rows + row, *across = of->columns + column;
            const float count = (float)((int32_t)down->count * (int32_t)across->count);
            for (int32_t channel = 0; channel < of->channels; channel++) {
                float sum = 0.0f;
                for (int32_t r = down->start; r < down->end; r++) {
                    float part = 0.0f;
                    for (int32_t c = across->start; c < across->end; c++) {
                        part += x[(r * of->in_columns + c) * of->channels + channel];
                    }
                    sum += part;
                }
                *y++ = sum / count;
            }
        }
    }
}
