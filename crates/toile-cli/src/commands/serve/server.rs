//! From the arguments to a server, and what it says meanwhile.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use toile_serve::{Event, Limits, Options, Server};
use toile_study::numbers::counted;
use toile_study::trained;

use super::args::{LimitArgs, ServeArgs};
use crate::command_line::quoted;
use crate::exit::with_causes;
use crate::live;
use crate::progress::{complain, remark, say};
use crate::stop;

/// A token of fewer bytes would be guessed.
const TOKEN_BYTES_MIN: usize = 16;

pub(super) fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    let server = Server::start(&args.runs, options(args)?)?;
    let (to_stop, to_reload) = (server.handle(), server.handle());
    stop::serving(
        move || {
            say("stopping: what is in flight is answered (again ends at once)");
            to_stop.stop();
        },
        move || to_reload.reload(),
    )?;
    for model in server.models() {
        let [channels, height, width] = model.image_shape;
        let colour = if channels == 1 { "grey" } else { "RGB" };
        say(&format!(
            "{}: {width} x {height} {colour}, {}; versions {}",
            model.name,
            counted(model.class_names.len(), "class"),
            model.versions.join(", ")
        ));
    }
    if let Some(who) = from_elsewhere(args) {
        remark(&who);
    }
    say(&format!("listening on http://{}", server.address()));
    server.run(|event| match event {
        Event::Reloaded(models) => {
            let names: Vec<String> = models.into_iter().map(|model| model.name).collect();
            say(&format!("loaded again: {}", names.join(", ")));
        }
        Event::ReloadRefused(problem) => {
            complain(&format!(
                "{problem}\n  the runs as they were loaded before go on; put it right and send SIGHUP"
            ));
        }
        Event::CutOff(connections) => {
            let connections = counted(connections as usize, "connection");
            remark(&format!("{connections} did not end in time, and had to"));
        }
    });
    say("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Who may ask from other machines; `None` where they do not reach it.
fn from_elsewhere(args: &ServeArgs) -> Option<String> {
    let host = args.host;
    if host.is_loopback() {
        return None;
    }
    let which = if host.is_unspecified() { "all addresses of this machine" } else { "this address" };
    Some(match &args.token {
        Some(file) => format!(
            "--host {host}: other machines reach the server at {which}; whoever brings the token in {} may ask, and anybody \
             whether it lives",
            quoted(file)
        ),
        None => format!(
            "--host {host} --insecure: other machines reach the server at {which}; anybody there may ask, and see the \
             model's page"
        ),
    })
}

fn options(args: &ServeArgs) -> anyhow::Result<Options> {
    let ServeArgs { host, port, token, insecure, reload, calibrated, cors, threads, limits, .. } = args;
    ensure!(
        host.is_loopback() || token.is_some() || *insecure,
        "--host {host} can be reached from other machines\n  Want a token from whoever asks (--token FILE), or let anybody \
         ask (--insecure)"
    );
    let page = |run: &str, address: &str, weights: &str| {
        let path = trained::located(run).map_err(anyhow::Error::from);
        let page = path.and_then(|path| live::page_of_server(&path, address, weights));
        page.map_err(|error| with_causes(&*error))
    };
    Ok(Options {
        host: *host,
        port: *port,
        threads: threads.unwrap_or_else(|| available_parallelism().map_or(1, usize::from)),
        calibrated: *calibrated,
        token: token.as_deref().map(read_token).transpose()?,
        origins: cors.clone(),
        reload: *reload,
        page: Arc::new(page),
        limits: of(limits),
    })
}

fn of(args: &LimitArgs) -> Limits {
    Limits {
        body_bytes: args.body_max << 20,
        pixels: args.megapixels_max * 1_000_000,
        batch_images: args.batch_max,
        queue_images: args.queue_max,
        connections: args.connections_max,
        header_time: Duration::from_secs(args.header_timeout),
        body_time: Duration::from_secs(args.body_timeout),
        ..Limits::default()
    }
}

/// The text of a file, without the space around it.
fn read_token(path: &Path) -> anyhow::Result<String> {
    let text =
        fs::read_to_string(path).with_context(|| format!("--token {}: it cannot be read", quoted(path)))?;
    let token = text.trim();
    let remedy = "make one with: head -c 24 /dev/urandom | base64 > token.txt";
    if token.len() < TOKEN_BYTES_MIN {
        bail!(
            "--token {}: it holds fewer than {TOKEN_BYTES_MIN} bytes, which could be guessed\n  {remedy}",
            quoted(path)
        );
    }
    ensure!(
        token.bytes().all(|byte| byte.is_ascii_graphic()),
        "--token {}: it holds more than one word of plain letters, digits and signs\n  {remedy}",
        quoted(path)
    );
    Ok(token.to_owned())
}
