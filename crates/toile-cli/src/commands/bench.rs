//! `toile bench`: how fast this machine trains or runs a model, and where the time goes.

use std::fmt::Write;
use std::num::NonZero;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;
use toile_data::{Dataset, LoadOptions, Normalizer, batches};
use toile_kernels::isa::Isa;
use toile_kernels::peak;
use toile_kernels::random::{Purpose, Stream};
use toile_kernels::team::Team;
use toile_nn::engine::{Engine, EngineOptions, StageTime};
use toile_nn::executor::{Batch, Executor, Pixels, StepSettings, Training};
use toile_study::images::Images;
use toile_study::study::Model;
use toile_study::study_file::load;

/// Measures how fast this machine trains or runs a model, and where the time goes
#[derive(clap::Args, Clone, Debug)]
pub struct BenchArgs {
    /// Path of a study file, or name of a built-in study
    #[arg(long, value_name = "STUDY", default_value = "baseline-vs-better")]
    pub study: String,
    /// Model of the study [default: its last that is not on request]
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Images of a step [default: the model's; 1000 with --mode infer]
    #[arg(long, value_name = "N")]
    pub batch_size: Option<NonZero<usize>>,
    /// Threads [default: the cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZero<usize>>,
    /// Whole training steps, or evaluation alone
    #[arg(long, value_enum, default_value_t = Mode::Train)]
    pub mode: Mode,
    /// Instruction set: avx512, avx2 or scalar [default: the machine's widest]
    #[arg(long, value_name = "NAME")]
    pub isa: Option<String>,
    /// One JSON object on stdout instead of a table
    #[arg(long)]
    pub json: bool,
}

/// What is measured.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Forward, loss, backward and update.
    Train,
    /// Forward in evaluation mode.
    Infer,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Name of the model.
    pub model: String,
    /// What was measured.
    pub mode: Mode,
    /// Images of a step.
    pub batch_size: usize,
    /// Threads, the caller's included.
    pub threads: usize,
    /// `f32`.
    pub precision: &'static str,
    /// Instruction set.
    pub isa: &'static str,
    /// Median of the rounds.
    pub images_per_second: f64,
    /// Slowest round.
    pub images_per_second_min: f64,
    /// Fastest round.
    pub images_per_second_max: f64,
    /// What the threads reach in registers with fused multiply-adds, 10^9 operations a second.
    pub peak_gflops: f64,
    /// What dense arithmetic of the model would be at the median; zeros that are skipped count.
    pub dense_gflops: f64,
    /// Where the time of a step goes.
    pub stages: Vec<Stage>,
}

/// One fused stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stage {
    /// Its operations.
    pub name: String,
    /// Microseconds an image, forward.
    pub forward_us: f64,
    /// Microseconds an image, backward with update.
    pub backward_us: f64,
}

const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(300);

/// Measures and prints.
///
/// # Errors
/// A study, model or instruction set that is not there, and standard output that cannot be written.
pub fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let report = measure(args)?;
    let text = if args.json { serde_json::to_string_pretty(&report)? + "\n" } else { render(&report) };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn measure(args: &BenchArgs) -> anyhow::Result<Report> {
    let study = load(&args.study)?;
    let model = match &args.model {
        Some(name) => study.models.iter().find(|m| m.name == *name).with_context(|| {
            let names: Vec<&str> = study.models.iter().map(|m| m.name.as_str()).collect();
            format!("{} has no model '{name}'; it has {}", study.name, names.join(", "))
        })?,
        None => {
            study.models.iter().rfind(|m| !m.on_request).context("every model of the study is on request")?
        }
    };
    let isa = match &args.isa {
        Some(name) => Isa::named(name).with_context(|| {
            let names: Vec<&str> = Isa::available().into_iter().map(Isa::name).collect();
            format!("this machine has no instruction set '{name}'; it has {}", names.join(", "))
        })?,
        None => Isa::best(),
    };
    let cores = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let threads = args.threads.unwrap_or(cores).get();
    let batch_size =
        args.batch_size.map_or(if args.mode == Mode::Infer { 1000 } else { model.batch_size }, NonZero::get);
    let mut bench = Bench::new(model, batch_size, threads, isa)?;
    let step = |bench: &mut Bench| match args.mode {
        Mode::Train => bench.train(),
        Mode::Infer => bench.infer(),
    };
    for _ in 0..3 {
        step(&mut bench);
    }
    let mut rates: Vec<f64> = (0..ROUNDS).map(|_| bench.round(step)).collect();
    rates.sort_by(f64::total_cmp);
    // Looking at the clock between stages costs a little: that round does not count.
    bench.engine.start_stopwatch();
    let start = Instant::now();
    let mut steps = 0;
    while start.elapsed() < 3 * ROUND || steps == 0 {
        step(&mut bench);
        steps += 1;
    }
    let images = (steps * batch_size) as f64;
    let stages = bench.engine.stop_stopwatch().into_iter().map(
        |StageTime { name, forward_seconds, backward_seconds }| Stage {
            name,
            forward_us: forward_seconds / images * 1e6,
            backward_us: backward_seconds / images * 1e6,
        },
    );
    let median = rates[ROUNDS / 2];
    Ok(Report {
        model: model.name.clone(),
        mode: args.mode,
        batch_size,
        threads,
        precision: "f32",
        isa: isa.name(),
        images_per_second: median,
        images_per_second_min: rates[0],
        images_per_second_max: rates[ROUNDS - 1],
        stages: stages.collect(),
        peak_gflops: peak::flops(&mut Team::new(threads, isa)) / 1e9,
        dense_gflops: median * dense_operations(model, args.mode) / 1e9,
    })
}

/// Multiplications and additions for one image: the input's gradient of the first layer is nobody's.
fn dense_operations(model: &Model, mode: Mode) -> f64 {
    let forward: usize = model.layers.iter().map(|layer| layer.multiply_adds).sum();
    let first = model.layers.iter().map(|layer| layer.multiply_adds).find(|&n| n > 0).unwrap_or(0);
    2.0 * match mode {
        Mode::Train => (3 * forward - first) as f64,
        Mode::Infer => forward as f64,
    }
}

/// A model with images to train it on.
struct Bench {
    engine: Engine,
    dataset: Dataset,
    normalizer: Normalizer,
    batch_size: usize,
    draw: Draw,
    labels: Vec<u32>,
    /// A batch as numbers: what inference is handed.
    pixels: Vec<f32>,
    log_probabilities: Vec<f32>,
}

impl Bench {
    fn new(model: &Model, batch_size: usize, threads: usize, isa: Isa) -> anyhow::Result<Bench> {
        let dataset = dataset(model)?;
        let normalizer = Normalizer::new(&model.normalization.mean, &model.normalization.std)?;
        let training =
            Training { optimizer: model.optimizer, label_smoothing: model.label_smoothing, seed: 0 };
        let options = EngineOptions { batch_size, threads, isa: Some(isa) };
        let mut draw = Draw::new(dataset.len());
        let mut pixels = vec![0.0; batch_size * dataset.image_len()];
        let images = pixels.chunks_exact_mut(dataset.image_len()).zip(draw.next(batch_size));
        images.for_each(|(image, &id)| normalizer.apply(dataset.image(id), image));
        Ok(Bench {
            engine: Engine::new(&model.network, training, options),
            normalizer,
            batch_size,
            draw,
            labels: vec![0; batch_size],
            pixels,
            log_probabilities: vec![0.0; batch_size * dataset.class_names.len()],
            dataset,
        })
    }

    /// A step as a training loop makes it.
    fn train(&mut self) {
        let epoch = self.draw.epoch;
        let ids = self.draw.next(self.batch_size);
        self.dataset.gather_labels(ids, &mut self.labels);
        let images = Images { dataset: &self.dataset, indices: ids, normalizer: &self.normalizer };
        let batch = Batch { images: Pixels::Rows(&images), labels: &self.labels, image_ids: ids };
        // A small rate: what the network learns must not make zeros of its activations.
        self.engine.train_step(batch, StepSettings { epoch, learning_rate: 1e-5 });
    }

    fn infer(&mut self) {
        self.engine.log_probabilities(Pixels::Values(&self.pixels), &mut self.log_probabilities);
    }

    /// Images a second over one round.
    fn round(&mut self, step: impl Fn(&mut Bench)) -> f64 {
        let start = Instant::now();
        let mut images = 0;
        while start.elapsed() < ROUND || images == 0 {
            step(self);
            images += self.batch_size;
        }
        images as f64 / start.elapsed().as_secs_f64()
    }
}

/// Real images where the network takes such; how fast it is hardly depends on which. Else noise.
fn dataset(model: &Model) -> anyhow::Result<Dataset> {
    let real = toile_data::load("fashion-mnist-small", &LoadOptions::default(), &mut |_| ())?.train;
    let (shape, classes) = (model.network.input.dims(), model.network.classes);
    if real.image_shape == shape && real.class_names.len() == classes {
        return Ok(real);
    }
    let images = real.len();
    let noise = |what: u32| Stream::new(0, Purpose::Split, 0, what);
    let bytes = images * shape.iter().product::<usize>();
    let words = (0..bytes.div_ceil(16) as u32).flat_map(|block| noise(0).block(block));
    Ok(Dataset {
        image_shape: shape,
        pixels: words.flat_map(u32::to_le_bytes).take(bytes).collect(),
        labels: (0..images as u32).map(|image| noise(1).u32(image) % classes as u32).collect(),
        class_names: (0..classes).map(|class| class.to_string()).collect(),
    })
}

/// Draws batches as a training loop does: an order an epoch. An epoch that ends within a batch goes over into
/// the next one, so that all batches are of the same size.
struct Draw {
    images: usize,
    order: Vec<u32>,
    used: usize,
    epoch: u32,
    ids: Vec<u32>,
}

impl Draw {
    fn new(images: usize) -> Draw {
        Draw { images, order: Vec::new(), used: 0, epoch: 0, ids: Vec::new() }
    }

    fn next(&mut self, batch_size: usize) -> &[u32] {
        self.ids.clear();
        while self.ids.len() < batch_size {
            if self.used == self.order.len() {
                self.epoch += 1;
                (self.order, self.used) = (batches::epoch_order(0, self.epoch, self.images), 0);
            }
            let take = (batch_size - self.ids.len()).min(self.order.len() - self.used);
            self.ids.extend_from_slice(&self.order[self.used..self.used + take]);
            self.used += take;
        }
        &self.ids
    }
}

/// The report as a table.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_report(&mut text, report);
    text
}

fn write_report(out: &mut String, report: &Report) -> std::fmt::Result {
    let Report { model, batch_size, threads, isa, .. } = report;
    let mode = if report.mode == Mode::Train { "training" } else { "inference" };
    let s = if *threads == 1 { "" } else { "s" };
    writeln!(out, "{model}: {mode}, batch {batch_size}, {threads} thread{s}, f32, {isa}")?;
    writeln!(
        out,
        "{:.0} images/s (from {:.0} to {:.0} in {ROUNDS} rounds)",
        report.images_per_second, report.images_per_second_min, report.images_per_second_max
    )?;
    let step_us = 1e6 * *batch_size as f64 / report.images_per_second;
    writeln!(out, "{step_us:.1} microseconds a step")?;
    let share = 100.0 * report.dense_gflops / report.peak_gflops;
    writeln!(
        out,
        "{:.0} GFLOP/s as if dense, {share:.0} % of this machine's measured {:.0}\n",
        report.dense_gflops, report.peak_gflops
    )?;
    let width = report.stages.iter().map(|s| s.name.len()).max().unwrap_or(0);
    writeln!(
        out,
        "{:width$}  {:>10}  {:>10}",
        "microseconds an image",
        "forward",
        "backward",
        width = width.max(21)
    )?;
    let width = width.max(21);
    for stage in &report.stages {
        write!(out, "{:width$}  {:>10.2}", stage.name, stage.forward_us)?;
        if stage.backward_us > 0.0 {
            write!(out, "  {:>10.2}", stage.backward_us)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use toile_nn::description::{Layer, Linear, resolve};

    fn report() -> Report {
        let stage =
            |name: &str, forward_us, backward_us| Stage { name: name.into(), forward_us, backward_us };
        Report {
            model: "better".into(),
            mode: Mode::Train,
            batch_size: 64,
            threads: 2,
            precision: "f32",
            isa: "avx2",
            images_per_second: 10_000.4,
            images_per_second_min: 9_000.0,
            images_per_second_max: 11_000.0,
            peak_gflops: 200.0,
            dense_gflops: 150.0,
            stages: vec![stage("Conv2d + ReLU", 12.5, 25.0), stage("LogSoftmax + NLL", 0.25, 0.0)],
        }
    }

    #[test]
    fn a_table_says_where_the_time_goes() {
        let expected = "\
better: training, batch 64, 2 threads, f32, avx2
10000 images/s (from 9000 to 11000 in 15 rounds)
6399.7 microseconds a step
150 GFLOP/s as if dense, 75 % of this machine's measured 200

microseconds an image     forward    backward
Conv2d + ReLU               12.50       25.00
LogSoftmax + NLL             0.25
";
        assert_eq!(render(&report()), expected);
    }

    #[test]
    fn json_has_the_promised_keys() {
        let json: serde_json::Value = serde_json::to_value(report()).unwrap();
        for key in [
            "model",
            "mode",
            "batch_size",
            "threads",
            "precision",
            "isa",
            "images_per_second",
            "images_per_second_min",
            "images_per_second_max",
            "peak_gflops",
            "dense_gflops",
            "stages",
        ] {
            assert!(json.get(key).is_some(), "{key} is missing in {json}");
        }
        assert_eq!(json["mode"], "train");
    }

    #[test]
    fn a_step_is_measured_stage_by_stage() {
        let study = load("baseline-vs-better").unwrap();
        let isa = Isa::best();
        let mut bench = Bench::new(&study.models[1], 8, 1, isa).unwrap();
        bench.engine.start_stopwatch();
        bench.train();
        let stages = bench.engine.stop_stopwatch();
        let names: Vec<&str> = stages.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names[0], "Conv2d + ReLU + MaxPool2d");
        assert_eq!((names.len(), names[5]), (6, "LogSoftmax + NLL"));
        assert!(stages.iter().all(|s| s.forward_seconds > 0.0), "{stages:?}");
        assert!(stages[..5].iter().all(|s| s.backward_seconds > 0.0), "{stages:?}");
    }

    #[test]
    fn images_of_other_sizes_are_made_up() {
        let mut model = load("baseline-vs-better").unwrap().models.remove(0);
        let layers =
            [Layer::Flatten, Layer::Linear(Linear { out_features: 3, bias: true }), Layer::LogSoftmax];
        model.network = resolve([2, 5, 7], &layers, 3).unwrap();
        let made_up = dataset(&model).unwrap();
        assert_eq!((made_up.image_shape, made_up.pixels.len()), ([2, 5, 7], made_up.len() * 70));
        assert!(made_up.class_counts().iter().all(|&count| count > 0), "{:?}", made_up.class_counts());
        (model.normalization.mean, model.normalization.std) = (vec![0.5; 2], vec![0.5; 2]);
        let mut bench = Bench::new(&model, 1000, 2, Isa::best()).unwrap();
        bench.train();
        bench.infer();
        let sum: f32 = bench.log_probabilities[..3].iter().map(|p| p.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    }

    #[test]
    fn batches_go_through_the_images_epoch_by_epoch() {
        let mut draw = Draw::new(5);
        let ids: Vec<u32> = (0..5).flat_map(|_| draw.next(3).to_vec()).collect();
        assert_eq!(draw.epoch, 3);
        for (epoch, ids) in (1..).zip(ids.chunks_exact(5)) {
            assert_eq!(ids, batches::epoch_order(0, epoch, 5));
        }
        assert_eq!(Draw::new(2).next(7).len(), 7);
    }

    #[test]
    fn training_multiplies_thrice_but_for_the_first_layer() {
        let model = &load("baseline-vs-better").unwrap().models[0];
        assert_eq!(dense_operations(model, Mode::Infer), 2.0 * 3_503_872.0);
        assert_eq!(dense_operations(model, Mode::Train), 2.0 * (3.0 * 3_503_872.0 - 225_792.0));
    }
}
