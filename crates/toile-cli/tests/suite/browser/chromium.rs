//! A headless Chromium and the pipe on which it is told what to do.
//!
//! With `--remote-debugging-pipe` it reads commands from file descriptor 3 and writes answers and events to 4, each
//! a JSON object that ends in a zero byte. A shell puts our pipes there.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Names under which it is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Longest time for one answer. Generous: it is there so that nothing hangs, on machines however busy.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);

/// Where it is, if anywhere.
pub(super) fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("TOILE_CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    let folders = std::env::var_os("PATH")?;
    let places = std::env::split_paths(&folders).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    places.into_iter().find(|path| path.is_file())
}

/// A running browser. Ends, and takes its profile along, when dropped.
pub(super) struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    /// What it says on stderr, for when it fails.
    says: Arc<Mutex<String>>,
    _profile: TempDir,
    last_id: u64,
    /// Events that nobody asked for yet.
    pub(super) events: Vec<Value>,
}

impl Browser {
    pub(super) fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"])
            .arg(program)
            .args(["--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-quic", "--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"])
            .args(["--disable-extensions", "--mute-audio", "--hide-scrollbars", "--force-color-profile=srgb"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            // A group of its own, so that it can be ended with all its helpers.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell");
        let commands = child.stdin.take().expect("it is piped");
        let (answers, errors) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(answers).split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).unwrap_or(Value::Null);
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let says = Arc::new(Mutex::new(String::new()));
        let heard = says.clone();
        std::thread::spawn(move || {
            let mut errors = BufReader::new(errors);
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = errors.read(&mut piece) {
                let text = String::from_utf8_lossy(&piece[..length]);
                heard.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            }
        });
        let events = Vec::new();
        Browser { child, commands, messages, says, _profile: profile, last_id: 0, events }
    }

    /// Sends a command, to a page or to the browser itself, and waits for its answer.
    #[track_caller]
    pub(super) fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut command = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let mut bytes = serde_json::to_vec(&command).unwrap();
        bytes.push(0);
        if let Err(error) = self.commands.write_all(&bytes).and_then(|()| self.commands.flush()) {
            panic!("{method}: the browser is gone ({error}); it said:\n{}", self.said());
        }
        let until = Instant::now() + PATIENCE;
        loop {
            let message = self.next(until).unwrap_or_else(|| {
                panic!("{method}: no answer; the browser said:\n{}", self.said());
            });
            if message["id"] != id {
                self.events.push(message);
            } else if message["error"].is_null() {
                return message["result"].clone();
            } else {
                panic!("{method}: {}", message["error"]);
            }
        }
    }

    /// Reads messages until one is an event of this name, which it takes out of the waiting ones.
    #[track_caller]
    pub(super) fn wait_for(&mut self, event: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(place) = self.events.iter().position(|waiting| waiting["method"] == event) {
                return self.events.remove(place);
            }
            let message = self.next(until);
            self.events.push(message.unwrap_or_else(|| panic!("no {event}; it said:\n{}", self.said())));
        }
    }

    fn next(&mut self, until: Instant) -> Option<Value> {
        self.messages.recv_timeout(until.saturating_duration_since(Instant::now())).ok()
    }

    fn said(&self) -> String {
        self.says.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The whole group; when that fails, at least the child. Nothing here may panic.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
