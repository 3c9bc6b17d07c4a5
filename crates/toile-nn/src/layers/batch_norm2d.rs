//! Normalisation of each channel over batch and pixels (Ioffe and Szegedy 2015).

mod stage;

use std::borrow::Cow;

use toile_kernels::batch_norm::reference::{self as kernel, BatchNormGeometry, Moments, Normalisation};
use toile_kernels::real::Real;

use super::operation::{Family, Kind, Operation};
use crate::engine::stage::{Build, Site};
use crate::graph::follow::Follow;
use crate::graph::mistake::Mistake;
use crate::graph::parameter::{Claims, Initial};
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;
use crate::plain::node::{Backward, Forward, Mode, Named, Plain, Saved};
use crate::setting::{Bound, ReadSettings, Setting};

/// Normalisation of each channel over batch and pixels (Ioffe and Szegedy 2015).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm2d {
    /// Added to the variance; 1e-5.
    pub eps: f64,
    /// Weight of the newest batch in the running statistics; 0.1. Without one each batch weighs as much as any other, as
    /// in PyTorch with `momentum=None`.
    pub momentum: Option<f64>,
    /// What is learnt behind the normalisation; a scale and a shift.
    pub affine: Affine,
}

/// What is learnt behind a normalisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Affine {
    /// A scale and a shift a channel.
    #[default]
    Both,
    /// A shift a channel. The scale stays 1; it is kept in the state dict, so that PyTorch loads that strictly.
    Bias,
    /// Nothing.
    Neither,
}

impl Default for BatchNorm2d {
    fn default() -> Self {
        BatchNorm2d { eps: 1e-5, momentum: Some(0.1), affine: Affine::Both }
    }
}

/// The word for no momentum.
const CUMULATIVE: &str = "cumulative";
/// The word for a shift without a scale.
const BIAS: &str = "bias";

impl BatchNorm2d {
    fn geometry(place: &Place) -> BatchNormGeometry {
        let [channels, rows, columns] = place.input_shape.dims();
        BatchNormGeometry { rows, columns, channels }
    }

    /// Scale and shift of so many channels, in front of the running statistics: a batch norm without them has ones and
    /// zeros.
    fn scale_and_shift<'a, T: Real>(&self, channels: usize, parameters: &'a [Named<T>]) -> [Cow<'a, [T]>; 2] {
        match self.affine {
            Affine::Neither => [T::ONE, T::ZERO].map(|value| Cow::Owned(vec![value; channels])),
            _ => [0, 1].map(|index| Cow::Borrowed(&parameters[index].1.data[..])),
        }
    }
}

impl Kind for BatchNorm2d {
    const NAME: &'static str = "BatchNorm2d";
    const FAMILY: Family = Family::Norm;
    const KEYS: &'static [&'static str] = &["eps", "momentum", "affine"];
    const EXAMPLE: &'static str = "\"BatchNorm2d\"";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let BatchNorm2d { eps, momentum, .. } = BatchNorm2d::default();
        let eps = settings.number("eps", Bound { words: "more than 0", ..Bound::POSITIVE }, eps)?;
        let share = Bound { allows: |x| (0.0..=1.0).contains(&x), words: "from 0 to 1" };
        let momentum = match settings.is_word("momentum", CUMULATIVE) {
            true => None,
            false => Some(settings.number("momentum", share, momentum.unwrap_or_default())?),
        };
        let affine = match settings.is_word("affine", BIAS) {
            true => Affine::Bias,
            false => match settings.boolean("affine", true) {
                Ok(true) => Affine::Both,
                Ok(false) => Affine::Neither,
                Err(_) => {
                    let message = "affine is neither true, false nor \"bias\"";
                    let help = "write affine = true for a scale and a shift, \"bias\" for a shift, or false for nothing";
                    return Err(settings.refuse("affine", message, help));
                }
            },
        };
        Ok(BatchNorm2d { eps, momentum, affine })
    }

    fn resolve(&self, input: Shape, claims: &mut Claims) -> Result<Shape, Mistake> {
        let [channels, ..] = input.image(Self::NAME)?;
        if !(self.eps > 0.0 && self.eps.is_finite()) {
            return Err(Mistake::new(
                format!("eps = {}", self.eps),
                "choose a small positive number, as 1e-5",
            ));
        }
        if let Some(momentum) = self.momentum.filter(|momentum| !(0.0..=1.0).contains(momentum)) {
            return Err(Mistake::new(format!("momentum = {momentum}"), "choose it from 0 to 1, as 0.1"));
        }
        let name = claims.name("bn");
        if self.affine != Affine::Neither {
            claims.parameter(format!("{name}.weight"), vec![channels], Initial::Ones);
            if self.affine == Affine::Bias {
                claims.freeze();
            }
            claims.parameter(format!("{name}.bias"), vec![channels], Initial::Zeros);
        }
        claims.buffer(format!("{name}.running_mean"), vec![channels], Initial::Zeros);
        claims.buffer(format!("{name}.running_var"), vec![channels], Initial::Ones);
        Ok(input)
    }
}

impl Operation for BatchNorm2d {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        let momentum = match self.momentum {
            Some(momentum) => Setting::new("momentum", momentum),
            None => Setting::new("momentum", CUMULATIVE),
        };
        let affine = match self.affine {
            Affine::Both => None,
            Affine::Bias => Some(Setting::new("affine", BIAS)),
            Affine::Neither => Some(Setting::new("affine", false)),
        };
        [Setting::new("eps", self.eps), momentum].into_iter().chain(affine).collect()
    }

    fn pytorch(&self, place: &Place) -> String {
        let [channels, ..] = place.input_shape.dims();
        let affine = match self.affine {
            Affine::Both => "",
            Affine::Bias => ", affine='bias'",
            Affine::Neither => ", affine=False",
        };
        format!("BatchNorm2d({channels}{affine})")
    }

    /// A single value a channel is its own mean, and has no variance.
    fn fewest_images(&self, place: &Place) -> usize {
        let BatchNormGeometry { rows, columns, .. } = Self::geometry(place);
        if rows * columns == 1 { 2 } else { 1 }
    }

    fn wants_moments(&self) -> bool {
        true
    }

    fn leaves_output(&self, tails: &[Tail]) -> bool {
        stage::leaves_output(tails)
    }

    fn leaves_way_back(&self) -> bool {
        true
    }

    fn accepts(&self, tails: &[Tail], next: &Tail) -> bool {
        stage::accepts(tails, next)
    }

    fn waits_for_sum(&self) -> bool {
        true
    }

    fn stage(&self, site: Site<'_>) -> Build {
        stage::build(*self, site).map(Some)
    }
}

/// The statistics a batch was normalised with, [channel] each; in evaluation there are no moments.
struct Statistics<T> {
    mean: Vec<T>,
    invstd: Vec<T>,
    moments: Vec<Moments>,
}

/// The gradients in evaluation, where mean and deviation do not follow from `x`: a scale and a shift a channel. All
/// tensors are `[image][row][column][channel]`.
fn evaluation_gradients<T: Real>(
    by: Normalisation<'_, T>,
    x: &[T],
    dy: &[T],
    [d_gamma, d_beta]: [&mut [T]; 2],
    accumulate: bool,
    dx: &mut [T],
) {
    for (place, ((dx, &dy), &x)) in dx.iter_mut().zip(dy).zip(x).enumerate() {
        let channel = place % by.gamma.len();
        let through = dy * by.gamma[channel] * by.invstd[channel];
        *dx = if accumulate { *dx + through } else { through };
        d_gamma[channel] = d_gamma[channel] + dy * (x - by.mean[channel]) * by.invstd[channel];
        d_beta[channel] = d_beta[channel] + dy;
    }
}

impl<T: Real> Plain<T> for BatchNorm2d {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        let g = Self::geometry(run.place);
        let [gamma, beta] = self.scale_and_shift(g.channels, run.parameters);
        let [.., (_, running_mean), (_, running_variance)] = run.parameters else {
            unreachable!("a BatchNorm has running statistics")
        };
        let Statistics { mean, invstd, moments } = match run.mode {
            Mode::Training { .. } => {
                let moments = kernel::moments(&g, run.x());
                let of = |m: &Moments| (T::from_f64(m.mean), kernel::invstd::<T>(m.variance(), self.eps));
                let (mean, invstd) = moments.iter().map(of).unzip();
                Statistics { mean, invstd, moments }
            }
            Mode::Evaluation => {
                let invstd = running_variance.data.iter().map(|v| kernel::invstd(v.to_f64(), self.eps));
                Statistics { mean: running_mean.data.clone(), invstd: invstd.collect(), moments: vec![] }
            }
        };
        let normalisation = Normalisation { mean: &mean, invstd: &invstd, gamma: &gamma };
        kernel::forward(&g, normalisation, &beta, run.x(), y);
        Saved::new(Statistics { mean, invstd, moments })
    }

    fn backward(&self, run: Backward<'_, T>) {
        let Backward { place, x, dy, parameters, saved, d_parameters, gradients, .. } = run;
        let Statistics { mean, invstd, moments } = saved.get::<Statistics<T>>();
        let [gamma, _] = self.scale_and_shift(mean.len(), parameters);
        let normalisation = Normalisation { mean, invstd, gamma: &gamma };
        // Without scale and shift their gradients are made all the same, and belong to nobody.
        let mut of_nobody = [(); 2].map(|()| vec![T::ZERO; mean.len()]);
        let [d_gamma, d_beta, ..] = (match self.affine {
            Affine::Neither => &mut of_nobody[..],
            _ => d_parameters,
        }) else {
            unreachable!("a BatchNorm with scale and shift has both")
        };
        // The kernel also makes the parameters' gradients: it runs even where nobody needs dx.
        gradients.visit_always(place.input(), x.len(), |accumulate, dx| {
            let parameters = [&mut d_gamma[..], &mut d_beta[..]];
            match moments.is_empty() {
                true => evaluation_gradients(normalisation, x, dy, parameters, accumulate, dx),
                false => {
                    kernel::gradients(
                        &Self::geometry(place),
                        normalisation,
                        x,
                        dy,
                        parameters,
                        accumulate,
                        dx,
                    );
                }
            }
        });
    }

    fn update_buffers(&self, saved: &Saved, parameters: &mut [Named<T>], follow: Follow) {
        let [.., (_, mean), (_, variance)] = parameters else {
            unreachable!("a BatchNorm has running statistics")
        };
        let share = follow.share(self.momentum);
        let running = mean.data.iter_mut().zip(&mut variance.data);
        for (moments, (mean, variance)) in saved.get::<Statistics<T>>().moments.iter().zip(running) {
            moments.update_running(share, mean, variance);
        }
    }
}
