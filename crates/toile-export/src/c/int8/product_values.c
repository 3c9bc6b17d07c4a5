/* How channels are multiplied: the bytes of 0 in both inputs, and from the product's steps to the output's. */
typedef struct {
    int32_t x_zero, factor_zero, factor, shift, to_zero;
} product_values;
