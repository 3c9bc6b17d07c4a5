/* The network's bytes of an image's: a table a channel. */
static void quantize(const uint8_t *image, int8_t *x)
{
    for (int32_t pixel = 0; pixel < TOILE_HEIGHT * TOILE_WIDTH; pixel++) {
        for (int32_t channel = 0; channel < TOILE_CHANNELS; channel++) {
            *x++ = image_bytes[256 * channel + *image++];
        }
    }
}
