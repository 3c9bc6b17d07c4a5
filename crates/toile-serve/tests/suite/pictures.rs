//! Pictures that cost more than they may: each is refused with its status and the reason.

use std::io::Write as _;
use std::time::Duration;

use super::place::{IMAGE, Place, Said, data, options, picture, request};

const GREY: png::ColorType = png::ColorType::Grayscale;

#[test]
fn a_bomb_is_refused_by_what_it_says_of_itself() {
    let place = Place::new(options());
    let mut bomb = Vec::new();
    let mut encoder = png::Encoder::new(&mut bomb, 60_000, 60_000);
    encoder.set_color(png::ColorType::Rgb);
    // It has image data, but not even the beginning of them.
    encoder.write_header().unwrap().write_chunk(png::chunk::IDAT, &[0x78, 0x9c]).unwrap();
    assert!(bomb.len() < 100, "{} bytes", bomb.len());
    let said = place.ask("POST", "/predict", "", &bomb);
    assert_eq!(said.status, 413, "{}", said.text());
    assert!(
        said.error().contains("60000 x 60000 pixels, and 16777216 in all are the most"),
        "{}",
        said.text()
    );
    place.is_well();
}

#[test]
fn decoding_has_a_time() {
    let place = Place::limited(|limits| limits.decoding_time = Duration::ZERO);
    let said = place.ask("POST", "/predict", "", &picture([3, 2], GREY, &data().pixels[..IMAGE]));
    assert_eq!(said.status, 400, "{}", said.text());
    assert!(said.error().contains("; send it as another program saves it"), "{}", said.text());
    place.is_well();
}

#[test]
fn pictures_that_wait_have_a_number() {
    let place = Place::limited(|limits| limits.queue_images = 1);
    let large = picture([2000, 2000], GREY, &vec![7; 4_000_000]);
    let head =
        request("/predict", "").replace("content-length: 0", &format!("content-length: {}", large.len()));
    let asked = [head.as_bytes(), &large].concat();
    let mut streams: Vec<_> = (0..16).map(|_| place.connect()).collect();
    streams.iter_mut().for_each(|stream| stream.write_all(&asked).unwrap());
    let said: Vec<Said> = streams.iter_mut().map(Said::next).collect();
    let of = |status: u16| said.iter().filter(move |said| said.status == status);
    assert!(of(200).count() > 0 && of(200).count() + of(503).count() == said.len(), "{said:?}");
    let refused = of(503).next().expect("16 pictures at once found room for 1");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(
        refused.error().contains("pictures wait already; ask again when Retry-After"),
        "{}",
        refused.text()
    );
    // What was refused leaves its place.
    assert_eq!(place.metric("toile_decoding"), 0.0);
    place.is_well();
}
