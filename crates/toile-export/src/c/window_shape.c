/* A window along one side of an image: the pixels from start up to, not including, end, and how many count in a mean. */
typedef struct {
    uint16_t start, end, count;
} span;

/* As many windows as the output has pixels. */
typedef struct {
    int32_t in_columns, channels;
    int32_t out_rows, out_columns;
    const span *rows, *columns;
} window_shape;
