//! Digits of drawings: ticks, cells and coordinates. Values read as everywhere else, by `toile_study::numbers`.

use toile_study::numbers::mean_count;

/// A coordinate with one decimal at most.
pub fn coordinate(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 { "0".into() } else { format!("{rounded}") }
}

/// A tick: as few digits as tell it.
pub fn tick(value: f64) -> String {
    let size = value.abs();
    let digits = match size {
        0.0 => "0".to_owned(),
        tiny if tiny < 0.001 => format!("{:.1e}", tiny).replace(".0e", "e"),
        huge if huge >= 1e5 => format!("{:.2e}", huge),
        plain => format!("{plain:.4}"),
    };
    let digits = match digits.split_once('e') {
        Some((digits, power)) if digits.contains('.') => format!("{}e{power}", shortened(digits)),
        Some(_) => digits,
        None if digits.contains('.') => shortened(&digits).to_owned(),
        None => digits,
    };
    if value < 0.0 { format!("−{digits}") } else { digits }
}

fn shortened(digits: &str) -> &str {
    digits.trim_end_matches('0').trim_end_matches('.')
}

/// A tick of shares: `25 %`.
pub fn tick_percent(share: f64) -> String {
    format!("{} %", tick(share * 100.0))
}

/// A tick of differences, with its sign: `+10`, `0`, `−0.5`.
pub fn tick_signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", tick(value)) } else { tick(value) }
}

/// Images of a cell, or the mean of them: `331`, `331.4`.
pub fn cell_images(images: f64) -> String {
    mean_count(images)
}

/// Their share of the true class in percent; what is not 0 or 100 does not look like it.
pub fn cell_share(share: f64) -> String {
    match share {
        s if s <= 0.0 => "0".into(),
        s if s < 0.0005 => "<0.1".into(),
        s if s >= 1.0 => "100".into(),
        s if s >= 0.9995 => ">99.9".into(),
        s => format!("{:.1}", s * 100.0),
    }
}
