/* The logits, in parts of 1 / 256: what the bytes of the last step stand for. */
static void logits_of_bytes(const int32_t *table, const int8_t *x)
{
    for (int32_t class = 0; class < TOILE_CLASSES; class++) {
        logits[class] = table[x[class] + 128];
    }
}
