/* The logits, in parts of 1 / 256: the sums of the last convolution, of one pixel. */
static void logits_of_sums(const convolution_shape *of, const convolution_values *with, const int8_t *x)
{
    for (int32_t out = 0; out < TOILE_CLASSES; out++) {
        logits[out] = convolution_sum(of, with, x, 0, 0, out);
    }
}
