//! `report.html` with what is beside it.

mod evidence;
mod extremes;
mod many_models;
mod size;
mod structure;
mod unlike;
mod with_evidence;

use toile_cli::report::files;
use toile_study::conduct::StudyView;
use toile_study::evidence::Evidence;
use toile_study::results::{LayerRow, ModelSettings, Receipt, RunStatus, StudyResults};

use crate::golden::{check, plausible_receipts, plausible_results};
use crate::outline;

/// The page of a study without evidence or data.
fn render(
    results: &StudyResults,
    receipts: &[(String, u64, Receipt)],
    resolved: &[(String, String)],
) -> String {
    let evidence = Evidence::default();
    let view = StudyView { results, receipts, evidence: &evidence, test: None, between_epochs: false };
    evidence::html_of(&files(view, resolved, None, &[]))
}

fn resolved() -> Vec<(String, String)> {
    let text = "name = \"baseline-vs-better\"\n\n[model.baseline]\nepochs = 20\n";
    vec![("baseline".into(), text.into())]
}

#[test]
fn report_of_the_plausible_study() {
    let html = render(&plausible_results(), &plausible_receipts(), &resolved());
    check("report.txt", &outline::of_page(&html));
}

fn layer(kind: &str, description: &str, depth: usize, shape: &[usize], costs: (usize, usize)) -> LayerRow {
    LayerRow {
        name: if costs.0 > 0 { kind.to_lowercase() } else { String::new() },
        kind: kind.into(),
        description: description.into(),
        settings: vec![],
        part: toile_study::results::LayerPart::Layer,
        depth,
        output_shape: shape.to_vec(),
        parameters: costs.0,
        multiply_adds: costs.1,
    }
}

/// Two residual blocks, one in the other's neighbourhood, the second with a projection and a block inside.
fn residual_layers() -> Vec<LayerRow> {
    let (wide, narrow) = ([16, 28, 28], [32, 14, 14]);
    let convolution =
        |depth, shape: &[usize], costs| layer("Conv2d", "Conv2d(.., kernel_size=3)", depth, shape, costs);
    let norm =
        |depth, shape: &[usize], costs| layer("BatchNorm2d", "BatchNorm2d(..)", depth, shape, (costs, 0));
    let relu = |depth, shape: &[usize]| layer("ReLU", "ReLU()", depth, shape, (0, 0));
    let add = |depth, shape: &[usize]| layer("Add", "Add()", depth, shape, (0, 0));
    vec![
        convolution(0, &wide, (144, 112_896)),
        norm(0, &wide, 32),
        relu(0, &wide),
        convolution(1, &wide, (2_304, 1_806_336)),
        norm(1, &wide, 32),
        relu(1, &wide),
        convolution(1, &wide, (2_304, 1_806_336)),
        norm(1, &wide, 32),
        add(1, &wide),
        relu(0, &wide),
        convolution(1, &narrow, (4_608, 903_168)),
        norm(1, &narrow, 64),
        layer("GELU", "GELU()", 1, &narrow, (0, 0)),
        convolution(2, &narrow, (9_216, 1_806_336)),
        norm(2, &narrow, 64),
        add(2, &narrow),
        layer("Dropout2d", "Dropout2d(p=0.1)", 1, &narrow, (0, 0)),
        layer("Conv2d", "Conv2d(16, 32, kernel_size=1, stride=2, bias=False)", 0, &narrow, (512, 100_352)),
        add(1, &narrow),
        relu(0, &narrow),
        layer("AdaptiveAvgPool2d", "AdaptiveAvgPool2d((1, 1))", 0, &[32, 1, 1], (0, 0)),
        layer("Flatten", "Flatten()", 0, &[32], (0, 0)),
        layer("Linear", "Linear(32, 10)", 0, &[10], (330, 320)),
        layer("LogSoftmax", "LogSoftmax(dim=1)", 0, &[10], (0, 0)),
    ]
}

/// A third model under way, a validation split, a diverged run, and names that HTML could trip over.
fn awkward_results() -> StudyResults {
    let mut results = plausible_results();
    results.title = String::new();
    results.study = "<script>alert(1)</script> & \"quotes\"".into();
    results.dataset.validation_images = 6_000;
    results.dataset.class_names[1] = "<b>Trouser</b>".into();
    let mut third = results.models[1].clone();
    third.name = "a residual network with a long name".into();
    third.published = None;
    third.layers = residual_layers();
    third.runs[0].status = RunStatus::Unfinished;
    third.runs[0].evaluation = None;
    third.runs[0].epochs.truncate(11);
    for row in &mut third.runs[0].epochs {
        row.train_loss *= 1.4;
        row.validation_loss = row.test_loss.map(|loss| loss * 1.3);
        row.validation_accuracy = row.test_accuracy.map(|accuracy| accuracy - 0.03);
        row.test_loss = row.test_loss.map(|loss| loss * 1.2);
    }
    results.models.push(third);
    results.models[0].runs[0].status = RunStatus::Diverged { epoch: 20, step: 3 };
    results.models[0].runs[0].evaluation = None;
    results.models[0].runs[0].epochs[19].train_loss = f64::NAN;
    results.models[0].runs[0].epochs[19].test_loss = Some(f64::INFINITY);
    results
}

#[test]
fn report_of_a_study_under_way() {
    let html = render(&awkward_results(), &[], &[]);
    check("report-under-way.txt", &outline::of_page(&html));
    assert!(html.contains("Not all runs are finished."), "the status is shown");
    assert!(!html.contains("<script>alert") && !html.contains("<b>Trouser"), "names are escaped");
    let drawn = html.split("<script").next().unwrap();
    assert!(
        !drawn.contains("NaN") && !drawn.contains(">inf") && !drawn.contains("\"inf"),
        "values that are not finite reach no coordinate"
    );
}

#[test]
fn the_report_asks_nothing_of_the_network() {
    for html in [
        render(&plausible_results(), &plausible_receipts(), &resolved()),
        render(&awkward_results(), &[], &[]),
        evidence::everything().html(),
    ] {
        let html = html.replace("url(data:image/png;base64,", "");
        for forbidden in ["http://", "https://", "src=", "@import", "url(", "<link", "fetch(", "XMLHttp"] {
            assert!(!html.contains(forbidden), "{forbidden} in the report");
        }
        assert!(html.contains("Content-Security-Policy"));
    }
}

#[test]
fn a_report_of_nothing() {
    let mut results = plausible_results();
    for model in &mut results.models {
        model.runs.clear();
    }
    let html = render(&results, &[], &[]);
    assert!(html.contains("not started") && html.contains("No epoch is done yet."));
    results.models.clear();
    results.dataset.class_names.clear();
    assert!(render(&results, &[], &[]).contains("0 models"));
}

/// Lets a model be asked for so many epochs.
pub(crate) fn set_epochs(settings: &mut ModelSettings, epochs: u32) {
    // As results say it: as a number, and in the setting.
    let mut written = serde_json::to_value(&*settings).unwrap();
    written["epochs"] = epochs.into();
    let recipe = written["recipe"].as_array_mut().unwrap();
    for setting in recipe.iter_mut().filter(|setting| setting["key"] == "epochs") {
        (setting["text"], setting["words"]) = (epochs.to_string().into(), epochs.to_string().into());
    }
    *settings = serde_json::from_value(written).unwrap();
}

#[test]
fn one_epoch_is_enough() {
    let mut results = plausible_results();
    for model in &mut results.models {
        set_epochs(&mut model.settings, 1);
        model.runs[0].epochs.truncate(1);
    }
    let html = render(&results, &[], &[]);
    assert!(html.contains("cannot be seen from one epoch") && !html.contains("NaN"));
}

/// Under way, without a test yet: some sections have nothing to show.
fn not_tested() -> StudyResults {
    let mut results = plausible_results();
    for run in results.models.iter_mut().flat_map(|model| &mut model.runs) {
        (run.status, run.evaluation) = (RunStatus::Unfinished, None);
    }
    results
}
