//! The geometry of sliding windows, shared by convolution and pooling.

use std::ops::Range;

/// Where a window slides. Every pair is [along the rows, along the columns].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowGeometry {
    /// Height and width of the input.
    pub input: [usize; 2],
    /// Height and width of the output: the number of windows.
    pub output: [usize; 2],
    /// Size of the window.
    pub kernel: [usize; 2],
    /// Step of the window.
    pub stride: [usize; 2],
    /// Rows and columns added on each side of the input.
    pub padding: [usize; 2],
}

/// The rows or columns of an input of so many under window `o` of as many as the output has: from floor(o input / output)
/// up to, not including, ceil((o + 1) input / output).
pub fn adaptive_span(input: usize, output: usize, o: usize) -> Range<usize> {
    o * input / output..((o + 1) * input).div_ceil(output)
}

impl WindowGeometry {
    /// The row or column of the input under row or column `offset` of window `window` along `axis`
    /// (0 for rows, 1 for columns), if it is inside the image.
    #[inline(always)]
    pub fn inside(&self, axis: usize, window: usize, offset: usize) -> Option<usize> {
        let position = (window * self.stride[axis] + offset).checked_sub(self.padding[axis])?;
        (position < self.input[axis]).then_some(position)
    }

    /// Whether each window covers a pixel of the input: what pooling needs.
    pub fn meets_input(&self) -> bool {
        [0, 1].into_iter().all(|axis| {
            let last = self.output[axis].saturating_sub(1).saturating_mul(self.stride[axis]);
            self.kernel[axis] > self.padding[axis]
                && last < self.input[axis].saturating_add(self.padding[axis])
        })
    }

    /// Pixels of the input.
    pub fn input_pixels(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// Pixels of the output.
    pub fn output_pixels(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Positions in the window.
    pub fn kernel_len(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
}
