//! What is counted, and Prometheus's text of it.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::models::Models;

/// What requests are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Health,
    Metadata,
    Infer,
    Predict,
    Metrics,
    Page,
    OpenApi,
    /// No route at all, or one that somebody may not use.
    Other,
}

const ROUTES: [(Route, &str); 8] = [
    (Route::Health, "health"),
    (Route::Metadata, "metadata"),
    (Route::Infer, "infer"),
    (Route::Predict, "predict"),
    (Route::Metrics, "metrics"),
    (Route::Page, "page"),
    (Route::OpenApi, "openapi"),
    (Route::Other, "other"),
];

/// Statuses that are answered with; the last stands for any other.
const STATUSES: [u16; 14] = [200, 204, 400, 401, 403, 404, 405, 408, 413, 415, 422, 500, 503, 0];
/// Upper bounds of the latencies, in seconds.
const SECONDS: [f64; 13] = [0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0];
/// Upper bounds of the batches, in images.
const IMAGES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Counters since the server started.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: [[AtomicU64; STATUSES.len()]; ROUTES.len()],
    /// By routes that compute: infer, predict.
    latencies: [Histogram<{ SECONDS.len() }>; 2],
    batches: Histogram<{ IMAGES.len() }>,
    pub(crate) connections: AtomicU64,
    pub(crate) connections_refused: AtomicU64,
    pub(crate) heads_refused: AtomicU64,
    pub(crate) decoding: AtomicU64,
    pub(crate) reloads: AtomicU64,
    pub(crate) reloads_refused: AtomicU64,
}

/// Counts up to bounds; each count is of its own bucket, and summed where it is written.
#[derive(Debug)]
struct Histogram<const N: usize> {
    counts: [AtomicU64; N],
    beyond: AtomicU64,
    /// In millionths.
    sum: AtomicU64,
}

impl<const N: usize> Default for Histogram<N> {
    fn default() -> Self {
        Histogram {
            counts: [const { AtomicU64::new(0) }; N],
            beyond: AtomicU64::new(0),
            sum: AtomicU64::new(0),
        }
    }
}

impl<const N: usize> Histogram<N> {
    fn add(&self, bounds: &[f64; N], value: f64) {
        let bucket = bounds.iter().position(|&bound| value <= bound);
        bucket.map_or(&self.beyond, |at| &self.counts[at]).fetch_add(1, Relaxed);
        self.sum.fetch_add((value * 1e6) as u64, Relaxed);
    }

    /// `labels` are those beside the bound, with a comma behind.
    fn write(&self, text: &mut String, name: &str, labels: &str, bounds: &[f64; N]) {
        let mut count = 0;
        for (bound, of_bucket) in bounds.iter().zip(&self.counts) {
            count += of_bucket.load(Relaxed);
            line(text, format_args!("{name}_bucket{{{labels}le=\"{bound}\"}} {count}"));
        }
        count += self.beyond.load(Relaxed);
        line(text, format_args!("{name}_bucket{{{labels}le=\"+Inf\"}} {count}"));
        let braced = match labels.trim_end_matches(',') {
            "" => String::new(),
            labels => format!("{{{labels}}}"),
        };
        line(text, format_args!("{name}_sum{braced} {}", self.sum.load(Relaxed) as f64 / 1e6));
        line(text, format_args!("{name}_count{braced} {count}"));
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes everything");
}

impl Metrics {
    /// Counts an answer.
    pub(crate) fn answered(&self, route: Route, status: u16, took: Duration) {
        let status = STATUSES.iter().position(|&known| known == status).unwrap_or(STATUSES.len() - 1);
        self.requests[route as usize][status].fetch_add(1, Relaxed);
        if let Some(which) = [Route::Infer, Route::Predict].iter().position(|&of| of == route) {
            self.latencies[which].add(&SECONDS, took.as_secs_f64());
        }
    }

    /// Counts images that were computed together.
    pub(crate) fn batch(&self, images: usize) {
        self.batches.add(&IMAGES, images as f64);
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self, models: &Models) -> String {
        let mut text = String::with_capacity(8 << 10);
        let out = &mut text;
        head(out, "toile_requests_total", "counter", "Requests that were answered");
        for ((_, route), statuses) in ROUTES.iter().zip(&self.requests) {
            for (status, count) in STATUSES.iter().zip(statuses) {
                let count = count.load(Relaxed);
                let name = if *status == 0 { "other".to_owned() } else { status.to_string() };
                if count > 0 {
                    line(
                        out,
                        format_args!("toile_requests_total{{route=\"{route}\",status=\"{name}\"}} {count}"),
                    );
                }
            }
        }
        let name = "toile_request_seconds";
        head(out, name, "histogram", "From a request's head to its answer");
        for (route, histogram) in ["infer", "predict"].iter().zip(&self.latencies) {
            histogram.write(out, name, &format!("route=\"{route}\","), &SECONDS);
        }
        head(out, "toile_batch_images", "histogram", "Images that were computed together");
        self.batches.write(out, "toile_batch_images", "", &IMAGES);
        head(out, "toile_queue_images", "gauge", "Images that wait");
        for model in models.all() {
            for version in model.versions() {
                let (name, at, len) = (&model.facts.name, &version.name, version.queue().len());
                line(out, format_args!("toile_queue_images{{model=\"{name}\",version=\"{at}\"}} {len}"));
            }
        }
        self.write_single(out);
        text
    }

    fn write_single(&self, out: &mut String) {
        let errors = self.requests.iter().flat_map(|statuses| STATUSES.iter().zip(statuses));
        let errors: u64 =
            errors.filter(|(status, _)| **status >= 400).map(|(_, count)| count.load(Relaxed)).sum();
        for (name, kind, help, value) in [
            ("toile_errors_total", "counter", "Requests that were answered with 4xx or 5xx", errors),
            ("toile_connections", "gauge", "Connections that are open", self.connections.load(Relaxed)),
            (
                "toile_connections_refused_total",
                "counter",
                "Connections beyond the limit",
                self.connections_refused.load(Relaxed),
            ),
            (
                "toile_heads_refused_total",
                "counter",
                "Requests whose head was no HTTP, too large or too slow",
                self.heads_refused.load(Relaxed),
            ),
            (
                "toile_decoding",
                "gauge",
                "Pictures that are decoded or wait for it",
                self.decoding.load(Relaxed),
            ),
            (
                "toile_reloads_total",
                "counter",
                "Times that runs were loaded again",
                self.reloads.load(Relaxed),
            ),
            (
                "toile_reloads_refused_total",
                "counter",
                "Times that runs could not be loaded again",
                self.reloads_refused.load(Relaxed),
            ),
        ] {
            head(out, name, kind, help);
            line(out, format_args!("{name} {value}"));
        }
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    line(text, format_args!("# HELP {name} {help}.\n# TYPE {name} {kind}"));
}
