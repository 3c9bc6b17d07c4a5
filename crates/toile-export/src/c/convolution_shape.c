/* A convolution as PyTorch means it. Then what is below 0 becomes 0, where it has ReLU, and of each tile of so many
 * rows and columns the largest value is kept. A linear layer is a convolution of one pixel. */
typedef struct {
    int32_t in_channels, in_rows, in_columns;
    int32_t out_channels, out_rows, out_columns;
    int32_t kernel_rows, kernel_columns;
    int32_t stride_down, stride_across;
    int32_t padding_above, padding_before;
    int32_t dilation_down, dilation_across;
    int32_t groups;
    int32_t tile_rows, tile_columns;
    int32_t relu;
} convolution_shape;
