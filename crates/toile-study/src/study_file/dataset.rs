//! The `dataset` of a study file: a name of the catalogue, or a table that says where pictures or arrays are.

use std::path::{Path, PathBuf};

use toile_data::arrays::Layout;
use toile_data::source::{Columns, DataSource, Location, TEST_SHARE};
use toile_picture::Resize;

use super::error::{Problem, list_of};
use super::value::{Fields, Value};
use crate::numbers::counted;
use crate::recipe::string;

pub(super) const EXAMPLE: &str = "dataset = \"fashion-mnist\", or dataset = { folder = \"pictures\" }";

/// Keys that say where images are: one of them is there.
const PLACES: &[&str] = &["folder", "table", "npz", "arrays", "cifar"];

const KEYS: &[&str] = &[
    "folder",
    "table",
    "images",
    "columns",
    "npz",
    "arrays",
    "cifar",
    "name",
    "channels",
    "image_size",
    "resize",
    "background",
    "test_share",
    "split_seed",
    "classes",
    "strict",
    "layout",
    "range",
];

/// Keys that only some places have.
const OF_PICTURES: &[&str] = &["channels", "image_size", "resize", "background"];
const OF_ARRAYS: &[&str] = &["layout", "range"];

/// What the key says.
pub(super) fn source(value: &Value) -> Result<DataSource, Problem> {
    if let Some(name) = value.as_str() {
        return Ok(DataSource::named(name));
    }
    if value.as_table().is_none() {
        return Err(value.wrong_type("a name or a table").help(format!("write {EXAMPLE}")));
    }
    let f = Fields::new(value, "dataset", KEYS, EXAMPLE)?;
    let location = location(value, &f)?;
    refuse_foreign(&f, &location)?;
    let name = match f.get("name") {
        Some(name) => name.line()?.to_owned(),
        None => DataSource::name_of(&location),
    };
    Ok(DataSource {
        channels: f.get("channels").map(|v| channels(&v)).transpose()?,
        image_size: f.get("image_size").map(|v| image_size(&v)).transpose()?,
        resize: f.get("resize").map_or(Ok(Resize::default()), |v| resize(&v))?,
        background: f.get("background").map_or(Ok([255; 3]), |v| background(&v))?,
        test_share: f.get("test_share").map_or(Ok(TEST_SHARE), |v| {
            v.float(|share| share > 0.0 && share < 1.0, "a share of the images between 0 and 1, as 0.2")
        })?,
        split_seed: f.get("split_seed").map_or(Ok(0), |v| v.integer(.., "a whole number, 0 or more"))?,
        classes: f.get("classes").map(|v| classes(&v)).transpose()?,
        strict: f.get("strict").map_or(Ok(false), |v| v.boolean())?,
        layout: f.get("layout").map(|v| layout(&v)).transpose()?,
        range: f.get("range").map(|v| range(&v)).transpose()?,
        ..DataSource::at(location, name)
    })
}

fn path(value: &Value) -> Result<PathBuf, Problem> {
    let text = value.string()?;
    if text.is_empty() {
        return Err(value.problem(format!("{}: expected a path, found nothing", value.what)));
    }
    Ok(PathBuf::from(text))
}

fn location(value: &Value, f: &Fields) -> Result<Location, Problem> {
    let there: Vec<&str> = PLACES.iter().copied().filter(|key| f.get(key).is_some()).collect();
    let [key] = there[..] else {
        let message = match there.len() {
            0 => "dataset does not say where its images are".to_owned(),
            _ => format!("dataset has {}: images come from one place", there.join(" and ")),
        };
        return Err(value.problem(message).help(format!("write one of {}", list_of(PLACES.iter().copied()))));
    };
    let place = f.required(key, EXAMPLE)?;
    Ok(match key {
        "folder" if place.as_array().is_some() => {
            let roots = place.array("folders")?.iter().map(path).collect::<Result<Vec<_>, _>>()?;
            if roots.is_empty() {
                return Err(place.problem("`folder` names no folder").help("write folder = \"pictures\""));
            }
            Location::Folders(roots)
        }
        "folder" => Location::Folders(vec![path(&place)?]),
        "table" => {
            let images = f.get("images").map(|v| path(&v)).transpose()?;
            let columns = f.get("columns").map_or(Ok(Columns::default()), |v| columns(&v))?;
            let table = path(&place)?;
            match images {
                Some(images) if is_array(&images) => Location::DescribedArray { images, table, columns },
                images => Location::Table { table, images, columns },
            }
        }
        "npz" => Location::Npz(path(&place)?),
        "cifar" => Location::Cifar(path(&place)?),
        _ => {
            let files = place.array("files")?.iter().map(path).collect::<Result<Vec<_>, _>>()?;
            match <[PathBuf; 4]>::try_from(files) {
                Ok([images, labels, test_images, test_labels]) => {
                    Location::Arrays { images, labels, test: Some((test_images, test_labels)) }
                }
                Err(files) => match <[PathBuf; 2]>::try_from(files) {
                    Ok([images, labels]) => Location::Arrays { images, labels, test: None },
                    Err(files) => {
                        let message = format!("`arrays` names {}", counted(files.len(), "file"));
                        return Err(place.problem(message).help(
                            "write arrays = [\"images.npy\", \"labels.npy\"], or four: images and labels to train \
                             on, images and labels to test on",
                        ));
                    }
                },
            }
        }
    })
}

/// Whether a path is that of an array's file and not of a folder, by its name.
fn is_array(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    [".npy", ".idx", "ubyte", ".gz"].iter().any(|end| name.ends_with(end))
}

/// Refuses keys that say nothing about this place.
fn refuse_foreign(f: &Fields, location: &Location) -> Result<(), Problem> {
    let (foreign, of): (&[&str], &str) = match location {
        Location::Folders(_) | Location::Table { .. } => (OF_ARRAYS, "arrays"),
        _ => (OF_PICTURES, "pictures in files of their own"),
    };
    let is_table = matches!(location, Location::Table { .. } | Location::DescribedArray { .. });
    let misplaced = foreign.iter().find(|key| f.get(key).is_some()).map(|key| (*key, of));
    let of_table = ["images", "columns"].iter().find(|key| f.get(key).is_some() && !is_table);
    match misplaced.or(of_table.map(|key| (*key, "a table of pictures"))) {
        Some((key, of)) => {
            Err(f.problem(key, format!("`{key}` is a key of {of}")).help(format!("remove `{key}`")))
        }
        None => Ok(()),
    }
}

fn columns(value: &Value) -> Result<Columns, Problem> {
    const EXAMPLE: &str = "columns = { label = \"diagnosis\", group = \"patient\" }";
    let f = Fields::new(value, "columns", &["path", "label", "split", "group"], EXAMPLE)?;
    let name = |key: &str| f.get(key).map(|v| v.line().map(str::to_owned)).transpose();
    Ok(Columns { path: name("path")?, label: name("label")?, split: name("split")?, group: name("group")? })
}

fn channels(value: &Value) -> Result<usize, Problem> {
    match value.integer(1..=3, "1 for grey, 3 for colour")? {
        2 => Err(value.problem("`channels`: 2 is out of range").help("choose 1 for grey, 3 for colour")),
        channels => Ok(channels as usize),
    }
}

fn image_size(value: &Value) -> Result<[usize; 2], Problem> {
    const BOUND: &str = "1 to 1024 pixels";
    let side = |v: &Value| v.integer(1..=1024, BOUND).map(|side| side as usize);
    if value.as_array().is_none() {
        return Ok([side(value)?; 2]);
    }
    match value.array("height and width")?.iter().map(side).collect::<Result<Vec<_>, _>>()?[..] {
        [height, width] => Ok([height, width]),
        ref sides => {
            let message = format!("`image_size` has {} numbers", sides.len());
            Err(value.problem(message).help("write image_size = 64, or image_size = [HEIGHT, WIDTH]"))
        }
    }
}

fn resize(value: &Value) -> Result<Resize, Problem> {
    let name = value.string()?;
    Resize::from_name(name).ok_or_else(|| {
        let help = "write \"squash\" (each side by itself), \"crop\" (the middle of it) or \"pad\" (all of it, with a border)";
        value.problem(format!("there is no resize `{name}`")).help(help)
    })
}

fn background(value: &Value) -> Result<[u8; 3], Problem> {
    const HELP: &str = "write \"white\", \"black\", or red, green and blue from 0 to 255: [255, 255, 255]";
    match value.as_str() {
        Some("white") => return Ok([255; 3]),
        Some("black") => return Ok([0; 3]),
        Some(name) => return Err(value.problem(format!("there is no background `{name}`")).help(HELP)),
        None => {}
    }
    let level = |v: &Value| v.integer(0..=255, "0 to 255").map(|level| level as u8);
    let levels = value.array("red, green and blue")?.iter().map(level).collect::<Result<Vec<_>, _>>()?;
    let found = levels.len();
    levels.try_into().map_err(|_| value.problem(format!("`background` has {found} numbers")).help(HELP))
}

fn classes(value: &Value) -> Result<Vec<String>, Problem> {
    let names = value.array("names of classes")?;
    let mut read: Vec<String> = Vec::with_capacity(names.len());
    for name in &names {
        let text = name.line()?;
        if text.is_empty() || read.iter().any(|known| known == text) {
            let what = if text.is_empty() { "a class without a name" } else { "a class that is there twice" };
            return Err(name.problem(format!("{}: {what}", name.what)).help("name each class once"));
        }
        read.push(text.to_owned());
    }
    if read.len() < 2 {
        return Err(value
            .problem("`classes` names fewer than two")
            .help("there has to be something to tell apart"));
    }
    Ok(read)
}

fn layout(value: &Value) -> Result<Layout, Problem> {
    value.string()?.parse().map_err(|message: String| {
        value.problem(message).help("write \"NHWC\", \"NCHW\" or \"NHW\": images, channels, height, width")
    })
}

fn range(value: &Value) -> Result<[f64; 2], Problem> {
    const HELP: &str = "write range = [LOW, HIGH], the numbers that become black and white";
    let ends = value.array("two numbers")?;
    let ends = ends.iter().map(|v| v.float(|_| true, "a number")).collect::<Result<Vec<_>, _>>()?;
    match ends[..] {
        [low, high] if low < high => Ok([low, high]),
        _ => Err(value.problem("`range` is not a smaller number and a larger one").help(HELP)),
    }
}

/// As a study file writes it.
pub(super) fn text(source: &DataSource) -> String {
    let list = |entries: Vec<String>| format!("[{}]", entries.join(", "));
    let location = match &source.location {
        Location::Catalog => return string(&source.name),
        Location::Folders(roots) if roots.len() == 1 => format!("folder = {}", quoted(&roots[0])),
        Location::Folders(roots) => {
            format!("folder = {}", list(roots.iter().map(|root| quoted(root)).collect()))
        }
        Location::Table { table, images, columns } => of_table(table, images.as_ref(), columns),
        Location::DescribedArray { images, table, columns } => of_table(table, Some(images), columns),
        Location::Npz(file) => format!("npz = {}", quoted(file)),
        Location::Cifar(folder) => format!("cifar = {}", quoted(folder)),
        Location::Arrays { images, labels, test } => {
            let test = test.iter().flat_map(|(images, labels)| [images, labels]);
            let files = [images, labels].into_iter().chain(test).map(|file| quoted(file)).collect();
            format!("arrays = {}", list(files))
        }
    };
    let mut keys = vec![location];
    if source.name != DataSource::name_of(&source.location) {
        keys.push(format!("name = {}", string(&source.name)));
    }
    let plain = DataSource::at(source.location.clone(), "");
    let mut set = |is_set: bool, text: String| {
        if is_set {
            keys.push(text);
        }
    };
    let DataSource { channels, image_size, resize, background, layout, range, .. } = source;
    set(channels.is_some(), format!("channels = {}", channels.unwrap_or(0)));
    set(image_size.is_some(), format!("image_size = {:?}", image_size.unwrap_or_default()));
    set(*resize != plain.resize, format!("resize = {}", string(resize.name())));
    set(*background != plain.background, format!("background = {background:?}"));
    set(source.test_share != plain.test_share, format!("test_share = {:?}", source.test_share));
    set(source.split_seed != plain.split_seed, format!("split_seed = {}", source.split_seed));
    let names = source.classes.iter().flatten().map(|name| string(name)).collect();
    set(source.classes.is_some(), format!("classes = {}", list(names)));
    set(source.strict, "strict = true".to_owned());
    set(layout.is_some(), format!("layout = {}", string(layout.map_or("", Layout::name))));
    set(range.is_some(), format!("range = {:?}", range.unwrap_or_default()));
    format!("{{ {} }}", keys.join(", "))
}

fn of_table(table: &Path, images: Option<&PathBuf>, columns: &Columns) -> String {
    let images = images.map(|images| format!("images = {}", quoted(images)));
    let Columns { path, label, split, group } = columns;
    let names = [("path", path), ("label", label), ("split", split), ("group", group)];
    let named = names.iter().filter_map(|(key, name)| Some(format!("{key} = {}", string(name.as_ref()?))));
    let named: Vec<String> = named.collect();
    let columns = (!named.is_empty()).then(|| format!("columns = {{ {} }}", named.join(", ")));
    let keys = [format!("table = {}", quoted(table))];
    keys.into_iter().chain(images).chain(columns).collect::<Vec<_>>().join(", ")
}

fn quoted(path: &Path) -> String {
    string(&path.to_string_lossy())
}
