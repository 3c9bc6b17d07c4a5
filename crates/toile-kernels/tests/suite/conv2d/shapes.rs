//! Shapes in which a kernel could go wrong.

/// [images, channels, height, width, out channels, kernel h, w, stride h, w, padding h, w]
pub const SHAPES: &[[usize; 11]] = &[
    [9, 1, 28, 28, 32, 3, 3, 1, 1, 1, 1],
    [3, 32, 14, 14, 64, 3, 3, 1, 1, 0, 0],
    [2, 3, 9, 7, 5, 5, 5, 1, 1, 2, 2],
    [17, 2, 8, 8, 16, 1, 1, 1, 1, 0, 0],
    [2, 5, 11, 13, 33, 3, 3, 2, 2, 1, 1],
    [1, 4, 10, 9, 17, 2, 2, 1, 1, 0, 0],
    [2, 1, 15, 16, 48, 7, 7, 3, 2, 3, 3],
    [2, 3, 6, 6, 15, 3, 2, 2, 1, 1, 0],
    [2, 2, 5, 5, 3, 2, 2, 1, 1, 3, 2],
    [8, 16, 7, 7, 16, 3, 3, 1, 1, 1, 1],
    // Strides beyond the kernel, one output along an axis or both.
    [3, 16, 8, 9, 20, 1, 1, 2, 2, 0, 0],
    [2, 4, 6, 7, 20, 1, 1, 3, 2, 1, 1],
    [2, 3, 9, 8, 5, 2, 2, 3, 4, 1, 1],
    [9, 20, 7, 7, 10, 7, 7, 1, 1, 0, 0],
    [2, 3, 5, 9, 18, 5, 4, 2, 3, 0, 1],
    [2, 3, 6, 5, 18, 5, 4, 3, 3, 0, 0],
    // Few images, each work enough for several threads: bands of rows, blocks of channels, both.
    [1, 3, 27, 31, 20, 5, 5, 1, 1, 2, 2],
    [1, 40, 7, 7, 70, 3, 3, 1, 1, 1, 1],
    [2, 33, 13, 14, 37, 3, 3, 2, 2, 1, 1],
    // Winograd's: tiles over the edges, channels and panels of every number, images of many chunks.
    [3, 16, 4, 4, 16, 3, 3, 1, 1, 0, 0],
    [2, 17, 5, 6, 31, 3, 3, 1, 1, 2, 1],
    [9, 33, 9, 6, 48, 3, 3, 1, 1, 1, 1],
    [2, 20, 13, 15, 70, 3, 3, 1, 1, 0, 2],
    [1, 20, 14, 14, 64, 3, 3, 1, 1, 1, 1],
    [1, 18, 4, 6, 130, 3, 3, 1, 1, 3, 1],
    [1, 16, 28, 28, 16, 3, 3, 1, 1, 1, 1],
    [9, 20, 3, 3, 34, 3, 3, 1, 1, 1, 1],
    [10, 17, 6, 6, 66, 3, 3, 1, 1, 1, 1],
    [2, 32, 5, 8, 16, 3, 3, 1, 1, 0, 0],
    [1, 32, 9, 9, 64, 3, 3, 1, 1, 1, 1],
    // Pooled ones whose pixels begin where half a vector does, whose image does not fit the nearest cache, or both.
    [2, 24, 26, 28, 20, 3, 3, 1, 1, 1, 1],
    [2, 24, 7, 9, 40, 5, 3, 1, 1, 2, 1],
    [1, 8, 30, 32, 24, 5, 5, 1, 1, 2, 2],
    [1, 32, 20, 28, 18, 3, 3, 1, 1, 1, 1],
    [2, 40, 27, 28, 24, 3, 3, 2, 2, 1, 1],
    // Whose output's gradient needs no frame.
    [2, 16, 5, 6, 18, 3, 3, 1, 1, 2, 2],
    // Winograd's with less than a panel, in all passes or in some.
    [9, 8, 9, 6, 16, 3, 3, 1, 1, 1, 1],
    [2, 13, 7, 8, 12, 3, 3, 1, 1, 0, 1],
    [2, 5, 8, 5, 33, 3, 3, 1, 1, 1, 1],
    [2, 35, 6, 7, 4, 3, 3, 1, 1, 1, 0],
    // Bands that see nothing but padding.
    [1, 20, 4, 5, 130, 1, 1, 1, 1, 8, 0],
    // Short kernel rows, of which the gradient of the weight takes several at once, and one that is left.
    [3, 1, 9, 8, 40, 5, 5, 1, 1, 2, 2],
    [3, 1, 9, 10, 24, 2, 2, 1, 1, 0, 0],
    [2, 1, 10, 7, 50, 3, 2, 1, 1, 1, 0],
    [2, 1, 7, 7, 18, 4, 3, 1, 1, 1, 1],
    // Four of Winograd's tiles of three, pooled, of images of many chunks.
    [29, 17, 6, 6, 18, 3, 3, 1, 1, 1, 1],
    [9, 16, 7, 6, 66, 3, 3, 1, 1, 1, 1],
];

/// Strides, odd numbers of columns and one alone, channels of no whole vector; and what bf16 does not take.
pub const IN_BF16: &[[usize; 11]] = &[
    [9, 32, 9, 10, 48, 3, 3, 2, 2, 1, 1],
    [2, 32, 28, 28, 64, 3, 3, 2, 2, 1, 1],
    [1, 18, 7, 7, 34, 5, 5, 1, 1, 2, 2],
    [3, 32, 7, 9, 16, 1, 1, 2, 2, 0, 0],
    [2, 64, 5, 1, 20, 3, 1, 1, 1, 1, 0],
    [9, 40, 6, 6, 17, 1, 1, 1, 1, 0, 0],
    [2, 33, 6, 8, 32, 2, 2, 2, 2, 0, 0],
    [2, 16, 8, 8, 16, 1, 1, 1, 1, 0, 0],
    [2, 32, 9, 8, 18, 2, 3, 1, 3, 1, 2],
    // Pairs of bf16 where windows leave gaps between them, where two neighbours do, and in one column.
    [9, 32, 9, 8, 20, 1, 1, 2, 2, 0, 0],
    [2, 34, 7, 9, 18, 1, 1, 2, 2, 1, 1],
    [2, 18, 9, 11, 34, 2, 2, 3, 3, 0, 0],
    [2, 16, 8, 13, 16, 2, 3, 3, 4, 0, 0],
    [2, 32, 5, 6, 16, 1, 1, 1, 1, 0, 0],
    [2, 32, 7, 1, 18, 1, 1, 2, 2, 0, 0],
    [2, 16, 7, 9, 18, 1, 3, 2, 1, 0, 0],
    [2, 16, 7, 9, 18, 3, 1, 1, 2, 0, 0],
    // Whose output's gradient needs no frame.
    [2, 16, 5, 6, 18, 3, 3, 1, 1, 2, 2],
];
