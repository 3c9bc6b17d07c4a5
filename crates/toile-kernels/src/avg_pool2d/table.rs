//! Which kernels there are of the input's gradient, and when each runs: the first row whose condition holds. All give the
//! same bits.

use super::plane::Plane;
use super::reference::AvgPoolGeometry;
use super::shares::{add_shares, write_shares, write_the_share};
use crate::isa::Isa;

/// The gradient of one image.
type Kernel = unsafe fn(Isa, Plane, *const f32, *mut f32);

struct Row {
    name: &'static str,
    /// Of a geometry, where the gradient is added to what is there or not.
    when: fn(AvgPoolGeometry, bool) -> bool,
    kernel: Kernel,
}

static ROWS: [Row; 3] = [
    Row { name: "added", when: |_, accumulate| accumulate, kernel: add_shares },
    Row {
        name: "one window",
        when: |geometry, _| matches!(geometry, AvgPoolGeometry::Adaptive { output: [1, 1], .. }),
        kernel: write_the_share,
    },
    Row { name: "windows", when: |_, _| true, kernel: write_shares },
];

fn row(geometry: AvgPoolGeometry, accumulate: bool) -> &'static Row {
    ROWS.iter().find(|row| (row.when)(geometry, accumulate)).expect("the last row's condition always holds")
}

/// The kernel that runs.
pub(super) fn chosen(geometry: AvgPoolGeometry, accumulate: bool) -> Kernel {
    row(geometry, accumulate).kernel
}

/// The names of all kernels, for tests and benches that must not forget one.
pub fn kernels() -> Vec<&'static str> {
    ROWS.iter().map(|row| row.name).collect()
}

/// The name of the one that runs.
pub fn kernel_of(geometry: AvgPoolGeometry, accumulate: bool) -> &'static str {
    row(geometry, accumulate).name
}
