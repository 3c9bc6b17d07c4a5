//! Networks and batches that several tests train.

// By its path: another test binary has this file under a path of its own.
#[path = "networks/mobile.rs"]
mod mobile;

use toile_kernels::random::{Purpose, Stream};
use toile_nn::description::*;
use toile_nn::layers;

/// Layers without settings.
pub const RELU: Layer = Layer::ReLU(ReLU);
pub const FLATTEN: Layer = Layer::Flatten(Flatten);
pub const LOG_SOFTMAX: Layer = Layer::LogSoftmax(LogSoftmax);

use toile_nn::executor::{Batch, Pixels};

pub fn conv(out_channels: usize, kernel: usize, stride: usize, padding: usize) -> Layer {
    let [kernel_size, stride, padding] = [kernel, stride, padding].map(Pair::square);
    Layer::Conv2d(Conv2d { out_channels, kernel_size, stride, padding, ..Conv2d::new(1, 1) })
}

pub fn pool(side: usize) -> Layer {
    let kernel_size = Pair::square(side);
    Layer::MaxPool2d(MaxPool2d {
        kernel_size,
        stride: kernel_size,
        padding: Pair::square(0),
        ceil_mode: false,
    })
}

pub fn linear(out_features: usize) -> Layer {
    Layer::Linear(Linear { out_features, bias: true, ..Linear::new(1) })
}

fn batch_norm() -> Layer {
    Layer::BatchNorm2d(BatchNorm2d::default())
}

/// (name, network): what each test of the engine runs through.
pub fn networks() -> Vec<(&'static str, Network)> {
    let overlapping = Layer::MaxPool2d(MaxPool2d {
        kernel_size: Pair::square(3),
        stride: Pair { height: 2, width: 1 },
        padding: Pair::square(1),
        ceil_mode: true,
    });
    let average = Layer::AvgPool2d(AvgPool2d {
        kernel_size: Pair { height: 2, width: 3 },
        stride: Pair { height: 2, width: 2 },
        padding: Pair { height: 1, width: 0 },
        ceil_mode: true,
        count_include_pad: false,
    });
    let no_bias = Layer::Conv2d(Conv2d {
        out_channels: 6,
        kernel_size: Pair { height: 3, width: 2 },
        stride: Pair { height: 2, width: 1 },
        padding: Pair { height: 0, width: 1 },
        bias: false,
        ..Conv2d::new(1, 1)
    });
    let study =
        [conv(7, 3, 1, 1), RELU, pool(2), conv(20, 3, 1, 0), RELU, pool(2), FLATTEN, linear(37), RELU]
            .into_iter()
            .chain([Layer::Dropout(Dropout { p: 0.5 }), linear(18), RELU, Layer::Dropout(Dropout { p: 0.5 })])
            .chain([linear(5), LOG_SOFTMAX]);
    let normalised =
        [conv(5, 3, 1, 1), batch_norm(), RELU, pool(2), conv(7, 3, 1, 0), batch_norm(), RELU, pool(2)]
            .into_iter()
            .chain([FLATTEN, linear(9), Layer::Dropout(Dropout { p: 0.25 }), linear(5), LOG_SOFTMAX]);
    let block = |to: usize, stride: usize, projection: bool| {
        let layers = vec![conv(to, 3, stride, 1), batch_norm(), RELU, conv(to, 3, 1, 1), batch_norm()];
        Layer::Residual(Residual { projection, ..Residual::new(layers) })
    };
    let residual = [conv(4, 3, 1, 1), batch_norm(), RELU, block(4, 1, false), RELU, block(17, 2, true), RELU]
        .into_iter()
        .chain([Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: Pair::square(1) })])
        .chain([FLATTEN, linear(5), LOG_SOFTMAX]);
    let odd =
        [no_bias, Layer::GELU(GELU { tanh: false }), overlapping, Layer::Dropout2d(Dropout2d { p: 0.3 })]
            .into_iter()
            .chain([conv(3, 1, 1, 0), Layer::GELU(GELU { tanh: true }), average, FLATTEN])
            .chain([
                Layer::Dropout(Dropout { p: 0.1 }),
                Layer::Linear(Linear { out_features: 5, bias: false, ..Linear::new(1) }),
            ])
            .chain([LOG_SOFTMAX]);
    // Wide enough for Winograd's algorithm: pooled and not, with tiles over the edges.
    let global = Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: Pair::square(1) });
    let wide = [conv(16, 3, 1, 1), RELU, conv(33, 3, 1, 2), RELU, global, FLATTEN, linear(5), LOG_SOFTMAX];
    let wide_and_pooled =
        [conv(17, 3, 1, 0), pool(2), conv(18, 3, 1, 2), RELU, pool(2), FLATTEN, linear(5), LOG_SOFTMAX];
    // Everything that fuses with an activation, with one that is not ReLU.
    let gelu = |tanh: bool| Layer::GELU(GELU { tanh });
    let summed = vec![conv(17, 3, 1, 1), gelu(false), conv(16, 3, 1, 1), batch_norm()];
    let activated = [conv(16, 3, 1, 1), batch_norm(), gelu(true)]
        .into_iter()
        .chain([Layer::Residual(Residual::new(summed)), gelu(false), pool(2)])
        .chain([FLATTEN, linear(21), gelu(true), Layer::Dropout(Dropout { p: 0.5 }), linear(70), gelu(false)])
        .chain([linear(5), LOG_SOFTMAX]);
    let linear_only = [FLATTEN, linear(5), LOG_SOFTMAX];
    let pool_then_relu = [conv(3, 2, 1, 0), pool(2), RELU, FLATTEN, linear(5), LOG_SOFTMAX];
    let resolve = |input, layers: Vec<Layer>| resolve(input, &layers, 5).expect("a network of the tests");
    vec![
        ("study", resolve([1, 14, 14], study.collect())),
        ("batch norm", resolve([1, 12, 12], normalised.collect())),
        ("residual", resolve([2, 9, 9], residual.collect())),
        ("odd", resolve([3, 11, 9], odd.collect())),
        ("wide", resolve([2, 5, 6], wide.to_vec())),
        ("wide and pooled", resolve([1, 10, 9], wide_and_pooled.to_vec())),
        ("GELU", resolve([2, 7, 6], activated.collect())),
        ("linear", resolve([1, 5, 7], linear_only.to_vec())),
        ("pool, then ReLU", resolve([2, 8, 7], pool_then_relu.to_vec())),
    ]
    .into_iter()
    .chain(newer_networks())
    .collect()
}

/// Those of the layers that came later.
fn newer_networks() -> Vec<(&'static str, Network)> {
    let networks = [
        ("nothing", [3, 9, 7], nothing()),
        ("groups", [2, 7, 6], groups()),
        ("LeakyReLU", [2, 9, 8], with_activation(LeakyReLU { negative_slope: 0.2 }.into())),
        ("SiLU", [2, 9, 8], with_activation(SiLU.into())),
        ("Hardswish", [2, 9, 8], with_activation(Hardswish.into())),
        ("activated and pooled", [2, 17, 16], activated_and_pooled()),
        ("inverted residuals", [2, 9, 8], mobile::inverted_residuals()),
        ("left normalisations", [2, 9, 8], mobile::left_normalisations()),
        ("groups of channels", [3, 11, 10], groups_of_channels()),
        ("Scale", [2, 9, 8], with_activation(Scale { value: -0.75 }.into())),
        ("partly learnt", [2, 9, 8], partly_learnt()),
    ];
    let resolve = |(name, input, layers): (&'static str, [usize; 3], Vec<Layer>)| {
        (name, resolve(input, &layers, 5).expect("a network of the tests"))
    };
    networks.into_iter().map(resolve).collect()
}

/// Frozen weights with and without a bias, in front and within; normalisations with a shift, with nothing and with running
/// statistics that are means; weights that start in other ways.
fn partly_learnt() -> Vec<Layer> {
    let frozen =
        |out_channels, bias, init| Conv2d { bias, init, frozen: true, ..Conv2d::new(out_channels, 2) };
    let norm = |affine, momentum| BatchNorm2d { affine, momentum, ..BatchNorm2d::default() };
    let inner = layers![
        Conv2d { padding: Pair::square(1), init: Init::Dirac, ..Conv2d::new(7, 3) },
        norm(Affine::Neither, None),
        ReLU,
        Conv2d { padding: Pair::square(1), init: Init::Orthogonal, frozen: true, ..Conv2d::new(6, 3) },
        norm(Affine::Bias, None)
    ];
    layers![
        frozen(4, true, Init::Whitening { eps: 1e-3 }),
        GELU { tanh: false },
        frozen(6, false, Init::KaimingNormal),
        norm(Affine::Bias, Some(0.4)),
        GELU { tanh: true },
        MaxPool2d::new(2),
        Residual::new(inner),
        ReLU,
        norm(Affine::Neither, Some(0.4)),
        Flatten,
        Linear { init: Init::KaimingUniform, ..Linear::new(11) },
        ReLU,
        Linear { bias: false, init: Init::Orthogonal, ..Linear::new(5) },
        Scale { value: 0.125 },
        LogSoftmax,
    ]
}

/// Nothing in front of, behind and within everything.
fn nothing() -> Vec<Layer> {
    layers![
        Identity,
        conv(4, 3, 1, 1),
        Identity,
        ReLU,
        Identity,
        MaxPool2d::new(2),
        Residual::new(layers![Identity, conv(4, 3, 1, 1), Identity, BatchNorm2d::default(), Identity]),
        Identity,
        ReLU,
        Identity,
        Flatten,
        Identity,
        Linear::new(9),
        Identity,
        ReLU,
        Dropout::default(),
        Identity,
        Linear::new(5),
        Identity,
        LogSoftmax,
    ]
}

/// Groups of one, of some and of all channels, with and without parameters.
fn groups() -> Vec<Layer> {
    layers![
        GroupNorm::new(1),
        conv(18, 3, 1, 1),
        GroupNorm::new(3),
        ReLU,
        Residual::new(layers![conv(18, 3, 1, 1), GroupNorm::new(9), GELU { tanh: true }]),
        GroupNorm { affine: false, ..GroupNorm::new(1) },
        MaxPool2d::new(2),
        conv(4, 1, 1, 0),
        GroupNorm { affine: false, ..GroupNorm::new(4) },
        Flatten,
        Linear::new(5),
        LogSoftmax,
    ]
}

/// An activation behind everything that might do it on the way, and by itself.
fn with_activation(layer: Layer) -> Vec<Layer> {
    let layer = || layer.clone();
    layers![
        conv(17, 3, 1, 1),
        layer(),
        conv(4, 3, 1, 1),
        BatchNorm2d::default(),
        layer(),
        Residual::new(layers![conv(4, 3, 1, 1), GroupNorm::new(2), layer()]),
        layer(),
        MaxPool2d::new(2),
        conv(3, 1, 1, 0),
        layer(),
        MaxPool2d::new(2),
        Flatten,
        Linear::new(9),
        layer(),
        Dropout::default(),
        Linear::new(5),
        LogSoftmax,
    ]
}

/// Max-pooling behind an activation and in front of one, by every kernel of the convolution that does both.
fn activated_and_pooled() -> Vec<Layer> {
    layers![
        conv(18, 3, 1, 1),
        SiLU,
        MaxPool2d::new(2),
        conv(17, 3, 1, 1),
        Hardswish,
        MaxPool2d::new(2),
        conv(5, 1, 1, 0),
        BatchNorm2d::default(),
        GELU { tanh: false },
        MaxPool2d::new(2),
        conv(6, 2, 1, 1),
        LeakyReLU { negative_slope: 0.2 },
        MaxPool2d::new(1),
        conv(16, 2, 1, 1),
        MaxPool2d::new(2),
        SiLU,
        Flatten,
        Linear::new(5),
        LogSoftmax,
    ]
}

/// Groups of one, of some and of all channels, more of them out than in and fewer, with holes, behind and in front of
/// what is done on the way, as the first layer and as the last.
fn groups_of_channels() -> Vec<Layer> {
    let padded = |out_channels: usize, groups: usize, dilation: usize| Conv2d {
        padding: Pair::square(dilation),
        dilation: Pair::square(dilation),
        groups,
        ..Conv2d::new(out_channels, 3)
    };
    layers![
        padded(3, 3, 1),
        SiLU,
        padded(18, 3, 1),
        ReLU,
        MaxPool2d::new(2),
        padded(18, 18, 2),
        ReLU,
        Residual::new(layers![padded(18, 2, 1), LeakyReLU { negative_slope: 0.2 }, padded(18, 1, 2)]),
        AdaptiveMaxPool2d::new(3),
        Conv2d { groups: 3, ..Conv2d::new(6, 2) },
        Flatten,
        Linear::new(5),
        LogSoftmax,
    ]
}

/// Small networks in which fusing stages or sharing gradients could go wrong.
#[allow(dead_code, reason = "the binary that counts allocations does not train them")]
pub fn awkward_networks() -> Vec<(&'static str, Network)> {
    let block = |layers: &[Layer]| Layer::Residual(Residual::new(layers.to_vec()));
    let projected =
        |layers: &[Layer]| Layer::Residual(Residual { projection: true, ..Residual::new(layers.to_vec()) });
    let dropout = |p: f64| Layer::Dropout(Dropout { p });
    let nothing = Layer::Identity(Identity);
    let end = [FLATTEN, linear(5), LOG_SOFTMAX];
    let (same, pointwise) = (conv(3, 3, 1, 1), conv(3, 1, 1, 0));
    let inner = block(&[same.clone(), RELU, block(&[RELU, same.clone()]), RELU]);
    let global = Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: Pair::square(1) });
    let average = Layer::AvgPool2d(AvgPool2d {
        kernel_size: Pair::square(2),
        stride: Pair::square(2),
        padding: Pair::square(0),
        ceil_mode: false,
        count_include_pad: true,
    });
    let table: Vec<(&'static str, Vec<Layer>)> = vec![
        ("a convolution read twice", vec![same.clone(), block(&[same.clone(), RELU]), RELU]),
        ("ReLU on what the skip reads", vec![same.clone(), block(&[RELU, same.clone(), pool(1)]), pool(2)]),
        ("nothing but ReLU in the block", vec![same.clone(), block(&[RELU]), block(&[pool(1)])]),
        ("normalised and read twice", vec![same.clone(), batch_norm(), block(&[RELU, same.clone()])]),
        ("blocks in a block", vec![same.clone(), block(&[inner.clone(), batch_norm(), inner]), pool(2)]),
        (
            "block that ends in a block",
            vec![pointwise.clone(), block(&[block(std::slice::from_ref(&same))]), RELU],
        ),
        ("dropout in a block", vec![same.clone(), block(&[dropout(0.3), same.clone(), dropout(0.4)])]),
        ("projection on the input", vec![projected(&[conv(7, 3, 2, 1), RELU]), RELU, pool(2)]),
        (
            "projections around projections",
            vec![
                same.clone(),
                projected(&[projected(&[conv(5, 3, 2, 1), RELU]), RELU, conv(4, 3, 1, 1)]),
                projected(&[batch_norm()]),
            ],
        ),
        ("a block on the input", vec![block(&[conv(2, 3, 1, 1), RELU]), conv(20, 3, 1, 1), RELU, pool(2)]),
        ("nothing learns in the first block", vec![block(&[RELU]), dropout(0.2), same.clone(), pool(2)]),
        ("normalised input", vec![batch_norm(), RELU, block(&[batch_norm(), RELU])]),
        ("pooled input", vec![pool(2), same.clone(), RELU]),
        ("averaged input", vec![average, block(&[batch_norm()]), conv(17, 1, 1, 0), pool(2), RELU]),
        ("ReLU again and again", vec![RELU, same.clone(), RELU, RELU, pool(2), RELU, pool(2)]),
        ("normalised and pooled", vec![conv(17, 2, 1, 0), batch_norm(), pool(2), RELU, conv(2, 1, 1, 0)]),
        (
            "normalised, cut off and pooled",
            vec![conv(17, 2, 1, 1), batch_norm(), RELU, pool(2), same.clone()],
        ),
        (
            "normalised sums one after the other",
            vec![
                same.clone(),
                block(&[same.clone(), batch_norm()]),
                RELU,
                block(&[pointwise.clone(), batch_norm()]),
                block(&[batch_norm(), RELU, same.clone(), batch_norm()]),
                RELU,
                block(&[batch_norm()]),
                pool(2),
            ],
        ),
        (
            "normalised sums with projections",
            vec![
                projected(&[conv(5, 3, 2, 1), batch_norm()]),
                RELU,
                projected(&[batch_norm()]),
                projected(&[conv(4, 1, 1, 0), batch_norm(), RELU, conv(18, 3, 1, 1), batch_norm()]),
                RELU,
                same.clone(),
            ],
        ),
        (
            "a normalised block in a block",
            vec![same.clone(), block(&[block(&[same.clone(), batch_norm()]), batch_norm()])],
        ),
        (
            "nothing on the way to a block's one arm",
            vec![same.clone(), RELU, block(&[nothing.clone(), same.clone()])],
        ),
        ("nothing but nothing in a block", vec![same.clone(), block(std::slice::from_ref(&nothing)), RELU]),
        (
            "nothing in blocks in a block",
            vec![
                nothing.clone(),
                same.clone(),
                block(&[
                    nothing.clone(),
                    block(&[nothing.clone(), nothing.clone(), same.clone()]),
                    nothing.clone(),
                ]),
                nothing.clone(),
                projected(&[nothing.clone(), RELU, same.clone(), batch_norm(), nothing.clone()]),
                nothing,
            ],
        ),
        ("pooled twice", vec![conv(33, 3, 1, 1), pool(2), pool(2), RELU]),
        (
            "wide enough for the sparse kernels, twice read",
            vec![
                conv(6, 1, 1, 0),
                block(&[conv(18, 3, 1, 1), pool(2), RELU, conv(6, 2, 1, 2), pool(1)]),
                RELU,
            ],
        ),
        (
            "wide enough for Winograd's, read twice, into one row and one pixel",
            vec![
                conv(16, 3, 1, 1),
                block(&[conv(16, 3, 1, 1), RELU]),
                conv(17, 3, 1, 0),
                RELU,
                block(&[conv(16, 3, 1, 1), batch_norm(), conv(17, 3, 1, 1)]),
                Layer::MaxPool2d(MaxPool2d {
                    kernel_size: Pair { height: 4, width: 1 },
                    stride: Pair::square(1),
                    padding: Pair::square(0),
                    ceil_mode: false,
                }),
                conv(16, 3, 1, 1),
                conv(16, 1, 1, 0),
                Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: Pair::square(1) }),
                conv(16, 3, 1, 1),
            ],
        ),
        ("no image left", vec![same, global, FLATTEN, block(&[linear(3), dropout(0.5)]), RELU]),
        (
            "fully connected blocks",
            vec![FLATTEN, linear(20), block(&[RELU, linear(20), dropout(0.5)]), dropout(0.0), RELU],
        ),
        (
            "dropout of nothing",
            vec![FLATTEN, linear(20), RELU, dropout(0.0), linear(9), dropout(0.0), dropout(0.5)],
        ),
    ];
    let resolve = |(name, mut layers): (&'static str, Vec<Layer>)| {
        let features = layers.contains(&FLATTEN);
        layers.extend_from_slice(&end[usize::from(features)..]);
        (name, resolve([2, 6, 6], &layers, 5).unwrap_or_else(|e| panic!("{name}: {e}")))
    };
    table.into_iter().map(resolve).collect()
}

/// Images with their labels and ids, the same for the same seed.
pub struct Data {
    pub images: Vec<f32>,
    pub labels: Vec<u32>,
    pub ids: Vec<u32>,
}

impl Data {
    pub fn new(network: &Network, seed: u64, count: usize) -> Data {
        let stream = Stream::new(seed, Purpose::Split, 0, 0);
        let len = (count * network.input.len()) as u32;
        Data {
            images: (0..len).map(|i| stream.uniform(i)).collect(),
            labels: (0..count as u32).map(|i| stream.u32(len + i) % network.classes as u32).collect(),
            ids: (0..count as u32).map(|i| stream.u32(2 * len + i) % 60_000).collect(),
        }
    }

    pub fn pixels(&self) -> Pixels<'_> {
        Pixels::Values(&self.images)
    }

    pub fn batch(&self) -> Batch<'_> {
        Batch { images: self.pixels(), labels: &self.labels, image_ids: &self.ids, mixed: None }
    }
}
