//! The commands of docs/predicting.md, one after the other.

use super::documents::{commands, run};
use super::predict::{test_images, trained, write_png};

const DOCUMENT: &str = include_str!("../../../../docs/predicting.md");

#[test]
fn its_commands_do_what_it_says() {
    let (place, data) = (trained(), test_images());
    for image in 0..30 {
        let class = data.class_names[data.labels[image as usize] as usize].replace('/', "-");
        write_png(
            &place.path(&format!("photos/{class}/{image}.png")),
            data.image_shape,
            2,
            data.image(image),
        );
    }
    write_png(&place.path("shoe.png"), data.image_shape, 3, data.image(7));
    let commands = commands(DOCUMENT);
    assert!(commands.len() >= 8, "{commands:?}");
    commands.into_iter().for_each(|line| drop(run(&place, line)));
    for left in ["classes.csv", "measured/metrics.json", "measured/confusion_matrix.svg"] {
        assert!(place.path(left).is_file(), "{left} is there");
    }
}
