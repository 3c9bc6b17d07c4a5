//! Answers are those of the library, to the bit, in any company and in either form.

use std::io::Write as _;
use std::thread;

use super::place::{IMAGE, Place, Said, data, model, options, request, tensor};

#[test]
fn an_image_has_the_same_bits_alone_and_in_company() {
    let (place, pixels) = (Place::new(options()), data().pixels);
    let expected: Vec<f32> =
        model(0).predict(&pixels).unwrap().into_iter().flat_map(|found| found.probabilities).collect();
    let said = place.infer(&tensor(&pixels));
    assert_eq!((said.status, said.probabilities()), (200, expected.clone()), "{}", said.text());
    // Many clients at a time, each with images of its own.
    thread::scope(|scope| {
        for client in 0..8 {
            let (place, pixels, expected) = (&place, &pixels, &expected);
            scope.spawn(move || {
                let mut stream = place.connect();
                for round in 0..20 {
                    let image = (client * 5 + round * 7) % 39;
                    let two = &pixels[image * IMAGE..(image + 2) * IMAGE];
                    let asked = request("/v2/models/model/infer", &tensor(two));
                    stream.write_all(asked.as_bytes()).unwrap();
                    let said = Said::next(&mut stream);
                    assert_eq!(said.probabilities(), expected[image * 3..(image + 2) * 3], "{}", said.text());
                }
            });
        }
    });
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let (place, pixels) = (Place::new(options()), data().pixels);
    let mut stream = place.connect();
    let requests: String =
        pixels.chunks(IMAGE).map(|image| request("/v2/models/model/infer", &tensor(image))).collect();
    stream.write_all(requests.as_bytes()).unwrap();
    for image in pixels.chunks(IMAGE) {
        let expected = &model(0).predict(image).unwrap()[0].probabilities;
        assert_eq!(Said::next(&mut stream).probabilities(), *expected);
    }
}

#[test]
fn a_version_is_a_seed_and_the_lowest_answers_for_all() {
    let (place, pixels) = (Place::of(options(), &[7, 2]), data().pixels);
    let image = &pixels[..IMAGE];
    let of = |seed| model(seed).predict(image).unwrap()[0].probabilities.clone();
    let ask = |path: &str| place.ask("POST", path, "", tensor(image).as_bytes());
    let said = ask("/v2/models/model/infer");
    assert_eq!((said.probabilities(), &said.json()["model_version"]), (of(2), &"2".into()));
    let said = ask("/v2/models/model/versions/7/infer");
    assert_eq!((said.probabilities(), &said.json()["model_version"]), (of(7), &"7".into()));
    assert_ne!(of(2), of(7));
    let said = ask("/v2/models/model/versions/3/infer");
    assert_eq!((said.status, said.error().contains("it has: 2, 7")), (404, true), "{}", said.text());
}

#[test]
fn values_that_are_normalized_already_give_the_bits_of_the_bytes() {
    let (place, model) = (Place::new(options()), model(0));
    let image = &data().pixels[..IMAGE];
    let values: Vec<f32> = normalized(&model, image);
    let body = format!(
        "{{\"inputs\":[{{\"name\":\"normalized\",\"datatype\":\"FP32\",\"shape\":[1,1,2,3],\"data\":{values:?}}}]}}"
    );
    let said = place.infer(&body);
    assert_eq!(said.status, 200, "{}", said.text());
    assert_eq!(said.probabilities(), model.predict(image).unwrap()[0].probabilities);
}

#[test]
fn values_without_an_answer_are_refused_and_harm_nobody_else() {
    let (place, model) = (Place::new(options()), model(0));
    let image = &data().pixels[..IMAGE];
    let good = normalized(&model, image);
    let ask = |values: &[f32]| {
        let images = values.len() / IMAGE;
        let head = format!("\"name\":\"normalized\",\"datatype\":\"FP32\",\"shape\":[{images},1,2,3]");
        place.infer(&format!("{{\"inputs\":[{{{head},\"data\":{values:?}}}]}}"))
    };
    // Some signs go with those of the weights, so that what is added up has no end.
    let signs = |bits: usize| (0..IMAGE).map(move |i| if bits >> i & 1 == 0 { f32::MAX } else { -f32::MAX });
    let refused = (0..64).find_map(|bits| {
        let said = ask(&good.iter().copied().chain(signs(bits)).collect::<Vec<_>>());
        assert!(!said.text().contains("null"), "{}", said.text());
        (said.status == 400).then_some(said)
    });
    let said = refused.expect("nothing was too large");
    let words = "inputs[0]: image 1: its values are too large for the network; send them normalized";
    assert!(said.error().starts_with(words), "{}", said.text());
    assert_eq!(ask(&good).probabilities(), model.predict(image).unwrap()[0].probabilities);
}

/// What the network sees of an image of one channel.
fn normalized(model: &toile::Model, image: &[u8]) -> Vec<f32> {
    let toile::Normalization::Fixed(scale) = &model.recipe().normalization else { panic!("by the data set") };
    let mut values = vec![0.0; image.len()];
    scale.normalizer().unwrap().apply(image, &mut values);
    values
}
