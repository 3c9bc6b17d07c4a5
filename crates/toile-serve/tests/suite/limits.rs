//! Each limit has its status, its reason and its remedy, and costs nobody else anything.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use toile::{Recipe, layers, layers::*};

use super::place::{IMAGE, Place, Said, data, options, request, tensor};

#[test]
fn bodies_have_a_size() {
    let place = Place::limited(|limits| limits.body_bytes = 1000);
    let body = " ".repeat(1001);
    let said = place.infer(&body);
    assert_eq!(said.status, 413);
    assert!(
        said.error().contains("more than 1000 bytes") && said.error().contains("--body-max"),
        "{}",
        said.text()
    );
    // One that does not say how long it is.
    let chunk = format!("{:x}\r\n{}\r\n", 600, " ".repeat(600));
    let head = "POST /v2/models/model/infer HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    let said = Said::of(&place.raw(format!("{head}{chunk}{chunk}0\r\n\r\n").as_bytes()));
    assert_eq!(said.status, 413, "{}", said.text());
    // In two chunks, and small enough.
    let body = tensor(&data().pixels[..IMAGE]);
    let (a, b) = body.split_at(20);
    let chunks = format!("{head}{:x}\r\n{a}\r\n{:x}\r\n{b}\r\n0\r\n\r\n", a.len(), b.len());
    assert_eq!(Said::of(&place.raw(chunks.as_bytes())).status, 200);
    place.is_well();
}

#[test]
fn requests_have_a_number_of_images() {
    let place = Place::limited(|limits| limits.batch_images = 2);
    let pixels = data().pixels;
    assert_eq!(place.infer(&tensor(&pixels[..2 * IMAGE])).status, 200);
    let said = place.infer(&tensor(&pixels[..3 * IMAGE]));
    assert!((400..500).contains(&said.status), "{}", said.text());
    assert!(said.error().contains('2'), "{}", said.text());
}

#[test]
fn who_is_slow_is_told_and_holds_up_nobody() {
    let place = Place::limited(|limits| {
        (limits.header_time, limits.body_time) = (Duration::from_millis(300), Duration::from_millis(300));
    });
    let slow = |bytes: &str| {
        let mut stream = place.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        let began = Instant::now();
        place.is_well();
        assert!(began.elapsed() < Duration::from_millis(250), "somebody else had to wait");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    };
    let said =
        Said::of(&slow("POST /v2/models/model/infer HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{"));
    assert_eq!((said.status, said.error().contains("--body-timeout")), (408, true), "{}", said.text());
    let said = Said::of(&slow("POST /v2/models/model/infer HTTP/1.1\r\nhost: x\r\ncontent-le"));
    assert_eq!((said.status, said.error().contains("--header-timeout")), (408, true), "{}", said.text());
    assert!(slow("").is_empty(), "who says nothing is answered nothing");
    let metrics = place.get("/metrics").text();
    assert!(metrics.contains("\ntoile_heads_refused_total 1\n"), "and has no head: {metrics}");
}

#[test]
fn who_reads_nothing_is_let_go() {
    let mut options = options();
    options.limits.body_time = Duration::from_millis(200);
    options.page = Arc::new(|_, _, _| Ok("x".repeat(16 << 20)));
    let place = Place::new(options);
    let mut stream = place.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let held =
        |number: u32| place.get("/metrics").text().contains(&format!("\ntoile_connections {number}\n"));
    let is_within = |number| {
        (0..300).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            held(number)
        })
    };
    assert!(is_within(2), "it is there");
    assert!(is_within(1), "it still holds its place");
    drop(stream);
}

#[test]
fn connections_have_a_number() {
    let place = Place::limited(|limits| limits.connections = 3);
    let mut held: Vec<_> = (0..3).map(|_| place.connect()).collect();
    // They count once they are taken.
    for stream in &mut held {
        stream.write_all(request("/v2", "").replace("POST", "GET").as_bytes()).unwrap();
        assert_eq!(Said::next(stream).status, 200);
    }
    let said = place.get("/v2");
    assert_eq!((said.status, said.header("retry-after")), (503, Some("1")));
    assert!(said.error().contains("3 connections are open"), "{}", said.text());
    held.pop();
    // The server hears of it in its own time.
    let again = (0..100).find(|_| {
        std::thread::sleep(Duration::from_millis(10));
        place.get("/v2").status == 200
    });
    assert!(again.is_some());
    assert!(place.get("/metrics").text().contains("\ntoile_connections_refused_total "));
}

#[test]
fn a_full_queue_says_when_to_come_again() {
    let place = Place::limited(|limits| (limits.queue_images, limits.batch_images) = (1, 40));
    // Pipelined on many connections, so that more come than are computed.
    let asked = request("/v2/models/model/infer", &tensor(&data().pixels));
    let mut streams: Vec<_> = (0..64).map(|_| place.connect()).collect();
    for stream in &mut streams {
        stream.write_all(asked.as_bytes()).unwrap();
    }
    let statuses: Vec<Said> = streams.iter_mut().map(Said::next).collect();
    for said in &statuses {
        assert!(said.status == 200 || said.status == 503, "{}", said.text());
        if said.status == 503 {
            assert_eq!(said.header("retry-after"), Some("1"));
            assert!(said.error().contains("wait already"), "{}", said.text());
        }
    }
    assert!(statuses.iter().any(|said| said.status == 200));
    assert!(
        statuses.iter().any(|said| said.status == 503),
        "64 requests of 40 images at once found room for 1"
    );
    place.is_well();
}

#[test]
fn images_of_those_who_have_gone_are_not_computed() {
    const JOBS: usize = 60;
    const IMAGES: usize = 240;
    // A network that takes seconds for all of them: that a client has gone is believed after a quarter of one.
    let layers =
        layers![Flatten, Linear::new(4000), ReLU, Linear::new(4000), ReLU, Linear::new(3), LogSoftmax];
    let recipe = Recipe { layers, epochs: 1, batch_size: 40, ..Recipe::default() };
    let mut options = options();
    options.limits.queue_images = JOBS * IMAGES;
    let place = Place::of_models(options, &[toile::train(&recipe, &data(), 0).unwrap()]);
    let asked = request("/v2/models/model/infer", &tensor(&data().pixels.repeat(IMAGES / 40)));
    let gone: Vec<_> = (0..JOBS).map(|_| place.connect()).collect();
    gone.iter().for_each(|mut stream| stream.write_all(asked.as_bytes()).unwrap());
    let queue = "toile_queue_images{model=\"model\",version=\"0\"}";
    let began = Instant::now();
    while place.metric(queue) < (JOBS / 2 * IMAGES) as f64 {
        assert!(began.elapsed() < Duration::from_secs(9), "they never waited");
    }
    drop(gone);
    while place.metric(queue) > 0.0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let (computed, all) = (place.metric("toile_batch_images_sum"), (JOBS * IMAGES) as f64);
    assert!(computed < all * 0.8, "{computed} of {all}");
}

/// Threads of this process by name and nice value.
#[cfg(target_os = "linux")]
fn threads() -> Vec<(String, i32)> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let of = |stat: String| {
        let (_, rest) = stat.split_once('(')?;
        let (name, rest) = rest.rsplit_once(')')?;
        // The state is the third field, and the nice value the nineteenth.
        Some((name.to_owned(), rest.split_whitespace().nth(16)?.parse().ok()?))
    };
    // A thread of another test may end meanwhile.
    tasks.flatten().filter_map(|task| of(std::fs::read_to_string(task.path().join("stat")).ok()?)).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn all_threads_that_compute_give_way() {
    let mut options = options();
    options.threads = 9;
    let place = Place::new(options);
    // No other test has so many.
    let helpers: Vec<_> =
        threads().into_iter().filter(|(name, _)| name == "toile-7" || name == "toile-8").collect();
    assert_eq!(helpers.len(), 2);
    assert!(helpers.iter().all(|&(_, nice)| nice >= 10), "{helpers:?}");
    place.is_well();
}
