//! A study of one's own pictures: two classes, `dark` and `light`, 16 of each to train on and 8 to test on.

use crate::cli::{Place, Ran, STUDY};
use crate::predict::write_png;

/// What pixels are made with where nothing else is said.
pub(crate) const NUMBER: usize = 37;

/// A picture of a class, made with this number; `below` is its folder in the data.
pub(crate) fn picture(place: &Place, below: &str, class: usize, image: usize, number: usize) {
    let pixels: Vec<u8> =
        (0..64usize).map(|at| ((at * number + image * 101) % 140 + 80 * class) as u8).collect();
    write_png(&place.path(&format!("data/{below}/{image}.png")), [1, 8, 8], 1, &pixels);
}

/// All pictures; the test folders have these names, and test images are made with this number.
pub(crate) fn pictures(place: &Place, tested: [&str; 2], number: usize) {
    for (class, name) in ["dark", "light"].iter().enumerate() {
        (0..16).for_each(|image| picture(place, &format!("train/{name}"), class, image, NUMBER));
        (16..24).for_each(|image| picture(place, &format!("test/{}", tested[class]), class, image, number));
    }
}

/// The usual study on them.
pub(crate) fn place(tested: [&str; 2], number: usize) -> Place {
    let study = STUDY
        .replace("\"fashion-mnist-small\"", "{ folder = \"data\" }")
        .replace("out_features = 10", "out_features = 2");
    let place = Place::new(&study);
    pictures(&place, tested, number);
    place
}

/// The program, with a cache of its own.
pub(crate) fn toile(place: &Place, args: &[&str]) -> Ran {
    Ran::of(place.command(args).env("XDG_CACHE_HOME", place.path("cache")).output().unwrap())
}
