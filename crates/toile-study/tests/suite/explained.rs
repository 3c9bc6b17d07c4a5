//! From the outcomes of combinations to the attribution.

use toile_study::evidence::Metric;
use toile_study::evidence::attribution::Attribution;
use toile_study::evidence::factorial::{AttributionError, AttributionQuestion, attribute};
use toile_study::evidence::outcomes::{ModelOutcomes, Outcomes, RunOutcomes};
use toile_study::evidence::sweep::Sweep;
use toile_study::evidence::tuning;
use toile_study::evidence::tuning::Levels;
use toile_study::factors::{Cell, Factor, cells, find};
use toile_study::run::RunId;
use toile_study::study::{Model, Study};
use toile_study::study_file::Source;

const IMAGES: usize = 1000;

/// The study's own factorial: dropout, optimizer, epochs.
struct Asked {
    study: Study,
    factors: Vec<Factor>,
    cells: Vec<Cell>,
}

impl Asked {
    fn new() -> Self {
        let source = Source::open("baseline-vs-better").unwrap();
        let study = source.study().unwrap();
        let model = |name: &str| study.models.iter().find(|model| model.name == name).unwrap().clone();
        let (a, b) = (model("baseline"), model("better"));
        let factors = find(&study, &a, &b).unwrap();
        let nowhere = tempfile::tempdir().unwrap();
        let cells = cells(&source, &study, (&a, &b), &factors, nowhere.path()).unwrap();
        Asked { study, factors, cells }
    }

    /// Two models that differ in six settings.
    fn six() -> Self {
        let text = "name = \"six\"\ndataset = \"fashion-mnist\"\n[architecture.net]\nlayers = [\"Flatten\", \
                    { Linear = { out_features = \"width\" } }, \"ReLU\", { Dropout = { p = \"dropout\" } }, \
                    { Linear = { out_features = 10 } }, \"LogSoftmax\"]\n\
                    [model.a]\narchitecture = \"net\"\nwidth = 8\ndropout = 0\noptimizer = \"SGD\"\nepochs = 2\n\
                    batch_size = 16\n[model.b]\narchitecture = \"net\"\nwidth = 16\ndropout = 0.5\n\
                    optimizer = \"Adam\"\nepochs = 4\nbatch_size = 32\nlabel_smoothing = 0.1\n";
        let source = Source::new(text, "six.toml");
        let study = source.study().unwrap();
        let factors = find(&study, &study.models[0], &study.models[1]).unwrap();
        let nowhere = tempfile::tempdir().unwrap();
        let pair = (&study.models[0], &study.models[1]);
        let cells = cells(&source, &study, pair, &factors, nowhere.path()).unwrap();
        Asked { study, factors, cells }
    }

    fn model(&self, name: &str) -> &Model {
        self.study.models.iter().find(|model| model.name == name).unwrap()
    }

    fn question<'a>(&'a self, seeds: &'a [u64]) -> AttributionQuestion<'a> {
        let (factors, cells) = (&self.factors[..], &self.cells[..]);
        AttributionQuestion { metric: Metric::AccuracyTop1, alpha: 0.05, seeds, factors, cells }
    }

    /// `right(levels, seed)` of the images of each run are right.
    fn outcomes(&self, seeds: &[u64], right: impl Fn(&[bool], u64) -> usize) -> Outcomes {
        let run = |cell: &Cell, seed: u64| RunOutcomes {
            seed,
            predictions: (0..IMAGES).map(|i| u32::from(i >= right(&cell.second_level, seed))).collect(),
            confidence: vec![0.5; IMAGES],
            nll: vec![1.0; IMAGES],
            folds: vec![],
        };
        let models = self.cells.iter().map(|cell| ModelOutcomes {
            name: cell.model.name.clone(),
            runs: seeds.iter().map(|&seed| run(cell, seed)).collect(),
        });
        Outcomes { labels: vec![0; IMAGES], models: models.collect() }
    }

    fn attribute(&self, seeds: &[u64], right: impl Fn(&[bool], u64) -> usize) -> Attribution {
        attribute(self.question(seeds), &self.outcomes(seeds, right), 10, &[], vec![]).unwrap()
    }
}

/// Of 1,000: 600, and 20, 180 and 40 more; dropout costs 60 of them where the optimizer is the first; the seed
/// adds up to 2.
fn right(levels: &[bool], seed: u64) -> usize {
    let [dropout, optimizer, epochs] = levels else { panic!("three factors") };
    let mut right = 600 + seed as usize % 3;
    for (is_second, more) in [(dropout, 20), (optimizer, 180), (epochs, 40)] {
        right += if *is_second { more } else { 0 };
    }
    if *dropout && !optimizer { right - 60 } else { right }
}

#[test]
fn values_are_those_worked_out_by_hand() {
    let found = Asked::new().attribute(&[2, 0, 1], right);
    assert_eq!(found.seeds, [0, 1, 2]);
    let close = |found: f64, expected: f64, what: &str| {
        assert!((found - expected).abs() < 1e-12, "{what}: {found}, not {expected}");
    };
    close(found.gain.value, 0.240, "the gain");
    // Switching dropout gives -40 before the optimizer and +20 after it, each in half of the orders; switching
    // the optimizer 180 before dropout and 240 after it.
    for (place, expected) in [(0, -0.010), (1, 0.210), (2, 0.040)] {
        close(found.shapley[place].value, expected, &found.factors[place].name);
    }
    let sets: Vec<String> = found.effects.iter().map(|effect| effect.factors.join("+")).collect();
    let expected = [
        "dropout",
        "optimizer",
        "epochs",
        "dropout+optimizer",
        "dropout+epochs",
        "optimizer+epochs",
        "dropout+optimizer+epochs",
    ];
    assert_eq!(sets, expected);
    // Half of what dropout's effect changes with the optimizer.
    close(found.effects[3].value, 0.030, "the interaction");
    close(found.cells[1].mean, 0.561, "baseline+dropout");
    let shares = found.shares.unwrap();
    close(shares.iter().sum(), 1.0, "the shares' sum");
    close(shares[1], 0.210 / 0.240, "the optimizer's share");
}

#[test]
fn six_factors_are_told_by_sixteen_combinations_with_what_is_aliased() {
    let steps = [20usize, 180, 40, 0, 60, 100];
    let of = |levels: &[bool]| -> usize {
        let main: usize = levels.iter().zip(steps).map(|(is, step)| if *is { step } else { 0 }).sum();
        // An interaction of width and dropout, balanced so that it is in no main effect.
        300 + main + if levels[0] == levels[1] { 30 } else { 0 }
    };
    let asked = Asked::six();
    let found = asked.attribute(&[0, 1, 2], |levels, seed| of(levels) + seed as usize % 3);
    assert_eq!(found.cells.len(), 16);
    let close = |found: f64, expected: f64, what: &str| {
        assert!((found - expected).abs() < 1e-12, "{what}: {found}, not {expected}");
    };
    for (effect, step) in found.shapley.iter().zip(steps) {
        close(effect.value, step as f64 / 1000.0, &effect.factors[0]);
        assert!(effect.aliases.is_empty());
    }
    close(found.gain.value, 0.400, "the gain");
    let pair = found.effects.iter().find(|effect| effect.factors == ["width", "dropout"]).unwrap();
    close(pair.value, 0.030, "the interaction");
    // With batch_size = width x dropout x optimizer and label_smoothing = width x dropout x epochs.
    assert_eq!(pair.name(" x "), "width x dropout + optimizer x batch_size + epochs x label_smoothing");
    let fraction = found.fraction.unwrap();
    assert_eq!(fraction.combinations, 64);
    let generators: Vec<String> =
        fraction.generators.iter().map(|(factor, of)| format!("{factor} = {}", of.join(" x "))).collect();
    assert_eq!(
        generators,
        ["batch_size = width x dropout x optimizer", "label_smoothing = width x dropout x epochs"]
    );
}

#[test]
fn the_sentence_names_the_largest_first_with_its_interval() {
    // Without a difference between seeds the images alone make the intervals.
    let found = Asked::new().attribute(&[0, 3, 6], right);
    let start = "Of +24.00 points [";
    assert!(found.sentence.starts_with(start), "{}", found.sentence);
    for part in [
        "from baseline to better: optimizer with its rate +21.00 points [+",
        "], epochs +4.00 points [+",
        "], dropout −1.00 points [",
    ] {
        assert!(found.sentence.contains(part), "{part:?} is not in {}", found.sentence);
    }
    let interval = found.shapley[1].interval.unwrap();
    assert!(interval.low < 0.21 && 0.21 < interval.high);
    // Three factors share the level.
    assert!((interval.confidence - (1.0 - 0.05 / 3.0)).abs() < 1e-12);
    assert_eq!(found.gain.interval.unwrap().confidence, 0.95);
}

#[test]
fn what_holds_zero_is_said_to() {
    // Epochs add 40 under one seed and take 38 under another.
    let shaky = |levels: &[bool], seed: u64| match (levels[2], seed) {
        (true, 1) => right(levels, 0) - 78,
        (true, 2) => right(levels, 0) - 40,
        _ => right(levels, 0),
    };
    let found = Asked::new().attribute(&[0, 1, 2], shaky);
    assert!(found.sentence.ends_with("What epochs contributes cannot be told from 0."), "{}", found.sentence);
    let nothing = Asked::new().attribute(&[0, 1, 2], |_, seed| 600 + seed as usize);
    assert!(
        nothing.sentence.ends_with("The difference itself cannot be told from 0."),
        "{}",
        nothing.sentence
    );
    assert_eq!(nothing.shares, None);
}

#[test]
fn few_seeds_make_no_verdict() {
    for (seeds, expected) in [(&[0][..], "With 1 seed each"), (&[0, 1], "With 2 seeds each")] {
        let found = Asked::new().attribute(seeds, right);
        assert!(found.sentence.ends_with("these are values without a verdict."), "{}", found.sentence);
        assert!(found.sentence.contains(expected), "{}", found.sentence);
        assert!(found.warnings[0].contains("too few for a verdict"), "{:?}", found.warnings);
        assert_eq!(found.shares, None);
        assert_eq!(found.gain.interval.is_some(), seeds.len() == 2);
        assert!((found.gain.value - 0.240).abs() < 1e-12);
    }
}

#[test]
fn diverged_and_missing_runs_are_counted_not_dropped() {
    let asked = Asked::new();
    let seeds = [0, 1, 2];
    let mut outcomes = asked.outcomes(&seeds, right);
    outcomes.models[3].runs.remove(1);
    outcomes.models.remove(5);
    let lost = RunId { model: asked.cells[3].model.name.clone(), seed: 1 };
    let error =
        |diverged: &[RunId]| attribute(asked.question(&seeds), &outcomes, 10, diverged, vec![]).unwrap_err();
    let told = error(std::slice::from_ref(&lost)).to_string();
    assert!(matches!(error(&[lost]), AttributionError::Diverged { runs, total: 24, .. } if runs.len() == 1));
    assert!(told.starts_with("1 of 24 runs diverged (baseline+dropout+optimizer (seed 1))"), "{told}");
    assert!(told.contains("lr = 0.00001 instead of 0.0001"), "{told}");
    let missing = error(&[]).to_string();
    assert!(
        missing.starts_with("4 of 24 runs are not finished") && missing.contains("--resume"),
        "{missing}"
    );
}

#[test]
fn levels_are_untuned_unless_a_sweep_says_otherwise() {
    let asked = Asked::new();
    let models = [asked.model("baseline"), asked.model("better")];
    let sweep_of = |recipe: String, best: f64, at_edge: bool| Sweep {
        model: "any".into(),
        recipe,
        optimizer: "any".into(),
        optimizer_options: vec![],
        schedule: "constant".into(),
        epochs: 20,
        validation: 0.1,
        seeds: vec![0],
        rates: vec![],
        best: Some(best),
        at_edge,
    };
    let sweep = |optimizer: &str, best: f64, at_edge: bool| {
        let model = models[usize::from(optimizer == "Adam")];
        sweep_of(model.recipe.tuning_digest(), best, at_edge)
    };
    let levels = Levels { study: &asked.study, factors: &asked.factors, models };
    let command = |model: &str, rates: &str| format!("toile sweep s.toml {model} --lr {rates}");
    let warnings = |sweeps: &[Sweep]| tuning::warnings(levels, sweeps, &command);
    let none = warnings(&[]);
    assert_eq!(none.len(), 2);
    assert!(
        none[0].starts_with("SGD at 0.001 is untuned: \"optimizer\" then partly measures tuning."),
        "{none:?}"
    );
    assert!(
        none[0].ends_with("toile sweep s.toml baseline --lr 0.0001,0.0003,0.001,0.003,0.01,0.03,0.1"),
        "{none:?}"
    );
    let epochs = models[0].recipe.epochs;
    for (sweeps, expected) in [
        (vec![sweep("Adam", 1e-4, false)], "SGD at 0.001 is untuned"),
        (
            vec![sweep("Adam", 1e-4, false), sweep("SGD", 0.1, false)],
            "SGD at 0.001 is not the rate of its sweep (0.1): \"optimizer\" then partly measures tuning. A model at 0.1 \
             beside it says how much.",
        ),
        (
            vec![sweep("Adam", 1e-4, false), sweep("SGD", 1e-3, true)],
            "SGD at 0.001 is the best of its sweep, but",
        ),
        (
            vec![
                sweep("Adam", 1e-4, false),
                Sweep { epochs: epochs.div_ceil(2) - 1, ..sweep("SGD", 1e-3, false) },
            ],
            &format!("SGD at 0.001 is tuned over {} of {epochs} epochs only", epochs.div_ceil(2) - 1),
        ),
    ] {
        let found = warnings(&sweeps);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
    }
    let tuned = [sweep("Adam", 1e-4, false), sweep("SGD", 1e-3, true), sweep("SGD", 1e-3, false)];
    assert_eq!(warnings(&tuned), Vec::<String>::new(), "a wider sweep has the word");
    // The same optimizer for another recipe is not this one tuned; epochs and name are no part of it.
    let mut other = models[0].clone();
    other.recipe.batch_size += 1;
    let of_other = [sweep("Adam", 1e-4, false), sweep_of(other.recipe.tuning_digest(), 1e-3, false)];
    assert_eq!(warnings(&of_other).len(), 1);
    (other.recipe.batch_size, other.recipe.epochs, other.name) =
        (models[0].recipe.batch_size, 3, "other".into());
    assert_eq!(other.recipe.tuning_digest(), models[0].recipe.tuning_digest());
}
