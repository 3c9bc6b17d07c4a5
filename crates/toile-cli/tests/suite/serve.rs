//! `toile serve`: answers are those of `toile predict`, signals end and reload it, bad arguments are refused.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::cli::{Place, STUDY};
use super::documents::{commands, outputs, run};
use super::predict::{test_images, trained, write_png};

const DOCUMENT: &str = include_str!("../../../../docs/serving.md");

/// A server as a user starts it.
pub(crate) struct Serving {
    pub(crate) child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    /// What it said before it listened.
    at_start: String,
    pub(crate) address: String,
}

impl Serving {
    pub(crate) fn new(place: &Place, args: &[&str]) -> Serving {
        let args = [&["serve"][..], args, &["--port", "0"]].concat();
        let mut child = place.command(&args).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let mut serving = Serving { child, stderr, at_start: String::new(), address: String::new() };
        let (line, before) = serving.hear_all("listening on http://");
        serving.at_start = before;
        serving.address = line.rsplit('/').next().unwrap().replace("0.0.0.0", "127.0.0.1");
        serving
    }

    /// Waits until it says this.
    fn hear(&mut self, part: &str) {
        self.hear_all(part);
    }

    /// Waits until it says this; gives the line, and what it said before.
    fn hear_all(&mut self, part: &str) -> (String, String) {
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "{part:?} was not said:\n{said}");
            if line.contains(part) {
                return (line.trim_end().to_owned(), said);
            }
            said += &line;
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends bytes; gives the status and all that comes until the connection ends.
    fn raw(&self, bytes: &[u8]) -> (u16, String) {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }

    /// The status and the answer to a request with these fields beside the usual ones.
    fn ask(&self, method: &str, path: &str, fields: &str, body: &[u8]) -> (u16, String) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n{fields}\r\n",
            body.len()
        );
        self.raw(&[head.as_bytes(), body].concat())
    }

    fn post(&self, path: &str, body: &[u8]) -> Value {
        let (status, answer) = self.ask("POST", path, "", body);
        assert_eq!(status, 200, "{answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
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

/// What the arguments say is what the server does.
#[test]
fn arguments_arrive() {
    let place = trained();
    let limits = "--body-max 1 --megapixels-max 1 --batch-max 2 --connections-max 3 --header-timeout 2 --body-timeout 1";
    let args = "tiny/a@1 --host 0.0.0.0 --insecure --reload --threads 2 --cors https://example.org --cors https://example.com";
    let args: Vec<&str> = args.split(' ').chain(limits.split(' ')).collect();
    let mut serving = Serving::new(&place, &args);

    let origin = |name: &str| serving.ask("GET", "/v2", &format!("origin: https://{name}\r\n"), b"").1;
    for name in ["example.org", "example.com"] {
        let answer = origin(name);
        assert!(answer.contains(&format!("access-control-allow-origin: https://{name}\r\n")), "{answer}");
    }
    assert!(!origin("example.net").contains("access-control-allow-origin"));

    write_png(&place.path("wide.png"), [1, 1000, 1001], 1, &vec![0; 1_001_000]);
    let tensor = |images: usize| {
        let pixels = vec![0; images * 784];
        let head = format!("\"name\":\"images\",\"datatype\":\"UINT8\",\"shape\":[{images},28,28,1]");
        format!("{{\"inputs\":[{{{head},\"data\":{pixels:?}}}]}}").into_bytes()
    };
    let infer = "/v2/models/tiny-a/infer";
    for (path, body, status, part) in [
        (infer, tensor(2), 200, "probabilities"),
        (infer, tensor(3), 400, "2"),
        (infer, vec![b' '; (1 << 20) + 1], 413, "more than 1048576 bytes"),
        ("/predict", place.read("wide.png"), 413, "1001 x 1000 pixels, and 1000000 in all are the most"),
    ] {
        let (found, answer) = serving.ask("POST", path, "", &body);
        assert!(found == status && answer.contains(part), "{part}: {answer}");
    }
    for (bytes, part) in [
        ("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx", "more than 1 s"),
        ("POST /predict HTTP/1.1\r\nhost", "more than 2 s"),
    ] {
        let (status, answer) = serving.raw(bytes.as_bytes());
        assert!(status == 408 && answer.contains(part), "{part}: {answer}");
    }
    // Idle connections end after 2 s: the three are taken anew until all are there at once.
    let is_full = (0..20).any(|_| {
        let _held: Vec<TcpStream> = (0..3).map(|_| serving.connect()).collect();
        std::thread::sleep(Duration::from_millis(100));
        let (status, answer) = serving.ask("GET", "/v2/health/live", "", b"");
        status == 503 && answer.contains("3 connections are open already")
    });
    assert!(is_full);

    // The same bytes at another time.
    let weights = place.path("runs/tiny/a/seed-1/weights/last.safetensors");
    fs::write(&weights, fs::read(&weights).unwrap()).unwrap();
    serving.hear("loaded again: tiny-a");
}

#[test]
fn who_may_ask_from_elsewhere_is_said_at_the_start() {
    let place = trained();
    fs::write(place.path("token.txt"), "a-word-of-some-length\n").unwrap();
    let said = |args: &str| {
        let all: Vec<&str> = ["tiny/a@1"].into_iter().chain(args.split(' ')).collect();
        Serving::new(&place, &all).at_start.clone()
    };
    let token = said("--host 0.0.0.0 --token token.txt");
    assert!(token.contains("other machines reach the server at all addresses of this machine"), "{token}");
    assert!(token.contains("whoever brings the token in token.txt may ask"), "{token}");
    assert!(!token.contains("anybody there may ask") && !token.contains("a-word-of-some-length"), "{token}");
    let insecure = said("--host 0.0.0.0 --insecure");
    assert!(insecure.contains("anybody there may ask, and see the model's page"), "{insecure}");
    // Nobody reaches this machine's own address from elsewhere.
    for args in ["--host 127.0.0.1", "--insecure", "--token token.txt"] {
        let said = said(args);
        assert!(!said.contains("other machines") && !said.contains("may ask"), "{args}: {said}");
    }
}

#[test]
fn bad_arguments_are_told_with_their_remedy() {
    let place = trained();
    place.toile(&["quantize", "tiny/a@1", "--images", "5"]).expect(0);
    fs::write(place.path("short.txt"), "short\n").unwrap();
    fs::write(place.path("words.txt"), "several words of a token\n").unwrap();
    let cases: &[(&[&str], &[&str])] = &[
        (&[], &["RUN"]),
        (&["tiny/nobody"], &["tiny/nobody", "name a run as study/model"]),
        (&["tiny/a@9"], &["no finished run with seed 9", "1 and 2"]),
        (&["tiny"], &["it is a study", "tiny/a"]),
        (&["tiny/a-int8"], &["it is an int8 run", "a@1"]),
        (&["runs/tiny/a-int8/seed-1"], &["it is an int8 run", "a@1"]),
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
    let mut said = Vec::new();
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
        said.push(run(&place, &line).stdout);
    }
    assert_eq!(servers.len(), 3);

    // What the document shows is what was said, but for the address and the numbers of another training.
    let &[model, address, answer] = &outputs(DOCUMENT)[..] else { panic!("other blocks than were there") };
    let first = &servers[0].1;
    assert_eq!(first.at_start.trim_end(), model);
    assert_eq!(address, "listening on http://127.0.0.1:8000");
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    let shown = json(&answer.replace("[...]", "[]").replace("{...}", "{}")).unwrap();
    let found = said.iter().filter_map(|said| json(said)).find(|said| said.get("class").is_some()).unwrap();
    let keys = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&shown), keys(&found));
    assert_eq!((&shown["model"], &shown["version"]), (&found["model"], &found["version"]));
}
