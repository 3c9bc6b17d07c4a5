//! A model takes pictures in files the way its training images came: whatever their size, crop and background.

use std::fs;
use std::path::PathBuf;

use toile::data::{self, DataSource, LoadOptions, Location, Resize};
use toile::{Model, Recipe, layers, layers::*};

/// Pictures of two classes: red at the left or at the right, half of the pixels half transparent, in odd sizes.
fn write_pictures(folder: &std::path::Path) {
    for number in 0..24u32 {
        let (height, width) = (9 + number % 5, 12 + number % 7);
        let class = ["left", "right"][number as usize % 2];
        let path = folder.join(class).join(format!("{number}.png"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), width, height);
        encoder.set_color(png::ColorType::Rgba);
        let pixel = |at: u32| {
            let is_red = (at % width < width / 2) == (class == "left");
            [
                if is_red { 250 } else { 20 },
                (at * 7 % 90) as u8,
                30,
                if at.is_multiple_of(3) { 128 } else { 255 },
            ]
        };
        let pixels: Vec<u8> = (0..height * width).flat_map(pixel).collect();
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    }
}

#[test]
fn files_are_predicted_as_the_study_saw_them() {
    let folder = tempfile::tempdir().unwrap();
    write_pictures(&folder.path().join("photos"));
    let photos = DataSource::at(Location::Folders(vec!["photos".into()]), "photos");
    let options = LoadOptions { cache_dir: Some(folder.path().join("cache")), ..LoadOptions::default() };
    let recipe = Recipe {
        layers: layers![Flatten, Linear::new(2), LogSoftmax],
        epochs: 3,
        batch_size: 8,
        ..Recipe::default()
    };
    let mut seen = Vec::new();
    for (resize, background) in
        [(Resize::Crop, [0; 3]), (Resize::Pad, [9, 200, 80]), (Resize::Squash, [255; 3])]
    {
        let source = DataSource { image_size: Some([8, 8]), resize, background, ..photos.clone() };
        let data = data::open_in(&source, folder.path(), &options).unwrap();
        let model = toile::train(&recipe, &data.train, 0).unwrap();
        let expected = model.predict(&data.test.pixels).unwrap();
        let files: Vec<PathBuf> =
            data.test.names.iter().map(|name| folder.path().join("photos").join(name)).collect();
        assert_eq!(model.predict_files(&files).unwrap(), expected, "{resize:?}");
        let kept = folder.path().join("model.safetensors");
        model.save(&kept).unwrap();
        let again = Model::load(&kept).unwrap();
        assert_eq!(
            (again.preprocessing(), again.predict_files(&files).unwrap()),
            (model.preprocessing(), expected)
        );
        assert!(!seen.contains(&model.preprocessing()));
        seen.push(model.preprocessing());
    }
}
