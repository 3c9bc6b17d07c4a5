//! Fully connected kernels against the reference.

use std::collections::BTreeSet;

use toile_kernels::activation::{self, Activation};
use toile_kernels::isa::Isa;
use toile_kernels::layout::Layout;
use toile_kernels::linear::reference::{self, LinearGeometry, from_memory_order, to_memory_order};
use toile_kernels::linear::{
    Backward, Forward, InputGradient, Kernels, Linear, Scratch, backward, forward, forward_side_by_side,
};
use toile_kernels::optimizer::{Parameter, Rule};
use toile_kernels::team::Team;

use crate::support::{another, dense, hostile, laid_out, same_bits, teams, uniform};

/// [images, channels, height, width, outputs]
const SHAPES: &[[usize; 5]] = &[
    [1, 1, 1, 1, 1],
    [5, 10, 1, 1, 10],
    [9, 7, 3, 3, 33],
    [70, 130, 1, 1, 25],
    [3, 64, 6, 6, 40],
    [130, 17, 2, 1, 7],
    [67, 6, 5, 5, 70],
    [2, 1000, 1, 1, 129],
    [66, 1, 1, 1, 1000],
    [65, 2, 1, 1, 37],
    [7, 1, 3, 1, 18],
    [70, 700, 1, 1, 1],
    [11, 140, 1, 1, 17],
    [4, 700, 2, 1, 64],
    [5, 511, 1, 1, 20],
    [66, 64, 4, 2, 20],
    [9, 577, 1, 1, 130],
];

/// A layer with all that goes in, and what the reference makes of it.
struct Case {
    linear: Linear,
    images: usize,
    x: Vec<f32>,
    /// As PyTorch has it, and in memory order.
    columns: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    mask: Vec<f32>,
    dy: Vec<f32>,
    /// What is in the input's gradient before.
    before: Vec<f32>,
}

/// What a layer gives, dense.
struct Results {
    /// Whether the forward pass found all values finite.
    finite: bool,
    y: Vec<f32>,
    dy: Vec<f32>,
    dx: Vec<f32>,
    dcolumns: Vec<f32>,
    dbias: Vec<f32>,
}

impl Case {
    /// `shape` is one of [`SHAPES`].
    fn new(seed: u64, shape: [usize; 5], activation: Option<Activation>) -> Case {
        let [images, channels, height, width, outputs] = shape;
        let (input, output) = (Layout::dense([channels, height, width]), Layout::dense([outputs, 1, 1]));
        let inputs = input.image_len();
        let columns = uniform(seed + 1, inputs * outputs);
        let dy = uniform(seed + 3, images * outputs);
        Case {
            linear: Linear { input, output, activation },
            images,
            x: uniform(seed, images * inputs),
            weight: vec![],
            columns,
            bias: uniform(seed + 2, outputs),
            mask: dy.iter().map(|d| if *d > 0.3 { 0.0 } else { 1.25 }).collect(),
            dy,
            before: uniform(seed + 4, images * inputs),
        }
    }

    fn dims(&self) -> [usize; 3] {
        [self.linear.input.channels, self.linear.input.height, self.linear.input.width]
    }

    /// What the reference says.
    fn expected(&mut self, accumulate: bool) -> Results {
        let (inputs, outputs) = (self.linear.in_features(), self.linear.out_features());
        let g = LinearGeometry { in_features: inputs, out_features: outputs };
        self.weight.resize(self.columns.len(), 0.0);
        to_memory_order(self.dims(), &self.columns, &mut self.weight);
        let mut y = vec![0.0; self.images * outputs];
        reference::forward(&g, &self.x, &self.weight, Some(&self.bias), &mut y);
        let sums = y.clone();
        if let Some(f) = self.linear.activation {
            activation::reference::forward(f, &sums, &mut y);
        }
        y.iter_mut().zip(&self.mask).for_each(|(y, m)| *y = if *m == 0.0 { 0.0 } else { *y * m });
        let mut dy = self.dy.clone();
        dy.iter_mut().zip(&self.mask).for_each(|(d, m)| *d = if *m == 0.0 { 0.0 } else { *d * m });
        if let Some(f) = self.linear.activation {
            let masked = dy.clone();
            activation::reference::input_gradient(f, &sums, &masked, false, &mut dy);
        }
        let (mut dweight, mut dbias) = (vec![0.0; self.weight.len()], vec![0.0; outputs]);
        reference::weight_gradient(&g, &self.x, &dy, &mut dweight, Some(&mut dbias));
        let mut dcolumns = vec![0.0; dweight.len()];
        from_memory_order(self.dims(), &dweight, &mut dcolumns);
        let mut dx = self.before.clone();
        reference::input_gradient(&g, &dy, &self.weight, accumulate, &mut dx);
        Results { finite: true, y, dy, dx, dcolumns, dbias }
    }

    /// What the kernels make of it. `keep` keeps them from skipping anything.
    fn run(&self, team: &mut Team, accumulate: bool, keep: bool) -> Results {
        let Case { linear, images, bias, .. } = self;
        let (linear, images) = (*linear, *images);
        let mut packed = vec![0.0; linear.weight_len()];
        linear.pack_weight(&self.columns, &mut packed);
        let x = laid_out(linear.input, &self.x);
        let mask = laid_out(linear.output, &self.mask);
        let mut y = vec![0.0; linear.output.buffer_len(images)];
        let mut before = vec![0.0; linear.before_len(images)];
        let finite = forward(
            team,
            Forward {
                linear,
                images,
                input: &x,
                weight: &packed,
                updated: !keep,
                bias: Some(bias),
                mask: Some(&mask),
                output: &mut y,
                before: Some(&mut before[..]).filter(|before| !before.is_empty()),
                halves: &mut vec![f32::NAN; linear.halves_len(images)],
            },
        );
        let mut d_output = laid_out(linear.output, &self.dy);
        let mut d_input = laid_out(linear.input, &self.before);
        let mut gradient = vec![0.0; packed.len()];
        let (mut bias_values, mut dbias) = (bias.clone(), vec![f32::NAN; bias.len()]);
        backward(
            team,
            Backward {
                linear,
                images,
                input: &x,
                output: &y,
                before: Some(&before),
                mask: Some(&mask),
                d_output: &mut d_output,
                d_input: Some(InputGradient { values: &mut d_input, accumulate }),
                finite: finite && !keep,
                weight: Parameter {
                    values: &mut packed,
                    states: [&mut gradient, &mut [], &mut []],
                    rule: Rule::Record,
                },
                bias: Some(Parameter {
                    values: &mut bias_values,
                    states: [&mut dbias, &mut [], &mut []],
                    rule: Rule::Record,
                }),
                // A batch may be smaller than what the scratch is for.
                scratch: &mut Scratch::new(&linear, images + 1, team.threads()).expect("memory"),
            },
        );
        Results {
            finite,
            y: dense(linear.output, &y, images),
            dy: dense(linear.output, &d_output, images),
            dx: dense(linear.input, &d_input, images),
            dcolumns: linear.unpack_weight(&gradient),
            dbias,
        }
    }

    /// Demands the reference's bits of all instruction sets, with and without skipping zeros.
    #[track_caller]
    fn check(&mut self, teams: &mut [Team], what: &str) -> BTreeSet<&'static str> {
        let mut ran = BTreeSet::new();
        for accumulate in [false, true] {
            let expected = self.expected(accumulate);
            for team in &mut *teams {
                for keep in [false, true] {
                    let got = self.run(team, accumulate, keep);
                    let activation = self.linear.activation;
                    let what =
                        format!("{what}, {activation:?}, accumulate {accumulate}, dense {keep}, {team:?}");
                    same_bits(&got.y, &expected.y, &format!("output of {what}"));
                    same_bits(&got.dy, &expected.dy, &format!("output gradient of {what}"));
                    same_bits(&got.dx, &expected.dx, &format!("input gradient of {what}"));
                    same_bits(&got.dcolumns, &expected.dcolumns, &format!("weight gradient of {what}"));
                    same_bits(&got.dbias, &expected.dbias, &format!("bias gradient of {what}"));
                    let live = got.dy.iter().filter(|d| **d != 0.0).count();
                    ran.insert(Kernels::forward(&self.linear, self.images));
                    ran.insert(Kernels::gradients(&self.linear, self.images, live, got.finite && !keep));
                }
            }
        }
        ran
    }
}

/// Replaces all but one in `every` by zeros of both signs; all where `every` is 0.
fn thin_out(values: &mut [f32], every: usize) {
    for (i, value) in values.iter_mut().enumerate() {
        if every == 0 || !(i / 3 + i).is_multiple_of(every) {
            *value = if i % 5 == 0 { -0.0 } else { 0.0 };
        }
    }
}

#[test]
fn equals_the_reference_bit_for_bit() {
    let teams = &mut teams();
    let mut ran = BTreeSet::new();
    for (number, &shape) in SHAPES.iter().enumerate() {
        for activation in [None, Some(Activation::ReLU), another(number)] {
            for every in [0, 1, 2, 5] {
                let mut case = Case::new(100 + number as u64 * 10, shape, activation);
                thin_out(&mut case.dy, every);
                ran.extend(case.check(teams, &format!("{shape:?}, one of {every} kept")));
            }
        }
    }
    assert_eq!(ran, Kernels::all().into_iter().collect(), "the kernels that ran, and those of the table");
}

#[test]
fn equals_the_reference_with_any_values() {
    let teams = &mut teams();
    for (number, &shape) in SHAPES[..7].iter().enumerate() {
        for which in 0..5 {
            for every in [1, 4] {
                let mut case =
                    Case::new(500 + number as u64 * 10, shape, (number % 2 == 0).then_some(Activation::ReLU));
                let place = [&mut case.x, &mut case.columns, &mut case.bias, &mut case.dy, &mut case.before];
                let place = place.into_iter().nth(which).expect("five places");
                *place = hostile(600 + which as u64, place.len(), 97);
                thin_out(&mut case.dy, every);
                case.check(teams, &format!("{shape:?}, hostile values in place {which}, 1 of {every} kept"));
            }
        }
    }
}

/// Lists are given up where most gradients of a group's first images are not zero. What is behind these, in that group or
/// in another, must not bring them back: so few are not zero in all that lists would be used.
#[test]
fn lists_that_are_given_up_are_not_used() {
    for shape in [[70, 130, 1, 1, 25], [67, 6, 5, 5, 150], [40, 577, 1, 1, 130]] {
        for first_outputs in [shape[4], shape[4] / 2] {
            let mut case = Case::new(950, shape, None);
            case.mask.fill(1.25);
            for (i, d) in case.dy.iter_mut().enumerate() {
                let (image, output) = (i / shape[4], i % shape[4]);
                let kept = image < 8 && output < first_outputs || i % 7 == 0;
                *d = if kept { *d } else { 0.0 };
            }
            let live = case.dy.iter().filter(|d| **d != 0.0).count();
            assert!(live < case.dy.len() / 2, "{live} of {} are not zero", case.dy.len());
            case.check(&mut teams(), &format!("{shape:?}, first images of {first_outputs} outputs whole"));
        }
    }
}

/// Products so small that they are rounded to zeros of both signs: a skipped zero must not show in the
/// sign of the sum.
#[test]
fn vanishing_products_leave_positive_zeros() {
    for shape in [[9, 70, 1, 1, 33], [3, 20, 1, 1, 130]] {
        let mut case = Case::new(900, shape, None);
        for values in [&mut case.x, &mut case.columns, &mut case.dy, &mut case.before] {
            values.iter_mut().for_each(|v| *v *= 1e-30);
        }
        case.before.fill(-0.0);
        thin_out(&mut case.dy, 3);
        case.check(&mut teams(), "vanishing products");
        let results = case.run(&mut Team::new(1, Isa::best()).expect("threads"), true, false);
        assert!(results.dx.iter().chain(&results.dcolumns).all(|v| v.to_bits() == 0));
    }
}

/// With as many blocks of inputs as threads and more, and with fewer.
#[test]
fn the_number_of_threads_does_not_show() {
    let mut teams: Vec<Team> =
        [1, 2, 3, 5].map(|threads| Team::new(threads, Isa::best()).expect("threads")).into();
    let shapes = [
        [130, 300, 150],
        [66, 1, 1000],
        [100, 33, 70],
        [75, 3, 333],
        [131, 100, 150],
        [50, 17, 90],
        [70, 640, 50],
    ];
    for (number, [images, inputs, outputs]) in shapes.into_iter().enumerate() {
        for every in [1, 5] {
            let shape = [images, inputs, 1, 1, outputs];
            let mut case = Case::new(1000 + number as u64 * 10, shape, Some(Activation::ReLU));
            thin_out(&mut case.dy, every);
            case.check(&mut teams, &format!("{shape:?}, one of {every} kept, many threads"));
        }
    }
}

/// Images without whole vectors of their own, around every width that tiles, blocks and slices have.
#[test]
fn images_side_by_side_give_the_same_bits() {
    let teams = &mut teams();
    for inputs in [1, 2, 3, 4, 5, 15, 16, 17, 33, 63, 64, 65, 130, 511, 512, 577, 700] {
        for outputs in [1, 2, 7, 8, 9, 16, 33] {
            for images in [1, 2, 3, 10, 25, 66] {
                let shape = [images, inputs, 1, 1, outputs];
                let mut case = Case::new(1100 + inputs as u64, shape, None);
                if inputs % 2 == 1 {
                    case.x = hostile(1200, case.x.len(), 61);
                }
                let g = LinearGeometry { in_features: inputs, out_features: outputs };
                let mut expected = vec![0.0; images * outputs];
                reference::forward(&g, &case.x, &case.columns, Some(&case.bias), &mut expected);
                let finite = expected.iter().all(|y| y.is_finite());
                let linear = case.linear;
                let mut weight = vec![0.0; linear.weight_len()];
                linear.pack_weight(&case.columns, &mut weight);
                for team in &mut *teams {
                    let mut y = vec![0.0; linear.output.buffer_len(images)];
                    let (input, bias, output) = (&case.x, Some(&case.bias[..]), &mut y[..]);
                    let args = Forward {
                        linear,
                        images,
                        input,
                        weight: &weight,
                        updated: false,
                        bias,
                        mask: None,
                        output,
                        before: None,
                        halves: &mut vec![f32::NAN; linear.halves_len(images)],
                    };
                    let what = format!("{shape:?}, {team:?}");
                    assert_eq!(forward_side_by_side(team, args), finite, "{what}");
                    same_bits(&dense(linear.output, &y, images), &expected, &what);
                }
            }
        }
    }
}

/// What the forward pass says about the values decides whether zeros may be skipped.
#[test]
fn forward_tells_whether_all_values_are_finite() {
    finite_values(70);
}

#[test]
fn forward_tells_whether_both_halves_are_finite() {
    finite_values(600);
}

fn finite_values(inputs: usize) {
    let linear = Linear {
        input: Layout::dense([inputs, 1, 1]),
        output: Layout::dense([19, 1, 1]),
        activation: Some(Activation::ReLU),
    };
    let finite = |x: &[f32], columns: &[f32], team: &mut Team| {
        let mut weight = vec![0.0; linear.weight_len()];
        linear.pack_weight(columns, &mut weight);
        let input = laid_out(linear.input, x);
        let mut output = vec![0.0; linear.output.buffer_len(66)];
        // Neither ReLU nor dropout hides it.
        let mask = output.clone();
        let (bias, mask, output) = (None, Some(&mask[..]), &mut output[..]);
        let (input, weight, before) = (&input[..], &weight[..], None);
        let halves = &mut vec![f32::NAN; linear.halves_len(66)][..];
        let updated = false;
        forward(
            team,
            Forward { linear, images: 66, input, weight, updated, bias, mask, output, before, halves },
        )
    };
    for team in &mut teams() {
        let (x, columns) = (uniform(1, 66 * inputs), uniform(2, 19 * inputs));
        assert!(finite(&x, &columns, team), "{team:?}");
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for zeros in [false, true] {
                // Beside the odd value the others may all be zero.
                let [mut x, mut columns] =
                    [&x, &columns].map(|v| if zeros { vec![0.0; v.len()] } else { v.clone() });
                for place in [0, inputs - 1, inputs * 65 + 3] {
                    let before = std::mem::replace(&mut x[place], odd);
                    assert!(!finite(&x, &columns, team), "{odd} in place {place} of the input, {team:?}");
                    x[place] = before;
                }
                for place in [0, inputs - 1, inputs * 18 + 3] {
                    let before = std::mem::replace(&mut columns[place], odd);
                    assert!(!finite(&x, &columns, team), "{odd} in place {place} of the weight, {team:?}");
                    columns[place] = before;
                }
            }
        }
    }
}
