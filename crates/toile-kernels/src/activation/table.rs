//! Which activations there are.

/// Which activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// max(x, 0).
    ReLU,
    /// x where it is more than 0, else a share of it.
    LeakyReLU {
        /// That share.
        negative_slope: f64,
    },
    /// x times its logistic function.
    SiLU,
    /// x times a straight line from 0 at -3 to 1 at 3.
    Hardswish,
    /// x times the normal distribution function of x, or its tanh approximation.
    GELU {
        /// The tanh approximation.
        tanh: bool,
    },
    /// A constant times x.
    Scale {
        /// That constant.
        value: f64,
    },
}

impl Activation {
    /// Every activation, for tests and benches to walk.
    pub const ALL: &'static [Activation] = &[
        Activation::ReLU,
        Activation::GELU { tanh: false },
        Activation::GELU { tanh: true },
        Activation::Hardswish,
        Activation::SiLU,
        Activation::LeakyReLU { negative_slope: 0.01 },
        Activation::Scale { value: -0.75 },
    ];

    /// Whether a fused kernel needs on its way back what went into the activation. ReLU's gradient is told
    /// by the sign of what came out.
    pub fn keeps_input(self) -> bool {
        self != Activation::ReLU
    }
}

/// Evaluates an expression with the [`Function`](super::function::Function) of an [`Activation`].
macro_rules! with_function {
    ($activation:expr, |$f:ident| $then:expr) => {
        match $activation {
            $crate::activation::Activation::ReLU => {
                let $f = $crate::activation::relu::ReLU;
                $then
            }
            $crate::activation::Activation::LeakyReLU { negative_slope } => {
                let $f = $crate::activation::leaky_relu::LeakyReLU { negative_slope };
                $then
            }
            $crate::activation::Activation::Scale { value } => {
                let $f = $crate::activation::scale::Scale { value };
                $then
            }
            $crate::activation::Activation::SiLU => {
                let $f = $crate::activation::silu::SiLU;
                $then
            }
            $crate::activation::Activation::Hardswish => {
                let $f = $crate::activation::hardswish::Hardswish;
                $then
            }
            $crate::activation::Activation::GELU { tanh: false } => {
                let $f = $crate::activation::gelu::Gelu::<false>;
                $then
            }
            $crate::activation::Activation::GELU { tanh: true } => {
                let $f = $crate::activation::gelu::Gelu::<true>;
                $then
            }
        }
    };
}
pub(super) use with_function;
