//! Several models at a time, of different shapes: each under its own name, and nobody is answered by another.

use serde_json::{Value, json};
use toile::data::Dataset;
use toile::{Model, Recipe, layers, layers::*};

use super::place::{IMAGE, Place, Said, data, model, options, picture, tensor};

/// 3 channels, 4 rows, 5 columns.
const COLOURED: usize = 60;

fn pixels() -> Vec<u8> {
    (0..20 * COLOURED as u32).map(|i| (i * i * 29 % 253) as u8).collect()
}

/// A model of coloured images and two classes.
fn coloured() -> Model {
    let labels = (0..20).map(|image| image % 2).collect();
    let data = Dataset::new([3, 4, 5], pixels(), labels, ["x", "y"].map(str::to_owned).to_vec());
    let layers = layers![Flatten, Linear::new(2), LogSoftmax];
    let recipe = Recipe { layers, epochs: 1, batch_size: 4, ..Recipe::default() };
    toile::train(&recipe, &data, 4).unwrap()
}

/// A server of `model`, version 0, and `other`, version 4.
fn place() -> Place {
    Place::of_named(options(), &[("model", model(0)), ("other", coloured())])
}

/// The route that a test asks.
fn post(place: &Place, path: &str, body: &[u8]) -> Said {
    place.ask("POST", path, "", body)
}

#[test]
fn the_home_is_a_list_of_their_pages() {
    let place = place();
    let home = place.get("/");
    assert_eq!((home.status, home.header("content-type")), (200, Some("text/html; charset=utf-8")));
    for (name, version) in [("model", 0), ("other", 4)] {
        let link = format!("<li><a href=\"/live/{name}\">{name}</a></li>");
        assert!(home.text().contains(&link), "{}", home.text());
        let page = place.get(&format!("/live/{name}"));
        let asks = format!("a page that asks /v2/models/{name}/versions/{version}/infer");
        assert!(page.text().contains(&asks), "{}", page.text());
    }
    let said = place.get("/live/third");
    assert_eq!(
        (said.status, said.error().contains("served are: model, other")),
        (404, true),
        "{}",
        said.text()
    );
}

#[test]
fn a_picture_has_to_say_whose_it_is() {
    let place = place();
    let (grey, colours) = (&data().pixels[..IMAGE], &pixels()[..COLOURED]);
    let grey_picture = picture([3, 2], png::ColorType::Grayscale, grey);
    let picture = picture([5, 4], png::ColorType::Rgb, colours);
    let said = post(&place, "/predict", &picture);
    let words = "there are several models; send it to /predict/MODEL, of which there are: model, other";
    assert_eq!((said.status, &*said.error()), (400, words));
    for (name, version, picture, answer) in [
        ("model", "0", &grey_picture, model(0).predict(grey)),
        ("other", "4", &picture, coloured().predict(colours)),
    ] {
        let said = post(&place, &format!("/predict/{name}"), picture);
        assert_eq!(said.status, 200, "{}", said.text());
        let (said, answer) = (said.json(), &answer.unwrap()[0]);
        let who = [("model", name), ("version", version), ("class", &answer.name)];
        assert!(who.iter().all(|(key, value)| said[key] == *value), "{said}");
        let classes = said["probabilities"].as_object().unwrap();
        assert_eq!(classes.len(), answer.probabilities.len());
        for (found, expected) in classes.values().zip(&answer.probabilities) {
            assert_eq!(found.to_string(), serde_json::to_string(expected).unwrap(), "{said}");
        }
    }
}

#[test]
fn tensors_are_answered_by_the_model_that_is_named() {
    let place = place();
    let numbers = &pixels()[..COLOURED];
    let colours = format!(
        "{{\"inputs\":[{{\"name\":\"images\",\"datatype\":\"UINT8\",\"shape\":[1,4,5,3],\"data\":{numbers:?}}}]}}"
    );
    let grey = tensor(&data().pixels[..IMAGE]);
    let ask = |name: &str, body: &str| post(&place, &format!("/v2/models/{name}/infer"), body.as_bytes());
    assert_eq!(
        ask("model", &grey).probabilities(),
        model(0).predict(&data().pixels[..IMAGE]).unwrap()[0].probabilities
    );
    assert_eq!(ask("other", &colours).probabilities(), coloured().predict(numbers).unwrap()[0].probabilities);
    for said in [ask("model", &colours), ask("other", &grey)] {
        assert!(said.status == 400 && said.error().contains("shape"), "{} {}", said.status, said.text());
    }
    let said = post(&place, "/v2/models/other/versions/0/infer", colours.as_bytes());
    assert_eq!((said.status, said.error().contains("it has: 4")), (404, true), "{}", said.text());
}

#[test]
fn the_description_has_them_all() {
    let described = place().get("/openapi.json").json();
    let values = |name: &str| described["components"]["parameters"][name]["schema"]["enum"].clone();
    assert_eq!((values("model"), values("version")), (json!(["model", "other"]), json!(["0", "4"])));
    let shapes: Vec<&Value> = described["components"]["schemas"]["Input"]["anyOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| &input["properties"]["shape"]["prefixItems"][1]["const"])
        .collect();
    // Rows of bytes and channels of values, of the one and of the other.
    assert_eq!(shapes, [&json!(2), &json!(1), &json!(4), &json!(3)]);
}

/// Whatever is asked, with names of all kinds: the status is among those that the description has of the route.
#[test]
fn no_route_answers_what_it_is_not_described_to() {
    let place = place();
    let described = place.get("/openapi.json").json();
    let mut seen = std::collections::BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (model, version) in
            [("model", "0"), ("%ff", "0"), ("model", "%ff"), ("nobody", "0"), ("other", "9")]
        {
            let asked = path.replace("{model}", model).replace("{version}", version);
            for method in ["get", "post", "delete"] {
                let said = place.ask(&method.to_uppercase(), &asked, "", b"");
                let operation = methods
                    .get(method)
                    .unwrap_or_else(|| methods.as_object().unwrap().values().next().unwrap());
                let statuses = &operation["responses"];
                assert!(statuses.get(said.status.to_string()).is_some(), "{method} {asked}: {}", said.status);
                seen.insert(said.status);
            }
        }
    }
    assert_eq!(seen, [200, 400, 404, 405].into());
}
