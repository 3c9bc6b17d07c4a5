//! What a small test set can tell apart at all, whatever is trained.

use toile_statistics::distributions::normal_two_sided;
use toile_statistics::planning::POWER;

use super::contender::{Contender, Test};
use super::metric::Metric;
use super::settings::Question;
use super::words::amount;
use crate::numbers::{count, percent};

/// From here on a test set is not called small: at 10 % of discordant images it tells three points apart.
const ENOUGH_IMAGES: usize = 1000;

/// How little one split of a few hundred images can resolve: the smallest difference in accuracy that it would show with
/// 80 % probability at the question's alpha, for models that disagree on as many images as these. `None` where there
/// are images enough, the models are cross-validated, or another metric is asked for.
///
/// Of n images a share d on which one model is right and the other wrong gives the difference a standard error of
/// sqrt(d / n) where there is none in truth (McNemar 1947); it is found with probability POWER from
/// (z(alpha / 2) + z(1 - POWER)) sqrt(d / n) on (Connor 1987, Biometrics 43, 207).
pub(super) fn few_images(
    question: &Question,
    test: Test<'_>,
    contenders: &[Contender<'_>],
) -> Option<String> {
    let images = test.labels.len();
    let is_folded = contenders.iter().any(|contender| contender.folds().is_some());
    if images >= ENOUGH_IMAGES || is_folded || question.metric != Metric::AccuracyTop1 {
        return None;
    }
    let discordant = most_discordant(test, contenders)?;
    // One end of the normal distribution holds half of what lies outside on both sides.
    let quantiles = normal_two_sided(question.alpha) + normal_two_sided(2.0 * (1.0 - POWER));
    let resolved = quantiles * (discordant / images as f64).sqrt();
    let images = count(images as u64);
    if resolved >= 1.0 {
        return Some(format!(
            "With one run of each, a test set of {images} images shows no difference, however large. cross_validation \
             tests all images."
        ));
    }
    Some(format!(
        "With one run of each, {images} test images show differences from about {} on (with 80 % probability at alpha = \
         {}, for models that disagree on {} of the images as these do); more seeds show smaller ones. Where images are \
         few, cross_validation tests all of them.",
        amount(Metric::AccuracyTop1, resolved),
        question.alpha,
        percent(discordant)
    ))
}

/// The share of images that one of two models gets right and the other wrong, mean over their runs: of the pair that
/// disagrees most. `None` where no two models disagree.
fn most_discordant(test: Test<'_>, contenders: &[Contender<'_>]) -> Option<f64> {
    let mut most = 0.0;
    for (place, second) in contenders.iter().enumerate() {
        for first in &contenders[..place] {
            let pairs = first.runs.iter().flat_map(|a| second.runs.iter().map(move |b| (a, b)));
            let shares: Vec<f64> = pairs
                .filter(|(a, b)| a.seed == b.seed || first.runs.len() == 1 || second.runs.len() == 1)
                .map(|(a, b)| {
                    let (a, b) = (a.correct(test.labels), b.correct(test.labels));
                    a.iter().zip(&b).filter(|(a, b)| a != b).count() as f64 / a.len() as f64
                })
                .collect();
            let mean = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
            most = f64::max(most, mean);
        }
    }
    (most > 0.0).then_some(most)
}
