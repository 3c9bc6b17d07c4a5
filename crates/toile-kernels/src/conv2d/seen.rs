//! What windows see of an axis of their input.

/// Positions that windows see: runs of neighbours, with what no window sees between them left out.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    /// How many runs there are, how long each is, and how far one begins behind the one before.
    pub(super) runs: usize,
    pub(super) len: usize,
    pub(super) step: usize,
}

impl Seen {
    /// By `windows` windows of `kernel` positions, each `stride` behind the one before.
    pub(super) fn by(windows: usize, kernel: usize, stride: usize) -> Seen {
        match windows {
            0 => Seen { runs: 0, len: 0, step: 0 },
            _ if kernel < stride => Seen { runs: windows, len: kernel, step: stride },
            _ => Seen::all((windows - 1) * stride + kernel),
        }
    }

    /// One run.
    pub(super) fn all(len: usize) -> Seen {
        Seen { runs: 1, len, step: 0 }
    }

    /// The same of `each` values a position.
    pub(super) fn of_values(self, each: usize) -> Seen {
        let Seen { runs, len, step } = self;
        Seen { runs, len: len * each, step: step * each }
    }

    /// How many positions are seen.
    pub(super) fn count(self) -> usize {
        self.runs * self.len
    }

    /// Where they are, in their order.
    #[inline(always)]
    pub(super) fn places(self) -> impl Iterator<Item = usize> {
        let Seen { runs, len, step } = self;
        (0..runs).flat_map(move |run| (0..len).map(move |at| run * step + at))
    }
}

/// From one window to the next of those positions.
pub(super) fn step_among_seen(kernel: usize, stride: usize) -> usize {
    kernel.min(stride)
}
