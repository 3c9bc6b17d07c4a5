//! What a server is started with.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// Makes the live page of a run by its name, which is answered at an address of this server, or says why there is none.
/// The third argument is the SHA-256 of the weights that answer there: a page of others is none.
pub type PageOf = Arc<dyn Fn(&str, &str, &str) -> Result<String, String> + Send + Sync>;

/// What a server is started with.
#[derive(Clone)]
pub struct Options {
    /// Where it listens.
    pub host: IpAddr,
    /// Its port; 0 for one that is free.
    pub port: u16,
    /// Threads that compute, for each version of a model.
    pub threads: usize,
    /// Answer at the temperatures that were fitted.
    pub calibrated: bool,
    /// What every request has to bring, but those that ask whether the server lives.
    pub token: Option<String>,
    /// Origins whose pages may ask; `*` for all.
    pub origins: Vec<String>,
    /// Look for changed files, and load what they hold.
    pub reload: bool,
    /// The live page of a run.
    pub page: PageOf,
    /// What a request may cost.
    pub limits: Limits,
}

impl Default for Options {
    /// For this machine alone, on port 8000 and all cores; whoever asks is answered, files are looked at once, and there are
    /// no live pages.
    fn default() -> Options {
        Options {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 8000,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            calibrated: false,
            token: None,
            origins: Vec::new(),
            reload: false,
            page: Arc::new(|run, _, _| Err(format!("this server has no live pages, and none of {run}"))),
            limits: Limits::default(),
        }
    }
}

/// What requests may cost at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Bytes of all bodies that come at a time, but of those that come in one read.
    pub bodies_bytes: usize,
    /// Pixels of a picture, width times height, before it becomes an image of the network's.
    pub pixels: u64,
    /// Images of a request.
    pub batch_images: usize,
    /// Images that wait for one version of a model, and pictures that wait to be decoded.
    pub queue_images: usize,
    /// Connections at a time.
    pub connections: usize,
    /// For the head of a request to come, counted from the answer before; idle connections end by it.
    pub header_time: Duration,
    /// For the body of a request to come, and for a client to read something of what it is answered.
    pub body_time: Duration,
    /// For a picture to be decoded: far more than any honest one of the size allowed takes.
    pub decoding_time: Duration,
    /// For requests in flight once the server has been asked to stop.
    pub stop_time: Duration,
}

impl Default for Limits {
    /// 32 MiB and all together 1 GiB, 2^24 pixels, 256 images, 1,024 that wait, 2,048 connections; half a minute, 5
    /// seconds to decode, and 8 to stop.
    fn default() -> Limits {
        Limits {
            body_bytes: 32 << 20,
            bodies_bytes: 1 << 30,
            pixels: 1 << 24,
            batch_images: 256,
            queue_images: 1024,
            connections: 2048,
            header_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            decoding_time: Duration::from_secs(5),
            stop_time: Duration::from_secs(8),
        }
    }
}
