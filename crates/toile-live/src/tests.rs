//! A page as text: what is in it, how large it is, and that nothing in it can break it. What it does is tested in a
//! browser, in `toile-cli`.

use serde_json::Value;
use toile_nn::description::Layer;
use toile_nn::state::StateDict;
use toile_store::weights::About;
use toile_store::{ConfusionMatrix, Evaluation};
use toile_study::recipe::{ChannelScale, Normalization};
use toile_study::study::Study;
use toile_study::study_file;
use toile_study::trained::{self, Trained};
use toile_testing::Chance;

use super::*;

/// The first model of a study, on grey images of 28 by 28 pixels in ten classes, with weights at random.
fn untrained(study: &Study) -> Trained {
    let model = &study.models[0];
    let network = model.recipe.network([1, 28, 28], 10).expect("it fits");
    let mut chance = Chance::new(40, 0);
    let mut weights = StateDict::default();
    for parameter in &network.parameters {
        let bytes = chance.bytes(parameter.len());
        let values = bytes.iter().map(|&byte| (f32::from(byte) - 127.3) / 1024.0).collect();
        weights.push(parameter.name.clone(), parameter.shape.clone(), values);
    }
    let Normalization::Fixed(ChannelScale { mean, std }) = model.recipe.normalization.clone() else {
        panic!("the study states its normalization");
    };
    let about = About {
        study: study.name.clone(),
        dataset: "fashion-mnist".into(),
        model: model.name.clone(),
        seed: 0,
        epoch: 20,
        class_names: (0..10).map(|class| format!("class {class}")).collect(),
        image_shape: [1, 28, 28],
        mean,
        std,
        config: study_file::resolved(study, model),
        provenance: None,
        results: None,
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("last.safetensors");
    let mut bytes = Vec::new();
    toile_store::weights::write(&mut bytes, &about, &weights).expect("memory takes what is written");
    std::fs::write(&file, bytes).expect("it is written");
    trained::read(&file).expect("it is read back")
}

fn small() -> Trained {
    untrained(&wide(12))
}

fn wide(features: usize) -> Study {
    let source = format!(
        r#"
        name = "small"
        dataset = "fashion-mnist"
        normalization = {{ mean = [0.5], std = [0.5] }}
        [architecture.linear]
        layers = ["Flatten", {{ Linear = {{ out_features = {features} }} }}, "ReLU",
          {{ Linear = {{ out_features = 10 }} }}, "LogSoftmax"]
        [model.a]
        architecture = "linear"
        optimizer = {{ SGD = {{ lr = 0.1 }} }}
        epochs = 1
        batch_size = 8
        "#
    );
    study_file::parse(&source, "small.toml").expect("a study").study().clone()
}

/// What stands in an element of the page.
fn inside<'a>(page: &'a str, id: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("<script id=\"{id}\"")).expect("it is there");
    rest.split_once('>').and_then(|(_, rest)| rest.split_once("</script>")).expect("it ends").0
}

fn extras() -> Extras {
    let image = |(truth, predicted)| (truth, predicted);
    let confusion = ConfusionMatrix::of(10, [(0, 0), (0, 0), (1, 0), (2, 0), (2, 0), (3, 3)].map(image));
    let evaluation = Evaluation {
        weights: "last".into(),
        epoch: 20,
        train_loss: 0.5,
        train_accuracy: 0.5,
        validation_loss: None,
        validation_accuracy: None,
        test_loss: Some(0.5),
        test_accuracy: Some(0.5),
        confusion,
        test_accuracy_top5: None,
    };
    let examples = vec![Example { index: 7, label: 3, pixels: vec![9; 784] }];
    Extras { title: "Show it".into(), evaluation: Some(evaluation), examples, ..Extras::default() }
}

#[test]
fn the_script_knows_every_kind_of_layer() {
    let script = script::text(false);
    let kinds = Layer::NAMES.iter().filter(|name| **name != "Residual").chain(&["Add"]);
    let unknown: Vec<_> = kinds.filter(|kind| !script.contains(&format!("\n  {kind}: "))).collect();
    assert!(unknown.is_empty(), "LAYERS in js/layers.js lacks {unknown:?}");
}

#[test]
fn the_studys_page_is_small_and_a_larger_network_is_rounded() {
    let study = untrained(&study_file::load("baseline-vs-better").expect("it is built in"));
    assert_eq!(study.network.parameter_count(), 643_082);
    let text = page(&study, &extras()).unwrap();
    assert!(text.len() < 4_000_000 && text.contains("Weights in 32 bits"), "{} bytes", text.len());
    let large = untrained(&wide(1300));
    let text = page(&large, &extras()).unwrap();
    assert!(text.len() < 3_000_000 && text.contains("rounded to 16 bits"), "{} bytes", text.len());
    let data: Value = serde_json::from_str(inside(&text, "data")).unwrap();
    let halves: Vec<_> =
        data["network"]["nodes"].as_array().unwrap().iter().map(|n| &n["parameters"]).collect();
    assert_eq!((&halves[1][0]["half"], &halves[1][1]["half"]), (&true.into(), &false.into()), "{halves:?}");
}

#[test]
fn no_name_breaks_the_page() {
    let evil = "</script><b>\"'&<!--";
    let mut trained = small();
    trained.class_names[4] = evil.into();
    (trained.run.model, trained.study) = (evil.into(), evil.into());
    let text = page(&trained, &Extras { title: evil.into(), ..extras() }).unwrap();
    assert_eq!(text.matches("</script").count(), 4, "data, examples, weights and the script");
    assert!(!text.contains("<b>\"") && !text.contains("<!--"));
    let data: Value = serde_json::from_str(inside(&text, "data")).unwrap();
    assert_eq!(data["classes"][4], evil);
}

#[test]
fn a_page_asks_for_nothing_and_says_whose_it_is() {
    let (trained, extras) = (small(), extras());
    let text = page(&trained, &extras).unwrap();
    let (markup, _) = text.split_once("<script").unwrap();
    for asks in ["http:", "https:", " src=", "@import", "url("] {
        assert!(!markup.contains(asks), "{asks}");
    }
    let asks =
        |text: &str| ["fetch(", "XMLHttpRequest", "connect-src"].iter().any(|word| text.contains(word));
    assert!(!asks(&text));
    let served = page(&trained, &Extras { server: Some("/v2/models/small/infer".into()), ..extras.clone() });
    let served = served.unwrap();
    assert!(asks(&served) && served.contains("; connect-src 'self'\"") && served.contains("is sent to it"));
    assert!(!served.contains("stays with you") && text.contains("stays with you"));
    let measured = extras.evaluation.as_ref().unwrap();
    let own = mark(&trained.run, measured);
    assert_eq!(mark_in(&text[..HEAD_BYTES]), Some(own.as_str()));
    assert_ne!(own, mark(&trained.run, &Evaluation { epoch: 21, ..measured.clone() }));
    assert_eq!(mark_in("<html>"), None);
}

#[test]
fn what_it_was_right_about_is_told_by_what_it_says() {
    let text = page(&small(), &extras()).unwrap();
    let data: Value = serde_json::from_str(inside(&text, "data")).unwrap();
    assert_eq!(data["called"][0], serde_json::json!([5, 2, [[2, 2], [1, 1]]]));
    assert_eq!(data["called"][3], serde_json::json!([1, 1, []]));
    assert_eq!(data["called"][5], serde_json::json!([0, 0, []]));
    assert_eq!(data["ground"], "dark");
}

#[test]
fn what_does_not_fit_is_refused() {
    let example = |label, length| Example { index: 7, label, pixels: vec![0; length] };
    let with = |example| page(&small(), &Extras { examples: vec![example], ..extras() }).unwrap_err();
    assert_eq!(with(example(3, 783)), LiveError::ExamplePixels { index: 7, expected: 784, found: 783 });
    assert_eq!(with(example(10, 784)), LiveError::ExampleLabel { index: 7, label: 10 });
    let four = Trained { image_shape: [4, 28, 28], ..small() };
    assert_eq!(page(&four, &extras()).unwrap_err(), LiveError::Channels { channels: 4 });
}
