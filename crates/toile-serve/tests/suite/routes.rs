//! What is answered where, beside tensors.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use toile_study::trained;

use super::place::{IMAGE, Place, Said, data, model, options, picture};

/// A grey PNG of the network's size.
fn png(pixels: &[u8]) -> Vec<u8> {
    picture([3, 2], png::ColorType::Grayscale, pixels)
}

fn form(parts: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(
            b"--xyz\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n",
        );
        body.extend_from_slice(part);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--xyz--\r\n");
    body
}

const FORM: &str = "content-type: multipart/form-data; boundary=xyz\r\n";

#[test]
fn a_picture_is_predicted_as_the_library_predicts_it() {
    let (place, data) = (Place::new(options()), data());
    for image in data.pixels.chunks(IMAGE).take(8) {
        let expected = &model(0).predict(image).unwrap()[0];
        let picture = png(image);
        for said in [
            place.ask("POST", "/predict", "", &picture),
            place.ask("POST", "/predict/model", "content-type: image/png\r\n", &picture),
            place.ask("POST", "/predict/model/versions/0", FORM, &form(&[&picture])),
        ] {
            assert_eq!(said.status, 200, "{}", said.text());
            let json = said.json();
            assert_eq!(
                (&json["class"], &json["model"], &json["version"]),
                (&(*expected.name).into(), &"model".into(), &"0".into())
            );
            // A digit more or less would be another text.
            for (name, probability) in data.class_names.iter().zip(&expected.probabilities) {
                assert_eq!(
                    json["probabilities"][name].to_string(),
                    serde_json::to_string(probability).unwrap()
                );
            }
            assert_eq!(json["top"][0]["class"], json["class"]);
            assert_eq!(json["top"].as_array().unwrap().len(), 3);
        }
    }
}

#[test]
fn what_is_no_picture_is_refused_with_the_reason() {
    let place = Place::limited(|limits| limits.pixels = 1000);
    let larger = picture([1001, 1], png::ColorType::Grayscale, &[0; 1001]);
    let picture = png(&data().pixels[..IMAGE]);
    let several = form(&[&picture, &picture]);
    let cases: [(&str, &[u8], u16, &str); 10] = [
        ("", b"", 400, "the body is empty"),
        (
            "",
            b"no picture",
            400,
            "; pictures are PNG, JPEG, WebP, BMP, GIF or TIFF; send a file of one of these formats",
        ),
        (
            "",
            b"\x1f\x8bx",
            400,
            "this is gzip data; pictures are PNG, JPEG, WebP, BMP, GIF or TIFF; send a file of",
        ),
        (
            "",
            &picture[..picture.len() / 2],
            400,
            "this PNG file ends before its picture does; send a whole copy",
        ),
        ("", &larger, 413, "1001 x 1 pixels, and 1000 in all are the most; send a smaller version of it"),
        (FORM, &several, 400, "has several parts"),
        (FORM, b"--xyz--\r\n", 400, "has no part"),
        (FORM, &form(&[&picture])[..60], 400, "ends before the first part does"),
        (FORM, b"x", 400, "does not hold its boundary"),
        ("content-type: multipart/form-data\r\n", b"x", 400, "names no boundary"),
    ];
    for (headers, body, status, expected) in cases {
        let said = place.ask("POST", "/predict", headers, body);
        assert_eq!(said.status, status, "{expected}: {}", said.text());
        assert!(said.error().contains(expected), "{expected}: {}", said.text());
        assert!(!said.error().contains("remove it"), "nobody has it in a folder: {}", said.text());
    }
    assert!(place.ask("POST", "/predict/nobody", "", &picture).error().contains("served are: model"));
    place.is_well();
}

/// A request for a picture of so many rows and columns.
fn large(side: u32) -> Vec<u8> {
    let picture = picture([side, side], png::ColorType::Grayscale, &vec![7; (side * side) as usize]);
    let head = format!("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", picture.len());
    [head.as_bytes(), &picture].concat()
}

#[test]
fn who_sends_no_more_may_wait_for_the_answer() {
    let place = Place::new(options());
    // It takes a while, but less than somebody waits who may have gone.
    let asked = large(1000);
    for _ in 0..3 {
        let mut stream = place.connect();
        stream.write_all(&asked).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(Said::of(&answer).status, 200);
    }
}

#[test]
fn pictures_of_those_who_have_gone_hold_up_nobody() {
    let place = Place::new(options());
    let asked = large(4096);
    let began = Instant::now();
    let mut stream = place.connect();
    stream.write_all(&asked).unwrap();
    assert_eq!(Said::next(&mut stream).status, 200);
    let alone = began.elapsed();
    let gone: Vec<_> = (0..100).map(|_| place.connect()).collect();
    gone.iter().for_each(|mut stream| stream.write_all(&asked).unwrap());
    while place.metric("toile_decoding") < 50.0 {
        assert!(began.elapsed() < alone * 50, "they never waited");
    }
    drop(gone);
    let began = Instant::now();
    stream.write_all(&asked).unwrap();
    assert_eq!(Said::next(&mut stream).status, 200);
    // Two are decoded at a time: those that were begun before it was known, which is a quarter of a second after a client has
    // closed its half, and then this one. All of them would take fifty times as long as one.
    let known = Duration::from_millis(250);
    assert!(began.elapsed() < known + alone * 10, "{:?} instead of {alone:?}", began.elapsed());
}

#[test]
fn every_route_answers_with_its_type() {
    let place = Place::new(options());
    for (path, kind, part) in [
        ("/v2", "application/json", "toile"),
        ("/v2/health/live", "application/json", "live"),
        ("/v2/health/ready", "application/json", "ready"),
        ("/v2/models/model", "application/json", "probabilities"),
        ("/v2/models/model/ready", "application/json", "true"),
        ("/v2/models/model/versions/0", "application/json", "probabilities"),
        ("/v2/models/model/versions/0/ready", "application/json", "true"),
        ("/", "text/html; charset=utf-8", "a page that asks /v2/models/model/versions/0/infer"),
        ("/live/model", "text/html; charset=utf-8", "a page"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8", "toile_requests_total"),
        ("/openapi.json", "application/json", "openapi"),
    ] {
        let said = place.get(path);
        assert_eq!((said.status, said.header("content-type")), (200, Some(kind)), "{path}");
        assert!(said.text().contains(part), "{path}: {}", said.text());
    }
    for (method, path, status, part) in [
        ("GET", "/v3", 404, "nothing is at /v3"),
        ("GET", "/../../etc/passwd", 404, "nothing is at"),
        ("GET", "/live/..%2f..%2fetc%2fpasswd", 404, "no model is called"),
        ("GET", "/v2/models/nobody", 404, "served are: model"),
        ("GET", "/v2/models/model/versions/9", 404, "it has: 0"),
        ("GET", "/v2/models/%ff", 400, "not UTF-8"),
        ("GET", "/v2/models/%ff/ready", 400, "not UTF-8"),
        ("GET", "/v2/models/model/versions/%ff", 400, "not UTF-8"),
        ("GET", "/live/%ff", 400, "not UTF-8"),
        ("POST", "/predict/%ff", 400, "not UTF-8"),
        ("POST", "/v2/models/%ff/infer", 400, "not UTF-8"),
        ("GET", "/predict", 405, "takes no GET"),
        ("DELETE", "/v2/models/model", 405, "takes no DELETE"),
    ] {
        let said = place.ask(method, path, "", b"");
        assert_eq!(said.status, status, "{path}: {}", said.text());
        assert!(part.is_empty() || said.error().contains(part), "{path}: {}", said.text());
    }
    let metrics = place.get("/metrics").text();
    for (route, count) in [("metadata", 3), ("page", 1), ("predict", 1), ("infer", 1)] {
        let line = format!("\ntoile_requests_total{{route=\"{route}\",status=\"400\"}} {count}\n");
        assert!(metrics.contains(&line), "{route}: {metrics}");
    }
    assert!(place.get("/predict").header("allow").is_some_and(|allow| allow.contains("post")));
}

#[test]
fn seeds_of_one_model_have_the_page_of_the_lowest() {
    let place = Place::of(options(), &[0, 1]);
    assert!(place.get("/").text().contains("a page"));
    assert_eq!(place.get("/v2/models/model").json()["versions"], serde_json::json!(["0", "1"]));
}

#[test]
fn a_page_is_that_of_the_network_that_answers_and_is_kept_once_there_is_one() {
    let (asked, made) = (Arc::<Mutex<String>>::default(), Arc::<AtomicUsize>::default());
    let mut options = options();
    let (heard, count) = (Arc::clone(&asked), Arc::clone(&made));
    options.page = Arc::new(move |_, _, weights| {
        weights.clone_into(&mut heard.lock().unwrap());
        match count.fetch_add(1, Relaxed) {
            0 => Err("the disk is away".into()),
            _ => Ok("a page".into()),
        }
    });
    let place = Place::new(options);
    let loaded = trained::read(&place.weights).unwrap().weights_sha256();
    model(5).save(&place.weights).unwrap();
    let said = place.get("/");
    assert_eq!((said.status, said.error().contains("the disk is away")), (404, true), "{}", said.text());
    assert_eq!(*asked.lock().unwrap(), loaded, "not of what lies there now");
    for _ in 0..2 {
        assert_eq!(place.get("/").status, 200);
    }
    assert_eq!(made.load(Relaxed), 2);
}
