//! What differs between two honest runs: time, machine, threads.

use std::time::{SystemTime, UNIX_EPOCH};

use super::running::Running;
use crate::results::Receipt;
use toile_store::{Imported, Provenance};

/// The receipt of a run that just ended.
pub(super) fn receipt(running: &Running<'_>) -> Receipt {
    let position = &running.position;
    let epochs = u64::from(position.epoch) * running.job.fitted.sizes.train as u64;
    let images = (epochs + position.images) as f64;
    Receipt {
        finished_at: now(),
        training_seconds: position.training_seconds,
        evaluation_seconds: position.evaluation_seconds,
        images_per_second: images / position.training_seconds.max(1e-9),
        threads: running.threads,
        isa: running.isa.clone(),
        cpu: cpu(),
        platform: platform(),
        command: running.shared.options.command.clone(),
        continued_from: position.continued_from.clone(),
        imported: None,
        provenance: Some(running.job.provenance.clone()),
    }
}

/// The receipt of weights that were measured here, and trained elsewhere: of their training nothing is known.
pub(super) fn receipt_of_import(
    from: Imported,
    measured: Measured,
    command: String,
    provenance: Provenance,
) -> Receipt {
    let Measured { seconds, threads, isa } = measured;
    Receipt {
        finished_at: now(),
        evaluation_seconds: seconds,
        threads,
        isa,
        cpu: cpu(),
        platform: platform(),
        command,
        imported: Some(from),
        provenance: Some(provenance),
        ..Receipt::default()
    }
}

/// How weights were measured.
pub(super) struct Measured {
    pub(super) seconds: f64,
    pub(super) threads: usize,
    pub(super) isa: String,
}

fn now() -> String {
    rfc3339(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs()))
}

fn platform() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// The processor's model as Linux names it; empty elsewhere.
fn cpu() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(':')).map_or(String::new(), |(_, name)| name.trim().to_owned())
}

/// Seconds since 1970 as `2026-01-31T12:00:00Z`. The date by Howard Hinnant's `civil_from_days`
/// ("chrono-Compatible Low-Level Date Algorithms"): years begin in March, eras last 400 years.
pub fn rfc3339(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds), expected);
        }
    }
}
