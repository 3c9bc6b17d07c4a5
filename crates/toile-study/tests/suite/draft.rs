//! Drafted studies fit the data they are made for, whatever its shape.

use toile_data::DatasetInfo;
use toile_data::source::{DataSource, Location};
use toile_study::draft::{Subject, Target, TestImages, about, adapt, draft, name};
use toile_study::recipe::Validation;
use toile_study::study::Study;
use toile_study::study_file::{BUILT_IN, parse};

fn photos(shape: [usize; 3]) -> DataSource {
    let location = Location::Folders(vec!["../my photos".into()]);
    let size = Some([shape[1], shape[2]]);
    DataSource { channels: Some(shape[0]), image_size: size, ..DataSource::at(location, "photos") }
}

fn info(shape: [usize; 3], classes: usize, images: usize) -> DatasetInfo {
    DatasetInfo {
        name: "photos".to_owned(),
        image_shape: shape,
        class_names: (0..classes).map(|class| format!("class {class}")).collect(),
        train_images: images,
        validation_images: 0,
        test_images: images / 4 + 1,
    }
}

/// The text and the study, checked as a run checks it.
fn drafted(data: &DatasetInfo, change: impl FnOnce(&mut Subject<'_>)) -> (String, Study) {
    let source = photos(data.image_shape);
    let sizes = [data.train_images / data.class_names.len(); 2];
    let mut subject = Subject {
        name: "photos".to_owned(),
        file: "photos.toml".to_owned(),
        source: &source,
        data,
        class_sizes: sizes,
        is_binary: false,
        test_images: TestImages::Chosen,
        seeds: 3,
    };
    change(&mut subject);
    let text = draft(&subject);
    let parsed = parse(&text, "photos.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(parsed.study().source, source);
    let study = parsed.bind(data).unwrap_or_else(|error| panic!("{error}\n{text}"));
    (text, study)
}

#[test]
fn images_of_any_shape_and_number_have_a_study() {
    let shapes = [
        [1, 1, 1],
        [1, 2, 2],
        [3, 4, 4],
        [1, 8, 8],
        [3, 1, 40],
        [1, 28, 28],
        [3, 17, 40],
        [3, 32, 32],
        [3, 64, 64],
        [1, 256, 8],
        [3, 224, 224],
    ];
    for shape in shapes {
        for (classes, images) in [(2, 2), (2, 7), (3, 150), (10, 1437), (47, 60_000), (1000, 200_000)] {
            let data = info(shape, classes, images);
            let (text, study) = drafted(&data, |_| {});
            let names: Vec<&str> = study.models.iter().map(|model| model.name.as_str()).collect();
            assert_eq!(names, ["linear", "cnn"], "{text}");
            for model in &study.models {
                let network = model.recipe.network(shape, classes).expect("it was bound");
                network
                    .check_batch(model.recipe.batch_size)
                    .unwrap_or_else(|error| panic!("{error}\n{text}"));
                let steps = images.div_ceil(model.recipe.batch_size) * model.recipe.epochs as usize;
                assert!(steps >= 60 || images < 16, "{shape:?} {images}: {steps} steps teach nothing");
                let trained: usize = network.parameters.iter().filter(|p| p.trained()).map(|p| p.len()).sum();
                assert!(
                    model.name == "linear" || trained < 2_000_000,
                    "{shape:?} {classes}: {trained} weights"
                );
            }
            assert!(text.lines().all(|line| line.len() <= 130), "{text}");
        }
    }
}

#[test]
fn what_suits_the_images_is_set_and_what_does_not_is_left_out() {
    let draft_of = |shape, images| drafted(&info(shape, 10, images), |_| {});
    // Too few for a validation split; then a tenth; then the data set's own.
    assert_eq!(draft_of([1, 28, 28], 300).1.validation(), None);
    assert_eq!(draft_of([1, 28, 28], 3000).1.validation(), Some(Validation::Share(0.1)));
    let own = DatasetInfo { validation_images: 50, ..info([1, 28, 28], 10, 3000) };
    assert_eq!(drafted(&own, |_| {}).1.validation(), Some(Validation::Part));
    let unequal = drafted(&info([1, 28, 28], 10, 3000), |subject| subject.class_sizes = [5, 900]);
    assert_eq!(unequal.1.validation(), None);
    assert!(unequal.0.contains("The classes are unequal, 5 to 900"), "{}", unequal.0);

    let augmented = |text: &str| text.lines().find(|line| line.starts_with("augment")).map(str::to_owned);
    assert_eq!(augmented(&draft_of([1, 8, 8], 1000).0), None);
    assert_eq!(
        augmented(&draft_of([1, 28, 28], 1000).0).as_deref(),
        Some("augment = [{ RandomCrop = { padding = 3 } }]")
    );
    assert_eq!(
        augmented(&draft_of([3, 64, 64], 1000).0).as_deref(),
        Some("augment = [{ RandomCrop = { padding = 8 } }, \"RandomHorizontalFlip\"]")
    );
    let binary = drafted(&info([1, 28, 28], 10, 1000), |subject| subject.is_binary = true);
    assert_eq!(augmented(&binary.0), None);

    let many = draft_of([3, 32, 32], 50_000).1;
    let few = draft_of([3, 32, 32], 200).1;
    let [many, few] =
        [&many, &few].map(|study| (study.models[1].recipe.epochs, study.models[1].recipe.batch_size));
    assert_eq!((many, few), ((10, 128), (60, 32)));
    assert_eq!(draft_of([3, 32, 32], 200).1.seeds, [0, 1, 2]);
}

#[test]
fn the_file_says_where_the_images_are_and_which_are_tested() {
    let (text, _) = drafted(&info([3, 32, 32], 4, 100), |_| {});
    let dataset =
        "dataset = { folder = \"../my photos\", name = \"photos\", channels = 3, image_size = [32, 32] }";
    assert!(text.contains(dataset), "{text}");
    assert!(text.contains("# Of each class 20 % are tested on"), "{text}");
    assert!(text.contains("#     toile run photos.toml"), "{text}");
    let (text, _) = drafted(&info([3, 32, 32], 4, 100), |subject| subject.test_images = TestImages::Named);
    assert!(text.contains("# 100 images to train on and 26 to test on, as the data set has them."), "{text}");
    assert_eq!(about(&info([3, 32, 24], 4, 1000)), "1,251 colour images of 32 x 24 pixels in 4 classes");
}

#[test]
fn names_become_those_of_studies() {
    for (words, expected) in [
        ("photos", "photos"),
        ("my photos (2024)", "my-photos-2024"),
        ("_x.v2", "x.v2"),
        ("été", "t"),
        ("猫", "pictures"),
        ("", "pictures"),
        (&"x".repeat(99), &"x".repeat(60)),
    ] {
        assert_eq!(name(words), expected);
    }
}

#[test]
fn built_in_studies_are_turned_to_other_data() {
    let shape = [3, 32, 32];
    let (source, data) = (photos(shape), info(shape, 7, 2000));
    for study in BUILT_IN {
        let target = Target { name: "photos", file: "photos.toml", data: Some((&source, &data)) };
        let text = adapt(study.source, study.name, target);
        let parsed = parse(&text, "photos.toml").unwrap_or_else(|error| panic!("{}: {error}", study.name));
        let adapted = parsed.bind(&data).unwrap_or_else(|error| panic!("{}: {error}\n{text}", study.name));
        let before = parse(study.source, study.name).expect("it is built in");
        let models = |study: &Study| study.models.iter().map(|model| model.name.clone()).collect::<Vec<_>>();
        assert_eq!(models(&adapted), models(before.study()));
        assert_eq!((adapted.name.as_str(), &adapted.source), ("photos", &source));
        assert!(adapted.models.iter().all(|model| model.published.is_none()), "{text}");
        for (adapted, before) in adapted.models.iter().zip(&before.study().models) {
            assert_eq!(adapted.recipe.epochs, before.recipe.epochs);
            assert_eq!(adapted.recipe.optimizer, before.recipe.optimizer);
        }
        assert!(!text.contains(&format!("toile run {}", study.name)), "{text}");
    }
}

#[test]
fn a_copy_of_a_study_differs_in_its_name_alone() {
    for study in BUILT_IN {
        let target = Target { name: "mine", file: "mine.toml", data: None };
        let mut copy =
            parse(&adapt(study.source, study.name, target), "mine.toml").expect("a study").study().clone();
        let before = parse(study.source, study.name).expect("it is built in");
        assert_eq!(std::mem::replace(&mut copy.name, before.study().name.clone()), "mine");
        assert_eq!(&copy, before.study());
    }
}
