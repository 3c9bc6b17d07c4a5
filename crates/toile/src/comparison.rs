//! Which of two is better, with evidence.

pub use toile_study::evidence::Metric;
pub use toile_study::evidence::comparison::{ComparedPair, Comparison, VerdictWord};
pub use toile_study::evidence::settings::ComparisonSettings;

use toile_study::evidence::compare::{self, Contender, Test};
use toile_study::evidence::outcomes::RunOutcomes;
use toile_study::evidence::settings::{Overrides, Question};

use crate::{Error, Predictions};

/// Compares two models by what their runs predict for the same images: is `second` better than `first`? With three
/// seeds of each or more, the verdict is on the recipes; with one each, on these two networks alone.
///
/// ```
/// use toile::{Recipe, compare, layers, layers::*};
/// use toile::comparison::ComparisonSettings;
///
/// let data = toile::data::load("fashion-mnist-small")?;
/// let linear = Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 2, ..Recipe::default() };
/// let longer = Recipe { epochs: 12, ..linear.clone() };
/// let runs = |recipe: &Recipe| (0..3).map(|seed| toile::train(recipe, &data.train, seed)?.predictions(&data.test))
///     .collect::<Result<Vec<_>, _>>();
/// let found = compare(&ComparisonSettings::default(), ("short", &runs(&linear)?), ("long", &runs(&longer)?))?;
/// println!("{}", found.sentence);
/// # Ok::<(), toile::Error>(())
/// ```
///
/// # Errors
/// No predictions, predictions for other images or classes, a seed that is there twice.
pub fn compare(
    settings: &ComparisonSettings,
    first: (&str, &[Predictions]),
    second: (&str, &[Predictions]),
) -> Result<ComparedPair, Error> {
    let test = first.1.first().ok_or_else(|| Error::Setting(format!("{} has no predictions", first.0)))?;
    for (name, runs) in [first, second] {
        let fits = |run: &Predictions| run.labels == test.labels && run.class_names == test.class_names;
        if runs.is_empty() || !runs.iter().all(fits) {
            return Err(Error::Setting(format!(
                "{name}: its predictions are not for the images of {}",
                first.0
            )));
        }
    }
    // What stands in code stood there before there were results.
    let question = Question::new(settings, Some(settings), Overrides::default());
    let outcomes = |runs: &[Predictions]| runs.iter().map(outcome).collect::<Vec<_>>();
    let (runs_first, runs_second) = (outcomes(first.1), outcomes(second.1));
    let contenders = [
        Contender { name: first.0, runs: &runs_first, diverged: &[] },
        Contender { name: second.0, runs: &runs_second, diverged: &[] },
    ];
    let test = Test { class_names: &test.class_names, labels: &test.labels };
    let comparison = compare::compare(&question, 1, test, &contenders)?;
    Ok(comparison.pairs.into_iter().next().expect("two models make a pair"))
}

fn outcome(run: &Predictions) -> RunOutcomes {
    let predictions = run.classes();
    let of_label = |(image, &label): (usize, &u32)| -f64::from(run.row(image)[label as usize]);
    let confidence = |(image, &class): (usize, &u32)| run.row(image)[class as usize].exp();
    RunOutcomes {
        seed: run.seed,
        confidence: predictions.iter().enumerate().map(confidence).collect(),
        nll: run.labels.iter().enumerate().map(of_label).collect(),
        predictions,
        folds: Vec::new(),
    }
}
