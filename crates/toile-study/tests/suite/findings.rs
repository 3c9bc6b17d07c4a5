//! Computed sentences: that they hold, that they say the opposite where they do not, that nothing makes them
//! panic.

use toile_nn::optimizer::SGD;
use toile_study::findings::{Finding, findings, same_recipe, shown_run};
use toile_study::metrics::transposed;
use toile_study::recipe::{ClassWeights, Recipe};
use toile_study::results::{
    ConfusionMatrix, DatasetSummary, EpochRow, Evaluation, LayerPart, LayerRow, LayerSetting,
    LayerSettingValue, ModelResults, ModelSettings, Published, RunResults, RunStatus, StudyResults,
};
use toile_study::study::Model;

/// The matrix that the classroom study prints, as it prints it: rows are the predicted class.
const PRINTED: [[u64; 10]; 10] = [
    [721, 19, 12, 116, 10, 0, 200, 0, 0, 0],
    [37, 897, 11, 70, 10, 0, 13, 0, 2, 0],
    [26, 11, 545, 8, 331, 0, 337, 0, 80, 0],
    [96, 51, 7, 669, 46, 2, 64, 0, 9, 1],
    [9, 17, 192, 72, 514, 0, 136, 0, 6, 2],
    [3, 0, 1, 1, 2, 749, 4, 80, 7, 26],
    [93, 3, 197, 59, 68, 1, 212, 0, 20, 1],
    [0, 0, 0, 0, 0, 168, 0, 822, 5, 48],
    [15, 1, 35, 4, 19, 12, 34, 4, 869, 2],
    [0, 1, 0, 1, 0, 68, 0, 94, 2, 920],
];
const CLOTHES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// Two classes, `cat` and `dog`, and a matrix of 100 images of each.
pub(crate) fn two_classes(cats_right: u64, dogs_right: u64) -> Vec<Vec<u64>> {
    vec![vec![cats_right, 100 - cats_right], vec![100 - dogs_right, dogs_right]]
}

fn study(models: Vec<ModelResults>, class_names: &[&str]) -> StudyResults {
    StudyResults {
        study: "a".into(),
        title: String::new(),
        note: String::new(),
        seeds: vec![],
        cross_validation: None,
        toile_version: "0.1.0".into(),
        dataset: DatasetSummary {
            name: "pets".into(),
            class_names: class_names.iter().map(|name| name.to_string()).collect(),
            image_shape: [1, 8, 8],
            train_images: 1000,
            validation_images: 0,
            test_images: 200,
            digests: Vec::new(),
        },
        models,
        ensembles: vec![],
    }
}

/// A finished model with these training losses; evaluation losses lie 0.01 above.
pub(crate) fn model(name: &str, losses: &[f64], confusion: Vec<Vec<u64>>) -> ModelResults {
    ModelResults {
        name: name.into(),
        settings: settings(name, losses.len() as u32),
        layers: Vec::new(),
        published: None,
        runs: vec![run(0, losses, confusion)],
    }
}

/// Every name has an optimizer of its own.
fn settings(name: &str, epochs: u32) -> ModelSettings {
    let letters: u32 = name.bytes().map(u32::from).sum();
    let optimizer = SGD { momentum: f64::from(letters % 64) / 64.0, ..SGD::default() };
    let recipe = Recipe { optimizer: optimizer.into(), dataset: "pets".into(), epochs, ..Recipe::default() };
    settings_of(name, recipe)
}

fn settings_of(name: &str, recipe: Recipe) -> ModelSettings {
    ModelSettings::of(&Model {
        name: name.into(),
        on_request: false,
        published: None,
        architecture: "cnn".into(),
        variables: Vec::new(),
        recipe,
    })
}

fn matrix(rows: &[Vec<u64>]) -> ConfusionMatrix {
    ConfusionMatrix::from_rows(rows).expect("a square")
}

fn run(seed: u64, losses: &[f64], confusion: Vec<Vec<u64>>) -> RunResults {
    let right: u64 = (0..confusion.len()).map(|class| confusion[class][class]).sum();
    let accuracy = right as f64 / confusion.iter().flatten().sum::<u64>().max(1) as f64;
    let rows = losses.iter().enumerate().map(|(index, loss)| EpochRow {
        epoch: index as u32 + 1,
        learning_rate: 0.01,
        train_loss: *loss,
        train_accuracy: 0.5,
        validation_loss: None,
        validation_accuracy: None,
        test_loss: Some(loss + 0.01),
        test_accuracy: Some(accuracy),
    });
    let last = losses.last().copied().unwrap_or(0.0);
    let evaluation = Evaluation {
        weights: "last".into(),
        epoch: losses.len() as u32,
        train_loss: last,
        train_accuracy: 0.5,
        validation_loss: None,
        validation_accuracy: None,
        test_loss: Some(last + 0.01),
        test_accuracy: Some(accuracy),
        confusion: matrix(&confusion),
        test_accuracy_top5: None,
    };
    RunResults { seed, status: RunStatus::Finished, epochs: rows.collect(), evaluation: Some(evaluation) }
}

fn pets(models: Vec<ModelResults>) -> StudyResults {
    study(models, &["cat", "dog"])
}

/// Findings of an id, in order.
fn of(results: &StudyResults, id: &str) -> Vec<Finding> {
    findings(results).into_iter().filter(|finding| finding.id == id).collect()
}

/// The one finding of an id: whether it holds, and that its sentence contains a text.
fn check(results: &StudyResults, id: &str, holds: bool, contains: &str) {
    let found = of(results, id);
    let finding = found.first().unwrap_or_else(|| panic!("no {id}"));
    assert_eq!(finding.holds, holds, "{}", finding.sentence);
    assert!(finding.sentence.contains(contains), "{}\nlacks {contains:?}", finding.sentence);
}

#[test]
fn the_classroom_matrix_is_read_as_its_authors_read_it() {
    let printed: Vec<Vec<u64>> = PRINTED.iter().map(|row| row.to_vec()).collect();
    let results =
        study(vec![model("baseline", &[0.9, 0.8], transposed(&matrix(&printed)).to_rows())], &CLOTHES);
    check(&results, "hardest-class", true, "Shirt is the hardest class, 212 of 1,000 right (21.20 %)");
    check(&results, "hardest-class-taken-for", true, "Pullover (337), T-shirt/top (200) and Coat (136)");
    check(&results, "easiest-classes", true, "Ankle boot (92.00 %), Trouser (89.70 %) and Bag (86.90 %)");
    let pairs: Vec<String> = of(&results, "confused-pair").into_iter().map(|pair| pair.sentence).collect();
    assert_eq!(pairs.len(), 4);
    assert!(
        pairs[0].contains("337 images of Shirt called Pullover, 197 of Pullover called Shirt"),
        "{}",
        pairs[0]
    );
    assert!(
        pairs[1].contains("331 images of Coat called Pullover, 192 of Pullover called Coat"),
        "{}",
        pairs[1]
    );
    assert!(pairs[3].contains("168 images of Sandal called Sneaker"), "{}", pairs[3]);
}

#[test]
fn classes_without_differences_or_mistakes() {
    let alike = pets(vec![model("m", &[0.5], two_classes(80, 80))]);
    check(&alike, "hardest-class", false, "no class is harder than another; each has 80.00 % right");
    let perfect = pets(vec![model("m", &[0.5], two_classes(100, 100))]);
    check(&perfect, "confused-pair", false, "no two classes are confused; all 200 test images are right");
    let one_way = pets(vec![model("m", &[0.5], two_classes(90, 100))]);
    check(&one_way, "confused-pair", true, "10 images of cat called dog, no dog called cat");
}

#[test]
fn falling_rising_and_jumping_losses() {
    let one = |losses: &[f64]| pets(vec![model("m", losses, two_classes(80, 70))]);
    let id = "training-loss-falls";
    check(&one(&[2.0, 1.0, 0.5]), id, true, "falls with every epoch, from 2.0000 to 0.5000");
    check(
        &one(&[2.0, 1.0, 1.02, 0.5]),
        id,
        false,
        "rises in 1 of 3 (epoch 3), by at most 2.00 %; it does not jump",
    );
    check(
        &one(&[2.0, 1.0, 1.5, 0.5, 0.9]),
        id,
        false,
        "epochs 3 and 5), by at most 80.00 %; it jumps 2 times",
    );
    check(&one(&[2.0]), id, false, "cannot be seen from one epoch");
}

#[test]
fn two_curves_beside_each_other() {
    let a = model("a", &[2.0, 1.5, 1.0], two_classes(60, 60));
    let b = model("b", &[1.2, 0.9, 0.8, 0.7, 0.6], two_classes(80, 90));
    let both = pets(vec![a.clone(), b.clone()]);
    check(&both, "starts-lower", true, "b starts lower than a: training loss 1.2000 against 2.0000");
    check(
        &both,
        "equal-epochs",
        true,
        "after 3: training loss 1.0000 in a and 0.8000 in b; b is lower in each",
    );
    check(
        &both,
        "reaches-the-other's-end",
        true,
        "b needs 2 epochs to go below the training loss that a ends with",
    );
    check(&both, "accuracy-gap", true, "85.00 % of the test images right against 60.00 %, +25.00 points");
    check(&both, "class-gains", true, "dog (from 60.00 % to 90.00 %, +30.00 points) and cat (+20.00 points)");
    check(&both, "class-losses", false, "no class loses");
    check(&both, "hardest-class-of-both", true, "cat is the hardest class of a");

    let reversed = pets(vec![b, a]);
    check(&reversed, "starts-lower", false, "b starts lower than a");
    check(&reversed, "accuracy-gap", false, "−25.00 points");
    check(&reversed, "class-gains", false, "no class gains");
    check(&reversed, "class-losses", true, "2 classes lose, dog (−30.00 points) and cat (−20.00 points)");
}

#[test]
fn the_hardest_class_can_change() {
    let models = vec![model("a", &[1.0], two_classes(60, 80)), model("b", &[1.0], two_classes(90, 70))];
    check(&pets(models), "hardest-class-of-both", false, "changes: cat in a (60.00 %), dog in b (70.00 %)");
}

/// A model whose finished network has these losses in evaluation mode.
fn with_losses(name: &str, train: f64, test: f64, dropout: f64) -> ModelResults {
    let mut model = model(name, &[1.0, train], two_classes(80, 70));
    let evaluation = model.runs[0].evaluation.as_mut().unwrap();
    (evaluation.train_loss, evaluation.test_loss) = (train, Some(test));
    model.runs[0].epochs[1].test_loss = Some(test);
    model.layers = vec![LayerRow {
        name: String::new(),
        kind: "Dropout".into(),
        description: format!("Dropout(p={dropout})"),
        settings: vec![LayerSetting { name: "p".into(), value: LayerSettingValue::Number(dropout) }],
        part: LayerPart::Layer,
        depth: 0,
        output_shape: vec![8],
        parameters: 0,
        multiply_adds: 0,
    }];
    model
}

#[test]
fn dropout_is_a_layer_and_no_part_of_a_word() {
    let row =
        |kind: &str| LayerRow { kind: kind.into(), ..with_losses("m", 0.1, 0.2, 0.5).layers[0].clone() };
    assert_eq!(["Dropout", "Dropout2d"].map(|kind| row(kind).dropped()), [Some(0.5); 2]);
    // The probability of a sum is that of its whole block; of layers that nobody knows nothing is known.
    assert_eq!(["Add", "DropoutSchedule"].map(|kind| row(kind).dropped()), [None; 2]);
}

#[test]
fn overfitting_by_both_criteria() {
    let fine = pets(vec![with_losses("m", 0.18, 0.25, 0.0)]);
    check(&fine, "overfits", false, "test loss (0.2500) is 0.0700 above training loss (0.1800)");
    check(&fine, "losses-close", true, "close (within 0.1)");
    let over = pets(vec![with_losses("m", 0.05, 0.35, 0.0)]);
    check(&over, "overfits", true, "it overfits");
    check(&over, "losses-close", false, "not close (more than 0.1): by this sign it overfits");
    let under = pets(vec![with_losses("m", 0.9, 0.5, 0.5)]);
    check(&under, "overfits", false, "0.4000 below");
    check(&under, "losses-close", false, "on the side that is no overfitting");
}

#[test]
fn what_dropout_had_to_prevent() {
    let id = "dropout-had-nothing-to-prevent";
    let pair = |bare: f64, dropped: f64| {
        pets(vec![with_losses("a", 0.1, 0.1 + bare, 0.0), with_losses("b", 0.1, 0.1 + dropped, 0.5)])
    };
    check(&pair(0.02, 0.05), id, true, "a had no overfitting for dropout to prevent");
    check(&pair(0.3, 0.05), id, false, "a, without dropout, overfits, and b, with dropout 0.5, does not");
    check(&pair(0.3, 0.3), id, false, "both overfit");
    check(&pair(0.02, 0.3), id, true, "b does in spite of dropout 0.5");
    assert!(of(&pets(vec![with_losses("a", 0.1, 0.2, 0.5), with_losses("b", 0.1, 0.2, 0.5)]), id).is_empty());
}

#[test]
fn the_evaluation_loss_that_turns() {
    let mut turning = model("m", &[1.0, 0.5, 0.4], two_classes(80, 70));
    let id = "evaluation-loss-lowest-at-end";
    check(&pets(vec![turning.clone()]), id, true, "lowest in the last epoch (0.4100)");
    turning.runs[0].epochs[2].test_loss = Some(0.6);
    check(&pets(vec![turning]), id, false, "lowest in epoch 2 (0.5100) and ends 0.0900 above");
}

#[test]
fn converged_falling_flat_and_rising() {
    let one = |losses: &[f64]| pets(vec![model("m", losses, two_classes(80, 70))]);
    let falling: Vec<f64> = (0..20).map(|epoch| 2.0 - 0.09 * f64::from(epoch)).collect();
    check(
        &one(&falling),
        "converged",
        false,
        "still falling at the end: training loss fell by 38.30 % over the last 2",
    );
    let mut flat = vec![2.0, 1.0];
    flat.extend([0.5; 18]);
    check(
        &one(&flat),
        "converged",
        true,
        "converged: training loss fell by only 0.00 % over the last 2 epochs",
    );
    check(&one(&[2.0, 0.5, 0.6]), "converged", true, "no longer falling: training loss rose by 20.00 %");
    check(&one(&[2.3, 2.299]), "converged", false, "has not got going");
    assert!(of(&one(&[2.3]), "converged").is_empty(), "one epoch has no end to look at");
}

#[test]
fn overtaking_is_reckoned_or_tried() {
    let id = "more-epochs-overtake";
    let slow = model("slow", &[2.0, 1.8, 1.62], two_classes(50, 50));
    let ahead = |losses: &[f64]| model("fast", losses, two_classes(80, 90));
    let longer_ahead = ahead(&[1.0, 0.8, 0.6, 0.5, 0.4]);
    let two = pets(vec![slow.clone(), longer_ahead.clone()]);
    check(&two, id, false, "slow ends 1.2200 behind fast in evaluation loss");
    check(&two, id, false, "more than the 2 by which the other was trained longer");
    let near = pets(vec![slow.clone(), ahead(&[1.9, 1.8, 1.7, 1.6, 1.5])]);
    check(&near, id, true, "equal epochs might let it overtake");
    let equal = pets(vec![slow.clone(), ahead(&[1.0, 0.8, 0.6])]);
    check(&equal, id, false, "it was trained no shorter");
    let stuck = model("stuck", &[2.0, 2.0, 2.0], two_classes(50, 50));
    check(&pets(vec![stuck, longer_ahead.clone()]), id, false, "no longer falls");
    // 2.0 to 1.9999 an epoch: thousands of epochs behind, which nobody may take for a forecast.
    let crawling = model("crawling", &[2.0002, 2.0001, 2.0], two_classes(50, 50));
    let far = pets(vec![crawling, longer_ahead.clone()]);
    check(&far, id, false, "(0.0050 % an epoch), it would not get there within 10 times the 3 epochs it was");
    check(&far, id, false, "after 30 more it would still stand at");
    let names: Vec<String> = of(&far, id)[0].numbers.iter().map(|number| number.name.clone()).collect();
    assert!(!names.iter().any(|name| name.contains("epochs needed")), "{names:?}");

    let mut longer = model("slow-longer", &[2.0, 1.8, 1.62, 1.5, 1.4, 1.3], two_classes(60, 60));
    longer.settings = settings("slow", 6);
    assert!(same_recipe(&slow, &longer) && !same_recipe(&slow, &longer_ahead));
    let tried = pets(vec![slow.clone(), longer_ahead.clone(), longer.clone()]);
    check(
        &tried,
        id,
        false,
        "Training slow for 6 epochs instead of 3 (slow-longer) does not let it overtake fast",
    );
    for (row, loss) in longer.runs[0].epochs.iter_mut().zip([2.0, 1.0, 0.5, 0.3, 0.2, 0.1]) {
        row.test_loss = Some(loss);
    }
    let overtaken = pets(vec![slow, longer_ahead, longer]);
    let sentences: Vec<String> = of(&overtaken, id).into_iter().map(|finding| finding.sentence).collect();
    assert!(
        sentences.iter().any(|s| s.contains("fast ends")),
        "the leader is now the longer one: {sentences:?}"
    );
}

#[test]
fn published_figures_stand_beside_measured_ones() {
    let mut model = model("m", &[0.9, 0.8], two_classes(80, 70));
    model.published = Some(Published {
        source: "a paper".into(),
        accuracy: Some(0.7),
        training_loss: Some(0.75),
        evaluation_loss: Some(0.9),
        correct_of_class: vec![("dog".into(), 75), ("bird".into(), 3)],
        confusion: Some(two_classes(78, 71)),
    });
    let results = pets(vec![model]);
    check(&results, "published-accuracy", true, "accuracy 75.00 % measured, 70.00 % published, +5.00 points");
    check(&results, "published-training-loss", true, "0.8000 measured, 0.7500 published, +0.0500");
    check(&results, "published-evaluation-loss", true, "0.8100 measured, 0.9000 published, −0.0900");
    check(&results, "published-class", true, "70 of 100 images of dog right, 75 published, −5.00 points");
    assert_eq!(of(&results, "published-class").len(), 1, "a class the data set lacks is left out");
    check(&results, "published-matrix", false, "3 of 200 images (1.50 %)");
}

#[test]
fn several_seeds_speak_through_the_lowest() {
    let mut model = model("m", &[0.9, 0.8], two_classes(80, 70));
    model.runs[0].seed = 7;
    model.runs.push(run(3, &[0.7, 0.6], two_classes(90, 50)));
    assert_eq!(shown_run(&model).map(|run| run.seed), Some(3));
    let results = pets(vec![model.clone()]);
    check(&results, "hardest-class", true, "m (seed 3): dog is the hardest class, 50 of 100");
    check(&results, "basis", true, "m, seed 3");
    check(&results, "seed-spread", true, "seeds 3 and 7) accuracy lies between 70.00 % and 75.00 %");

    // A diverged run is named, and the lowest seed that was tested speaks.
    model.runs[1].status = RunStatus::Diverged { epoch: 2, step: 5 };
    model.runs[1].evaluation = None;
    let results = pets(vec![model]);
    check(&results, "diverged", true, "m, seed 3: the training diverged; in epoch 2, step 5");
    check(&results, "hardest-class", true, "m (seed 7)");
}

#[test]
fn differences_name_the_confounded_settings() {
    let a = model("a", &[1.0, 0.9], two_classes(80, 70));
    let mut b = model("b", &[1.0, 0.9], two_classes(80, 70));
    b.settings = settings("b", 9);
    check(
        &pets(vec![a.clone(), b.clone()]),
        "differences",
        true,
        "2 settings at once: optimizer (SGD (momentum 0.515625) and SGD (momentum 0.53125)) and epochs (2 and 9)",
    );
    b.settings = settings("a", 9);
    check(&pets(vec![a.clone(), b]), "differences", true, "differ in one setting: epochs (2 and 9)");
    check(&pets(vec![a.clone(), a]), "differences", false, "set alike");
}

/// The words of both are `a 1, b 1, c 1, d 1, e 1, and 1 more`.
#[test]
fn models_that_differ_in_what_words_leave_out_are_not_set_alike() {
    let with = |name: &str, last: f64| {
        let named = ["a", "b", "c", "d", "e"].map(|class| (class.to_string(), 1.0));
        let weights = named.into_iter().chain([("f".to_string(), last)]).collect();
        let recipe = Recipe { class_weights: ClassWeights::Named(weights), ..Recipe::default() };
        ModelResults { settings: settings_of(name, recipe), ..model(name, &[1.0, 0.9], two_classes(80, 70)) }
    };
    check(
        &pets(vec![with("a", 0.5), with("b", 2.0)]),
        "differences",
        true,
        "a and b differ in one setting: class weights ({ \"a\" = 1.0, \"b\" = 1.0, \"c\" = 1.0, \"d\" = 1.0, \
         \"e\" = 1.0, \"f\" = 0.5 } and { \"a\" = 1.0,",
    );
    check(&pets(vec![with("a", 0.5), with("b", 0.5)]), "differences", false, "set alike");
}

/// Nothing that results can hold makes a sentence panic or speak of NaN.
#[test]
fn every_sentence_survives_awkward_results() {
    let whole = || model("m", &[0.9, 0.8, 0.7], two_classes(80, 70));
    let changed = |change: &dyn Fn(&mut ModelResults)| {
        let mut model = whole();
        change(&mut model);
        model
    };
    let models = [
        changed(&|m| m.runs.clear()),
        changed(&|m| m.runs[0].epochs.clear()),
        changed(&|m| m.runs[0].evaluation = None),
        changed(&|m| m.runs[0].epochs.truncate(1)),
        changed(&|m| m.runs[0].epochs[1].train_loss = f64::NAN),
        changed(&|m| m.runs[0].epochs[0].test_loss = Some(f64::INFINITY)),
        changed(&|m| {
            m.runs[0].epochs.iter_mut().for_each(|row| (row.train_loss, row.test_loss) = (0.0, Some(0.0)))
        }),
        changed(&|m| m.runs[0].status = RunStatus::Unfinished),
        changed(&|m| m.runs[0].evaluation.as_mut().unwrap().test_loss = Some(f64::NAN)),
        changed(&|m| m.runs[0].epochs.iter_mut().for_each(|row| row.test_loss = None)),
        changed(&|m| m.runs[0].evaluation.as_mut().unwrap().test_loss = None),
        changed(&|m| m.runs[0].evaluation.as_mut().unwrap().confusion = matrix(&[])),
        changed(&|m| m.runs[0].evaluation.as_mut().unwrap().confusion = matrix(&[vec![0, 0], vec![0, 0]])),
        changed(&|m| m.runs[0].evaluation.as_mut().unwrap().confusion = matrix(&vec![vec![1, 2, 3]; 3])),
        changed(&|m| m.runs[0].evaluation.as_mut().unwrap().confusion = matrix(&[vec![5, 1], vec![0, 0]])),
        changed(&|m| {
            m.published = Some(Published { confusion: Some(vec![vec![1]]), ..Published::default() })
        }),
        whole(),
    ];
    let mut studies = vec![pets(Vec::new()), study(models.to_vec(), &[]), pets(models.to_vec())];
    for first in &models {
        studies.extend(models.iter().map(|second| pets(vec![first.clone(), second.clone()])));
    }
    for results in studies {
        for finding in findings(&results) {
            let bad = ["NaN", "inf ", "inf.", "inf,"].iter().any(|text| finding.sentence.contains(text));
            assert!(!bad && !finding.sentence.is_empty(), "{}: {}", finding.id, finding.sentence);
        }
    }
}
