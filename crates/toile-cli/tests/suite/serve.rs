//! `toile serve`: answers are those of `toile predict`, signals end and reload it, bad arguments are refused.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::cli::{Place, STUDY};
use super::documents::{commands, run};
use super::predict::{test_images, trained, write_png};

const DOCUMENT: &str = include_str!("../../../../docs/serving.md");

/// A server as a user starts it.
pub(crate) struct Serving {
    pub(crate) child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    pub(crate) address: String,
}

impl Serving {
    pub(crate) fn new(place: &Place, args: &[&str]) -> Serving {
        let args = [&["serve"][..], args, &["--port", "0"]].concat();
        let mut child = place.command(&args).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut serving = Serving { child, stderr, address: String::new() };
        let line = serving.hear("listening on http://");
        serving.address = line.rsplit('/').next().unwrap().replace("0.0.0.0", "127.0.0.1");
        serving
    }

    /// Waits until it says this; gives the line.
    fn hear(&mut self, part: &str) -> String {
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "{part:?} was not said:\n{said}");
            if line.contains(part) {
                return line.trim_end().to_owned();
            }
            said += &line;
        }
    }

    fn post(&self, path: &str, body: &[u8]) -> Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str(body).unwrap()
    }

    #[cfg(unix)]
    fn kill(&self, signal: &str) {
        assert!(
            Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success()
        );
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn answers_are_those_of_predict() {
    let place = trained();
    let serving = Serving::new(&place, &["tiny/a@all"]);
    let versions = [("@1", "/versions/1"), ("@2", "/versions/2"), ("@all", "/versions/all")];
    for (run, version) in [("", "")].iter().chain(&versions) {
        agree(&place, &serving, &[&format!("tiny/a{run}")], version);
    }
}

/// Mirror images and a temperature: what a network answers with them is what is served.
#[test]
fn ways_of_answering_are_those_of_predict() {
    let views = "epochs = 2\ntest_time_augmentation = { flip = true, shifts = 1 }";
    let study = STUDY.replacen("[architecture", "validation = 0.25\n[architecture", 1);
    let place = Place::new(&study.replacen("epochs = 2", views, 1));
    place.toile(&["run", "tiny.toml", "--models", "a", "--seeds", "0"]).expect(0);
    place.toile(&["calibrate", "tiny/a"]).expect(0);
    let plain = agree(&place, &Serving::new(&place, &["tiny/a"]), &["tiny/a"], "");
    let calibrated = ["tiny/a", "--calibrated"];
    let warm = agree(&place, &Serving::new(&place, &calibrated), &calibrated, "");
    assert_ne!(plain, warm, "a temperature changes the probabilities");
    // The same training with one look answers otherwise: what was compared has looked six times.
    let once = Place::new(&study);
    once.toile(&["run", "tiny.toml", "--models", "a", "--seeds", "0"]).expect(0);
    assert_ne!(agree(&once, &Serving::new(&once, &["tiny/a"]), &["tiny/a"], ""), plain);
}

/// Pictures and tensors get the answers of `toile predict`, which is told `args`; gives what it says.
fn agree(place: &Place, serving: &Serving, args: &[&str], version: &str) -> String {
    let data = test_images();
    let names: Vec<String> = (0..6).map(|image| format!("{image}.png")).collect();
    for (image, name) in names.iter().enumerate() {
        write_png(&place.path(name), data.image_shape, 1 + image % 2, data.image(image as u32));
    }
    let named: Vec<&str> = names.iter().map(String::as_str).collect();
    let ran = place.toile(&[&["predict", "--json"][..], args, &named].concat()).expect(0);
    for (line, name) in ran.stdout.lines().zip(&names) {
        let expected: Value = serde_json::from_str(line).unwrap();
        let found = serving.post(&format!("/predict/tiny-a{version}"), &place.read(name));
        for key in ["class", "probability", "top", "probabilities"] {
            assert_eq!(found[key].to_string(), expected[key].to_string(), "{args:?}, {name}: {key}");
        }
    }
    // The pixels of a picture of the network's size are its tensor.
    let pixels = data.image(0);
    let tensor = format!(
        "{{\"inputs\":[{{\"name\":\"images\",\"datatype\":\"UINT8\",\"shape\":[1,28,28,1],\"data\":{pixels:?}}}]}}"
    );
    let found = serving.post(&format!("/v2/models/tiny-a{version}/infer"), tensor.as_bytes());
    let expected: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    let values = found["outputs"][0]["data"].as_array().unwrap();
    assert_eq!(values.len(), 10);
    for (value, class) in values.iter().zip(&data.class_names) {
        let number = |value: &Value| value.to_string().parse::<f32>().unwrap();
        assert_eq!(number(value), number(&expected["probabilities"][class]), "{args:?}, {class}");
    }
    ran.stdout
}

#[test]
#[cfg(unix)]
fn signals_reload_and_end_it() {
    let place = trained();
    write_png(&place.path("0.png"), [1, 28, 28], 1, test_images().image(0));
    let mut serving = Serving::new(&place, &["tiny/a"]);
    let picture = place.read("0.png");
    let before = serving.post("/predict", &picture);
    assert_eq!(before["version"], "1");
    // A lower seed has finished meanwhile: the name means another run.
    place.toile(&["run", "tiny.toml", "--models", "a", "--seeds", "0"]).expect(0);
    assert_eq!(serving.post("/predict", &picture), before, "nobody has asked for it");
    serving.kill("-HUP");
    serving.hear("loaded again: tiny-a");
    let after = serving.post("/predict", &picture);
    assert_eq!(after["version"], "0");
    assert_ne!(after["probabilities"], before["probabilities"]);
    // Damage: with the file and the remedy, and the server goes on.
    let weights = place.path("runs/tiny/a/seed-0/weights/last.safetensors");
    let good = fs::read(&weights).unwrap();
    fs::write(&weights, &good[..good.len() - 1]).unwrap();
    serving.kill("-HUP");
    serving.hear("last.safetensors");
    serving.hear("go on");
    assert_eq!(serving.post("/predict", &picture), after);
    serving.kill("-TERM");
    serving.hear("stopped");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}

#[test]
fn bad_arguments_are_told_with_their_remedy() {
    let place = trained();
    fs::write(place.path("short.txt"), "short\n").unwrap();
    fs::write(place.path("words.txt"), "several words of a token\n").unwrap();
    let cases: &[(&[&str], &[&str])] = &[
        (&[], &["RUN"]),
        (&["tiny/nobody"], &["tiny/nobody", "name a run as study/model"]),
        (&["tiny/a@9"], &["no finished run with seed 9", "1 and 2"]),
        (&["tiny"], &["it is a study", "tiny/a"]),
        (&["tiny.toml"], &["tiny.toml"]),
        (&["tiny/a", "tiny/a@1"], &["tiny-a, version 1", "once"]),
        (&["tiny/a", "--calibrated"], &["toile calibrate"]),
        (&["tiny/a", "--port", "65536"], &["--port", "0 to 65,535"]),
        (&["tiny/a", "--port", "-1"], &["--port", "0 to 65,535"]),
        (&["tiny/a", "--port", "http"], &["--port", "0 to 65,535"]),
        (&["tiny/a", "--host", "example.org"], &["--host", "127.0.0.1"]),
        (&["tiny/a", "--host", "-1"], &["--host", "127.0.0.1"]),
        (&["tiny/a", "--host", "192.0.2.1", "--insecure"], &["cannot listen on 192.0.2.1:8000", "--host"]),
        (&["tiny/a", "--host", "0.0.0.0"], &["--token FILE", "--insecure"]),
        (&["tiny/a", "--host", "::"], &["--token FILE", "--insecure"]),
        (&["tiny/a", "--token", "nowhere.txt"], &["nowhere.txt", "cannot be read"]),
        (&["tiny/a", "--token", "short.txt"], &["short.txt", "16 bytes", "head -c 24"]),
        (&["tiny/a", "--token", "words.txt"], &["words.txt", "one word"]),
        (&["tiny/a", "--token", "short.txt", "--insecure"], &["--insecure"]),
        (&["tiny/a", "--cors", "example.org"], &["--cors", "https://HOST"]),
        (&["tiny/a", "--cors", "https://example.org/page"], &["--cors", "https://HOST"]),
        (&["tiny/a", "--threads", "0"], &["--threads", "1 to 1,024"]),
        (&["tiny/a", "--body-max", "0"], &["--body-max", "1 to 4,096"]),
        (&["tiny/a", "--megapixels-max", "-3"], &["--megapixels-max", "1 to 128"]),
        (&["tiny/a", "--batch-max", "0"], &["--batch-max"]),
        (&["tiny/a", "--queue-max", "x"], &["--queue-max"]),
        (&["tiny/a", "--connections-max", "0"], &["--connections-max"]),
        (&["tiny/a", "--header-timeout", "0"], &["--header-timeout"]),
        (&["tiny/a", "--body-timeout", "1.5"], &["--body-timeout"]),
        (&["tiny/a", "--reloaded"], &["--reload"]),
    ];
    for (args, expected) in cases {
        let ran = place.toile(&[&["serve"][..], args].concat()).expect(2);
        assert!(ran.stderr.lines().any(|line| line.starts_with("error: ")), "{args:?}: {}", ran.stderr);
        for part in *expected {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
    }
}

#[test]
#[cfg_attr(not(unix), ignore = "needs a shell and curl")]
fn the_commands_of_its_document_work() {
    let place = Place::new(STUDY);
    write_png(&place.path("shoe.png"), [1, 28, 28], 3, test_images().image(7));
    let mut servers: Vec<(String, Serving)> = Vec::new();
    let commands = commands(DOCUMENT);
    assert!(commands.len() >= 10, "{commands:?}");
    for line in commands {
        if let Some(args) = line.strip_prefix("toile serve ") {
            // Each on a port that is free, in the place of the one it says.
            let words: Vec<&str> = args.split(' ').collect();
            let port = words.iter().position(|word| *word == "--port");
            let named = port.map_or("8000", |at| words[at + 1]);
            let (before, behind) = port.map_or((&words[..], &[][..]), |at| (&words[..at], &words[at + 2..]));
            servers.push((named.to_owned(), Serving::new(&place, &[before, behind].concat())));
            continue;
        }
        let mut line = line
            .replace("toile run quick", "toile run quick --epochs 1")
            .replace("curl", "curl -sS --fail-with-body");
        for (port, serving) in &servers {
            line = line.replace(&format!("127.0.0.1:{port}"), &serving.address);
        }
        run(&place, &line);
    }
    assert_eq!(servers.len(), 3);
}
