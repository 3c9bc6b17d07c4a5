//! Bodies that are large, that nobody wants, or that are too many: each costs its own client alone.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use super::place::{IMAGE, Place, Said, data, options, request, tensor};

#[test]
fn a_large_body_holds_up_nobody() {
    let place = Place::new(options());
    // Space behind a number is unusual: it is read number by number.
    let numbers = "0 ,".repeat(2 << 20);
    let large = tensor(&data().pixels[..IMAGE]).replace("\"data\":[", &format!("\"data\":[{numbers}"));
    let mut form = b"--xyz\r\n\r\n".to_vec();
    form.resize(8 << 20, b'\r');
    for (path, headers, body) in [
        ("/v2/models/model/infer", "", large.as_bytes()),
        ("/predict", "content-type: multipart/form-data; boundary=xyz\r\n", &form),
    ] {
        let mut stream = place.connect();
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {}\r\n\r\n", body.len());
        let (worst, took) = std::thread::scope(|scope| {
            let answer = scope.spawn(|| {
                stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
                let sent = Instant::now();
                (Said::next(&mut stream).status, sent.elapsed())
            });
            let mut worst = Duration::ZERO;
            while !answer.is_finished() {
                let began = Instant::now();
                assert_eq!(place.get("/v2/health/live").status, 200);
                worst = worst.max(began.elapsed());
            }
            let (status, took) = answer.join().unwrap();
            assert_eq!(status, 400, "{path}");
            (worst, took)
        });
        assert!(worst * 2 < took, "{path}: somebody waited for {worst:?} of {took:?}");
    }
}

/// The answer to a request whose client reads only once it has sent everything.
#[track_caller]
fn after_sending(place: &Place, method: &str, path: &str, headers: &str) -> Said {
    const LEN: usize = 8 << 20;
    let mut stream = place.connect();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: x\r\n{headers}content-length: {LEN}\r\n\r\n").unwrap();
    stream.write_all(&vec![b' '; LEN]).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    let said = Said::next(&mut stream);
    // What nobody wanted is behind it, and the next request is understood.
    stream.write_all(b"GET /v2/health/live HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert_eq!(Said::next(&mut stream).status, 200, "{method} {path}");
    said
}

#[test]
fn a_refusal_reaches_who_sends_everything_first() {
    const INFER: &str = "/v2/models/model/infer";
    let mut options = options();
    options.limits.body_bytes = 1 << 20;
    let place = Place::new(options.clone());
    for (method, path, headers, status) in [
        ("POST", "/v2/models/nope/infer", "", 404),
        ("POST", "/predict/nope", "", 404),
        ("POST", "/nowhere", "", 404),
        ("POST", "/v2", "", 405),
        ("POST", "/v2/models/%ff/infer", "", 400),
        ("POST", INFER, "inference-header-content-length: x\r\n", 400),
        ("POST", INFER, "content-encoding: gzip\r\n", 415),
        ("POST", INFER, "", 413),
    ] {
        let said = after_sending(&place, method, path, headers);
        assert_eq!(said.status, status, "{path}: {}", said.text());
        assert!(said.error().len() > 10);
    }
    options.token = Some("a-word-of-some-length".into());
    let said = after_sending(&Place::new(options), "GET", "/metrics", "");
    assert_eq!(said.status, 401, "{}", said.text());
}

#[test]
fn who_asks_before_sending_is_told_at_once() {
    let place = Place::limited(|limits| limits.body_bytes = 1000);
    let asked = |len: usize| {
        let mut stream = place.connect();
        let head = "POST /v2/models/model/infer HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n";
        write!(stream, "{head}content-length: {len}\r\n\r\n").unwrap();
        stream
    };
    let began = Instant::now();
    let mut refused = asked(1001);
    let said = Said::next(&mut refused);
    assert_eq!((said.status, said.header("connection")), (413, Some("close")), "{}", said.head);
    assert!(began.elapsed() < Duration::from_secs(1));
    drop(refused);
    let body = tensor(&data().pixels[..IMAGE]);
    let mut welcome = asked(body.len());
    let mut go_on = [0; 25];
    welcome.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    welcome.write_all(body.as_bytes()).unwrap();
    assert_eq!(Said::next(&mut welcome).status, 200);
}

#[test]
fn bodies_together_have_a_size() {
    let place = Place::limited(|limits| limits.bodies_bytes = 1 << 20);
    let send = |len: usize, sent: usize| {
        let mut stream = place.connect();
        let head =
            format!("POST /v2/models/model/infer HTTP/1.1\r\nhost: x\r\ncontent-length: {len}\r\n\r\n");
        stream.write_all(&[head.as_bytes(), &vec![b' '; sent]].concat()).unwrap();
        stream
    };
    let mut held = send(1 << 20, 900 << 10);
    // It has been read once there is no room for another one.
    let refused = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(10));
        let said = Said::next(&mut send(300 << 10, 300 << 10));
        (said.status != 400).then_some(said)
    });
    let said = refused.expect("there was room for both");
    assert_eq!((said.status, said.header("retry-after")), (503, Some("1")), "{}", said.text());
    assert!(said.error().contains("1048576 bytes"), "{}", said.text());
    place.is_well();
    held.write_all(&vec![b' '; (1 << 20) - (900 << 10)]).unwrap();
    assert_eq!(Said::next(&mut held).status, 400, "it is no JSON, but was read");
    assert_eq!(Said::next(&mut send(300 << 10, 300 << 10)).status, 400, "there is room again");
    assert_eq!(place.ask("POST", "/predict", "", request("", "").as_bytes()).status, 400);
}
