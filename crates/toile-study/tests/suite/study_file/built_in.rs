//! The studies that are part of the program.

use std::path::Path;

use toile_data::catalog;
use toile_data::source::DataSource;
use toile_nn::description::Shape;
use toile_study::draft::{Target, adapt};
use toile_study::recipe::Normalization;
use toile_study::results::ModelSettings;
use toile_study::study::{Model, Study};
use toile_study::study_file::{BUILT_IN, Source, load};

use crate::bound::parse;

fn parameters(model: &Model) -> usize {
    let data = catalog::find(&model.recipe.dataset).unwrap();
    model.recipe.network(data.image_shape, data.class_names.len()).unwrap().parameter_count()
}

fn built_in(name: &str) -> Study {
    load(name).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_built_in_study_has_the_models_and_parameters_it_should() {
    let expected: &[(&str, &[(&str, usize)])] = &[
        (
            "baseline-vs-better",
            &[
                ("baseline", 643_082),
                ("better", 643_082),
                ("baseline-40", 643_082),
                ("baseline-tuned", 643_082),
            ],
        ),
        ("quick", &[("baseline", 38_826), ("better", 38_826)]),
        ("ignite", &[("ignite", 1_475_338)]),
        ("mnist-tutorial", &[("mnist-tutorial", 28_938)]),
        ("alexnet-small", &[("alexnet-small", 743_370)]),
        (
            "small-nets",
            &[
                ("resnet", 170_106),
                ("depthwise-separable", 136_202),
                ("inverted-residual", 81_098),
                ("squeeze-excitation", 128_602),
                ("convnext", 155_730),
            ],
        ),
        ("precision", &[("f32", 307_690), ("bf16", 307_690)]),
        ("frontier-5", &[("recipe", 292_306), ("minute", 292_306), ("minute-plain", 292_916)]),
        ("frontier-20", &[("recipe", 565_266)]),
    ];
    let found: Vec<_> = BUILT_IN
        .iter()
        .map(|entry| {
            let study = built_in(entry.name);
            assert_eq!(study.name, entry.name);
            assert!(!study.title.is_empty(), "{} has no title", entry.name);
            let models = study.models.iter();
            let models: Vec<_> = models.map(|m| (m.name.clone(), parameters(m))).collect();
            (entry.name, models)
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, models)| (*name, models.iter().map(|(m, n)| (m.to_string(), *n)).collect::<Vec<_>>()))
        .collect();
    assert_eq!(found, expected);
}

/// As `--dataset` has them: on digits of the same shape, and on photographs, whose three channels the first convolution
/// whitens with the same number of filters.
#[test]
fn the_frontier_fits_other_data() {
    let grey = [26, 13, 6, 3, 1];
    let colour = [30, 15, 7, 3, 1];
    for (word, heights, models) in [
        ("mnist", grey, [("recipe", 292_306), ("minute", 292_306), ("minute-plain", 292_916)]),
        ("cifar-10", colour, [("recipe", 292_306), ("minute", 292_306), ("minute-plain", 293_240)]),
    ] {
        fits("frontier-5", word, heights, &models);
    }
    fits("frontier-20", "mnist", grey, &[("recipe", 565_266)]);
    fits("frontier-20", "cifar-10", colour, &[("recipe", 565_266)]);
}

/// Checks the models of a built-in study on a data set of the catalogue: their parameters, and the rows of their images from
/// the first convolution on.
#[track_caller]
fn fits(study: &str, word: &str, heights: [usize; 5], models: &[(&str, usize)]) {
    let entry = BUILT_IN.iter().find(|entry| entry.name == study).unwrap();
    let (data, source) = (catalog::find(word).unwrap().info(), DataSource::named(word));
    let name = format!("{study}-{word}");
    let target = Target { name: &name, file: study, data: Some((&source, &data)) };
    let bound = Source::new(adapt(entry.source, study, target), study).study();
    let bound = bound.unwrap_or_else(|error| panic!("{study} on {word}: {error}"));
    assert_eq!((&bound.name, &bound.data), (&name, &data));
    let found: Vec<_> = bound.models.iter().map(|model| (&model.name[..], parameters(model))).collect();
    assert_eq!(found, models, "{study} on {word}");
    for model in &bound.models {
        assert_eq!(model.recipe.normalization, Normalization::Dataset);
        let network = model.recipe.network(data.image_shape, data.class_names.len()).unwrap();
        let rows = network.nodes.iter().filter_map(|node| match node.place.output_shape {
            Shape::Image { height, .. } => Some(height),
            Shape::Features { .. } => None,
        });
        let mut rows: Vec<usize> = rows.collect();
        rows.dedup();
        assert_eq!(rows, heights, "{study} on {word}: {}", model.name);
    }
}

#[test]
fn the_folder_studies_is_what_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../studies");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut names: Vec<String> = BUILT_IN.iter().map(|study| format!("{}.toml", study.name)).collect();
    names.sort();
    assert_eq!(files, names);
}

#[test]
fn the_source_study_differs_where_it_says() {
    let study = built_in("baseline-vs-better");
    assert_eq!(study.seeds, [0]);
    assert_eq!(study.validation(), None);
    let rows: Vec<_> = study
        .models
        .iter()
        .map(|m| {
            let s = ModelSettings::of(m);
            let variables: Vec<_> = s.variables.iter().map(|(k, v)| format!("{k}={v}")).collect();
            (
                &m.name[..],
                variables.join(" "),
                s.optimizer_name().to_string(),
                s.learning_rate(),
                s.epochs(),
                s.batch_size(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("baseline", "dropout=0".to_string(), "SGD".to_string(), 0.001, 20, 128),
            ("better", "dropout=0.5".to_string(), "Adam".to_string(), 0.0001, 40, 128),
            ("baseline-40", "dropout=0".to_string(), "SGD".to_string(), 0.001, 40, 128),
            ("baseline-tuned", "dropout=0".to_string(), "SGD".to_string(), 0.3, 20, 128),
        ]
    );
    let on_request: Vec<bool> = study.models.iter().map(|m| m.on_request).collect();
    assert_eq!(on_request, [false, false, true, true]);
}

/// The published figures agree with each other: rows are the true classes, so each sums to 1,000.
#[test]
fn the_published_matrix_has_rows_of_true_classes() {
    let study = built_in("baseline-vs-better");
    let published = study.models[0].published.as_ref().unwrap();
    let confusion = published.confusion.as_ref().unwrap();
    let sums: Vec<u64> = confusion.iter().map(|row| row.iter().sum()).collect();
    assert_eq!(sums, [1000; 10]);
    let right: u64 = (0..10).map(|class| confusion[class][class]).sum();
    assert_eq!(published.accuracy, Some(right as f64 / 10_000.0));
    assert_eq!(published.correct_of_class, [("Shirt".to_string(), confusion[6][6])]);
    // 331 coats called pullover, 192 pullovers called coat.
    assert_eq!((confusion[4][2], confusion[2][4]), (331, 192));
}

#[test]
fn a_file_wins_over_a_built_in_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quick");
    let ignite = BUILT_IN.iter().find(|study| study.name == "ignite").unwrap();
    std::fs::write(&path, ignite.source).unwrap();
    assert_eq!(load(path.to_str().unwrap()).unwrap().name, "ignite");
    // A folder of results that happens to have the name does not.
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let message = load(path.to_str().unwrap()).unwrap_err().to_string();
    assert!(message.ends_with("help: the built-in study `quick` works from any folder"), "{message}");
}

#[test]
fn a_study_that_is_not_there_is_told_what_there_is() {
    let check = |asked: &str, expected: &str| assert_eq!(load(asked).unwrap_err().to_string(), expected);
    check(
        "baseline-vs-beter",
        "there is no study file `baseline-vs-beter`, nor a built-in study of this name\n\
         help: the built-in study `baseline-vs-better` works from any folder",
    );
    check(
        "elsewhere/quick.toml",
        "there is no study file `elsewhere/quick.toml`, nor a built-in study of this name\n\
         help: the built-in study `quick` works from any folder",
    );
    check(
        "cifar.toml",
        "there is no study file `cifar.toml`, nor a built-in study of this name\n\
         help: give the path of a study file, or one of `baseline-vs-better`, `quick`, `ignite`, \
         `mnist-tutorial`, `alexnet-small`, `small-nets`, `precision`, `frontier-5` and `frontier-20`",
    );
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.toml");
    std::fs::write(&path, b"name = \"\xff\"").unwrap();
    let message = load(path.to_str().unwrap()).unwrap_err().to_string();
    assert!(
        message.starts_with("cannot read the study file ")
            && message.ends_with("it is no text: byte 9 is not UTF-8"),
        "{message}"
    );
}

#[test]
fn the_reference_page_has_an_example_that_parses() {
    let page = include_str!("../../../../../docs/study-file.md");
    let examples: Vec<&str> =
        page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let full: Vec<&&str> = examples.iter().filter(|example| example.starts_with("name = ")).collect();
    assert_eq!(full.len(), 1, "the page has one full example");
    if let Err(error) = parse(full[0], "docs/study-file.md") {
        panic!("{error}");
    }
}

#[test]
fn a_folder_is_no_study_file() {
    let error = load(env!("CARGO_MANIFEST_DIR")).unwrap_err().to_string();
    assert!(error.contains("is a folder, not a study file"), "{error}");
}
