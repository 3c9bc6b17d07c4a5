//! What stands beyond the edges of an image.

/// What stands beyond the edges of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaddingMode {
    /// One value.
    #[default]
    Constant,
    /// The pixel at the edge.
    Edge,
    /// The image mirrored at its edge, whose pixels are not repeated: `dcb|abcd|cba`.
    Reflect,
    /// The image mirrored at its edge, whose pixels are repeated: `cba|abcd|dcb`.
    Symmetric,
}

impl PaddingMode {
    pub(super) const ALL: [PaddingMode; 4] =
        [PaddingMode::Constant, PaddingMode::Edge, PaddingMode::Reflect, PaddingMode::Symmetric];
    pub(super) const WORDS: [&'static str; 4] = ["constant", "edge", "reflect", "symmetric"];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    pub(super) fn of_word(word: &str) -> Option<PaddingMode> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }

    /// Pixels that an image of this side can be padded with.
    pub(super) fn most(self, side: usize) -> usize {
        match self {
            // More than the image is wide, no crop would hold a pixel of it.
            PaddingMode::Constant | PaddingMode::Edge | PaddingMode::Symmetric => side,
            PaddingMode::Reflect => side - 1,
        }
    }

    /// Which of `len` pixels stands at this place, and `None` where the constant does. At most `len` (`len - 1` where
    /// edges are not repeated) pixels from the edge.
    pub(super) fn index(self, at: isize, len: usize) -> Option<usize> {
        let len = len as isize;
        if (0..len).contains(&at) {
            return Some(at as usize);
        }
        let index = match self {
            PaddingMode::Constant => return None,
            PaddingMode::Edge => at.clamp(0, len - 1),
            PaddingMode::Reflect if at < 0 => -at,
            PaddingMode::Reflect => 2 * (len - 1) - at,
            PaddingMode::Symmetric if at < 0 => -at - 1,
            PaddingMode::Symmetric => 2 * len - 1 - at,
        };
        Some(index as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_edges() {
        for (mode, expected) in [
            (PaddingMode::Constant, "...abcd..."),
            (PaddingMode::Edge, "aaaabcdddd"),
            (PaddingMode::Reflect, "dcbabcdcba"),
            (PaddingMode::Symmetric, "cbaabcddcb"),
        ] {
            let pixel = |at| mode.index(at, 4).map_or('.', |index| "abcd".as_bytes()[index] as char);
            assert_eq!((-3..7).map(pixel).collect::<String>(), expected, "{mode:?}");
            assert_eq!(PaddingMode::of_word(mode.word()), Some(mode));
        }
    }
}
