//! What normalisations refuse.

use toile_kernels::activation::Activation;
use toile_kernels::batch_norm::reference::Moments;
use toile_kernels::batch_norm::{self, GradientTerms, Normalise, OutputGradient, Pooled};
use toile_kernels::buffer::Buffer;
use toile_kernels::isa::Isa;
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::team::Team;

use super::refused;

/// Normalises a batch of 2 images of 3 channels, 5 x 4 pixels, and goes back, with buffers of these lengths:
/// input, output, output gradient, winners, channel, workspace, terms, input gradient, moments, skip.
fn normalise(lens: [usize; 10], then: Option<bool>, to: Layout) -> impl FnOnce(&mut Team) {
    move |team: &mut Team| {
        let layout = Layout::dense([3, 5, 4]);
        let [x, mut y, mut dy, _, channel, mut workspace, _, mut dx, mut of_images, skip] =
            lens.map(Buffer::zeroed);
        let mut winners = vec![0; lens[3]];
        let mut terms = GradientTerms::new(lens[6]);
        let activation = (then == Some(true)).then_some(Activation::ReLU);
        let with =
            Normalise { mean: &channel, invstd: &channel, gamma: &channel, beta: &channel, activation };
        let x = Images { values: &x, layout };
        batch_norm::moments(team, 2, x, &mut of_images);
        batch_norm::join_moments(layout, 2, &of_images, &mut vec![Moments::default(); lens[4]]);
        let output = ImagesMut { values: &mut y, layout: to };
        match then {
            None => batch_norm::normalise(team, 2, with, x, None, None, output),
            Some(true) => {
                batch_norm::normalise(
                    team,
                    2,
                    with,
                    x,
                    Some(Images { values: &skip, layout: to }),
                    None,
                    output,
                );
            }
            Some(false) => {
                let pooled = Pooled { y: output, winners: &mut winners, before: None, workspace: &mut [] };
                batch_norm::normalise_pooled(team, 2, with, x, pooled);
            }
        }
        let gradient = match then {
            None => OutputGradient::Dense(Images { values: &dy, layout: to }),
            Some(true) => {
                let y = Images { values: &y, layout: to };
                OutputGradient::Sum { y, dy: ImagesMut { values: &mut dy, layout: to } }
            }
            Some(false) => {
                OutputGradient::Pooled { values: Images { values: &dy, layout: to }, winners: &winners }
            }
        };
        let (mut dgamma, mut dbeta) = (channel.clone(), channel.clone());
        let args = batch_norm::Backward { images: 2, with, x, gradient };
        batch_norm::sums(team, args, [&mut dgamma, &mut dbeta], &mut workspace, &mut terms);
        let gradient = match then {
            Some(false) => {
                OutputGradient::Pooled { values: Images { values: &dy, layout: to }, winners: &winners }
            }
            _ => OutputGradient::Dense(Images { values: &dy, layout: to }),
        };
        let args = batch_norm::Backward { images: 2, with, x, gradient };
        let way_back = batch_norm::WayBack::new(args, &terms);
        batch_norm::input_gradient(team, way_back, false, ImagesMut { values: &mut dx, layout });
    }
}

#[test]
fn normalisations() {
    let layout = Layout::dense([3, 5, 4]);
    let (same, small) = (layout, Layout::dense([3, 2, 2]));
    let large = layout.buffer_len(2);
    for then in [None, Some(true), Some(false)] {
        let to = if then == Some(false) { small } else { same };
        let lens = [large, to.buffer_len(2), to.buffer_len(2), 24, 3, 24, 3, large, 12, large];
        normalise(lens, then, to)(&mut Team::new(1, Isa::best()).expect("threads"));
        for (i, expected) in [
            "the input is too short",
            "the output is too short",
            "the output gradient is too short",
            "winners",
            "",
            "workspace",
            "a value a channel",
            "the input gradient is too short",
            "moments of the images",
            "the skip is too short",
        ]
        .into_iter()
        .enumerate()
        {
            if (i == 3 && then != Some(false)) || (i == 9 && then != Some(true)) {
                continue;
            }
            let mut short = lens;
            short[i] -= 1;
            refused(&format!("{i} of {then:?}"), expected, normalise(short, then, to));
        }
        for wrong in [Layout { height: 3, ..to }, Layout { channels: 2, ..to }, Layout { width: 1, ..to }] {
            let long = lens.map(|len| if len == 3 { len } else { 4 * len });
            refused(&format!("{wrong:?}"), "shape", normalise(long, then, wrong));
        }
    }
}

/// Normalises and max-pools with an activation in between that is not ReLU, with buffers of these lengths: winners,
/// what goes into the activation, workspace of the pooling.
fn normalise_activated(lens: [usize; 3], activation: Option<Activation>) -> impl FnOnce(&mut Team) {
    move |team: &mut Team| {
        let (layout, to) = (Layout::dense([3, 5, 4]), Layout::dense([3, 2, 2]));
        let (x, mut y) = (vec![0.0; layout.buffer_len(2)], vec![0.0; to.buffer_len(2)]);
        let (mut winners, mut before, mut workspace) =
            (vec![0; lens[0]], vec![0.0; lens[1]], vec![0.0; lens[2]]);
        let channel = [1.0; 3];
        let with =
            Normalise { mean: &channel, invstd: &channel, gamma: &channel, beta: &channel, activation };
        let pooled = Pooled {
            y: ImagesMut { values: &mut y, layout: to },
            winners: &mut winners,
            before: Some(&mut before),
            workspace: &mut workspace,
        };
        batch_norm::normalise_pooled(team, 2, with, Images { values: &x, layout }, pooled);
    }
}

#[test]
fn normalisations_activated_and_pooled() {
    let (silu, to) = (Some(Activation::SiLU), Layout::dense([3, 2, 2]));
    let mut team = Team::new(1, Isa::best()).expect("threads");
    let room = batch_norm::pooled_workspace_len(silu, to, team.threads());
    let lens = [24, to.buffer_len(2), room];
    normalise_activated(lens, silu)(&mut team);
    for (i, expected) in ["winners", "what goes into the activation", "workspace"].into_iter().enumerate() {
        let mut short = lens;
        short[i] -= 1;
        refused(&format!("{i} of {lens:?}"), expected, normalise_activated(short, silu));
    }
    for none in [None, Some(Activation::ReLU)] {
        assert_eq!(batch_norm::pooled_workspace_len(none, to, 4), 0);
        refused(&format!("{none:?}"), "is not kept", normalise_activated(lens, none));
    }
}
