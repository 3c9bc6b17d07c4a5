//! Kernels on buffers of exactly the promised length, between pages that nobody may touch: a read or
//! write beyond either end kills the test.

mod grouped;
mod made;
mod normalisation;

use std::ops::{Deref, DerefMut};

use toile_kernels::avg_pool2d::{self, reference::AvgPoolGeometry};
use toile_kernels::batch_norm::{
    self, DOutput, Input, Normalise, OutputGradient, WayBack, reference::Moments,
};
use toile_kernels::conv2d::{self, Algorithms, Conv2d, InputGradient, Scratch};
use toile_kernels::isa::Isa;
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::linear::{self, Linear};
use toile_kernels::log_softmax::{self, Mixed, Targets};
use toile_kernels::optimizer::{AdamSettings, AdamStep, Parameter, Partials, Rule, update};
use toile_kernels::precision::Precision;
use toile_kernels::team::Team;
use toile_kernels::{activation, activation::Activation, add, dropout, max_pool2d};

use crate::support::{CHANNELS, another, uniform, windows};

/// Which end of a buffer stands directly at a page without access.
#[derive(Clone, Copy, Debug)]
enum Edge {
    Start,
    End,
}

/// A buffer between two pages without access.
struct Guarded<T> {
    pages: *mut libc::c_void,
    bytes: usize,
    start: *mut T,
    len: usize,
}

impl<T: Copy + Default> Guarded<T> {
    fn new(edge: Edge, len: usize) -> Guarded<T> {
        // SAFETY: only asks for the size of a page.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
        let inner = (len * size_of::<T>()).next_multiple_of(page);
        let bytes = inner + 2 * page;
        // SAFETY: new memory wherever there is room, without access at first.
        let pages = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANON,
                -1,
                0,
            )
        };
        assert_ne!(pages, libc::MAP_FAILED, "no memory");
        // SAFETY: inside the memory just got.
        let first = unsafe { pages.byte_add(page) };
        if inner > 0 {
            // SAFETY: inside the memory just got, whole pages.
            let result = unsafe { libc::mprotect(first, inner, libc::PROT_READ | libc::PROT_WRITE) };
            assert_eq!(result, 0, "no access");
        }
        let offset = match edge {
            Edge::Start => 0,
            Edge::End => inner - len * size_of::<T>(),
        };
        // SAFETY: the offset lies inside the memory that was mapped above.
        Guarded { pages, bytes, start: unsafe { first.byte_add(offset) }.cast(), len }
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        // SAFETY: got in `new`, and nobody borrows it any more.
        unsafe { libc::munmap(self.pages, self.bytes) };
    }
}

impl<T> Deref for Guarded<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: `len` values between the pages; zeros are valid values of the types used here.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

impl<T> DerefMut for Guarded<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: `len` values between the pages, borrowed uniquely; zeros are valid values of the types used here.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }
}

/// What a kernel is tested with: a team, and buffers at one edge.
struct Bench {
    team: Team,
    edge: Edge,
}

impl Bench {
    fn all() -> impl Iterator<Item = Bench> {
        Isa::available().into_iter().flat_map(|isa| {
            [Edge::Start, Edge::End].map(|edge| Bench { team: Team::new(1, isa).expect("threads"), edge })
        })
    }

    fn values(&self, len: usize) -> Guarded<f32> {
        let mut values = Guarded::new(self.edge, len);
        values.copy_from_slice(&uniform(len as u64, len));
        values
    }

    fn bytes(&self, len: usize) -> Guarded<u8> {
        Guarded::new(self.edge, len)
    }
}

fn images(values: &Guarded<f32>, layout: Layout) -> Images<'_> {
    Images { values, layout }
}

fn images_mut(values: &mut Guarded<f32>, layout: Layout) -> ImagesMut<'_> {
    ImagesMut { values, layout }
}

/// Shapes of images, among them some that fill their stride to the last value (an odd number of lines).
fn layouts() -> Vec<Layout> {
    let mut all = vec![];
    for channels in CHANNELS {
        for [height, width, border] in [[1, 1, 0], [4, 4, 0], [2, 2, 1], [3, 3, 0], [1, 3, 1], [5, 7, 0]] {
            let dense = Layout::dense([channels, height, width]);
            all.push(Layout { border_rows: border, border_columns: border, ..dense });
        }
    }
    let fills = |l: &&Layout| l.row_stride() * (l.height + 2 * l.border_rows) == l.image_stride();
    assert!(all.iter().filter(fills).count() > 9);
    all
}

const IMAGES: usize = 2;

#[test]
fn convolution() {
    // [channels, height, width, out channels, kernel h, w, stride h, w, padding h, w]
    let mut shapes = vec![
        [1, 4, 4, 17, 3, 3, 1, 1, 0, 0],
        [3, 2, 2, 16, 3, 3, 1, 1, 1, 1],
        [3, 4, 4, 33, 2, 2, 2, 1, 0, 0],
        [7, 4, 4, 48, 4, 4, 1, 1, 0, 0],
        [1, 10, 10, 5, 5, 3, 1, 2, 2, 1],
        [5, 2, 2, 15, 1, 1, 1, 1, 1, 1],
        [2, 5, 5, 3, 2, 2, 1, 1, 3, 2],
        [1, 6, 8, 33, 3, 3, 1, 1, 1, 1],
        [1, 9, 8, 17, 5, 5, 1, 1, 2, 2],
        [9, 6, 6, 19, 5, 5, 1, 1, 2, 2],
        [5, 9, 4, 3, 8, 3, 1, 1, 3, 0],
        [1, 4, 5, 50, 2, 2, 1, 1, 0, 0],
    ];
    // Kernel rows of 16 to 105 values: sparse backward where pooled, tiles of each width.
    for channels in [6, 7, 11, 16, 17, 21, 32, 35] {
        shapes.push([channels, 4, 4, 19, 3, 3, 1, 1, 0, 0]);
        shapes.push([channels, 5, 5, 33, 2, 3, 1, 1, 0, 1]);
    }
    // Fewer than sixteen lanes.
    for out in 1..=15 {
        shapes.push([16 - out, 3, 15, out, 1, 1, 1, 1, 0, 0]);
    }
    // Winograd's: whole and partial tiles, panels and blocks of them.
    for [channels, out] in [[16, 16], [17, 33], [33, 17], [16, 70], [8, 17], [5, 32], [33, 4]] {
        for [height, width, padding] in
            [[3, 3, 0], [4, 5, 1], [6, 6, 0], [5, 4, 2], [14, 13, 1], [3, 3, 1], [6, 5, 1], [6, 6, 1]]
        {
            shapes.push([channels, height, width, out, 3, 3, 1, 1, padding, padding]);
        }
    }
    // Direct ones of bf16: with strides, one column, channels of no whole vector.
    for [channels, out] in [[16, 16], [18, 34]] {
        shapes.push([channels, 7, 9, out, 3, 3, 2, 2, 1, 1]);
        shapes.push([channels, 5, 1, out, 3, 1, 1, 1, 1, 0]);
        shapes.push([channels, 6, 8, out, 2, 2, 2, 3, 0, 1]);
        shapes.push([2 * channels, 7, 8, out, 1, 1, 2, 2, 0, 0]);
        shapes.push([2 * channels, 5, 7, out, 1, 1, 1, 3, 0, 0]);
    }
    for mut bench in Bench::all() {
        for &[channels, height, width, out, kh, kw, sh, sw, ph, pw] in &shapes {
            for pool in [false, true] {
                let dense = Layout::dense([channels, height, width]);
                let input = Layout { border_rows: ph, border_columns: pw, ..dense };
                let [kernel, stride, padding] = [[kh, kw], [sh, sw], [ph, pw]];
                let plain = Conv2d {
                    input,
                    output: dense,
                    kernel,
                    stride,
                    padding,
                    pool,
                    activation: Some(Activation::ReLU),
                    pool_first: false,
                    algorithms: Algorithms::DIRECT,
                };
                let [rows, columns] = plain.conv_size().map(|size| if pool { size / 2 } else { size });
                if rows * columns > 0 {
                    let conv = Conv2d { output: Layout::dense([out, rows, columns]), ..plain };
                    let others = [None, another(out)].map(|activation| Conv2d { activation, ..conv });
                    let pooled_first = Conv2d { pool_first: true, ..others[1] };
                    for conv in [conv, others[0], others[1], pooled_first] {
                        convolve(&mut bench, conv.choosing(Precision::F32));
                        let of_bf16 = conv.choosing(Precision::Bf16);
                        if of_bf16 != conv.choosing(Precision::F32) {
                            convolve(&mut bench, of_bf16);
                        }
                    }
                }
            }
        }
    }
}

fn convolve(bench: &mut Bench, conv: Conv2d) {
    let input = bench.values(conv.input.buffer_len(IMAGES));
    let mut output = bench.values(conv.output.buffer_len(IMAGES));
    let weight = bench.values(conv.weight_len());
    let mut transformed = bench.values(conv.transformed_len());
    conv.renew_transformed(&mut bench.team, &weight, &mut transformed);
    let bias = bench.values(conv.bias_len());
    let mut before = bench.values(conv.before_len(IMAGES));
    let mut argmax = bench.bytes(if conv.pool { IMAGES * conv.argmax_len() } else { 0 });
    let args = conv2d::Forward {
        conv,
        images: IMAGES,
        input: Input::Stored(&input),
        weight: if transformed.is_empty() { &weight } else { &transformed },
        bias: Some(&bias),
        output: &mut output,
        before: Some(&mut before[..]).filter(|before| !before.is_empty()),
        argmax: conv.pool.then_some(&mut argmax),
        scratch: &mut [Scratch::new(&conv).expect("memory")],
    };
    conv2d::forward(&mut bench.team, args);
    let d_output = bench.values(output.len());
    let mut partials = bench.values(conv.partial_len());
    let mut d_input = bench.values(input.len());
    let mut mirror = bench.values(conv.mirror_len());
    conv.renew_mirror(&mut bench.team, &weight, &mut mirror);
    let mut made = made::MadeInput::new(bench, conv.input);
    for (accumulate, is_made) in [(false, false), (true, false), (false, true)] {
        let (input, sums) = match is_made {
            true => made.input_and_sums(),
            false => (Input::Stored(&input), None),
        };
        let args = conv2d::Backward {
            conv,
            images: IMAGES,
            input,
            output: &output,
            before: Some(&before),
            again: Some(conv2d::Again { weight: &weight, bias: Some(&bias) }),
            argmax: conv.pool.then_some(&argmax),
            d_output: DOutput::Stored(&d_output),
            partials: Some(&mut partials),
            bias: true,
            d_input: Some(InputGradient { values: &mut d_input, accumulate, sums, mirror: &mirror }),
            scratch: &mut [Scratch::new(&conv).expect("memory")],
        };
        conv2d::backward(&mut bench.team, args);
    }
    if conv.is_sparse() {
        let mut packed = bench.values(conv.weight_len());
        conv2d::pack_partials(&mut bench.team, conv, &partials, 1, &mut packed);
    }
}

#[test]
fn fully_connected() {
    let rule = Rule::Adam(AdamStep::new(&ADAM, 0.1, 1));
    for mut bench in Bench::all() {
        for inputs in [1, 15, 16, 17, 48, 63, 64, 65, 127, 128, 144, 200, 512, 700] {
            for outputs in [1, 5, 7, 8, 9, 16, 33, 64, 65] {
                let (input, output) = (Layout::dense([inputs, 1, 1]), Layout::dense([outputs, 1, 1]));
                let linear = Linear { input, output, activation: another(inputs) };
                let x = bench.values(input.buffer_len(7));
                let mut y = bench.values(output.buffer_len(7));
                let mut before = bench.values(linear.before_len(7));
                let mut halves = bench.values(linear.halves_len(7));
                let mask = bench.values(y.len());
                let mut weight = [(); 3].map(|()| bench.values(linear.weight_len()));
                let mut bias = [(); 3].map(|()| bench.values(outputs));
                let args = linear::Forward {
                    linear,
                    images: 7,
                    input: &x,
                    weight: &weight[0],
                    updated: true,
                    bias: Some(&bias[0]),
                    mask: Some(&mask),
                    output: &mut y,
                    before: Some(&mut before),
                    halves: &mut halves,
                };
                linear::forward(&mut bench.team, args);
                for images in [1, 7] {
                    let x = bench.values(inputs * images);
                    let args = linear::Forward {
                        linear,
                        images,
                        input: &x,
                        weight: &weight[0],
                        updated: false,
                        bias: Some(&bias[0]),
                        mask: None,
                        output: &mut y,
                        before: None,
                        halves: &mut halves,
                    };
                    linear::forward_side_by_side(&mut bench.team, args);
                }
                let mut d_output = bench.values(y.len());
                let mut d_input = bench.values(x.len());
                let mut scratch = linear::Scratch::new(&linear, 7, 1).expect("memory");
                for [accumulate, finite] in [[false, true], [true, true], [true, false]] {
                    let args = linear::Backward {
                        linear,
                        images: 7,
                        input: &x,
                        output: &y,
                        before: Some(&before),
                        mask: Some(&mask),
                        d_output: &mut d_output,
                        d_input: Some(linear::InputGradient { values: &mut d_input, accumulate }),
                        finite,
                        scratch: &mut scratch,
                        weight: parameter(&mut weight, rule),
                        bias: Some(parameter(&mut bias, rule)),
                    };
                    linear::backward(&mut bench.team, args);
                }
            }
        }
    }
}

const ADAM: AdamSettings =
    AdamSettings { betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.1, decoupled: true };

fn parameter(three: &mut [Guarded<f32>; 3], rule: Rule) -> Parameter<'_> {
    let [values, first, second] = three;
    Parameter { values, states: [first, second, &mut []], rule }
}

#[test]
fn updates() {
    for mut bench in Bench::all() {
        for len in [1, 15, 16, 17, 1023, 1024, 1025] {
            let mut three = [(); 3].map(|()| bench.values(len));
            let values = bench.values(2 * len + 3);
            let partials = Partials { values: &values, groups: 2, stride: len + 1, offset: 2 };
            let rule = Rule::Adam(AdamStep::new(&ADAM, 0.1, 1));
            update(&mut bench.team, parameter(&mut three, rule), partials);
        }
    }
}

#[test]
fn element_by_element() {
    for mut bench in Bench::all() {
        for from in layouts() {
            for to in [from, Layout::dense([from.channels, from.height, from.width])] {
                let [x, y] = [from, to].map(|layout| bench.values(layout.buffer_len(IMAGES)));
                let mut z = bench.values(y.len());
                let (x, y) = (images(&x, from), images(&y, to));
                let team = &mut bench.team;
                for &kind in Activation::ALL {
                    activation::forward(team, kind, IMAGES, x, images_mut(&mut z, to));
                    activation::backward(team, kind, IMAGES, [x, x], true, images_mut(&mut z, to));
                }
                add::forward(team, IMAGES, [x, y], images_mut(&mut z, to));
                add::backward(team, IMAGES, x, false, images_mut(&mut z, to));
                dropout::apply(team, IMAGES, [x, y], true, images_mut(&mut z, to));
                dropout::backward_in_place(team, IMAGES, Some(x), Some(y), images_mut(&mut z, to));
            }
        }
    }
}

#[test]
fn masks_and_losses() {
    for mut bench in Bench::all() {
        for [len, height] in [[1, 1], [16, 1], [17, 1], [48, 1], [63, 1], [64, 3], [65, 1]] {
            let layout = Layout::dense([len, height, 1]);
            for channels in [false, true] {
                let mut mask = bench.values(layout.buffer_len(IMAGES));
                let (p, seed, ordinal, epoch, image_ids) = (0.5, 1, 2, 3, &[4, 5][..]);
                let which = dropout::Mask { layout, p, channels, seed, ordinal, epoch, image_ids };
                dropout::mask(&mut bench.team, which, &mut mask);
            }
            let x = bench.values(layout.buffer_len(IMAGES));
            let [mut y, mut dx] = [(); 2].map(|()| bench.values(x.len()));
            let mut losses = bench.values(IMAGES);
            let mut rows = bench.values(layout.image_len() * IMAGES);
            log_softmax::forward_side_by_side(&mut bench.team, IMAGES, images(&x, layout), &mut rows);
            log_softmax::forward(&mut bench.team, IMAGES, images(&x, layout), images_mut(&mut y, layout));
            let (x, log_probabilities) = (images(&x, layout), images(&y, layout));
            let mut weights = bench.values(layout.image_len());
            weights.fill(2.0);
            let plain = Targets::plain(&[0, 0], 0.1);
            let mixed = Some(Mixed { labels: &[(layout.image_len() - 1) as u32; 2], shares: &[0.25; 2] });
            for targets in [plain, Targets { mixed, class_weights: Some(&weights), ..plain }] {
                let args = log_softmax::Backward { images: IMAGES, x, log_probabilities, targets };
                log_softmax::backward(&mut bench.team, args, &mut losses, images_mut(&mut dx, layout));
            }
        }
    }
}

#[test]
fn pooling() {
    for mut bench in Bench::all() {
        for window in windows() {
            for channels in CHANNELS {
                let [ih, iw] = window.input;
                let [oh, ow] = window.output;
                let (large, small) = (Layout::dense([channels, ih, iw]), Layout::dense([channels, oh, ow]));
                let [mut x, mut y] = [large, small].map(|layout| bench.values(layout.buffer_len(IMAGES)));
                let mut winners = bench.values(IMAGES * small.image_len());
                let team = &mut bench.team;
                let to = images_mut(&mut y, small);
                max_pool2d::forward(team, window, IMAGES, images(&x, large), to, &mut winners);
                let to = images_mut(&mut x, large);
                max_pool2d::backward(team, window, IMAGES, images(&y, small), &winners, true, to);
                let sliding = AvgPoolGeometry::Sliding { window, count_include_pad: true };
                let adaptive = AvgPoolGeometry::Adaptive { input: window.input, output: window.output };
                for geometry in [sliding, adaptive] {
                    let to = images_mut(&mut y, small);
                    avg_pool2d::forward(team, geometry, IMAGES, images(&x, large), to);
                    let to = images_mut(&mut x, large);
                    avg_pool2d::backward(team, geometry, IMAGES, images(&y, small), false, to);
                }
            }
        }
    }
}

#[test]
fn normalisation() {
    for mut bench in Bench::all() {
        for layout in layouts() {
            let channels = layout.channels;
            let x = bench.values(layout.buffer_len(IMAGES));
            let [skip, mut y, mut dy, mut dx] = [(); 4].map(|()| bench.values(x.len()));
            let mut of_images = bench.values(batch_norm::image_moments_len(layout, IMAGES));
            let mut moments = vec![Moments::default(); channels];
            let team = &mut bench.team;
            batch_norm::moments(team, IMAGES, images(&x, layout), &mut of_images);
            batch_norm::join_moments(layout, IMAGES, &of_images, &mut moments);
            let [mean, invstd, gamma, beta, mut dgamma, mut dbeta] =
                [(); 6].map(|()| Guarded::new(bench.edge, channels));
            let with = Normalise {
                mean: &mean,
                invstd: &invstd,
                gamma: &gamma,
                beta: &beta,
                activation: Some(Activation::ReLU),
            };
            for skip in [None, Some(images(&skip, layout))] {
                let to = images_mut(&mut y, layout);
                batch_norm::normalise(team, IMAGES, with, images(&x, layout), skip, None, to);
            }
            let mut workspace = Guarded::new(bench.edge, batch_norm::workspace_len(layout, IMAGES, 1));
            let mut terms = batch_norm::GradientTerms::new(channels);
            let mut back = |team: &mut Team, sum: OutputGradient<'_>, dense: OutputGradient<'_>| {
                let gradients = [&mut dgamma[..], &mut dbeta[..]];
                let x = images(&x, layout);
                let args = batch_norm::Backward { images: IMAGES, with, x, gradient: sum };
                batch_norm::sums(team, args, gradients, &mut workspace, &mut terms);
                let args = batch_norm::Backward { images: IMAGES, with, x, gradient: dense };
                let way_back = WayBack::new(args, &terms);
                batch_norm::input_gradient(team, way_back, true, images_mut(&mut dx, layout));
            };
            let dense = || OutputGradient::Dense(images(&skip, layout));
            back(team, dense(), dense());
            let sum = OutputGradient::Sum { y: images(&y, layout), dy: images_mut(&mut dy, layout) };
            back(team, sum, dense());

            let pooled = Layout { height: layout.height / 2, width: layout.width / 2, ..layout };
            let mut y = Guarded::new(bench.edge, pooled.buffer_len(IMAGES));
            let mut winners = Guarded::new(bench.edge, IMAGES * pooled.image_len());
            let to = images_mut(&mut y, pooled);
            let (before, workspace) = (None, &mut [][..]);
            let to = batch_norm::Pooled { y: to, winners: &mut winners, before, workspace };
            batch_norm::normalise_pooled(team, IMAGES, with, images(&x, layout), to);
            let gradient = || OutputGradient::Pooled { values: images(&y, pooled), winners: &winners };
            back(team, gradient(), gradient());
        }
    }
}
