//! A server of its own for each test, and a client that sends bytes as they are.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use toile::data::Dataset;
use toile::{Model, Recipe, layers, layers::*};
use toile_serve::{Event, Handle, Limits, Options, Server};
use toile_store::weights;
use toile_study::trained;

/// Bytes of an image: 1 channel, 2 rows, 3 columns.
pub(crate) const IMAGE: usize = 6;

pub(crate) fn data() -> Dataset {
    let pixels: Vec<u8> = (0..40u32 * IMAGE as u32).map(|i| (i * i * 37 % 251) as u8).collect();
    let labels = (0..40).map(|image| image % 3).collect();
    Dataset::new([1, 2, 3], pixels, labels, ["a", "b", "c \"d\""].map(str::to_owned).to_vec())
}

pub(crate) fn model(seed: u64) -> Model {
    let layers = layers![Flatten, Linear::new(5), ReLU, Linear::new(3), LogSoftmax];
    let recipe = Recipe { layers, epochs: 1, batch_size: 4, ..Recipe::default() };
    toile::train(&recipe, &data(), seed).unwrap()
}

/// The model of [`Place`]s: they all have one, called `model`, of seed 0.
pub(crate) fn options() -> Options {
    Options {
        port: 0,
        threads: 1,
        page: Arc::new(|_, address, _| Ok(format!("<html>a page that asks {address}</html>"))),
        ..Options::default()
    }
}

/// Writes a model under another name.
fn save(model: &Model, name: &str, path: &Path) {
    model.save(path).unwrap();
    let mut trained = trained::read(path).unwrap();
    trained.run.model = name.to_owned();
    let mut bytes = Vec::new();
    weights::write(&mut bytes, &trained.about(), &trained.weights).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A server that runs until the end of its test.
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    pub(crate) weights: PathBuf,
    pub(crate) events: Arc<Mutex<Vec<Event>>>,
    server: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl Place {
    pub(crate) fn new(options: Options) -> Place {
        Place::of(options, &[0])
    }

    pub(crate) fn limited(change: impl FnOnce(&mut Limits)) -> Place {
        let mut options = options();
        change(&mut options.limits);
        Place::new(options)
    }

    pub(crate) fn of(options: Options, seeds: &[u64]) -> Place {
        Place::of_models(options, &seeds.iter().map(|&seed| model(seed)).collect::<Vec<_>>())
    }

    pub(crate) fn of_models(options: Options, models: &[Model]) -> Place {
        let named: Vec<_> = models.iter().map(|model| ("model", model.clone())).collect();
        Place::of_named(options, &named)
    }

    /// Of models under these names.
    pub(crate) fn of_named(options: Options, models: &[(&str, Model)]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> =
            (0..models.len()).map(|number| folder.path().join(format!("{number}.safetensors"))).collect();
        for ((name, model), path) in models.iter().zip(&paths) {
            save(model, name, path);
        }
        let runs: Vec<String> = paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect();
        let server = Server::start(&runs, options).unwrap();
        let (address, handle) = (server.address(), server.handle());
        let events: Arc<Mutex<Vec<Event>>> = Arc::default();
        let heard = Arc::clone(&events);
        let server = thread::spawn(move || server.run(move |event| heard.lock().unwrap().push(event)));
        Place { address, handle, weights: paths[0].clone(), events, server: Some(server), _folder: folder }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Sends bytes, and reads until the server ends the connection.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // The server may have ended it before it has read all.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    /// The answer to one request on a connection of its own.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Said {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
            body.len()
        );
        Said::of(&self.raw(&[head.as_bytes(), body].concat()))
    }

    pub(crate) fn get(&self, path: &str) -> Said {
        self.ask("GET", path, "", b"")
    }

    pub(crate) fn infer(&self, body: &str) -> Said {
        self.ask("POST", "/v2/models/model/infer", "", body.as_bytes())
    }

    /// A number of `/metrics`.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse().unwrap()
    }

    /// It still answers, and rightly.
    #[track_caller]
    pub(crate) fn is_well(&self) {
        let pixels = &data().pixels[..IMAGE];
        let said = self.infer(&tensor(pixels));
        assert_eq!(said.status, 200, "{}", said.text());
        assert_eq!(said.probabilities(), model(0).predict(pixels).unwrap()[0].probabilities);
    }

    /// Stops it, and gives what it had to tell.
    pub(crate) fn stop(mut self) -> Vec<Event> {
        self.handle.stop();
        self.server.take().unwrap().join().unwrap();
        std::mem::take(&mut *self.events.lock().unwrap())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.handle.stop();
        if let Some(server) = self.server.take() {
            let ended = server.join();
            assert!(ended.is_ok() || thread::panicking());
        }
    }
}

/// A PNG file of so many columns and rows.
pub(crate) fn picture([columns, rows]: [u32; 2], colour: png::ColorType, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, columns, rows);
    encoder.set_color(colour);
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    bytes
}

/// The request for what the network makes of pixel bytes.
pub(crate) fn tensor(pixels: &[u8]) -> String {
    let images = pixels.len() / IMAGE;
    format!(
        "{{\"inputs\":[{{\"name\":\"images\",\"datatype\":\"UINT8\",\"shape\":[{images},2,3,1],\"data\":{pixels:?}}}]}}"
    )
}

/// A request as bytes.
pub(crate) fn request(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Said {
    /// Of all that came on a connection.
    #[track_caller]
    pub(crate) fn of(bytes: &[u8]) -> Said {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Said { status, head: head.to_lowercase(), body: bytes[end + 4..].to_vec() }
    }

    /// The next answer on a connection that stays open.
    pub(crate) fn next(stream: &mut TcpStream) -> Said {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            bytes.push(byte[0]);
        }
        let mut said = Said::of(&bytes);
        said.body = vec![0; said.header("content-length").unwrap().parse().unwrap()];
        stream.read_exact(&mut said.body).unwrap();
        said
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = |line: &'_ str| -> Option<usize> {
            line.starts_with(&format!("{name}: ")).then_some(name.len() + 2)
        };
        self.head.lines().find_map(|line| value(line).map(|from| &line[from..]))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The reason of a refusal.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }

    /// The first output's values as the numbers that they are written for.
    #[track_caller]
    pub(crate) fn probabilities(&self) -> Vec<f32> {
        let json = self.json();
        let output =
            json["outputs"].as_array().unwrap().iter().find(|output| output["name"] == "probabilities");
        output.unwrap()["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value.to_string().parse().unwrap())
            .collect()
    }
}
