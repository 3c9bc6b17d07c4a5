//! `toile explain-image`: which parts of a picture a network's class rests on.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use toile::Model;
use toile::saliency::{Heat, patch};
use toile_draw::charts::heat::{HeatMap, HeatSheet};
use toile_picture::Limits;
use toile_study::atomic;
use toile_study::numbers::{fixed, joined, percent};

use crate::progress::{remark, say, waiting};
use crate::stdout::print;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
Occlusion hides a part of the picture after the other and sees how much of the class's log-probability is lost with it \
(Zeiler and Fergus 2014): blue speaks for the class, orange against it. Grad-CAM weighs what the last convolution found \
by how much the class's logit depends on it (Selvaraju et al. 2017); a network without a convolution has none.

Both show what this network looked at, not what is true of the picture.

Examples:
  toile explain-image baseline-vs-better/better shoe.png --out why.png
  toile explain-image runs/photos/cnn/seed-0 cat.jpg --class dog --out why-a-dog.png
  toile explain-image baseline-vs-better/better@3 shoe.png --json";

/// Shows which parts of a picture a network's class rests on
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct ExplainImageArgs {
    /// A run: STUDY/MODEL, STUDY/MODEL@SEED, its folder, or a file of weights
    #[arg(value_name = "RUN")]
    pub run: String,
    /// A picture
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The class that is asked about [default: the predicted one]
    #[arg(long, value_name = "NAME")]
    pub class: Option<String>,
    /// Write the picture and its maps to a PNG file
    #[arg(long, value_name = "FILE.png")]
    pub out: Option<PathBuf>,
    /// Print the maps as JSON
    #[arg(long)]
    pub json: bool,
}

/// What was found, for a program.
#[derive(Serialize)]
struct Answer<'a> {
    file: String,
    class: &'a str,
    probability: f32,
    predicted: &'a str,
    predicted_probability: f32,
    height: usize,
    width: usize,
    occlusion: Map,
    grad_cam: Option<Map>,
}

/// A map by rows.
#[derive(Serialize)]
struct Map {
    /// Side and step of the patch, of an occlusion.
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<[usize; 2]>,
    values: Vec<Vec<f32>>,
}

/// What is known of the picture.
struct Found<'a> {
    args: &'a ExplainImageArgs,
    model: &'a Model,
    pixels: Vec<u8>,
    class: usize,
    predicted: usize,
    probabilities: Vec<f32>,
    occlusion: Heat,
    grad_cam: Option<Heat>,
}

/// Explains, prints and draws.
///
/// # Errors
/// A run or a picture that is not there, a class that the model does not know.
pub fn run(args: &ExplainImageArgs) -> anyhow::Result<ExitCode> {
    let model = Model::named(&args.run)?;
    let limits = Limits::default();
    let file = args.file.display();
    let bytes =
        toile_picture::read(&args.file, &limits).with_context(|| format!("{file} cannot be explained"))?;
    let pixels = toile_picture::preprocess(&bytes, &model.preprocessing(), &limits)
        .with_context(|| format!("{file} cannot be explained"))?;
    let prediction = model.predict(&pixels)?.remove(0);
    let class = match &args.class {
        None => prediction.class,
        Some(name) => model.class_names().iter().position(|known| known == name).with_context(|| {
            format!("--class {name}: the model knows no such class; it knows {}", joined(model.class_names()))
        })?,
    };
    if model.recipe().test_time_augmentation.is_some() {
        remark(
            "the maps are of the network at the picture as it is; the probabilities are with test-time augmentation",
        );
    }
    let waiting = waiting("hiding parts of the picture");
    let occlusion = model.occlusion(&pixels, class)?;
    let grad_cam = model.grad_cam(&pixels, class)?;
    drop(waiting);
    let (predicted, probabilities) = (prediction.class, prediction.probabilities);
    let found = Found { args, model: &model, pixels, class, predicted, probabilities, occlusion, grad_cam };
    let text = if args.json { found.json()? } else { found.text() };
    print("the answer", &text);
    match &args.out {
        Some(path) => {
            atomic::write(path, &found.sheet().png())?;
            say(&format!("picture: {}", path.display()));
        }
        None if !args.json => say("as a picture: --out FILE.png; the maps: --json"),
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}

impl Found<'_> {
    fn name(&self, class: usize) -> &str {
        &self.model.class_names()[class]
    }

    fn probability(&self) -> f64 {
        f64::from(self.probabilities[self.class])
    }

    /// `Sandal (61.20 %)`, and what is predicted instead, where that is another class.
    fn class_line(&self) -> String {
        let line = format!("{} ({})", self.name(self.class), percent(self.probability()));
        match self.class == self.predicted {
            true => line,
            false => {
                let share = percent(f64::from(self.probabilities[self.predicted]));
                format!("{line}; predicted is {} ({share})", self.name(self.predicted))
            }
        }
    }

    fn text(&self) -> String {
        let [_, height, width] = self.shape();
        let (side, _) = patch(height, width);
        let mut text = format!("{}: {}\n", self.args.file.display(), self.class_line());
        let (row, column, most) = self.occlusion.largest();
        text += &match most > 0.0 {
            true => format!(
                "occlusion: most in the {} (row {row}, column {column} of {height} x {width}), where a hidden patch of \
                 {side} x {side} takes {} from the log-probability\n",
                area([row, column], [height, width]),
                fixed(f64::from(most), if most < 0.1 { 4 } else { 2 })
            ),
            false => {
                "occlusion: no part speaks for this class; wherever a patch hides something, its probability \
                      stays or grows\n"
                    .into()
            }
        };
        text += &match self.grad_cam.as_ref().map(Heat::largest) {
            None => "Grad-CAM: none, because the network has no convolution\n".to_owned(),
            Some((row, column, most)) if most > 0.0 => {
                let area = area([row, column], [height, width]);
                format!("Grad-CAM: most in the {area} (row {row}, column {column})\n")
            }
            Some(_) => "Grad-CAM: nothing that the last convolution found speaks for this class\n".to_owned(),
        };
        text
    }

    fn json(&self) -> anyhow::Result<String> {
        let [_, height, width] = self.shape();
        let (side, step) = patch(height, width);
        let rows = |heat: &'_ Heat| heat.values.chunks_exact(width).map(<[f32]>::to_vec).collect();
        let answer = Answer {
            file: self.args.file.display().to_string(),
            class: self.name(self.class),
            probability: self.probabilities[self.class],
            predicted: self.name(self.predicted),
            predicted_probability: self.probabilities[self.predicted],
            height,
            width,
            occlusion: Map { patch: Some([side, step]), values: rows(&self.occlusion) },
            grad_cam: self.grad_cam.as_ref().map(|heat| Map { patch: None, values: rows(heat) }),
        };
        Ok(serde_json::to_string(&answer)? + "\n")
    }

    fn shape(&self) -> [usize; 3] {
        let toile_picture::Preprocessing { channels, size: [height, width], .. } = self.model.preprocessing();
        [channels, height, width]
    }

    fn sheet(&self) -> HeatSheet {
        let mut maps = vec![HeatMap {
            heading: "Occlusion".into(),
            values: self.occlusion.values.clone(),
            unit: "log-probability lost where hidden".into(),
            is_signed: true,
        }];
        maps.extend(self.grad_cam.as_ref().map(|heat| HeatMap {
            heading: "Grad-CAM".into(),
            values: heat.values.clone(),
            unit: "evidence of the last convolution".into(),
            is_signed: false,
        }));
        HeatSheet {
            title: self.class_line(),
            shape: self.shape(),
            image: self.pixels.clone(),
            heading: "What the network sees".into(),
            maps,
        }
    }
}

/// Which of nine areas of the picture a place is in.
fn area(place: [usize; 2], size: [usize; 2]) -> String {
    let third = |side: usize| 3 * place[side] / size[side].max(1);
    let row = ["upper", "", "lower"][third(0).min(2)];
    let column = ["left", "", "right"][third(1).min(2)];
    match (row, column) {
        ("", "") => "middle".into(),
        ("", column) => format!("{column} part"),
        (row, "") => format!("{row} part"),
        (row, column) => format!("{row} {column} part"),
    }
}
