//! Which settings are tried: all of a grid, or some at random.

use toile_kernels::random::{Purpose, Stream};

use super::space::{Axis, Values};

/// More candidates than this are a mistake.
const CANDIDATES_MAX: usize = 10_000;

/// Every combination of the values, the last setting changing first, each as (key, value).
///
/// # Errors
/// A range that does not say how many values it has, and too many combinations.
pub fn grid(axes: &[Axis]) -> Result<Vec<Vec<(String, String)>>, String> {
    let mut all: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for Axis { key, values } in axes {
        let values = match values {
            Values::Listed(values) => values.clone(),
            Values::Range(range) => {
                let count = range.count.ok_or_else(|| {
                    format!(
                        "{key} is a range without a number of values; write one behind it, as :4, or let --trials N \
                         draw N of all combinations"
                    )
                })?;
                let mut points: Vec<String> =
                    (0..count).map(|at| range.at(f64::from(at) / f64::from(count - 1))).collect();
                points.dedup();
                points
            }
        };
        if all.len() * values.len() > CANDIDATES_MAX {
            return Err(format!("more than {CANDIDATES_MAX} combinations; let --trials N draw N of them"));
        }
        all = all
            .iter()
            .flat_map(|before| {
                values.iter().map(|value| {
                    let mut settings = before.clone();
                    settings.push((key.clone(), value.clone()));
                    settings
                })
            })
            .collect();
    }
    Ok(all)
}

/// So many combinations, each setting drawn by itself: one of the values listed, or a number of the range (Bergstra and
/// Bengio, "Random Search for Hyper-Parameter Optimization", 2012). The n-th of a seed is always the same, so that more
/// trials keep those that there were.
pub fn random(axes: &[Axis], trials: u32, seed: u64) -> Vec<Vec<(String, String)>> {
    let trial = |trial: u32| {
        let stream = Stream::new(seed, Purpose::Search, 0, trial);
        let settings = (0u32..).zip(axes).map(|(place, Axis { key, values })| {
            let uniform = f64::from(stream.uniform(place));
            let value = match values {
                Values::Range(range) => range.drawn(uniform),
                Values::Listed(values) => {
                    let place = (uniform * values.len() as f64) as usize;
                    values[place.min(values.len() - 1)].clone()
                }
            };
            (key.clone(), value)
        });
        settings.collect()
    };
    (0..trials).map(trial).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes(texts: &[&str]) -> Vec<Axis> {
        texts.iter().map(|text| Axis::read(text).unwrap()).collect()
    }

    #[test]
    fn a_grid_is_every_combination() {
        let values = |axes: &[Axis]| -> Vec<String> {
            let all = grid(axes).unwrap();
            all.iter()
                .map(|settings| {
                    settings.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" ")
                })
                .collect()
        };
        assert_eq!(
            values(&axes(&["lr=1,2", "w=log:1e-2..1:3"])),
            ["1 0.01", "1 0.1", "1 1.0", "2 0.01", "2 0.1", "2 1.0"]
        );
        // As many whole numbers as there are.
        assert_eq!(values(&axes(&["n=int:1..2:9"])), ["1", "2"]);
        assert!(grid(&axes(&["lr=0..1"])).unwrap_err().contains("--trials"));
        assert!(grid(&axes(&["a=0..1:1000", "b=0..1:1000"])).unwrap_err().contains("10000"));
    }

    #[test]
    fn draws_are_spread_and_stay() {
        let axes = axes(&["lr=log:0.001..1", "sampler=a,b", "n=int:1..4"]);
        let many = random(&axes, 4000, 3);
        assert_eq!(random(&axes, 10, 3), many[..10], "more trials keep the first ones");
        assert_ne!(random(&axes, 10, 4), many[..10]);
        let below = |limit: f64| {
            many.iter().filter(|settings| settings[0].1.parse::<f64>().unwrap() < limit).count() as f64
                / 4000.0
        };
        // A third of the draws a decade, to four standard deviations of a share of 4000.
        assert!((below(0.01) - 1.0 / 3.0).abs() < 0.03 && (below(0.1) - 2.0 / 3.0).abs() < 0.03);
        for number in 1..=4 {
            let share =
                many.iter().filter(|settings| settings[2].1 == number.to_string()).count() as f64 / 4000.0;
            assert!((share - 0.25).abs() < 0.028, "{number}: {share}");
        }
    }
}
