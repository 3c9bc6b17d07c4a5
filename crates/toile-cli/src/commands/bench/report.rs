//! What a measurement came to, as a table or as JSON.

use std::fmt::Write;

use serde::Serialize;
use toile_study::numbers::counted;

use super::mode::{Mode, ROUNDS};

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
    /// What products were computed in: `f32`, `bf16`.
    pub precision: &'static str,
    /// Instruction set.
    pub isa: &'static str,
    /// Times that the model looks at an image to predict it; what is measured is one look.
    pub looks: usize,
    /// Median of the rounds.
    pub images_per_second: f64,
    /// Slowest round.
    pub images_per_second_min: f64,
    /// Fastest round.
    pub images_per_second_max: f64,
    /// What the threads reach in registers with fused multiply-adds, 10^9 operations a second.
    pub peak_gflops: f64,
    /// From when a thread writes to when another has read it, in nanoseconds; none with one thread.
    pub handover_ns: Option<f64>,
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

/// The report as a table.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_report(&mut text, report);
    text
}

fn write_report(out: &mut String, report: &Report) -> std::fmt::Result {
    let Report { model, batch_size, threads, precision, isa, .. } = report;
    let mode = if report.mode == Mode::Train { "training" } else { "inference" };
    let threads = counted(*threads, "thread");
    writeln!(out, "{model}: {mode}, batch {batch_size}, {threads}, {precision}, {isa}")?;
    writeln!(
        out,
        "{:.0} images/s (from {:.0} to {:.0} in {ROUNDS} rounds)",
        report.images_per_second, report.images_per_second_min, report.images_per_second_max
    )?;
    let step_us = 1e6 * *batch_size as f64 / report.images_per_second;
    writeln!(out, "{step_us:.1} microseconds a step")?;
    if report.mode == Mode::Infer && report.looks > 1 {
        let predicted = report.images_per_second / report.looks as f64;
        writeln!(
            out,
            "each image once; the model predicts from {} looks at an image: {predicted:.0} images/s",
            report.looks
        )?;
    }
    let share = 100.0 * report.dense_gflops / report.peak_gflops;
    writeln!(
        out,
        "{:.0} GFLOP/s as if dense, {share:.0} % of this machine's measured {:.0}",
        report.dense_gflops, report.peak_gflops
    )?;
    if let Some(ns) = report.handover_ns {
        writeln!(out, "{ns:.0} nanoseconds from one core to another")?;
    }
    writeln!(out)?;
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

    fn report() -> Report {
        let stage =
            |name: &str, forward_us, backward_us| Stage { name: name.into(), forward_us, backward_us };
        Report {
            model: "better".into(),
            mode: Mode::Train,
            batch_size: 64,
            threads: 2,
            precision: "bf16",
            isa: "avx2",
            looks: 1,
            images_per_second: 10_000.4,
            images_per_second_min: 9_000.0,
            images_per_second_max: 11_000.0,
            peak_gflops: 200.0,
            handover_ns: Some(24.6),
            dense_gflops: 150.0,
            stages: vec![stage("Conv2d + ReLU", 12.5, 25.0), stage("LogSoftmax + NLL", 0.25, 0.0)],
        }
    }

    #[test]
    fn a_table_says_where_the_time_goes() {
        let expected = "\
better: training, batch 64, 2 threads, bf16, avx2
10000 images/s (from 9000 to 11000 in 15 rounds)
6399.7 microseconds a step
150 GFLOP/s as if dense, 75 % of this machine's measured 200
25 nanoseconds from one core to another

microseconds an image     forward    backward
Conv2d + ReLU               12.50       25.00
LogSoftmax + NLL             0.25
";
        assert_eq!(render(&report()), expected);
    }

    #[test]
    fn one_thread_hands_nothing_over() {
        let text = render(&Report { handover_ns: None, ..report() });
        assert!(!text.contains("nanoseconds") && text.contains("measured 200\n\n"), "{text}");
    }

    #[test]
    fn a_model_that_looks_several_times_is_slower_by_as_much() {
        let of = |mode| Report { mode, looks: 6, images_per_second: 600.0, ..report() };
        let line = "each image once; the model predicts from 6 looks at an image: 100 images/s\n";
        assert!(render(&of(Mode::Infer)).contains(line), "{}", render(&of(Mode::Infer)));
        assert!(!render(&of(Mode::Train)).contains("looks"), "training looks once");
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
            "looks",
            "images_per_second",
            "images_per_second_min",
            "images_per_second_max",
            "peak_gflops",
            "handover_ns",
            "dense_gflops",
            "stages",
        ] {
            assert!(json.get(key).is_some(), "{key} is missing in {json}");
        }
        assert_eq!(json["mode"], "train");
    }
}
