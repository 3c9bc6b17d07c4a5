//! A download over HTTP that continues where an earlier one broke off.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::time::Duration;

use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

use crate::files::BYTES_MAX;

/// Asks mirrors, with limits on how long a silent one is waited for.
pub(crate) struct Client {
    agent: Agent,
}

/// How a request for the rest of a file ended.
enum Outcome {
    /// The file is whole.
    Whole,
    /// It broke off or has to be asked for again; why.
    Broken(String),
}

impl Client {
    pub(crate) fn new() -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_resolve(Some(Duration::from_secs(5)))
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_recv_response(Some(Duration::from_secs(10)))
            .timeout_per_read(Some(Duration::from_secs(15)))
            .user_agent(concat!("toile/", env!("CARGO_PKG_VERSION")));
        // The tests' servers are on this machine, whatever proxy the environment names.
        #[cfg(test)]
        let config = config.proxy(None);
        Client { agent: config.build().into() }
    }

    /// Fetches `url` into `part`, after the bytes already there. A broken connection is taken up again as long
    /// as each attempt gets further than the one before.
    pub(crate) fn download(
        &self,
        url: &str,
        part: &Path,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<(), String> {
        let mut furthest = None;
        loop {
            let broken = match self.request_rest(url, part, progress)? {
                Outcome::Broken(why) => why,
                Outcome::Whole => return Ok(()),
            };
            let len = part.metadata().map_or(0, |meta| meta.len());
            if furthest.is_some_and(|furthest| len <= furthest) {
                return Err(format!("{url}: {broken}"));
            }
            furthest = Some(len);
        }
    }

    fn request_rest(
        &self,
        url: &str,
        part: &Path,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Outcome, String> {
        let said = |what: &dyn std::fmt::Display| format!("{url}: {what}");
        let disk = |error: io::Error| format!("cannot write {}: {error}", part.display());
        let have = part.metadata().map_or(0, |meta| meta.len());
        let mut request = self.agent.get(url).header(header::ACCEPT_ENCODING, "identity");
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let response = request.call().map_err(|error| match error {
            ureq::Error::Io(error) => said(&error),
            error => said(&error),
        })?;
        let (start, total) = match response.status() {
            StatusCode::OK => (0, length(&response)),
            StatusCode::PARTIAL_CONTENT if range_start(&response) == Some(have) => {
                (have, length(&response).map(|rest| have + rest))
            }
            // Nothing lies beyond what is there, or another range came than was asked for.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                std::fs::remove_file(part).map_err(disk)?;
                return Ok(Outcome::Broken("the server would not continue the download".to_owned()));
            }
            status => return Err(said(&format!("HTTP {status}"))),
        };
        if let Some(total) = total.filter(|&total| total > BYTES_MAX) {
            return Err(said(&format!("announces {total} bytes, more than any file of this data set")));
        }
        let mut file = OpenOptions::new().create(true).append(true).open(part).map_err(disk)?;
        if start == 0 {
            file.set_len(0).map_err(disk)?;
        }
        let outcome = copy(response, &mut file, start, total, progress).map_err(disk)?;
        if file.metadata().map_err(disk)?.len() > BYTES_MAX {
            std::fs::remove_file(part).map_err(disk)?;
            return Err(said(&"sends more than any file of this data set has"));
        }
        Ok(outcome)
    }
}

/// Copies the body; errors are the disk's, the network's are an outcome.
fn copy(
    mut response: Response<Body>,
    file: &mut File,
    start: u64,
    total: Option<u64>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> io::Result<Outcome> {
    let mut reader = response.body_mut().as_reader();
    let mut buffer = vec![0; 64 << 10];
    let mut bytes = start;
    progress(bytes, total);
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(read) => read,
            Err(error) => return Ok(Outcome::Broken(broke_off(bytes, total, &error))),
        };
        if read == 0 {
            return Ok(match total {
                Some(total) if bytes < total => {
                    Outcome::Broken(broke_off(bytes, Some(total), &"the connection was closed"))
                }
                _ => Outcome::Whole,
            });
        }
        file.write_all(&buffer[..read])?;
        bytes += read as u64;
        progress(bytes, total);
        if bytes > BYTES_MAX {
            return Ok(Outcome::Whole);
        }
    }
}

fn broke_off(bytes: u64, total: Option<u64>, why: &dyn std::fmt::Display) -> String {
    match total {
        Some(total) => format!("broke off after {bytes} of {total} bytes: {why}"),
        None => format!("broke off after {bytes} bytes: {why}"),
    }
}

fn length(response: &Response<Body>) -> Option<u64> {
    response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// First byte of `Content-Range: bytes FIRST-LAST/TOTAL`.
fn range_start(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok()
}
