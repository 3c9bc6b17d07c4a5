//! What `toile serve` is asked with.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use crate::args::values::whole;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
A run is named by study and model (its finished run with the lowest seed), with @ and a seed behind for another, with \
@all for all its finished runs, or by a folder or a file of weights.

A model's name is its study's and its own, as baseline-vs-better-better; its versions are the seeds that are served, and \
with @all also `all`, the mean of their probabilities. Where a request names no version the lowest seed answers, as \
`toile predict` would.

Routes:
  GET  /                              the page in which the network runs
  GET  /v2, /v2/health/ready          the Open Inference Protocol
  POST /v2/models/MODEL/infer         its tensors; also /v2/models/MODEL/versions/SEED/infer
  POST /predict                       a picture; of several models to /predict/MODEL
  GET  /metrics                       for Prometheus
  GET  /openapi.json                  all of it described

SIGTERM and Ctrl-C answer what is in flight and end; SIGHUP loads the runs again.

Examples:
  toile serve baseline-vs-better/better
  toile serve photos/cnn@all digits/small@3 --port 9000 --reload
  toile serve photos/cnn --host 0.0.0.0 --token token.txt
  curl --data-binary @shoe.png http://127.0.0.1:8000/predict";

/// Lets trained networks answer over HTTP
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct ServeArgs {
    /// The runs: STUDY/MODEL, STUDY/MODEL@SEED, STUDY/MODEL@all, folders, or files of weights
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<String>,
    /// The address to listen on; another than of this machine alone needs --token or --insecure
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = address, allow_hyphen_values = true)]
    pub host: IpAddr,
    /// The port; 0 takes a free one
    #[arg(long, value_name = "N", default_value = "8000", value_parser = whole::<u16>(0..=65_535), allow_hyphen_values = true)]
    pub port: u16,
    /// Want the text in this file from every request, as Authorization: Bearer TEXT
    #[arg(long, value_name = "FILE")]
    pub token: Option<PathBuf>,
    /// Let anybody ask who reaches the address
    #[arg(long, conflicts_with = "token")]
    pub insecure: bool,
    /// Load the runs again when their files have changed
    #[arg(long)]
    pub reload: bool,
    /// Answer at the temperatures that `toile calibrate` kept
    #[arg(long)]
    pub calibrated: bool,
    /// Let pages of this origin ask, as `https://example.org`; * for all
    #[arg(long, value_name = "ORIGIN", value_parser = origin, allow_hyphen_values = true)]
    pub cors: Vec<String>,
    /// Threads that compute, for each version of a model [default: all cores]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=1024), allow_hyphen_values = true)]
    pub threads: Option<usize>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a comment would stand in the help")]
    pub limits: LimitArgs,
}

/// What a request may cost.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// MiB of a request's body
    #[arg(long, value_name = "MIB", default_value = "32", value_parser = whole::<usize>(1..=4096), allow_hyphen_values = true)]
    pub body_max: usize,
    /// Millions of pixels of a picture
    #[arg(long, value_name = "N", default_value = "16", value_parser = whole::<u64>(1..=128), allow_hyphen_values = true)]
    pub megapixels_max: u64,
    /// Images of a request
    #[arg(long, value_name = "N", default_value = "256", value_parser = whole::<usize>(1..=65_536), allow_hyphen_values = true)]
    pub batch_max: usize,
    /// Images that wait, for each version of a model
    #[arg(long, value_name = "N", default_value = "1024", value_parser = whole::<usize>(1..=1_000_000), allow_hyphen_values = true)]
    pub queue_max: usize,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value = "2048", value_parser = whole::<usize>(1..=1_000_000), allow_hyphen_values = true)]
    pub connections_max: usize,
    /// Seconds for the head of a request, counted from the answer before: idle connections end by it
    #[arg(long, value_name = "S", default_value = "30", value_parser = whole::<u64>(1..=3600), allow_hyphen_values = true)]
    pub header_timeout: u64,
    /// Seconds for the body of a request
    #[arg(long, value_name = "S", default_value = "30", value_parser = whole::<u64>(1..=3600), allow_hyphen_values = true)]
    pub body_timeout: u64,
}

fn address(text: &str) -> Result<IpAddr, String> {
    let text = if text == "localhost" { "127.0.0.1" } else { text };
    text.parse().map_err(|_| "write an address of this machine, as 127.0.0.1, ::1 or 0.0.0.0".to_owned())
}

fn origin(text: &str) -> Result<String, String> {
    let host = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let is_host = |host: &str| {
        !host.is_empty() && !host.contains(|c: char| "/?#*@".contains(c) || !c.is_ascii_graphic())
    };
    match text == "*" || host.is_some_and(is_host) {
        true => Ok(text.to_owned()),
        false => {
            Err("write an origin as browsers send it, http://HOST[:PORT] or https://HOST[:PORT], or *".into())
        }
    }
}
