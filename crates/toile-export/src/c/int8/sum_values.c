/* How two inputs are added: each has its byte of 0 and a factor, over one power of two, to the output's steps. */
typedef struct {
    int32_t a_zero, a_factor, b_zero, b_factor, shift, to_zero, low;
} sum_values;
