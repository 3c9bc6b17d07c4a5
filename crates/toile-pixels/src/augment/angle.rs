//! Sine and cosine: the same bits on every machine, because nothing but additions and products of f64 in a fixed order
//! makes them.

/// Sine and cosine of an angle in degrees, within 1e-15; exact at multiples of 90.
pub(super) fn sine_and_cosine(degrees: f64) -> (f64, f64) {
    let quarters = (degrees / 90.0).round();
    // From -45 to 45 degrees.
    let x = (degrees - 90.0 * quarters) * (std::f64::consts::PI / 180.0);
    let (sine, cosine) = (sine(x), cosine(x));
    match quarters.rem_euclid(4.0) as u8 {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

/// The Taylor series up to the 17th power: what is left out is below 2^-53 up to 45 degrees.
fn sine(x: f64) -> f64 {
    let square = x * x;
    let series = (1..=8).rev().fold(1.0, |sum, n| {
        let n = f64::from(n);
        1.0 - sum * square / (2.0 * n * (2.0 * n + 1.0))
    });
    x * series
}

fn cosine(x: f64) -> f64 {
    let square = x * x;
    (1..=9).rev().fold(1.0, |sum, n| {
        let n = f64::from(n);
        1.0 - sum * square / (2.0 * n * (2.0 * n - 1.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_sine_and_the_cosine() {
        for tenth in -7_300..7_300 {
            let degrees = f64::from(tenth) / 10.0;
            let (sine, cosine) = sine_and_cosine(degrees);
            let radians = degrees.to_radians();
            assert!((sine - radians.sin()).abs() < 4e-15, "sin {degrees}");
            assert!((cosine - radians.cos()).abs() < 4e-15, "cos {degrees}");
        }
        for (degrees, expected) in
            [(0.0, (0.0, 1.0)), (90.0, (1.0, 0.0)), (-90.0, (-1.0, 0.0)), (180.0, (0.0, -1.0))]
        {
            assert_eq!(sine_and_cosine(degrees), expected, "{degrees}");
        }
    }
}
