/* A convolution of bytes: what belongs to each output, the byte of 0 in the input, and in the output with its least. */
typedef struct {
    const int8_t *weight;
    const int32_t *bias;
    /* From sums to steps of the output: a factor over a power of two. */
    const int32_t *factors;
    const uint8_t *shifts;
    int32_t from_zero, to_zero, low;
} convolution_values;
