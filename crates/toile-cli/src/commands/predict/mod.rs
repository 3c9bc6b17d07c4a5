//! `toile predict`: what a trained network makes of pictures.

mod named;
mod output;

use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::Args;
use toile::pictures::{Layout, Picture, Seen};
use toile::{Ensemble, Predictor};
use toile_data::plain_text::escaped;
use toile_picture::Preprocessing;
use toile_study::numbers::count;

use self::named::Named;
use self::output::{Form, Output};
use crate::args::values::whole;
use crate::exit::EXIT_ERROR;
use crate::progress::counted::Counted;
use crate::progress::{complain, remark};
use crate::stdout::is_closed;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
A run is named by study and model (its finished run with the lowest seed), with @ and a seed behind for another, with \
@all for the mean of the probabilities of all its runs, or by a folder or a file of weights.

A folder stands for the pictures in it and in its folders, in natural order; hidden files and files that are no pictures \
are left out. A picture of another size or with other channels becomes what the network was trained on, in the way of its \
training images.

Exit codes: 0 done, 2 an error, or a picture that could not be read; the others are predicted all the same.

Examples:
  toile predict baseline-vs-better/better shoe.png
  toile predict photos/cnn@all new-photos/ --top 3
  toile predict runs/photos/cnn/seed-0 new-photos/ --csv > classes.csv
  curl -s https://example.org/cat.jpg | toile predict photos/cnn - --json";

/// Tells what a trained network makes of pictures
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct PredictArgs {
    /// The run: STUDY/MODEL, STUDY/MODEL@SEED, STUDY/MODEL@all, its folder, or a file of weights
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Pictures, folders of pictures, and - for one picture's bytes from standard input
    #[arg(required = true, value_name = "FILE|FOLDER|-")]
    pub pictures: Vec<std::ffi::OsString>,
    /// Show the K most probable classes [default: 1; in JSON 5]
    #[arg(long, value_name = "K", value_parser = whole::<usize>(1..=100_000), allow_hyphen_values = true)]
    pub top: Option<usize>,
    /// Print CSV: file, class, probability, and the probability of each class
    #[arg(long, conflicts_with_all = ["json", "top"])]
    pub csv: bool,
    /// Print a JSON object a line for each picture
    #[arg(long)]
    pub json: bool,
    /// Answer at the temperatures that `toile calibrate` kept
    #[arg(long)]
    pub calibrated: bool,
}

/// Predicts and prints.
///
/// # Errors
/// A run that is not there, and standard input that gives nothing. What is wrong with a picture is said, and is the exit
/// code.
pub fn run(args: &PredictArgs) -> anyhow::Result<ExitCode> {
    let ensemble = networks(&args.run, args.calibrated)?;
    tell(&ensemble);
    let Named { names, pictures, failures } = named::all(&args.pictures)?;
    let mut predictor = ensemble.predictor()?;
    let form = match (args.csv, args.json) {
        (true, _) => Form::Csv,
        (_, true) => Form::Json,
        _ => Form::Table,
    };
    let output = Output::new(form, args.top, &names, predictor.class_names());
    if form == Form::Table && !pictures.is_empty() {
        output.caption(&args.run, &ensemble);
    }
    let unread = predict(&mut predictor, output, (&names, &pictures))?;
    let failures = failures + unread;
    if failures == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let of = pictures.len() + failures - unread;
    complain(&format!(
        "{} of {} could not be predicted; the reasons stand above",
        count(failures as u64),
        things(of)
    ));
    Ok(ExitCode::from(EXIT_ERROR))
}

fn things(number: usize) -> String {
    toile_study::numbers::counted(number, "picture")
}

/// The networks of a name, at their temperatures where that is asked for.
pub(super) fn networks(run: &str, calibrated: bool) -> anyhow::Result<Ensemble> {
    Ok(if calibrated { Ensemble::calibrated(run)? } else { Ensemble::named(run)? })
}

/// Says what a user should know of the runs' files.
pub(super) fn tell(ensemble: &Ensemble) {
    for note in ensemble.models().iter().flat_map(|model| model.notes()) {
        remark(note);
    }
}

/// Prints what comes; gives the number of pictures that could not be read.
fn predict(
    predictor: &mut Predictor,
    mut output: Output<'_>,
    (names, pictures): (&[String], &[Picture]),
) -> anyhow::Result<usize> {
    let mut progress = Counted::new("predicting pictures", pictures.len(), io::stdout().is_terminal());
    let how = predictor.preprocessing();
    let (mut unread, mut is_told) = (0, false);
    predictor.predict_pictures(pictures, |place, answer| {
        match answer {
            Ok(seen) => {
                if !is_told && let Some(note) = converted(&escaped(&names[place]), &seen, &how) {
                    progress.meanwhile(|| remark(&note));
                    is_told = true;
                }
                output.add(place, &seen.prediction);
            }
            Err(error) => {
                unread += 1;
                progress.meanwhile(|| complain(&format!("{}: {error}", escaped(&names[place]))));
            }
        }
        progress.done(place + 1);
        match is_closed() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    output.end();
    Ok(unread)
}

/// What becomes of a picture that is not like the network's images, in a sentence.
fn converted(name: &str, seen: &Seen, how: &Preprocessing) -> Option<String> {
    let (channels, to) = match how.channels {
        1 => (Layout::Grey, "grey"),
        _ => (Layout::Rgb, "RGB"),
    };
    let ([height, width], [rows, columns]) = (seen.size, how.size);
    if seen.layout == channels && seen.size == how.size {
        return None;
    }
    let from = match seen.layout {
        Layout::Grey => "grey",
        Layout::GreyAlpha => "grey with transparency",
        Layout::Rgb => "RGB",
        Layout::Rgba => "RGB with transparency",
    };
    Some(format!(
        "{name} is {width} x {height} {from}; it becomes {columns} x {rows} {to} as the run's own images did; so do \
         others like it"
    ))
}
