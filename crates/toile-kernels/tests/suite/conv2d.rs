//! Convolution kernels against the reference.

use std::collections::BTreeSet;

use toile_kernels::GROUP;
use toile_kernels::batch_norm::{DOutput, Input, image_moments_len, moments};
use toile_kernels::conv2d::reference::{self, Conv2dGeometry};
use toile_kernels::conv2d::{
    Again, Algorithm, Algorithms, Backward, Conv2d, Forward, InputGradient, Kernels, Pass, Scratch, backward,
    forward, forward_with_moments, pack_partials, winograd,
};
use toile_kernels::isa::Isa;
use toile_kernels::layout::{Images, Layout};
use toile_kernels::precision::Precision;
use toile_kernels::team::Team;
use toile_kernels::window::WindowGeometry;
use toile_kernels::{activation, activation::Activation, max_pool2d};

use crate::support::{Maker, another, dense, hostile, laid_out, same_bits, teams, teams_of_bf16, uniform};

mod shapes;
mod sparse;

pub use shapes::{IN_BF16, SHAPES};

/// What follows a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Then {
    pub pool: bool,
    pub activation: Option<Activation>,
    pub pool_first: bool,
}

pub fn conv(shape: &[usize; 11], then: Then) -> Option<(Conv2d, Conv2dGeometry)> {
    conv_in(Precision::F32, shape, then)
}

pub fn conv_in(precision: Precision, shape: &[usize; 11], then: Then) -> Option<(Conv2d, Conv2dGeometry)> {
    let Then { pool, activation, pool_first } = then;
    let &[_, channels, height, width, out, kh, kw, sh, sw, ph, pw] = shape;
    let input =
        Layout { border_rows: ph, border_columns: pw + 1, ..Layout::dense([channels, height, width]) };
    let rows = (height + 2 * ph - kh) / sh + 1;
    let columns = (width + 2 * pw - kw) / sw + 1;
    let stored = if pool { [out, rows / 2, columns / 2] } else { [out, rows, columns] };
    if stored.contains(&0) {
        return None;
    }
    // A border around the output too: nothing may be written into it.
    let output = Layout { border_rows: 1, border_columns: 2, ..Layout::dense(stored) };
    let (kernel, stride, padding) = ([kh, kw], [sh, sw], [ph, pw]);
    let algorithms = Algorithms::DIRECT;
    let conv = Conv2d { input, output, kernel, stride, padding, pool, activation, pool_first, algorithms };
    let window = WindowGeometry {
        input: [height, width],
        output: [rows, columns],
        kernel: [kh, kw],
        stride: [sh, sw],
        padding: [ph, pw],
    };
    Some((conv.choosing(precision), Conv2dGeometry { window, in_channels: channels, out_channels: out }))
}

struct Case {
    conv: Conv2d,
    geometry: Conv2dGeometry,
    images: usize,
    x: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    /// Gradient of the stored output.
    dy: Vec<f32>,
    /// What the input gradient is added to.
    dx: Vec<f32>,
}

/// The input gradient is put down, and added to what is there.
const ACCUMULATE: [bool; 2] = [false, true];

/// What one forward and backward pass makes: output, winners, weight, bias and input gradients.
struct Outcome {
    y: Vec<f32>,
    argmax: Vec<u8>,
    dweight: Vec<f32>,
    dbias: Vec<f32>,
    dx: Vec<f32>,
}

impl Case {
    /// With an input gradient that is put down, and with one that is added.
    fn reference(&self) -> [Outcome; 2] {
        let Case { conv, geometry: g, images, .. } = self;
        let mut z = vec![0.0; images * g.output_len()];
        let (algorithms, bias) = (conv.algorithms, Some(&self.bias[..]));
        match algorithms.forward {
            Algorithm::Direct(precision) => {
                reference::forward(g, precision, &self.x, &self.weight, bias, &mut z);
            }
            Algorithm::Winograd(tile, precision) => {
                winograd::reference::forward(g, (tile, precision), &self.x, &self.weight, bias, &mut z);
            }
        }
        let pooled = WindowGeometry {
            input: g.window.output,
            output: [conv.output.height, conv.output.width],
            kernel: [2, 2],
            stride: [2, 2],
            padding: [0, 0],
        };
        // ReLU's gradient is asked for behind pooling, where fused kernels look: the reference of ReLU says the same.
        let keeps_order = conv.activation == Some(Activation::ReLU);
        let (y, argmax, dz) = if conv.pool && !conv.pool_first && !keeps_order {
            let (mut activated, mut da) = (z.clone(), vec![0.0; z.len()]);
            if let Some(f) = conv.activation {
                activation::reference::forward(f, &z, &mut activated);
            }
            let mut y = vec![0.0; self.dy.len()];
            let mut winners = vec![0u16; y.len()];
            max_pool2d::reference::forward(&pooled, g.out_channels, &activated, &mut y, &mut winners);
            max_pool2d::reference::input_gradient(
                &pooled,
                g.out_channels,
                &self.dy,
                &winners,
                false,
                &mut da,
            );
            let mut dz = da.clone();
            if let Some(f) = conv.activation {
                activation::reference::input_gradient(f, &z, &da, false, &mut dz);
            }
            (y, winners.iter().map(|&w| w as u8).collect(), dz)
        } else if conv.pool {
            let mut y = vec![0.0; self.dy.len()];
            let mut winners = vec![0u16; y.len()];
            max_pool2d::reference::forward(&pooled, g.out_channels, &z, &mut y, &mut winners);
            let (mut activated, mut d) = (y.clone(), self.dy.clone());
            if let Some(f) = conv.activation {
                activation::reference::forward(f, &y, &mut activated);
                activation::reference::input_gradient(f, &y, &self.dy, false, &mut d);
            }
            let mut dz = vec![0.0; z.len()];
            max_pool2d::reference::input_gradient(&pooled, g.out_channels, &d, &winners, false, &mut dz);
            let cut = |(&w, &a): (&u16, &f32)| if keeps_order && a <= 0.0 { 4 } else { w as u8 };
            let argmax = winners.iter().zip(&activated).map(cut).collect();
            (activated, argmax, dz)
        } else {
            let (mut y, mut dz) = (z.clone(), self.dy.clone());
            if let Some(f) = conv.activation {
                activation::reference::forward(f, &z, &mut y);
                activation::reference::input_gradient(f, &z, &self.dy, false, &mut dz);
            }
            (y, vec![], dz)
        };
        let (mut dweight, mut dbias) = (vec![0.0; self.weight.len()], vec![0.0; self.bias.len()]);
        let (dw, db) = (&mut dweight[..], Some(&mut dbias[..]));
        match algorithms.weight_gradient {
            Algorithm::Direct(precision) => reference::weight_gradient(g, precision, &self.x, &dz, dw, db),
            Algorithm::Winograd(tile, precision) => {
                winograd::reference::weight_gradient(g, (tile, precision), &self.x, &dz, dw, db);
            }
        }
        ACCUMULATE.map(|accumulate| {
            let mut dx = self.dx.clone();
            match algorithms.input_gradient {
                Algorithm::Direct(precision) => {
                    reference::input_gradient(g, precision, &dz, &self.weight, accumulate, &mut dx);
                }
                Algorithm::Winograd(tile, precision) => {
                    let algorithm = (tile, precision);
                    winograd::reference::input_gradient(g, algorithm, &dz, &self.weight, accumulate, &mut dx);
                }
            }
            let [y, dweight, dbias] = [&y, &dweight, &dbias].map(Vec::clone);
            Outcome { y, argmax: argmax.clone(), dweight, dbias, dx }
        })
    }

    /// Forward, then backward, whose input gradient is put down once and added once. What must not be read or
    /// written is NaN.
    fn kernel(&self, team: &mut Team) -> [Outcome; 2] {
        let conv = self.conv;
        let mut weight = vec![0.0; conv.weight_len()];
        conv.pack_weight(&self.weight, &mut weight);
        let mut scratch: Vec<Scratch> =
            (0..team.threads()).map(|_| Scratch::new(&conv).expect("memory")).collect();
        let stored = self.forward(team, &weight, &mut scratch);
        ACCUMULATE.map(|accumulate| self.backward(team, &weight, &mut scratch, &stored, accumulate))
    }

    /// Whole panels.
    fn padded_bias(&self) -> Vec<f32> {
        let mut bias = vec![0.0; self.conv.bias_len()];
        bias[..self.bias.len()].copy_from_slice(&self.bias);
        bias
    }

    fn forward(&self, team: &mut Team, weight: &[f32], scratch: &mut [Scratch]) -> Stored {
        let Case { conv, images, .. } = *self;
        let x = laid_out(conv.input, &self.x);
        let mut transformed = vec![f32::NAN; conv.transformed_len()];
        conv.renew_transformed(team, weight, &mut transformed);
        let weight = if transformed.is_empty() { weight } else { &transformed };
        let bias = self.padded_bias();
        let mut output = vec![f32::NAN; conv.output.buffer_len(images)];
        let mut before = vec![f32::NAN; conv.before_len(images)];
        let mut argmax = vec![9u8; if conv.pool { images * conv.argmax_len() } else { 0 }];
        let mut of_images = vec![f32::NAN; image_moments_len(conv.output, images)];
        let args = Forward {
            conv,
            images,
            input: Input::Stored(&x),
            weight,
            bias: Some(&bias),
            output: &mut output,
            before: Some(&mut before[..]).filter(|before| !before.is_empty()),
            argmax: conv.pool.then_some(&mut argmax[..]),
            scratch,
        };
        forward_with_moments(team, args, Some(&mut of_images));
        let mut expected = vec![f32::NAN; of_images.len()];
        moments(team, images, Images { values: &output, layout: conv.output }, &mut expected);
        same_bits(&of_images, &expected, "moments of the output");
        let mut untouched = output.clone();
        conv.output.scatter(&vec![f32::NAN; images * conv.output.image_len()], &mut untouched);
        assert!(untouched.iter().all(|v| v.is_nan()), "something outside the output was written");
        if !before.is_empty() {
            // Evaluation keeps nothing, and gives the same.
            let mut again = vec![f32::NAN; output.len()];
            let mut winners_again = vec![9u8; argmax.len()];
            let (input, bias, before) = (Input::Stored(&x), Some(&bias[..]), None);
            let args = {
                let (output, argmax) = (&mut again[..], conv.pool.then_some(&mut winners_again[..]));
                Forward { conv, images, input, weight, bias, output, before, argmax, scratch }
            };
            forward(team, args);
            assert_eq!(winners_again, argmax, "the winners without keeping what went into the activation");
            same_bits(&again, &output, "the output without keeping what went into the activation");
        }
        Stored { x, output, before, argmax }
    }

    fn backward(
        &self,
        team: &mut Team,
        weight: &[f32],
        scratch: &mut [Scratch],
        stored: &Stored,
        accumulate: bool,
    ) -> Outcome {
        let Case { conv, images, .. } = *self;
        let Stored { x, output, before, argmax } = stored;
        let mut mirror = vec![0.0; conv.mirror_len()];
        conv.renew_mirror(team, weight, &mut mirror);
        let bias = self.padded_bias();
        let groups = images.div_ceil(GROUP);
        let mut d_output = vec![f32::NAN; conv.output.buffer_len(images)];
        conv.output.scatter(&self.dy, &mut d_output);
        let mut gradients = |of_bias: bool| {
            let mut partials = vec![f32::NAN; groups * conv.partial_len()];
            let mut dx = vec![f32::NAN; conv.input.buffer_len(images)];
            conv.input.scatter(&self.dx, &mut dx);
            let args = Backward {
                conv,
                images,
                input: Input::Stored(x),
                output,
                before: Some(before),
                again: Some(Again { weight, bias: Some(&bias) }),
                argmax: conv.pool.then_some(&argmax[..]),
                d_output: DOutput::Stored(&d_output),
                partials: Some(&mut partials),
                bias: of_bias,
                d_input: Some(InputGradient { values: &mut dx, accumulate, sums: None, mirror: &mirror }),
                scratch,
            };
            backward(team, args);
            (partials, dx)
        };
        let (partials, dx) = gradients(true);
        let (without_bias, dx_again) = gradients(false);
        same_bits(&dx_again, &dx, "the gradient of the input without that of the bias");
        let weights = |partials: &[f32]| -> Vec<f32> {
            let groups = partials.chunks_exact(conv.partial_len());
            groups.flat_map(|group| &group[..conv.weight_len()]).copied().collect()
        };
        same_bits(&weights(&without_bias), &weights(&partials), "the weight's without that of the bias");
        let [_, (_, kernel), _] = Kernels::of(&conv, team.isa());
        if !["winners", "windows"].contains(&kernel) {
            let mut groups = without_bias.chunks_exact(conv.partial_len());
            let left = groups.all(|group| group[conv.weight_len()..].iter().all(|v| v.is_nan()));
            assert!(left, "the gradient of a bias that nobody wants has been taken");
        }
        let mut total = vec![0.0f32; conv.partial_len()];
        for group in partials.chunks_exact(conv.partial_len()) {
            total.iter_mut().zip(group).for_each(|(t, g)| *t += g);
        }
        let (dweight, dbias) = total.split_at_mut(conv.weight_len());
        if conv.is_sparse() {
            pack_partials(team, conv, &partials, groups, dweight);
        }
        Outcome {
            y: dense(conv.output, output, images),
            argmax: argmax.clone(),
            dweight: conv.unpack_weight(dweight),
            dbias: dbias[..self.bias.len()].to_vec(),
            dx: dense(conv.input, &dx, images),
        }
    }
}

/// What a forward pass leaves in buffers.
struct Stored {
    x: Vec<f32>,
    output: Vec<f32>,
    before: Vec<f32>,
    argmax: Vec<u8>,
}

/// Makes the images and the gradients that a case is tested with.
#[derive(Clone, Copy)]
struct Data {
    x: Maker,
    dy: Maker,
    /// Also for the weight and what the input gradient is added to, where no kernel leaves out zeros.
    finite: bool,
}

const UNIFORM: Data = Data { x: uniform, dy: uniform, finite: true };

fn nan_where_expected(got: &mut [f32], expected: &[f32]) {
    got.iter_mut().zip(expected).filter(|(_, e)| e.is_nan()).for_each(|(g, _)| *g = f32::NAN);
}

/// Compares and returns the kernels that ran.
fn check(shapes: &[[usize; 11]], data: &Data) -> BTreeSet<(Pass, &'static str)> {
    check_in(Precision::F32, shapes, data)
}

/// As [`check`], with products of this precision; convolutions that compute none of bf16 are left to f32.
fn check_in(precision: Precision, shapes: &[[usize; 11]], data: &Data) -> BTreeSet<(Pass, &'static str)> {
    let mut ran = BTreeSet::new();
    let Data { x, dy, finite } = *data;
    for (number, shape) in shapes.iter().enumerate() {
        let relu = Some(Activation::ReLU);
        let combinations = [
            (false, None, false),
            (false, relu, false),
            (false, another(number), false),
            (true, None, false),
            (true, relu, false),
            (true, relu, true),
            (true, another(number), false),
            (true, another(number), true),
        ];
        for (pool, activation, pool_first) in combinations {
            let then = Then { pool, activation, pool_first };
            let Some((conv, geometry)) = conv_in(precision, shape, then) else { continue };
            // Of what is fused, one is enough of those that compute the same.
            let is_another = conv.algorithms != conv.algorithms.in_f32() && activation != relu && !pool_first;
            if precision == Precision::Bf16 && !is_another {
                continue;
            }
            let images = shape[0];
            let seed = number as u64 * 10;
            // The sparse kernels do not see 0 x infinity: only input and gradient may be hostile there.
            let also = if conv.is_sparse() { uniform } else { x };
            let case = Case {
                conv,
                geometry,
                images,
                x: x(seed + 1, images * geometry.input_len()),
                weight: also(seed + 2, geometry.weight_len()),
                bias: uniform(seed + 3, geometry.out_channels),
                dy: dy(seed + 4, images * conv.output.image_len()),
                dx: also(seed + 5, images * geometry.input_len()),
            };
            let expected = case.reference();
            let more = [2, 5].map(|threads| Team::new(threads, Isa::best()).expect("threads"));
            let teams = if precision == Precision::F32 { teams() } else { teams_of_bf16() };
            for mut team in teams.into_iter().chain(more) {
                let got = case.kernel(&mut team);
                for ((mut got, expected), accumulate) in got.into_iter().zip(&expected).zip(ACCUMULATE) {
                    let what = format!("{shape:?} {then:?} {team:?}, accumulating: {accumulate}");
                    same_bits(&got.y, &expected.y, &format!("output of {what}"));
                    assert_eq!(got.argmax, expected.argmax, "winners of {what}");
                    if !finite && pool {
                        // Who lost its window is left out, and with it 0 x infinity, NaN in the reference.
                        nan_where_expected(&mut got.dweight, &expected.dweight);
                        if activation.is_some_and(Activation::keeps_input) && !pool_first {
                            // So is 0 times its slope.
                            nan_where_expected(&mut got.dbias, &expected.dbias);
                            nan_where_expected(&mut got.dx, &expected.dx);
                        }
                    }
                    same_bits(&got.dweight, &expected.dweight, &format!("weight gradient of {what}"));
                    same_bits(&got.dbias, &expected.dbias, &format!("bias gradient of {what}"));
                    same_bits(&got.dx, &expected.dx, &format!("input gradient of {what}"));
                }
                ran.extend(Kernels::of(&conv, team.isa()));
            }
        }
    }
    ran
}

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut ran = check(SHAPES, &UNIFORM);
    for shapes in [SHAPES, IN_BF16] {
        ran.extend(check_in(Precision::Bf16, shapes, &UNIFORM));
    }
    // One kernel needs registers that only AVX-512 has.
    let here = |name: &str| Isa::named("avx512").is_some() || name != "patch, pooled";
    let all: BTreeSet<_> = Kernels::all().into_iter().filter(|(_, name)| here(name)).collect();
    assert_eq!(ran, all, "the kernels that ran, and those of the table");
}

/// Where fewer than sixteen lanes are computed, in strips of every width and with the last rows left over.
#[test]
fn every_number_of_channels_below_two_vectors_equals_the_reference() {
    for channels in 1..=17 {
        let [few, many] = [channels, 18 - channels];
        let shapes = [
            [2, few, 7, 19, many, 1, 1, 1, 1, 0, 0],
            [1, few, 8, 21, many + 16, 1, 1, 1, 1, 0, 0],
            [1, few, 5, 15, many, 2, 3, 1, 1, 1, 1],
            [1, few, 6, 11, many, 3, 2, 2, 3, 1, 1],
        ];
        check(&shapes, &UNIFORM);
        let make: Maker = |seed, len| hostile(seed, len, 61);
        check(&shapes[..2], &Data { x: make, dy: make, finite: false });
    }
}

#[test]
fn products_of_bf16_equal_the_reference_with_whatever_is_not_normal() {
    let make: Maker = |seed, len| hostile(seed, len, 997);
    check_in(Precision::Bf16, IN_BF16, &Data { x: make, dy: make, finite: false });
    // Products, and sums, that are smaller than a normal number.
    let tiny: Maker = |seed, len| uniform(seed, len).iter().map(|v| v * 1e-19).collect();
    check_in(Precision::Bf16, &IN_BF16[..3], &Data { x: tiny, dy: tiny, finite: true });
    check_in(Precision::Bf16, &SHAPES[19..21], &Data { x: tiny, dy: tiny, finite: true });
}

#[test]
fn equals_the_reference_with_nan_infinity_and_denormals() {
    let make: Maker = |seed, len| hostile(seed, len, 61);
    check(SHAPES, &Data { x: make, dy: make, finite: false });
    // Few enough that most rows of an image have none.
    let few: Maker = |seed, len| hostile(seed, len, 509);
    check(&SHAPES[..1], &Data { x: few, dy: few, finite: false });
}
