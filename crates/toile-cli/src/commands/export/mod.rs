//! `toile export`: a trained network as a file that other programs run.

mod int8;
mod second;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{bail, ensure};
use clap::ValueEnum;
use toile_export::onnx::{Input, Layout};
use toile_export::{c, names, npz, onnx, pytorch, weights};
use toile_store::{RunFolder, atomic};
use toile_study::evidence::contenders::models_in;
use toile_study::names::EVENTS;
use toile_study::numbers::{count, counted};
use toile_study::trained::{self, Trained};

use crate::command_line::quoted;
use crate::events;
use crate::live;
use crate::progress::{remark, say, waiting};

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
RUN is a run's folder, a model's by study and name (its finished run with the lowest seed), the same with @ and a seed, or \
a safetensors file that Toile wrote.

Formats:
  onnx         one file with network and preprocessing, for ONNX Runtime, browsers and most other runtimes
  pytorch      a Python file with the module and its preprocessing, and its weights in a safetensors file beside it
  safetensors  the weights, as Toile keeps them
  npz          the weights as NumPy's arrays
  c            a C99 source file and its header, which need no heap and no library but math.h, for small devices
  html         one page in which the network runs, for a class or a talk
  tensorboard  what the run came to, epoch by epoch; RUN may also be study/model@all or the folder of a study

Examples:
  toile export baseline-vs-better/better --format onnx
  toile export baseline-vs-better/better --format c --int8
  toile export baseline-vs-better/better@3 --format onnx --layout nchw --out better.onnx
  toile export runs/baseline-vs-better/better/seed-0 --format pytorch --out better.py";

/// Writes a trained network for another program
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
#[command(after_help = HELP)]
pub struct ExportArgs {
    /// The run: its folder, or study/model, or study/model@SEED
    pub run: String,
    /// What is written
    #[arg(long, value_enum)]
    pub format: Format,
    /// The file, or the folder of event files [default: here, called after study, model and seed; tensorboard]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// onnx: the order of an image's bytes, as pictures lie in memory (nhwc) or by channel (nchw) [default: nhwc]
    #[arg(long, value_enum)]
    pub layout: Option<LayoutChoice>,
    /// onnx: pixel bytes, which are normalized inside, or floats that are normalized already [default: bytes]
    #[arg(long, value_enum)]
    pub input: Option<InputChoice>,
    /// onnx: insist on a second runtime that runs the file and gives the same answers before it is left
    #[arg(long)]
    pub check: bool,
    /// c, onnx: the network in whole numbers that `toile quantize` made of the run
    #[arg(long)]
    pub int8: bool,
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// ONNX.
    Onnx,
    /// Safetensors.
    Safetensors,
    /// NumPy's archive.
    Npz,
    /// A Python file and its weights.
    Pytorch,
    /// A C source file and its header.
    C,
    /// A page in which the network runs.
    Html,
    /// Event files.
    Tensorboard,
}

/// The order of an image's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LayoutChoice {
    /// Row, column, channel.
    Nhwc,
    /// Channel, row, column.
    Nchw,
}

/// What is fed to an ONNX file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputChoice {
    /// Pixel bytes.
    Bytes,
    /// Normalized floats.
    Float,
}

/// Writes what was asked for.
///
/// # Errors
/// Options that do not go together, a run that is none, files that are there or cannot be written, and a file that a
/// second runtime finds wrong.
pub fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let input = input(args)?;
    if args.format == Format::Tensorboard {
        return events(args);
    }
    let trained = trained::named(&args.run)?;
    trained.notes.iter().for_each(|note| remark(note));
    if trained.recipe.test_time_augmentation.is_some() {
        remark(
            "the file holds the network, which looks at an image once; the test-time augmentation of the run's figures \
             is not in it (toile eval --without-tta measures the network alone)",
        );
    }
    let out = out(args, &trained)?;
    let beside = match args.format {
        Format::Pytorch => Some(out.with_extension("safetensors")),
        Format::C => Some(out.with_extension("h")),
        _ => None,
    };
    [Some(&out), beside.as_ref()].into_iter().flatten().try_for_each(|path| free(path, args.force))?;
    let beside = beside.as_deref().unwrap_or(&out);
    let _waiting = waiting("exporting");
    match args.format {
        Format::Onnx if args.int8 => {
            let integers = int8::of_run(&trained, &trained::located(&args.run)?)?;
            write(&out, &onnx::int8_file(&trained, &integers, input)?)?;
        }
        Format::Onnx => {
            let file = onnx::file(&trained, input)?;
            // Before anything is left: a file that is there has been found right.
            second::opinion(&file, &trained, input)?;
            write(&out, &file)?;
        }
        Format::Safetensors => write(&out, &weights::file(&trained))?,
        Format::Npz => write(&out, &npz::file(&trained)?)?,
        Format::Html => write(&out, live::page(&trained::located(&args.run)?)?.as_bytes())?,
        // It was done above.
        Format::Tensorboard => {}
        Format::C => {
            let c::Sources { header, source, size } = c_files(args, &trained, &file_stem(&out))?;
            write(beside, header.as_bytes())?;
            write(&out, source.as_bytes())?;
            say(&taken(size));
        }
        Format::Pytorch => {
            write(beside, &weights::file(&trained))?;
            write(&out, pytorch::file(&trained).as_bytes())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The event files of a run, of all of a model's, or of all in a study's folder.
fn events(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let study = [PathBuf::from(&args.run), Path::new("runs").join(&args.run)];
    let study = study.iter().find(|folder| !models_in(folder).is_empty());
    let runs = match study {
        Some(folder) => events::runs_of(folder, &models_in(folder)),
        // Each has a file of its own: they need not be of one recipe.
        None => trained::each_located(&args.run)?.iter().filter_map(|path| RunFolder::at(path)).collect(),
    };
    ensure!(
        !runs.is_empty(),
        "{}: a file of weights says nothing of its training; name the folder of a run",
        args.run
    );
    let to = args.out.clone().unwrap_or_else(|| EVENTS.into());
    ensure!(!to.is_file(), "{} is a file; name a folder with --out", quoted(&to));
    let written = events::write(&runs, &to)?;
    say(&format!("written: {} in {}", counted(written, "event file"), to.display()));
    say(&format!("look at them with:\n  tensorboard --logdir {}", quoted(&to)));
    Ok(ExitCode::SUCCESS)
}

/// What an ONNX file is fed with; refuses options that mean nothing for another format.
fn input(args: &ExportArgs) -> anyhow::Result<Input> {
    let ExportArgs { format, layout, input, check, .. } = *args;
    let only = [("--layout", layout.is_some()), ("--input", input.is_some()), ("--check", check)];
    if let Some((option, _)) = only.iter().find(|(_, is_set)| *is_set && format != Format::Onnx) {
        bail!("{option} is for --format onnx; leave it out");
    }
    if args.int8 && ![Format::C, Format::Onnx].contains(&format) {
        bail!("--int8 is for --format c and --format onnx; leave it out");
    }
    if args.int8 && check {
        bail!("--check compares with the network in floats; leave out --int8 or --check");
    }
    if input == Some(InputChoice::Float) && layout == Some(LayoutChoice::Nhwc) {
        bail!(
            "--input float is [batch, channels, height, width]; leave out --layout nhwc, or choose --input bytes"
        );
    }
    if check && !second::IS_THERE {
        bail!("--check needs a second runtime, which this build lacks\n  {}", second::REMEDY);
    }
    Ok(match (input, layout) {
        (Some(InputChoice::Float), _) => Input::Float,
        (_, Some(LayoutChoice::Nchw)) => Input::Bytes(Layout::Nchw),
        _ => Input::Bytes(Layout::Nhwc),
    })
}

/// Where it goes.
fn out(args: &ExportArgs, trained: &Trained) -> anyhow::Result<PathBuf> {
    let Some(out) = &args.out else {
        let (stem, ending) = match args.format {
            Format::Onnx => (names::stem(trained), "onnx"),
            Format::Safetensors => (names::stem(trained), "safetensors"),
            Format::Npz => (names::stem(trained), "npz"),
            Format::Pytorch => (names::module(trained), "py"),
            Format::C => (names::module(trained), "c"),
            Format::Html => (names::stem(trained), "html"),
            Format::Tensorboard => return Ok(EVENTS.into()),
        };
        return Ok(format!("{stem}.{ending}").into());
    };
    if args.format == Format::Pytorch && out.extension().is_none_or(|ending| ending != "py") {
        bail!(
            "--out {}: a module of Python is a file whose name ends in .py; its weights go beside it",
            quoted(out)
        );
    }
    if args.format == Format::C {
        let stem = file_stem(out);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
        ensure!(
            out.extension().is_some_and(|ending| ending == "c") && stem.chars().all(is_plain),
            "--out {}: a source file of C has a name of letters, digits, '-' and '_' that ends in .c; its header goes beside it",
            quoted(out)
        );
    }
    Ok(out.clone())
}

/// The network in floats or in whole numbers.
fn c_files(args: &ExportArgs, trained: &Trained, name: &str) -> anyhow::Result<c::Sources> {
    if !args.int8 {
        return Ok(c::float_files(trained, name)?);
    }
    let integers = int8::of_run(trained, &trained::located(&args.run)?)?;
    Ok(c::int8_files(trained, &integers, name))
}

/// What a source file includes its header as, without the ending.
fn file_stem(out: &Path) -> String {
    out.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// What a device has to have.
fn taken(c::Size { flash, ram }: c::Size) -> String {
    let [flash, ram] = [flash, ram].map(|bytes| count(bytes as u64));
    format!(
        "on a device: {flash} bytes of flash for constants, beside the instructions; {ram} bytes of RAM, beside the stack"
    )
}

/// Refuses a path that something stands at.
fn free(path: &Path, force: bool) -> anyhow::Result<()> {
    if path.is_dir() {
        bail!("{} is a folder; name a file in it with --out", quoted(path));
    }
    if path.exists() && !force {
        bail!("{} is there already; name another file with --out, or replace it with --force", quoted(path));
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    atomic::write(path, bytes)?;
    say(&format!("written: {} ({} bytes)", path.display(), count(bytes.len() as u64)));
    Ok(())
}
