/* e to the power of -distance / 256, over 2 to the power of 30; 0 from e^-32 on. */
static uint64_t power(int64_t distance)
{
    return distance >= 32 * 256 ? 0 : ((uint64_t)powers[distance / 256] * parts_of_powers[distance % 256]) >> 30;
}

/* Probabilities of the logits, in whole numbers up to the last division; gives the most probable class, the first of
 * equals. */
static int softmax(float *probabilities)
{
    int best = 0;
    for (int i = 1; i < TOILE_CLASSES; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    uint64_t sum_of_powers = 0;
    for (int i = 0; i < TOILE_CLASSES; i++) {
        sum_of_powers += power((int64_t)logits[best] - logits[i]);
    }
    for (int i = 0; i < TOILE_CLASSES; i++) {
        probabilities[i] = (float)power((int64_t)logits[best] - logits[i]) / (float)sum_of_powers;
    }
    return best;
}
