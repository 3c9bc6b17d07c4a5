//! Numbers and lists as people read them: the one formatter of sentences, tables, charts and pages.

/// From here on digits before the point tell nobody anything.
const HUGE: f64 = 1e6;

/// A share from 0 to 1 that was measured: `69.18 %`.
pub fn percent(share: f64) -> String {
    signed_percent(share, percent_digits(share))
}

/// The same without its sign, where one sign stands for several numbers: `69.18`.
pub fn percent_digits(share: f64) -> String {
    fixed(share * 100.0, 2)
}

/// From one share to another: `69.10 to 69.90 %`.
pub fn percent_range(low: f64, high: f64) -> String {
    format!("{} to {}", percent_digits(low), percent(high))
}

/// A share that is an estimate, or one of many that are read at a glance: `69.2 %`.
pub fn rough_percent(share: f64) -> String {
    signed_percent(share, rough_percent_digits(share))
}

/// The same without its sign: `69.2`.
pub fn rough_percent_digits(share: f64) -> String {
    fixed(share * 100.0, 1)
}

/// A share that two decimals may round to nothing: `3.49 %`, `0.0041 %`.
pub fn small_percent(share: f64) -> String {
    match share * 100.0 {
        p if p > 0.0 && p < 0.1 => {
            // Two digits that say something.
            let decimals = (1.0 - p.log10().floor()).min(12.0) as usize;
            format!("{p:.decimals$} %")
        }
        _ => percent(share),
    }
}

/// A share that somebody has set, by as few digits as tell it and two behind the point at most: `10 %`, `12.5 %`.
pub fn percent_as_set(share: f64) -> String {
    // 0.15 x 100 is not 15 in binary.
    format!("{} %", (share * 1e4).round() / 1e2)
}

fn signed_percent(share: f64, digits: String) -> String {
    if share.is_finite() { format!("{digits} %") } else { digits }
}

/// A difference of shares with its sign: `+21.71 points`.
pub fn points(difference: f64) -> String {
    format!("{} points", signed(difference * 100.0, 2))
}

/// A loss: `0.8106`; `1.20e-5` where four decimals would show too little, and `1.00e37` where digits are no help.
pub fn loss(value: f64) -> String {
    let tiny = value != 0.0 && value.abs() < 0.00005;
    if tiny { scientific(value) } else { fixed(value, 4) }
}

/// With so many decimals and the typographic minus sign; a huge value as `1.00e37`.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "not finite".into();
    }
    if value.abs() >= HUGE {
        return scientific(value);
    }
    let digits = format!("{:.decimals$}", value.abs());
    let zero = digits.chars().all(|c| c == '0' || c == '.');
    if value < 0.0 && !zero { format!("−{digits}") } else { digits }
}

fn scientific(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{:.2e}", value.abs())
}

/// A difference of losses with its sign: `+0.0097`.
pub fn loss_change(difference: f64) -> String {
    signed(difference, 4)
}

/// A mean of counts: one decimal, where there is something behind the point, and thousands set apart.
pub fn mean_count(value: f64) -> String {
    if !value.is_finite() {
        return "not finite".into();
    }
    let tenths = (value * 10.0).round();
    let whole = count((tenths / 10.0).trunc().abs() as u64);
    let sign = if tenths < 0.0 { "−" } else { "" };
    match (tenths % 10.0).abs() {
        0.0 => format!("{sign}{whole}"),
        tenth => format!("{sign}{whole}.{tenth}"),
    }
}

/// A difference of such means with its sign: `+12.3`, `−1,204`, `0`.
pub fn count_change(difference: f64) -> String {
    match mean_count(difference) {
        size if difference > 0.0 && difference.is_finite() && size != "0" => format!("+{size}"),
        size => size,
    }
}

/// A learning rate as a study file would have it: `0.0001`, `1e-7`.
pub fn learning_rate(value: f64) -> String {
    let plain = value == 0.0 || (1e-6..1e7).contains(&value.abs());
    if plain { format!("{value}") } else { format!("{value:e}") }
}

/// The nearest number with three digits: a tenth of 0.7 is not 0.06999999999999999 to anybody. Finite where `value` is.
pub fn three_digits(value: f64) -> f64 {
    // Only decimal digits say what three digits are: powers of ten are rounded themselves.
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// Bytes of memory: `118 MiB`, `2.4 GiB`.
pub fn bytes(value: u64) -> String {
    const MIB: f64 = (1u64 << 20) as f64;
    let mib = value as f64 / MIB;
    if mib < 1024.0 {
        format!("{} MiB", count(mib.ceil() as u64))
    } else {
        format!("{} GiB", gib(mib / 1024.0))
    }
}

fn gib(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { count(value.round() as u64) }
}

/// With thousands set apart: `10,000`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 seed`, `3 seeds`, `10,000 images`, `2 classes`.
pub fn counted(number: usize, what: &str) -> String {
    let ending = match number {
        1 => "",
        _ if what.ends_with('s') => "es",
        _ => "s",
    };
    format!("{} {what}{ending}", count(number as u64))
}

/// A time: `0.42 s`, `9.1 s`, `2 min 05 s`, `1 h 02 min`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "unknown".into();
    }
    let whole = seconds.round() as u64;
    match whole {
        _ if seconds < 0.995 => format!("{seconds:.2} s"),
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn joined<S: AsRef<str>>(parts: &[S]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.as_ref().to_string(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// A number with its sign. The minus sign is the typographic one; a value that rounds to zero has no sign.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "not finite".into();
    }
    let digits = fixed(value.abs(), decimals);
    let zero = digits.chars().all(|c| c == '0' || c == '.');
    let sign = match value {
        _ if zero => "±",
        v if v < 0.0 => "−",
        _ => "+",
    };
    format!("{sign}{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_by_people() {
        let check = |found: String, expected: &str| assert_eq!(found, expected);
        check(percent(0.69184), "69.18 %");
        check(points(0.2171), "+21.71 points");
        check(points(-0.003), "−0.30 points");
        check(points(0.00001), "±0.00 points");
        check(loss(0.8106), "0.8106");
        check(loss(0.000162), "0.0002");
        check(loss(0.000012), "1.20e-5");
        check(loss(f64::NAN), "not finite");
        check(loss(1.234e37), "1.23e37");
        check(loss(-1.234e37), "−1.23e37");
        check(loss(999_999.0), "999999.0000");
        check(loss(-0.00004), "−4.00e-5");
        check(loss_change(-3e30), "−3.00e30");
        check(points(1e30), "+1.00e32 points");
        check(percent(-0.0367), "−3.67 %");
        check(percent(-0.000001), "0.00 %");
        check(percent(f64::INFINITY), "not finite");
        check(percent(f64::NAN), "not finite");
        check(percent_digits(0.69184), "69.18");
        check(percent_range(0.691, 0.699), "69.10 to 69.90 %");
        check(rough_percent(0.69184), "69.2 %");
        check(rough_percent(-0.0367), "−3.7 %");
        check(rough_percent(-0.0001), "0.0 %");
        check(rough_percent_digits(1.0), "100.0");
        check(small_percent(0.0349), "3.49 %");
        check(small_percent(0.000041), "0.0041 %");
        check(percent_as_set(0.15), "15 %");
        check(percent_as_set(0.125), "12.5 %");
        check(percent_as_set(1.0 / 3.0), "33.33 %");
        check(fixed(-2.5, 1), "−2.5");
        for (value, text) in
            [(0.0, "0"), (12.0, "12"), (12.34, "12.3"), (1234.96, "1,235"), (-0.5, "−0.5"), (-0.01, "0")]
        {
            check(mean_count(value), text);
        }
        for (value, text) in [(0.0, "0"), (0.04, "0"), (-0.04, "0"), (1234.5, "+1,234.5"), (-3.0, "−3")] {
            check(count_change(value), text);
        }
        check(count_change(f64::INFINITY), "not finite");
        check(count(0), "0");
        check(count(999), "999");
        check(count(1_000), "1,000");
        check(count(1_475_146), "1,475,146");
        check(counted(0, "seed"), "0 seeds");
        check(counted(1, "seed"), "1 seed");
        check(counted(10_000, "image"), "10,000 images");
        check(duration(0.42), "0.42 s");
        check(duration(0.6), "0.60 s");
        check(duration(0.996), "1.0 s");
        check(duration(9.96), "10 s");
        check(duration(59.7), "1 min 00 s");
        check(duration(125.0), "2 min 05 s");
        check(duration(3725.0), "1 h 02 min");
        check(learning_rate(0.0001), "0.0001");
        check(learning_rate(1e-7), "1e-7");
        check(learning_rate(1e6), "1000000");
        check(learning_rate(1e30), "1e30");
        for (value, expected) in [(0.7 / 10.0, 0.07), (0.3 * 0.1, 0.03), (1.0 / 3.0, 0.333), (0.0, 0.0)] {
            assert_eq!(three_digits(value), expected);
        }
        assert_eq!(three_digits(f64::INFINITY), f64::INFINITY);
        check(joined(&["a", "b", "c"]), "a, b and c");
        check(joined::<&str>(&[]), "");
    }
}
