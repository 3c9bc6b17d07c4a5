/* The bytes of a convolution; of each tile the largest. */
static void convolution(const convolution_shape *of, const convolution_values *with, const int8_t *x, int8_t *y)
{
    for (int32_t row = 0; row < of->out_rows; row++) {
        for (int32_t column = 0; column < of->out_columns; column++) {
            for (int32_t out = 0; out < of->out_channels; out++) {
                int8_t largest = -128;
                for (int32_t i = 0; i < of->tile_rows * of->tile_columns; i++) {
                    const int32_t r = row * of->tile_rows + i / of->tile_columns;
                    const int32_t c = column * of->tile_columns + i % of->tile_columns;
                    const int32_t sum = convolution_sum(of, with, x, r, c, out);
                    const int8_t value = saturated(sum, with->to_zero, with->low);
                    largest = value > largest ? value : largest;
                }
                *y++ = largest;
            }
        }
    }
}
