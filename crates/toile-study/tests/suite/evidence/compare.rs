//! From outcomes to verdicts, their figures and their words.

use toile_study::evidence::Metric;
use toile_study::evidence::compare::{Contender, can_decide, compare};
use toile_study::evidence::comparison::{ComparedPair, Comparison, Margin, UndecidedReason, VerdictWord};
use toile_study::evidence::judge::judge;
use toile_study::evidence::outcomes::RunOutcomes;
use toile_study::evidence::settings::Question;

use super::Images;

const SEEDS: &[u64] = &[0, 1, 2, 3];

fn question(metric: Metric, margin: Option<f64>) -> Question {
    let margin = margin.map(|value| Margin { value, in_study_file: true });
    Question { metric, alpha: 0.05, margin }
}

fn of<'a>(name: &'a str, runs: &'a [RunOutcomes]) -> Contender<'a> {
    Contender { name, runs, diverged: &[] }
}

fn compared(question: &Question, contenders: &[Contender<'_>]) -> Comparison {
    let comparison = compare(question, 1, Images::new().test(), contenders).unwrap_or_else(|e| panic!("{e}"));
    // What is written is what is read back.
    let text = serde_json::to_string(&comparison).unwrap();
    assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), comparison);
    comparison
}

#[test]
fn few_images_say_how_little_they_tell() {
    let images = Images::new();
    let first = images.run(0, |image| image < 20);
    let second = images.run(0, |image| (14..44).contains(&image));
    let told = |metric, models: &[(&str, &RunOutcomes)]| {
        let contenders: Vec<_> =
            models.iter().map(|&(name, run)| of(name, std::slice::from_ref(run))).collect();
        compared(&question(metric, None), &contenders).warnings
    };
    let found = told(Metric::AccuracyTop1, &[("a", &first), ("b", &second)]);
    // Discordant are 14 and 24 of 120: (1.95996 + 0.84162) sqrt(38 / 120) / sqrt(120) is 0.14392.
    let expected = "With one run of each, 120 test images show differences from about 14.39 points on (with 80 % \
                    probability at alpha = 0.05, for models that disagree on 31.67 % of the images as these do); more \
                    seeds show smaller ones. Where images are few, cross_validation tests all of them.";
    assert_eq!(found, [expected]);
    // Of several pairs the one that disagrees most; where none does, there is nothing to tell.
    let third = images.run(0, |image| image >= 60);
    let worst = &told(Metric::AccuracyTop1, &[("a", &first), ("b", &second), ("c", &third)])[0];
    assert!(worst.contains("disagree on 75.00 %"), "{worst}");
    assert!(told(Metric::AccuracyTop1, &[("a", &first), ("b", &first)]).is_empty());
    assert!(told(Metric::Nll, &[("a", &first), ("b", &second)]).is_empty(), "points are of accuracy");
}

/// Two repeats of four folds, tested fold by fold.
fn folded(images: &Images, wrong: [fn(u32) -> bool; 2]) -> Vec<RunOutcomes> {
    let runs = wrong.iter().zip(0..).map(|(wrong, repeat)| {
        let folds = (0..120).map(|image| (image + image / 4 * repeat as u32) % 4).collect();
        RunOutcomes { folds, ..images.run(repeat, wrong) }
    });
    runs.collect()
}

#[test]
fn repeats_stand_where_seeds_stood() {
    let images = Images::new();
    let first = folded(&images, [|image| image * 53 % 120 < 45, |image| image * 53 % 120 < 47]);
    let second = folded(&images, [|image| image * 37 % 120 < 12, |image| image * 37 % 120 < 15]);
    let found = compared(&question(Metric::AccuracyTop1, None), &[of("a", &first), of("b", &second)]);
    assert_eq!((found.folds, found.models[0].seeds.clone()), (Some(4), vec![0, 1]));
    let pair = &found.pairs[0];
    assert_eq!(pair.verdict, VerdictWord::Better);
    says(pair, &["2 repeats of 4 folds", "these repeats and images show a difference of", "endless repeats"]);
    assert!(!pair.sentence.contains("seed"), "{}", pair.sentence);
    assert!(found.warnings.is_empty(), "all images are tested: {:?}", found.warnings);
    // One repeat has trainings enough, and McNemar's test is for two networks.
    let one = compared(&question(Metric::AccuracyTop1, None), &[of("a", &first[..1]), of("b", &second[..1])]);
    assert!(one.pairs[0].undecided != Some(UndecidedReason::SingleRuns) && one.pairs[0].mcnemar.is_none());
    assert!(can_decide(&[of("a", &first[..1]), of("b", &second[..1])]));
    // By every metric there is an interval.
    for metric in Metric::ALL {
        let found = compared(&question(metric, None), &[of("a", &first), of("b", &second)]);
        assert!(found.pairs[0].difference.as_ref().unwrap().standard_error > 0.0, "{metric:?}");
    }
    // Whole runs are not compared with folds.
    let whole = images.runs(&[0, 1], 30);
    let error =
        compare(&question(Metric::AccuracyTop1, None), 1, images.test(), &[of("a", &first), of("w", &whole)]);
    assert!(error.unwrap_err().to_string().contains("same folds"));
}

#[test]
fn only_repeats_that_both_have_are_compared() {
    let images = Images::new();
    let first = folded(&images, [|image| image * 53 % 120 < 45, |image| image * 53 % 120 < 47]);
    let second = folded(&images, [|image| image * 37 % 120 < 12, |image| image * 37 % 120 < 15]);
    let out = tempfile::tempdir().unwrap();
    let asked = question(Metric::AccuracyTop1, None);
    let found =
        judge(&asked, &[out.path().to_owned()], images.test(), &[of("a", &first), of("b", &second[1..])])
            .unwrap();
    assert!(found.models.iter().all(|model| model.seeds == [1]));
    assert_eq!(found.warnings, ["Only the repeats that all of these models have are compared."]);
}

#[track_caller]
fn says(pair: &ComparedPair, parts: &[&str]) {
    for part in parts {
        assert!(pair.sentence.contains(part), "{part:?} is not in {:?}", pair.sentence);
    }
}

/// By every metric, whichever is named first; the interval shown is the one the verdict is read from.
#[test]
fn a_clear_difference_is_seen_by_every_metric() {
    let images = Images::new();
    let (bad, good) = (images.runs(SEEDS, 60), images.runs(SEEDS, 12));
    for metric in Metric::ALL {
        // With a confidence of 0.8 everywhere, the better one is the one whose accuracy is nearer to it: ECE falls too.
        let there = compared(&question(metric, None), &[of("bad", &bad), of("good", &good)]);
        let back = compared(&question(metric, None), &[of("good", &good), of("bad", &bad)]);
        let (there, back) = (&there.pairs[0], &back.pairs[0]);
        assert_eq!((there.verdict, back.verdict), (VerdictWord::Better, VerdictWord::Worse), "{metric:?}");
        let interval = there.difference.as_ref().unwrap().interval;
        assert!((interval.confidence - 0.975).abs() < 1e-12, "{interval:?}");
        assert_eq!(interval.low > 0.0, metric.higher_is_better(), "{metric:?} {interval:?}");
        let mirrored = back.difference.as_ref().unwrap().interval;
        assert!((interval.low + mirrored.high).abs() < 1e-12);
        says(
            there,
            &["good against bad: better, ", "97.5 % confidence, 4 seeds each", "With 80 % probability"],
        );
        says(back, &["bad against good: worse, "]);
    }
}

#[test]
fn figures_by_hand() {
    let images = Images::new();
    // 12 images are wrong under every seed of the first; the second gets 6 of them right and breaks two others.
    let first: Vec<_> = SEEDS.iter().map(|&seed| images.run(seed, |i| i < 12)).collect();
    let second: Vec<_> =
        SEEDS.iter().map(|&seed| images.run(seed, |i| (6..12).contains(&i) || i == 30 || i == 31)).collect();
    let found =
        compared(&question(Metric::AccuracyTop1, None), &[of("first", &first), of("second", &second)]);
    let model = &found.models[0];
    assert_eq!((model.mean, model.deviation, &model.per_seed[..]), (Some(0.9), Some(0.0), &[0.9; 4][..]));
    assert_eq!(found.images, 120);
    let pair = found.last_beside_first().unwrap();
    let difference = pair.difference.as_ref().unwrap();
    assert!((difference.value - 4.0 / 120.0).abs() < 1e-12);
    // 8 images differ, +1 six times and -1 twice: sd² / 120 with 119 below.
    let mean: f64 = 4.0 / 120.0;
    let variance = (8.0 - 120.0 * mean * mean) / 119.0 / 120.0;
    assert!((difference.standard_error - variance.sqrt()).abs() < 1e-12);
    assert_eq!(pair.fixed_by_every_seed, [0, 1, 2, 3, 4, 5]);
    assert_eq!(pair.broken_by_every_seed, [30, 31]);
    let classes: Vec<_> = pair.classes.iter().map(|c| (&c.class[..], c.images, c.fixed, c.broken)).collect();
    assert_eq!(classes, [("a", 40, 2.0, 1.0), ("b", 40, 2.0, 1.0), ("c", 40, 2.0, 0.0)]);
    let confusions: Vec<_> = pair
        .confusions
        .iter()
        .map(|c| (&c.truth[..], &c.predicted[..], c.first, c.second, c.fixed, c.broken))
        .collect();
    let expected =
        [("c", "a", 4.0, 2.0, 2.0, 0.0), ("a", "b", 4.0, 3.0, 2.0, 1.0), ("b", "c", 4.0, 3.0, 2.0, 1.0)];
    assert_eq!(confusions, expected);
}

#[test]
fn a_margin_makes_models_equivalent() {
    let images = Images::new();
    let runs = images.runs(SEEDS, 30);
    // The same but for one image that changes hands with the seed.
    let near: Vec<_> = SEEDS
        .iter()
        .map(|&seed| {
            let other = runs[seed as usize].correct(images.test().labels);
            images.run(seed, |i| if u64::from(i) == seed { other[i as usize] } else { !other[i as usize] })
        })
        .collect();
    let pairs = |margin, in_study_file| {
        let mut question = question(Metric::AccuracyTop1, margin);
        if let Some(margin) = &mut question.margin {
            margin.in_study_file = in_study_file;
        }
        compared(&question, &[of("a", &runs), of("b", &near)])
    };
    let wide = pairs(Some(0.1), true);
    assert_eq!(wide.pairs[0].verdict, VerdictWord::Equivalent, "{}", wide.pairs[0].sentence);
    says(&wide.pairs[0], &["b against a: equivalent within the margin of 10.00 points, "]);
    assert_eq!(wide.warnings.len(), 1, "but that the images are few: {:?}", wide.warnings);
    let late = pairs(Some(0.1), false);
    says(&late.pairs[0], &["which nothing shows to be older than the results"]);
    assert!(late.warnings[0].contains("Nothing shows that the margin"), "{:?}", late.warnings);
    let narrow = pairs(Some(1e-6), true);
    let none = pairs(None, true);
    for open in [&narrow.pairs[0], &none.pairs[0]] {
        assert_eq!(
            (open.verdict, open.undecided),
            (VerdictWord::Undecided, Some(UndecidedReason::Unresolved))
        );
        says(open, &["b against a: undecided, ", "0 lies in the interval"]);
        assert!(open.resolvable.unwrap() >= open.resolvable_by_test_set.unwrap());
    }
    says(&narrow.pairs[0], &["beyond the margin"]);
}

#[test]
fn identical_models_are_no_difference_and_no_panic() {
    let images = Images::new();
    let runs = images.runs(SEEDS, 30);
    let found = compared(&question(Metric::AccuracyTop1, Some(0.01)), &[of("a", &runs), of("b", &runs)]);
    assert_eq!(found.pairs[0].verdict, VerdictWord::Equivalent);
    assert!(found.pairs[0].confusions.is_empty());
    let open = compared(&question(Metric::Ece, None), &[of("a", &runs), of("b", &runs)]);
    assert_eq!(open.pairs[0].verdict, VerdictWord::Undecided);
}

#[test]
fn one_run_each_names_networks_only() {
    let images = Images::new();
    let (bad, good) = (images.runs(&[0], 60), images.runs(&[0], 12));
    let found = compared(&question(Metric::AccuracyTop1, None), &[of("bad", &bad), of("good", &good)]);
    let pair = &found.pairs[0];
    assert_eq!((pair.verdict, pair.undecided), (VerdictWord::Undecided, Some(UndecidedReason::SingleRuns)));
    let test = pair.mcnemar.unwrap();
    assert!(test.fixed > 30 && test.broken == 0 && test.p_value < 1e-6, "{test:?}");
    // No look is spent on networks.
    assert!((pair.difference.as_ref().unwrap().interval.confidence - 0.95).abs() < 1e-12);
    says(
        pair,
        &[
            "not for the recipe",
            "(bad, seed 0; good, seed 0) good is the better one",
            "p < 0.0001 (McNemar's exact test)",
            "needs 3 seeds of each, as of --seeds 0,1,2",
        ],
    );
    let same = compared(&question(Metric::AccuracyTop1, None), &[of("x", &bad), of("y", &bad)]);
    says(&same.pairs[0], &["they predict the same", "Under seed 0"]);
    let mut near = bad.clone();
    near[0].nll[0] += 0.25;
    let near = compared(&question(Metric::AccuracyTop1, None), &[of("x", &bad), of("y", &near)]);
    says(&near.pairs[0], &["neither is measurably better", "0 images fixed and 0 broken, p = 1.0000"]);
    // Other metrics go by their interval; one run beside several is no verdict either.
    let nll = compared(&question(Metric::Nll, None), &[of("good", &good), of("bad", &bad)]);
    says(&nll.pairs[0], &["good is the better one", "in negative log likelihood"]);
    let several = images.runs(SEEDS, 12);
    let found = compared(&question(Metric::AccuracyTop1, None), &[of("bad", &bad), of("good", &several)]);
    assert_eq!(found.pairs[0].undecided, Some(UndecidedReason::SingleRuns));
    assert!(found.pairs[0].mcnemar.is_none());
    says(&found.pairs[0], &["good, seeds 0 to 3"]);
}

#[test]
fn few_seeds_and_diverged_runs_give_no_verdict() {
    let images = Images::new();
    let (bad, good) = (images.runs(&[0, 1], 60), images.runs(&[0, 1], 12));
    let two = compared(&question(Metric::AccuracyTop1, None), &[of("bad", &bad), of("good", &good)]);
    assert_eq!(two.pairs[0].undecided, Some(UndecidedReason::FewSeeds));
    says(&two.pairs[0], &["2 seeds each", "A verdict needs 3 seeds of each, 1 more."]);

    let (bad, good) = (images.runs(SEEDS, 60), images.runs(SEEDS, 12));
    let contenders = [of("bad", &bad), Contender { name: "good", runs: &good, diverged: &[7, 8] }];
    assert!(!can_decide(&contenders) && can_decide(&[of("bad", &bad), of("good", &good)]));
    let diverged = compared(&question(Metric::AccuracyTop1, None), &contenders);
    assert_eq!(diverged.pairs[0].undecided, Some(UndecidedReason::Diverged));
    assert_eq!(diverged.models[1].diverged, [7, 8]);
    says(&diverged.pairs[0], &["undecided, because 2 of 6 runs of good diverged"]);

    let nothing = compared(&question(Metric::Nll, None), &[of("bad", &bad), of("good", &[])]);
    assert_eq!(nothing.pairs[0].undecided, Some(UndecidedReason::NoRun));
    assert_eq!((nothing.models[1].mean, &nothing.pairs[0].difference), (None, &None));
    says(&nothing.pairs[0], &["good has no finished run"]);
}

/// Three models: three pairs in the order of naming, each at a third of the level.
#[test]
fn every_pair_shares_the_level() {
    let images = Images::new();
    let runs = [60, 30, 12].map(|wrong| images.runs(SEEDS, wrong));
    let contenders = [of("x", &runs[0]), of("y", &runs[1]), of("z", &runs[2])];
    let found = compared(&question(Metric::AccuracyTop1, None), &contenders);
    let names: Vec<_> = found.pairs.iter().map(|pair| (&pair.first[..], &pair.second[..])).collect();
    assert_eq!(names, [("x", "y"), ("x", "z"), ("y", "z")]);
    for pair in &found.pairs {
        let interval = pair.difference.as_ref().unwrap().interval;
        assert!((interval.confidence - (1.0 - 0.025 / 3.0)).abs() < 1e-12);
    }
    assert_eq!(found.last_beside_first().unwrap(), &found.pairs[1]);
}

/// Seeds that are not the same ones: every run of one stands beside every run of the other.
#[test]
fn seeds_need_not_be_shared() {
    let images = Images::new();
    let (bad, good) = (images.runs(&[0, 1, 2], 60), images.runs(&[5, 6, 7, 8], 12));
    let found = compared(&question(Metric::AccuracyTop1, None), &[of("bad", &bad), of("good", &good)]);
    let pair = &found.pairs[0];
    says(pair, &["3 seeds and 4"]);
    let net: f64 = pair.classes.iter().map(|class| class.fixed - class.broken).sum();
    assert!((net / 120.0 - pair.difference.as_ref().unwrap().value).abs() < 1e-12);
    let other = images.runs(&[9, 10, 11], 12);
    let found = compared(&question(Metric::AccuracyTop1, None), &[of("bad", &bad), of("good", &other)]);
    says(&found.pairs[0], &["3 seeds each, not the same ones"]);
}

#[test]
fn runs_that_do_not_belong_together_are_refused() {
    let images = Images::new();
    let twice = images.runs(&[1, 1, 2], 12);
    let fine = images.runs(SEEDS, 12);
    let question = question(Metric::AccuracyTop1, None);
    let error = compare(&question, 1, images.test(), &[of("a", &twice), of("b", &fine)]).unwrap_err();
    assert!(
        error.to_string().contains("the runs of a cannot be compared: the seed 1 stands twice"),
        "{error}"
    );
}
