/* (byte / 255 - mean) / std, each operation rounded in this order. */
static void normalize(const uint8_t *image, float *x)
{
    for (int32_t pixel = 0; pixel < TOILE_HEIGHT * TOILE_WIDTH; pixel++) {
        for (int32_t channel = 0; channel < TOILE_CHANNELS; channel++) {
            *x++ = ((float)*image++ / 255.0f - mean[channel]) / deviation[channel];
        }
    }
}
