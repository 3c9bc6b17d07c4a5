//! Which instruction set the kernels use.

/// An instruction set this machine has. It can only be made by detection, so that holding one is the
/// proof that its instructions may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Isa(pub(crate) Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX-512 with products of bf16. Kernels that have none do as with `Avx512`.
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16,
}

impl Isa {
    /// All that this machine has, the widest last. The first is always `scalar`.
    pub fn available() -> Vec<Isa> {
        #[allow(unused_mut, reason = "only some architectures have more than scalar")]
        let mut found = vec![Isa(Kind::Scalar)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                found.push(Isa(Kind::Avx2));
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                {
                    found.push(Isa(Kind::Avx512));
                    if is_x86_feature_detected!("avx512bf16") && crate::simd::bf16_is_as_defined() {
                        found.push(Isa(Kind::Avx512Bf16));
                    }
                }
            }
        }
        found
    }

    /// The widest this machine has.
    pub fn best() -> Isa {
        *Isa::available().last().expect("scalar is always available")
    }

    /// The instruction set of this name, if this machine has it.
    pub fn named(name: &str) -> Option<Isa> {
        Isa::available().into_iter().find(|isa| isa.name() == name)
    }

    /// Whether 24 vectors of sixteen lanes fit the registers; else 6 do.
    pub(crate) fn is_wide(self) -> bool {
        match self.0 {
            Kind::Scalar => false,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => false,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 | Kind::Avx512Bf16 => true,
        }
    }

    /// `scalar`, `avx2`, `avx512` or `avx512bf16`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Bf16 => "avx512bf16",
        }
    }
}
