/* Probabilities of the logits; gives the most probable class, the first of equals. */
static int softmax(const float *logits, float *probabilities)
{
    int best = 0;
    for (int i = 1; i < TOILE_CLASSES; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    float sum = 0.0f;
    for (int i = 0; i < TOILE_CLASSES; i++) {
        probabilities[i] = expf(logits[i] - logits[best]);
        sum += probabilities[i];
    }
    for (int i = 0; i < TOILE_CLASSES; i++) {
        probabilities[i] /= sum;
    }
    return best;
}
