//! The numbers that are not stored, bit for bit those of `bench/golden/formula.py`.

/// All numbers of one name.
pub(super) struct Formula {
    start: u64,
}

impl Formula {
    /// Hashes the name (FNV-1a).
    pub(super) fn of(name: &str) -> Self {
        let start = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Formula { start }
    }

    /// 64 bits for an index: splitmix64's output function on a Weyl sequence.
    fn bits(&self, index: usize) -> u64 {
        let z = self.start.wrapping_add((index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// In [0, 1), a multiple of 2^-20.
    pub(super) fn uniform(&self, index: usize) -> f64 {
        (self.bits(index) >> 44) as f64 / (1u64 << 20) as f64
    }

    /// In (-1, 1), an odd multiple of 2^-23.
    pub(super) fn symmetric(&self, index: usize) -> f64 {
        (2.0 * (self.bits(index) >> 41) as f64 + 1.0) / (1u64 << 23) as f64 - 1.0
    }

    /// 1 or -1.
    pub(super) fn sign(&self, index: usize) -> f64 {
        1.0 - 2.0 * (self.bits(index) >> 63) as f64
    }

    /// In 0..below.
    pub(super) fn integer(&self, index: usize, below: usize) -> usize {
        ((self.bits(index) >> 32) % below as u64) as usize
    }

    /// Whether dropout keeps a value.
    pub(super) fn keep(&self, index: usize, p: f64) -> bool {
        self.uniform(index) >= p
    }
}

/// The power of two near 1 / sqrt(fan_in): 2^-s for the smallest s with 4^s >= fan_in / 2.
pub(super) fn inverse_root(fan_in: usize) -> f64 {
    let mut root = 1usize;
    while 2 * root * root < fan_in {
        root *= 2;
    }
    1.0 / root as f64
}

/// Values printed by `formula.py`: a formula that drifted apart must not look like a wrong gradient.
#[test]
fn formula_is_the_one_in_python() {
    let a = Formula::of("a");
    assert_eq!([a.bits(0), a.bits(1)], [6_857_225_946_766_476_583, 18_412_106_973_715_859_535]);
    assert_eq!(Formula::of("study_sgd/images/0").uniform(783), 0.12453651428222656);
    assert_eq!(Formula::of("study_sgd/fc1.weight").symmetric(589_823), -0.2353290319442749);
    assert_eq!([9, 288, 2304, 256, 128].map(inverse_root), [4.0, 16.0, 64.0, 16.0, 8.0].map(f64::recip));
}
