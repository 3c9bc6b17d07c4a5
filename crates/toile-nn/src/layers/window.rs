//! The sliding window that convolution and pooling share.

use toile_kernels::window::WindowGeometry;

use crate::graph::mistake::Mistake;
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::setting::{Absent, Pair, ReadSettings, Setting};

const ONE: Pair = Pair::square(1);
pub(super) const NONE: Pair = Pair::square(0);

/// Where a window slides.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) kernel: Pair,
    pub(super) stride: Pair,
    pub(super) padding: Pair,
}

impl Window {
    /// Output size (PyTorch's rounding).
    pub(super) fn slide(
        self,
        ceil_mode: bool,
        [height, width]: [usize; 2],
        layer: &str,
    ) -> Result<[usize; 2], Mistake> {
        let Window { kernel, stride, padding } = self;
        if kernel.height.min(kernel.width) == 0 || stride.height.min(stride.width) == 0 {
            return Err(Mistake::new("a kernel_size or stride of 0", "choose 1 or more"));
        }
        let one = |size: usize, kernel: usize, stride: usize, padding: usize| {
            let room = (size + 2 * padding).checked_sub(kernel)?;
            let mut out = if ceil_mode { room.div_ceil(stride) } else { room / stride } + 1;
            // A window that would start in the right padding is left out.
            if ceil_mode && (out - 1) * stride >= size + padding {
                out -= 1;
            }
            Some(out)
        };
        let rows = one(height, kernel.height, stride.height, padding.height);
        let columns = one(width, kernel.width, stride.width, padding.width);
        match (rows, columns) {
            (Some(rows), Some(columns)) => Ok([rows, columns]),
            _ => {
                let message = format!(
                    "the {}x{} window of {layer} is larger than its input of {height}x{width} pixels",
                    kernel.height, kernel.width
                );
                Err(Mistake::new(message, "use a smaller kernel, add padding, or pool less before it"))
            }
        }
    }

    /// What pooling adds to that rule.
    pub(super) fn pool(self, ceil_mode: bool, size: [usize; 2], layer: &str) -> Result<[usize; 2], Mistake> {
        let Window { kernel, padding, .. } = self;
        if padding.height * 2 > kernel.height || padding.width * 2 > kernel.width {
            let message = format!(
                "padding {}x{} is more than half the kernel {}x{}",
                padding.height, padding.width, kernel.height, kernel.width
            );
            return Err(Mistake::new(message, "pooling pads by at most half its kernel"));
        }
        self.slide(ceil_mode, size, layer)
    }

    /// For the kernels.
    pub(super) fn geometry(self, place: &Place) -> WindowGeometry {
        place.window([self.kernel, self.stride, self.padding])
    }

    /// Whether it halves the image: 2x2 windows side by side, odd last rows and columns left out. With
    /// `ceil_mode` an odd size has windows over the edge, which is something else.
    pub(super) fn halves(self, place: &Place) -> bool {
        let [_, height, width] = place.input_shape.dims();
        let [_, rows, columns] = place.output_shape.dims();
        let two = Pair::square(2);
        (self.kernel, self.stride, self.padding) == (two, two, NONE)
            && [rows, columns] == [height / 2, width / 2]
    }

    /// PyTorch's arguments, without those that are its defaults. A pool's step is its kernel's size.
    pub(super) fn pytorch(self, default_stride: Pair) -> String {
        let optional = |name: &str, pair: Pair, default: Pair| {
            if pair == default { String::new() } else { format!(", {name}={}", python(pair)) }
        };
        let stride = optional("stride", self.stride, default_stride);
        format!("kernel_size={}{stride}{}", python(self.kernel), optional("padding", self.padding, NONE))
    }
}

/// A convolution's step where nobody sets it.
pub(super) const STEP: Pair = ONE;

/// As the kernels want it.
pub(super) fn sides(pair: Pair) -> [usize; 2] {
    [pair.height, pair.width]
}

/// As PyTorch writes it.
pub(super) fn python(pair: Pair) -> String {
    match pair {
        Pair { height, width } if height == width => height.to_string(),
        Pair { height, width } => format!("({height}, {width})"),
    }
}

/// The settings that both kinds of pooling have.
#[derive(Clone, Copy)]
pub(super) struct Pooling {
    pub(super) window: Window,
    pub(super) ceil_mode: bool,
}

impl Pooling {
    pub(super) fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let kernel = settings.pair("kernel_size", 1, Absent::Refuse { example: Pair::square(2) })?;
        let stride = settings.pair("stride", 1, Absent::Default(kernel))?;
        let padding = settings.pair("padding", 0, Absent::Default(NONE))?;
        let ceil_mode = settings.boolean("ceil_mode", false)?;
        Ok(Pooling { window: Window { kernel, stride, padding }, ceil_mode })
    }

    pub(super) fn settings(self) -> Vec<Setting> {
        vec![
            Setting::new("kernel_size", self.window.kernel),
            Setting::new("stride", self.window.stride),
            Setting::new("padding", self.window.padding),
            Setting::new("ceil_mode", self.ceil_mode),
        ]
    }
}

/// The size that an adaptive pooling is to come to, from its settings.
pub(super) fn output_size<S: ReadSettings>(settings: &mut S) -> Result<Pair, S::Error> {
    settings.pair("output_size", 1, Absent::Refuse { example: Pair::square(1) })
}

/// The shape of what an adaptive pooling makes.
pub(super) fn adapted(output_size: Pair, channels: usize) -> Result<Shape, Mistake> {
    let Pair { height, width } = output_size;
    match height.min(width) {
        0 => Err(Mistake::new("output_size = 0", "choose 1 or more")),
        _ => Ok(Shape::Image { channels, height, width }),
    }
}
