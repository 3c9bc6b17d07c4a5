//! `toile bench`: how fast this machine trains or runs a model, and where the time goes.

mod images;
mod mode;
mod report;
mod steps;

use std::num::NonZero;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use toile_kernels::isa::Isa;
use toile_kernels::precision::Precision;
use toile_kernels::team::Team;
use toile_kernels::{handover, peak};
use toile_nn::description::{Network, summarize};
use toile_nn::engine::StageTime;
use toile_study::changes::Changes;
use toile_study::recipe::TestTimeAugmentation;
use toile_study::study::{Model, Study};

use crate::args::values::whole;
use crate::args::{DataPlace, OtherData};
use crate::progress::waiting;
use crate::stdout::print;
pub use mode::Mode;
use mode::ROUNDS;
pub use report::{Report, Stage, render};
use steps::Steps;

/// Images are numbered with 32 bits.
const BATCH_SIZE_MAX: u64 = u32::MAX as u64;

/// Measures how fast this machine trains or runs a model, and where the time goes
#[derive(clap::Args, Clone, Debug)]
pub struct BenchArgs {
    /// Path of a study file, or name of a built-in study
    #[arg(long, value_name = "STUDY", default_value = "baseline-vs-better")]
    pub study: String,
    /// On which data
    #[command(flatten)]
    pub other: OtherData,
    /// Model of the study [default: its last that is not on request]
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Images of a step [default: the model's; 1000 with --mode infer]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=BATCH_SIZE_MAX), allow_hyphen_values = true)]
    pub batch_size: Option<usize>,
    /// Threads [default: the cores]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=1024), allow_hyphen_values = true)]
    pub threads: Option<usize>,
    /// Whole training steps, or evaluation alone
    #[arg(long, value_enum, default_value_t = Mode::Train)]
    pub mode: Mode,
    /// What products are computed in while training [default: the model's]
    #[arg(long, value_name = "NAME", value_parser = precision())]
    pub precision: Option<Precision>,
    /// Instruction set: avx512bf16, avx512, avx2 or scalar [default: the machine's widest]
    #[arg(long, value_name = "NAME")]
    pub isa: Option<String>,
    /// One JSON object on stdout instead of a table
    #[arg(long)]
    pub json: bool,
    /// Where data comes from
    #[command(flatten)]
    pub data: DataPlace,
}

/// A precision by its name.
fn precision() -> impl TypedValueParser<Value = Precision> {
    PossibleValuesParser::new(Precision::ALL.map(Precision::name))
        .map(|name| Precision::named(&name).expect("the name of one"))
}

const ROUND: Duration = Duration::from_millis(300);

/// Measures and prints.
///
/// # Errors
/// A study, model or instruction set that is not there.
pub fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let study = args.other.open(&args.study, &args.data, &Changes::default())?.study;
    let waiting = waiting("measuring");
    let report = measure(args, &study)?;
    drop(waiting);
    let text = if args.json { serde_json::to_string_pretty(&report)? + "\n" } else { render(&report) };
    print("what was measured", &text);
    Ok(ExitCode::SUCCESS)
}

fn measure(args: &BenchArgs, study: &Study) -> anyhow::Result<Report> {
    let model = model(study, args.model.as_deref())?;
    let isa = instruction_set(args.isa.as_deref())?;
    let threads =
        args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get));
    let batch_size =
        args.batch_size.unwrap_or(if args.mode == Mode::Infer { 1000 } else { model.recipe.batch_size });
    let network = super::shared::network(study, model)?;
    let precision = args.precision.unwrap_or(model.recipe.precision);
    if args.mode == Mode::Infer && args.precision == Some(Precision::Bf16) {
        anyhow::bail!("--mode infer has no --precision bf16: networks are evaluated in f32 (leave it out)");
    }
    let network = network.with_precision(precision);
    if args.mode == Mode::Train {
        network.check_batch(batch_size).context("choose a larger --batch-size")?;
    }
    let mut steps = Steps::new(model, &network, batch_size, threads, isa)?;
    for _ in 0..3 {
        steps.one(args.mode);
    }
    let mut rates: Vec<f64> = (0..ROUNDS).map(|_| steps.images_per_second(args.mode, ROUND)).collect();
    rates.sort_by(f64::total_cmp);
    let median = rates[ROUNDS / 2];
    let mut team = Team::new(threads, isa)?;
    Ok(Report {
        model: model.name.clone(),
        mode: args.mode,
        batch_size,
        threads,
        // Everything is evaluated in f32.
        precision: if args.mode == Mode::Train { precision } else { Precision::F32 }.name(),
        isa: isa.name(),
        looks: model.recipe.test_time_augmentation.map_or(1, TestTimeAugmentation::passes),
        images_per_second: median,
        images_per_second_min: rates[0],
        images_per_second_max: rates[ROUNDS - 1],
        stages: stages(&mut steps, args.mode),
        peak_gflops: peak::flops(&mut team) / 1e9,
        handover_ns: handover::seconds(&mut team).map(|seconds| 1e9 * seconds),
        dense_gflops: median * dense_operations(&network, args.mode) / 1e9,
    })
}

/// Images a second that a training of the model takes in on all cores, measured for this long.
///
/// # Errors
/// A model that cannot be trained here, for one because there is not so much memory.
pub(super) fn training_rate(model: &Model, network: &Network, time: Duration) -> anyhow::Result<f64> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut steps = Steps::new(model, network, model.recipe.batch_size, threads, Isa::best())?;
    // The first step touches memory for the first time.
    steps.one(Mode::Train);
    Ok(steps.images_per_second(Mode::Train, time))
}

/// The model of this name, or the last that is trained unasked.
fn model<'a>(study: &'a Study, name: Option<&str>) -> anyhow::Result<&'a Model> {
    match name {
        Some(name) => super::shared::model(study, name),
        None => study
            .models
            .iter()
            .rfind(|model| !model.on_request)
            .context("every model of the study is on request: choose one with --model"),
    }
}

/// The instruction set of this name, or the machine's widest.
fn instruction_set(name: Option<&str>) -> anyhow::Result<Isa> {
    let Some(name) = name else { return Ok(Isa::best()) };
    Isa::named(name).with_context(|| {
        let names: Vec<&str> = Isa::available().into_iter().map(Isa::name).collect();
        format!("this machine has no instruction set {name:?}; it has {}", names.join(", "))
    })
}

/// Where the time of a step goes. Looking at the clock between stages costs a little: these steps do not count for the
/// rate.
fn stages(steps: &mut Steps, mode: Mode) -> Vec<Stage> {
    steps.engine.start_stopwatch();
    let start = Instant::now();
    let mut images = 0;
    while start.elapsed() < 3 * ROUND || images == 0 {
        images += steps.one(mode);
    }
    let us_an_image = |seconds: f64| seconds / images as f64 * 1e6;
    let stage = |StageTime { name, forward_seconds, backward_seconds }| Stage {
        name,
        forward_us: us_an_image(forward_seconds),
        backward_us: us_an_image(backward_seconds),
    };
    steps.engine.stop_stopwatch().into_iter().map(stage).collect()
}

/// Multiplications and additions for one image: the input's gradient of the first layer is nobody's.
fn dense_operations(network: &Network, mode: Mode) -> f64 {
    let layers = summarize(network);
    let forward: usize = layers.iter().map(|layer| layer.multiply_adds).sum();
    let first = layers.iter().map(|layer| layer.multiply_adds).find(|&n| n > 0).unwrap_or(0);
    2.0 * match mode {
        Mode::Train => (3 * forward - first) as f64,
        Mode::Infer => forward as f64,
    }
}

#[cfg(test)]
mod tests {
    use toile_study::study_file::load;

    use super::*;

    #[test]
    fn training_multiplies_thrice_but_for_the_first_layer() {
        let study = load("baseline-vs-better").unwrap();
        let network = crate::commands::shared::network(&study, &study.models[0]).unwrap();
        assert_eq!(dense_operations(&network, Mode::Infer), 2.0 * 3_503_872.0);
        assert_eq!(dense_operations(&network, Mode::Train), 2.0 * (3.0 * 3_503_872.0 - 225_792.0));
    }
}
