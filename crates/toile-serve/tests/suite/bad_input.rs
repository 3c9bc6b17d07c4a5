//! Whatever comes: 4xx with place and remedy, no panic, and the server answers afterwards.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use super::place::{IMAGE, Place, Said, data, options, request, tensor};

#[test]
fn requests_that_are_wrong_are_refused_with_the_place() {
    let place = Place::new(options());
    let right = tensor(&data().pixels[..IMAGE]);
    let wrong = |from: &str, to: &str| {
        assert!(right.contains(from), "{from}");
        right.replacen(from, to, 1)
    };
    let cases: Vec<(String, &str)> = vec![
        (String::new(), ""),
        ("{".into(), ""),
        ("[]".into(), "a list where an object has to be"),
        ("{}".into(), "inputs"),
        ("\u{0}\u{1}\u{2}".into(), ""),
        ("[".repeat(100_000), ""),
        (format!("{{\"inputs\":{}", "[".repeat(50_000)), ""),
        (wrong("UINT8", "INT99"), "INT99"),
        (wrong("UINT8", "FP32"), "inputs[0]"),
        (wrong("[1,2,3,1]", "[2,2,3,1]"), "inputs[0]"),
        (wrong("[1,2,3,1]", "[1,3,2,1]"), "inputs[0]"),
        (wrong("[1,2,3,1]", "[-1,2,3,1]"), "shape"),
        (wrong("[1,2,3,1]", "[18446744073709551615,2,3,1]"), "inputs[0]"),
        (wrong("[1,2,3,1]", "[0,2,3,1]"), "inputs[0]"),
        (wrong("\"data\":[0", "\"data\":[256"), "inputs[0]"),
        (wrong("\"data\":[0", "\"data\":[-1"), "inputs[0]"),
        (wrong("\"data\":[0", "\"data\":[\"0\""), "inputs[0]"),
        (wrong("\"data\":[0", "\"data\":[0,0"), "inputs[0]"),
        (wrong("images", "pictures"), "pictures"),
        (right[..right.len() - 1].into(), ""),
    ];
    for (body, expected) in cases {
        let said = place.infer(&body);
        let start: String = body.chars().take(120).collect();
        assert!((400..500).contains(&said.status), "{start}: {} {}", said.status, said.text());
        assert!(said.error().contains(expected) && said.error().len() > 10, "{start}: {}", said.text());
    }
    for (headers, expected) in [
        ("inference-header-content-length: x\r\n", "is no number"),
        ("inference-header-content-length: -1\r\n", "is no number"),
        ("inference-header-content-length: 99999\r\n", ""),
        ("inference-header-content-length: 99999999999999999999999\r\n", "is no number"),
        ("inference-header-content-length: 5\r\n", ""),
        ("content-encoding: gzip\r\n", "compressed"),
    ] {
        let said = place.ask("POST", "/v2/models/model/infer", headers, right.as_bytes());
        assert!((400..500).contains(&said.status), "{headers}: {}", said.text());
        assert!(said.error().contains(expected), "{headers}: {}", said.text());
    }
    place.is_well();
}

#[test]
fn what_is_no_http_ends_the_connection() {
    let place = Place::new(options());
    let endless = format!("GET /v2 HTTP/1.1\r\nhost: x\r\nx: {}", "y".repeat(200_000));
    let many: String = (0..500).map(|number| format!("x{number}: y\r\n")).collect();
    let cases: Vec<(Vec<u8>, &[u16])> = vec![
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), &[400]),
        (b"rubbish\r\n\r\n".to_vec(), &[400]),
        (b"GET /v2 HTTP/9.9\r\n\r\n".to_vec(), &[400]),
        (b"GET /v2 HTTP/1.1\r\nno colon\r\n\r\n".to_vec(), &[400]),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000)).into_bytes(), &[414, 431]),
        (endless.into_bytes(), &[431]),
        (format!("GET /v2 HTTP/1.1\r\n{many}\r\n").into_bytes(), &[431]),
        (format!("GET /v2 HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(66_000)).into_bytes(), &[431]),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(), &[505]),
        (format!("POST /predict HTTP/1.1\r\ncontent-length: {}\r\n\r\n", u64::MAX).into_bytes(), &[413]),
        (b"POST /predict HTTP/1.1\r\ncontent-length: x\r\n\r\n".to_vec(), &[400]),
        (b"POST /predict HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_vec(), &[400]),
        (b"POST /predict HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_vec(), &[400]),
    ];
    for (bytes, expected) in cases {
        let said = Said::of(&place.raw(&bytes));
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        assert!(expected.contains(&said.status), "{start:?}: {}", said.head);
        assert!(said.error().len() > 10, "{start:?}: {}", said.text());
        place.is_well();
    }
}

#[test]
fn a_head_has_64_kib_and_no_more() {
    let place = Place::new(options());
    let of = |len: usize| {
        let start = "GET /v2 HTTP/1.1\r\nconnection: close\r\nx: ";
        let value = "y".repeat(len - start.len() - 4);
        Said::of(&place.raw(format!("{start}{value}\r\n\r\n").as_bytes())).status
    };
    assert_eq!((of(64 << 10), of((64 << 10) + 1)), (200, 431));
}

#[test]
fn rubbish_behind_a_request_does_not_hurt_it() {
    let place = Place::new(options());
    let asked = request("/v2/models/model/infer", &tensor(&data().pixels[..IMAGE]));
    let answers = String::from_utf8(place.raw(format!("{asked}rubbish rubbish\r\n\r\n").as_bytes())).unwrap();
    let (first, second) = answers.split_once("HTTP/1.1 400").expect(&answers);
    assert!(first.contains("200 OK") && first.contains("probabilities"), "{answers}");
    assert!(second.contains("\"error\""), "{answers}");
    // A body that ends early, and clients that go before they are answered.
    let mut stream = place.connect();
    stream.write_all(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\nshort").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let said = Said::of(&answer);
    assert!(said.status == 400 && said.error().contains("ends early"), "{}", said.text());
    for _ in 0..20 {
        place.connect().write_all(asked.as_bytes()).unwrap();
    }
    place.is_well();
}
