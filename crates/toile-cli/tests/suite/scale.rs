//! A study of many runs: what it takes grows with them, and by no more than they need. The thousands are measured by
//! `bench/scaling.sh` (docs/scaling.md).

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use toile_bench::synthetic::finish;
use toile_data::LoadOptions;
use toile_study::changes::Changes;
use toile_study::study_file::Source;

use super::cli::{Place, STUDY};

/// Writes finished runs of both models for so many seeds.
fn finished(place: &Place, seeds: u64) {
    let source = Source::open(place.path("tiny.toml").to_str().unwrap()).unwrap();
    let parsed = source.clone().parse().unwrap();
    let options = LoadOptions { offline: true, ..LoadOptions::default() };
    let data = toile_data::open(&parsed.study().source, source.folder(), &options, &mut |_| {}).unwrap();
    let changes = Changes { seeds: Some((0..seeds).collect()), ..Changes::default() };
    let study = parsed.bind(&data.info()).unwrap().with(&changes).unwrap();
    assert_eq!(finish(&study, &data, &place.path("runs/tiny")).unwrap() as u64, 2 * seeds);
}

/// Most kilobytes that a command had in memory at once, as its system tells while it runs.
fn peak_kilobytes(place: &Place, args: &[&str]) -> u64 {
    let mut child = place.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    let status = loop {
        let told = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(status.success(), "{args:?}");
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_gathered_and_reported_grows_by_what_a_run_needs() {
    let measured = |seeds: u64| {
        let place = Place::new(STUDY);
        finished(&place, seeds);
        let last = format!("0-{}", seeds - 1);
        let peaks = [
            peak_kilobytes(&place, &["run", "tiny.toml", "--seeds", &last, "--gather", "-q"]),
            peak_kilobytes(&place, &["report", "runs/tiny"]),
            // So short that its last pages may be missed.
            (0..8).map(|_| peak_kilobytes(&place, &["status", "runs/tiny"])).max().unwrap(),
        ];
        let bytes = |name: &str| fs::metadata(place.path(&format!("runs/tiny/{name}"))).unwrap().len();
        (peaks, [bytes("report.html"), bytes("results.json")])
    };
    let (few, many) = (measured(5), measured(100));
    let runs = 2 * (100 - 5);
    // Measured on 10,000 runs of as many images: 30, 20 and less than 1 kilobytes a run. A process that ends soon may be
    // seen before it has all pages of its own program in memory: that differs by some megabytes from time to time.
    let pages_of_programs = 6_000;
    for (at, most) in [(0, 100), (1, 100), (2, 10)] {
        let grown = many.0[at].saturating_sub(few.0[at]);
        assert!(many.0[at] > 0 && grown < runs * most + pages_of_programs, "{at}: {few:?} {many:?}");
    }
    // 600 and 3,000 bytes a run.
    for (at, most) in [(0, 2_000), (1, 6_000)] {
        assert!(many.1[at] - few.1[at] < runs * most, "{at}: {few:?} {many:?}");
    }
}
