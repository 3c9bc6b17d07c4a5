//! Progress of fetching a data set: a bar on a terminal, a line now and then otherwise.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};
use toile_data::FetchProgress;

use crate::terminal;

/// Time between two lines about the same file where there is no terminal.
const QUIET: Duration = Duration::from_secs(5);

/// Shows on stderr what [`toile_data::load`] tells.
pub fn fetch_progress() -> impl FnMut(FetchProgress) {
    let draws = terminal::draws(&io::stderr());
    let mut bar = Bar { file: String::new(), bar: ProgressBar::hidden() };
    let mut lines = Lines { out: io::stderr(), file: String::new(), last: Instant::now() };
    move |event| match draws {
        true => bar.show(event),
        false => lines.show(event),
    }
}

/// The sentence for what is not a number of bytes.
fn sentence(event: &FetchProgress) -> Option<String> {
    Some(match event {
        FetchProgress::Bytes { .. } | FetchProgress::Decoding { .. } => return None,
        FetchProgress::Started { source } => format!("fetching from {source}"),
        FetchProgress::Waiting { lock } => {
            format!("waiting for another process that fetches the same (it holds {})", lock.display())
        }
        FetchProgress::Failed { said, .. } => format!("  that failed: {said}"),
        FetchProgress::Stored { folder } => format!("complete, verified and kept in {}", folder.display()),
    })
}

struct Bar {
    file: String,
    bar: ProgressBar,
}

impl Bar {
    fn show(&mut self, event: FetchProgress) {
        if let Some(sentence) = sentence(&event) {
            self.bar.finish_and_clear();
            self.file.clear();
            // Nobody is left to be told when stderr is gone.
            let _ = writeln!(io::stderr(), "{sentence}");
        }
        if let FetchProgress::Decoding { done, total } = event {
            return self.decoded(done, total);
        }
        let FetchProgress::Bytes { file, bytes, total } = event else { return };
        if file != self.file {
            self.bar.finish_and_clear();
            self.bar = match total {
                Some(total) => ProgressBar::new(total).with_style(style(
                    "  {msg} [{wide_bar}] {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left",
                )),
                None => ProgressBar::no_length()
                    .with_style(style("  {msg} {spinner} {decimal_bytes}, {decimal_bytes_per_sec}")),
            };
            // What an earlier fetch left is not this one's speed.
            self.bar = self.bar.clone().with_position(bytes).with_message(file.clone());
            self.bar.reset_eta();
            self.file = file;
        }
        self.bar.set_position(bytes);
    }
}

impl Bar {
    fn decoded(&mut self, done: usize, total: usize) {
        if self.file != DECODING {
            self.bar.finish_and_clear();
            self.bar = ProgressBar::new(total as u64)
                .with_style(style("  {msg} [{wide_bar}] {human_pos} of {human_len}, {per_sec}, {eta} left"))
                .with_message(DECODING);
            DECODING.clone_into(&mut self.file);
        }
        self.bar.set_position(done as u64);
        if done == total {
            self.bar.finish_and_clear();
            self.file.clear();
        }
    }
}

/// What is told while pictures become bytes; once, for they are kept.
const DECODING: &str = "decoding pictures";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

struct Lines<W> {
    out: W,
    file: String,
    last: Instant,
}

impl<W: Write> Lines<W> {
    fn show(&mut self, event: FetchProgress) {
        let line = match (sentence(&event), event) {
            (Some(sentence), _) => {
                self.file.clear();
                sentence
            }
            (None, FetchProgress::Bytes { file, bytes, total }) => {
                let is_new = file != self.file;
                if !is_new && self.last.elapsed() < QUIET {
                    return;
                }
                self.last = Instant::now();
                self.file.clone_from(&file);
                let bytes = DecimalBytes(bytes);
                match total {
                    Some(total) => format!("  {file}: {bytes} of {}", DecimalBytes(total)),
                    None => format!("  {file}: {bytes}"),
                }
            }
            (None, FetchProgress::Decoding { done, total }) => {
                let is_new = self.file != DECODING;
                if done == total || (!is_new && self.last.elapsed() < QUIET) {
                    return;
                }
                self.last = Instant::now();
                DECODING.clone_into(&mut self.file);
                format!("  {DECODING}: {done} of {total}")
            }
            (None, _) => return,
        };
        // Nobody is left to be told when stderr is gone.
        let _ = writeln!(self.out, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_a_file_gets_one_line_unless_it_takes_long() {
        let mut lines = Lines { out: Vec::new(), file: String::new(), last: Instant::now() };
        let bytes =
            |file: &str, bytes| FetchProgress::Bytes { file: file.to_owned(), bytes, total: Some(2_500_000) };
        lines.show(FetchProgress::Started { source: "http://one/".to_owned() });
        lines.show(FetchProgress::Failed { source: "http://one/".to_owned(), said: "HTTP 404".to_owned() });
        lines.show(bytes("a.gz", 0));
        lines.show(bytes("a.gz", 1_000_000));
        lines.last = Instant::now() - QUIET;
        lines.show(bytes("a.gz", 2_000_000));
        lines.show(bytes("a.gz", 2_500_000));
        lines.show(bytes("b.gz", 0));
        lines.show(FetchProgress::Stored { folder: "cache".into() });
        let expected = "\
fetching from http://one/
  that failed: HTTP 404
  a.gz: 0 B of 2.50 MB
  a.gz: 2.00 MB of 2.50 MB
  b.gz: 0 B of 2.50 MB
complete, verified and kept in cache
";
        assert_eq!(String::from_utf8(lines.out).unwrap(), expected);
    }
}
