//! Group normalisation against the reference.

use toile_kernels::activation::{self, Activation};
use toile_kernels::batch_norm::{image_moments_len, moments};
use toile_kernels::group_norm::reference::{self, GroupNormGeometry, Statistics};
use toile_kernels::group_norm::{Backward, GroupNorm, Normalise, Workspace, backward, forward, statistics};
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::team::Team;

use crate::support::{MAKERS, POISON, inside, layouts, same_bits, surrounded, teams, uniform};

const IMAGES: usize = 3;

/// What the reference makes of a case.
struct Expected {
    mean: Vec<f32>,
    invstd: Vec<f32>,
    before: Vec<f32>,
    y: Vec<f32>,
    /// The output's gradient in front of the activation.
    dy: Vec<f32>,
    d_gamma: Vec<f32>,
    d_beta: Vec<f32>,
}

struct Case {
    norm: GroupNorm,
    x: Vec<f32>,
    dy: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    /// What the input gradient is added to.
    start: Vec<f32>,
}

impl Case {
    fn geometry(&self) -> GroupNormGeometry {
        let [channels, rows, columns] = self.norm.dims;
        GroupNormGeometry { rows, columns, channels, groups: self.norm.groups }
    }

    fn expected(&self, accumulate: bool, dx: &mut [f32]) -> Expected {
        let (g, channels) = (self.geometry(), self.norm.dims[0]);
        let zeros = vec![0.0; IMAGES * channels];
        let (mut mean, mut invstd) = (zeros.clone(), zeros);
        reference::statistics(&g, self.norm.eps, &self.x, &mut mean, &mut invstd);
        let s = Statistics { mean: &mean, invstd: &invstd };
        let mut before = vec![0.0; self.x.len()];
        reference::forward(&g, s, [&self.gamma, &self.beta], &self.x, &mut before);
        let (mut y, mut dy) = (before.clone(), self.dy.clone());
        if let Some(activation) = self.norm.activation {
            activation::reference::forward(activation, &before, &mut y);
            activation::reference::input_gradient(activation, &before, &self.dy, false, &mut dy);
        }
        let (mut d_gamma, mut d_beta) = (vec![0.0; channels], vec![0.0; channels]);
        let parameters = [&mut d_gamma[..], &mut d_beta[..]];
        reference::gradients(&g, s, &self.gamma, [&self.x, &dy], parameters, accumulate, dx);
        Expected { mean, invstd, before, y, dy, d_gamma, d_beta }
    }

    fn check(&self, team: &mut Team, from: Layout, to: Layout, what: &str) {
        let (norm, channels) = (self.norm, self.norm.dims[0]);
        let input = surrounded(from, &self.x);
        let x = Images { values: &input, layout: from };
        let mut of_images = vec![POISON; image_moments_len(from, IMAGES)];
        moments(team, IMAGES, x, &mut of_images);
        let (mut mean, mut invstd) = (vec![POISON; IMAGES * channels], vec![POISON; IMAGES * channels]);
        statistics(norm, IMAGES, &of_images, &mut mean, &mut invstd);
        for accumulate in [false, true] {
            let what = format!("{what} accumulate {accumulate}");
            let mut dx_expected = self.start.clone();
            let expected = self.expected(accumulate, &mut dx_expected);
            same_bits(&mean, &expected.mean, &format!("mean of {what}"));
            same_bits(&invstd, &expected.invstd, &format!("invstd of {what}"));
            let with = Normalise { mean: &mean, invstd: &invstd, gamma: &self.gamma, beta: &self.beta };
            let keeps = norm.activation.is_some_and(Activation::keeps_input);
            let mut before = vec![POISON; if keeps { to.buffer_len(IMAGES) } else { 0 }];
            let mut output = vec![POISON; to.buffer_len(IMAGES)];
            let y = ImagesMut { values: &mut output, layout: to };
            forward(team, norm, IMAGES, with, x, keeps.then_some(&mut before[..]), y);
            same_bits(&inside(to, &output, IMAGES, &what), &expected.y, &format!("output of {what}"));
            if keeps {
                let kept = inside(to, &before, IMAGES, &what);
                same_bits(&kept, &expected.before, &format!("what goes into the activation of {what}"));
            }

            let (mut d_output, mut d_input) = (surrounded(to, &self.dy), surrounded(from, &self.start));
            let (mut d_gamma, mut d_beta) = (vec![POISON; channels], vec![POISON; channels]);
            let mut workspace = Workspace::new(IMAGES, channels).expect("memory");
            let before = if keeps { &before } else { &output };
            for wanted in [false, true] {
                let dy = ImagesMut { values: &mut d_output, layout: to };
                let dx = ImagesMut { values: &mut d_input, layout: from };
                let parameters = [&mut d_gamma[..], &mut d_beta[..]];
                let args = Backward { norm, images: IMAGES, with, x, before };
                backward(team, args, dy, parameters, &mut workspace, wanted.then_some((accumulate, dx)));
                let got = inside(to, &d_output, IMAGES, &what);
                same_bits(&got, &expected.dy, &format!("output gradient of {what}"));
                same_bits(&d_gamma, &expected.d_gamma, &format!("gradient of the scale of {what}"));
                same_bits(&d_beta, &expected.d_beta, &format!("gradient of the shift of {what}"));
                let dx = if wanted { &dx_expected } else { &self.start };
                let got = inside(from, &d_input, IMAGES, &what);
                same_bits(&got, dx, &format!("input gradient of {what} wanted {wanted}"));
                d_output = surrounded(to, &self.dy);
            }
        }
    }
}

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    let activations = [None].into_iter().chain(Activation::ALL.iter().copied().map(Some));
    for activation in activations {
        for (channels, groups) in [(1, 1), (4, 2), (6, 6), (15, 3), (16, 4), (33, 1), (34, 17)] {
            for (values, make) in MAKERS {
                let seed = 9000 + channels as u64 * 10;
                let dims = [channels, 3, 5];
                let [plain, bordered] = layouts(dims);
                let len = IMAGES * plain.image_len();
                let case = Case {
                    norm: GroupNorm { dims, groups, eps: 1e-5, activation },
                    x: make(seed, len),
                    dy: make(seed + 1, len),
                    gamma: uniform(seed + 2, channels),
                    beta: uniform(seed + 3, channels),
                    start: uniform(seed + 4, len),
                };
                for team in &mut teams {
                    for (from, to) in [(plain, plain), (bordered, plain), (plain, bordered)] {
                        let what = format!("{:?} {values} {seed} {team:?}", case.norm);
                        case.check(team, from, to, &what);
                    }
                }
            }
        }
    }
}
