//! Fetching from servers on this machine that behave as servers do.

mod archives;
mod server;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use self::server::{Reply, Request, Server};
use super::*;
use crate::definition::{self, Definition, Holding, Home};
use crate::error::DataError;
use crate::files;
use crate::load::{LoadOptions, Loaded, Origin, load_from};
use crate::places::{Package, Places};

/// How a server behaves.
type Answer = fn(&Request) -> Reply;

/// The small subset as if it were not part of the program.
fn small() -> (Definition, &'static [&'static [u8]]) {
    let mut definition = *definition::find("fashion-mnist-small").unwrap();
    let files = definition.embedded.take().unwrap();
    (definition, files)
}

/// What a sound mirror answers: the file, from the byte asked for on.
fn sound(request: &Request) -> Reply {
    let (definition, files) = small();
    let name = request.path.trim_start_matches('/').trim_end_matches(".gz");
    match definition.files.iter().position(|spec| spec.name == name) {
        Some(file) => Reply::file(files[file], request.range),
        None => Reply::status(404, b"no such file"),
    }
}

fn home(address: String, holds: Holding) -> Home {
    Home { address: address.into(), holds }
}

fn mirrors(servers: &[&Server]) -> Places {
    let homes = servers.iter().map(|server| home(server.address(), Holding::Files)).collect();
    Places { homes, ..Places::default() }
}

fn load(cache: &Path, places: &Places, events: &mut Vec<FetchProgress>) -> Result<Loaded, DataError> {
    let options = LoadOptions { cache_dir: Some(cache.to_owned()), ..LoadOptions::default() };
    load_from(&small().0, places, &options, &mut |event| events.push(event))
}

fn part_of(server: &Server, cache: &Path, file: usize) -> PathBuf {
    let tag = &files::sha256(server.address().as_bytes())[..8];
    let folder = cache.join("fashion-mnist-small");
    fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{}.gz.{tag}.part", small().0.files[file].name))
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const KEPT: [&str; 5] = [
    ".lock",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
];

#[test]
fn fetches_verifies_and_keeps() {
    let server = Server::start(sound);
    let cache = TempDir::new().unwrap();
    let mut events = Vec::new();
    let fetched = load(cache.path(), &mirrors(&[&server]), &mut events).unwrap();
    let folder = cache.path().join("fashion-mnist-small");
    assert_eq!(fetched.origin, Origin::Fetched { source: server.address(), folder: folder.clone() });
    assert_eq!(names_in(&folder), KEPT);
    assert_eq!(events.first(), Some(&FetchProgress::Started { source: server.address() }));
    assert_eq!(events.last(), Some(&FetchProgress::Stored { folder: folder.clone() }));
    for (spec, gz) in small().0.files.iter().zip(small().1) {
        let len = gz.len() as u64;
        let file = format!("{}.gz", spec.name);
        assert!(events.contains(&FetchProgress::Bytes { file, bytes: len, total: Some(len) }));
    }

    let mut events = Vec::new();
    let again = load(cache.path(), &mirrors(&[&server]), &mut events).unwrap();
    assert_eq!(again.origin, Origin::Cache(folder.clone()));
    assert_eq!((again.train, again.test), (fetched.train, fetched.test));
    assert!(events.is_empty());
    assert_eq!(server.requests().len(), 4);

    // A damaged file is fetched again, the sound ones are not.
    fs::write(folder.join("t10k-labels-idx1-ubyte"), b"damaged").unwrap();
    assert!(load(cache.path(), &mirrors(&[&server]), &mut events).is_ok());
    assert_eq!(server.requests().len(), 5);
    assert_eq!(server.requests()[4].path, "/t10k-labels-idx1-ubyte.gz");
}

#[test]
fn continues_what_an_earlier_fetch_left() {
    let cases: &[(&str, Answer, usize)] = &[
        ("the server continues", sound, 1),
        ("the server ignores the range", |r| sound(&Request { range: None, ..r.clone() }), 1),
        (
            "the server finds the range unsatisfiable",
            |r| if r.range.is_some() { Reply::status(416, b"") } else { sound(r) },
            2,
        ),
        (
            "the server sends another range",
            |r| sound(&Request { range: r.range.map(|start| start / 2), ..r.clone() }),
            2,
        ),
    ];
    for (what, answer, requests) in cases {
        let server = Server::start(answer);
        let cache = TempDir::new().unwrap();
        fs::write(part_of(&server, cache.path(), 0), &small().1[0][..100_000]).unwrap();
        let loaded = load(cache.path(), &mirrors(&[&server]), &mut Vec::new());
        assert!(loaded.is_ok(), "{what}: {loaded:?}");
        let first: Vec<Request> =
            server.requests().into_iter().filter(|r| r.path == "/train-images-idx3-ubyte.gz").collect();
        assert_eq!(first[0].range, Some(100_000), "{what}");
        assert_eq!(first.len(), *requests, "{what}");
        assert_eq!(names_in(&cache.path().join("fashion-mnist-small")), KEPT, "{what}");
    }
}

#[test]
fn begins_anew_after_a_foreign_beginning() {
    let server = Server::start(sound);
    let cache = TempDir::new().unwrap();
    fs::write(part_of(&server, cache.path(), 2), vec![7; 50_000]).unwrap();
    load(cache.path(), &mirrors(&[&server]), &mut Vec::new()).unwrap();
    let ranges: Vec<_> = server
        .requests()
        .iter()
        .filter(|r| r.path == "/t10k-images-idx3-ubyte.gz")
        .map(|r| r.range)
        .collect();
    assert_eq!(ranges, [Some(50_000), None]);
}

#[test]
fn takes_up_a_connection_that_breaks_off() {
    // Never more than 64 kB at a time.
    let server = Server::start(|request: &Request| Reply { sent_max: 65_536, ..sound(request) });
    let cache = TempDir::new().unwrap();
    load(cache.path(), &mirrors(&[&server]), &mut Vec::new()).unwrap();
    let ranges: Vec<_> = server
        .requests()
        .iter()
        .filter(|r| r.path == "/train-images-idx3-ubyte.gz")
        .map(|r| r.range)
        .collect();
    assert_eq!(ranges, [None, Some(65_536), Some(131_072), Some(196_608)]);
}

#[test]
fn gives_up_on_a_source_for_the_next() {
    let cases: &[(Answer, &str)] = &[
        (|_| Reply::status(404, b"no"), "train-images-idx3-ubyte.gz: HTTP 404 Not Found"),
        (|_| Reply::status(200, b"<html>Sign in"), "an HTML or XML page that begins with \"<html>Sign in\""),
        (|_| Reply::file(small().1[2], None), "it is that data set's t10k-images-idx3-ubyte"),
        (|_| Reply::status(200, b"\x1f\x8b\x08\0broken"), "cannot be unwrapped"),
        (
            // Breaks off at the same byte each time and cannot continue.
            |r| Reply { sent_max: 1000, ..sound(&Request { range: None, ..r.clone() }) },
            "broke off after 1000 of 221916 bytes",
        ),
        (|_| Reply { announced: Some(1 << 40), ..Reply::status(200, b"") }, "announces 1099511627776 bytes"),
        (|_| Reply { announced: None, sent_max: 0, ..Reply::status(200, b"") }, "an empty file"),
    ];
    for (answer, expected) in cases {
        let (bad, good) = (Server::start(answer), Server::start(sound));
        let cache = TempDir::new().unwrap();
        let mut events = Vec::new();
        let loaded = load(cache.path(), &mirrors(&[&bad, &good]), &mut events).unwrap();
        assert!(matches!(loaded.origin, Origin::Fetched { source, .. } if source == good.address()));
        let said = events.iter().find_map(|event| match event {
            FetchProgress::Failed { source, said } if *source == bad.address() => Some(said.clone()),
            _ => None,
        });
        let said = said.expect("the first source fails");
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
        assert_eq!(names_in(&cache.path().join("fashion-mnist-small")), KEPT);
    }
}

#[test]
fn says_everything_that_was_tried_and_what_would_help() {
    let server = Server::start(|_: &Request| Reply::status(503, b""));
    // A port nobody listens on.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cache = TempDir::new().unwrap();
    let system = cache.path().join("system");
    let places = Places {
        system_folders: vec![system.clone()],
        homes: vec![
            home(server.address(), Holding::Files),
            home(format!("http://{closed}/"), Holding::Files),
        ],
        package: Some(Package { apt_get: "/nowhere/apt-get".into(), name: "dataset-fashion-mnist" }),
    };
    let said = load(cache.path(), &places, &mut Vec::new()).unwrap_err().to_string();
    let names =
        "train-images-idx3-ubyte,train-labels-idx1-ubyte,t10k-images-idx3-ubyte,t10k-labels-idx1-ubyte";
    for part in [
        "the data set \"fashion-mnist-small\" could not be found or fetched. Tried:",
        &format!("the cache {}", cache.path().join("fashion-mnist-small").display()),
        &format!("the folder {}", system.display()),
        &format!("{}train-images-idx3-ubyte.gz: HTTP 503", server.address()),
        &format!("http://{closed}/train-images-idx3-ubyte.gz: "),
        "/nowhere/apt-get download dataset-fashion-mnist\n       there is no such command here",
        "toile data get fashion-mnist-small",
        "sudo apt-get update && sudo apt-get install dataset-fashion-mnist",
        &format!("curl -fLO \"http://{closed}/{{{names}}}.gz\""),
        "--data-dir FOLDER",
    ] {
        assert!(said.contains(part), "{said}\nlacks {part:?}");
    }
}

/// Whose files cannot be verified is used, told, and still has to be what it should be.
#[test]
fn what_cannot_be_verified_is_fetched_and_marked() {
    let (mut definition, _) = small();
    let unknown = |spec: &definition::FileSpec| definition::FileSpec { sha256: None, ..*spec };
    definition.files = definition.files.iter().map(unknown).collect::<Vec<_>>().leak();
    let other = |name: &str| {
        // The subset's own files are known to the catalogue; those of an unknown data set are not.
        let file = small().0.files.iter().position(|spec| spec.name == name)?;
        let mut bytes = files::unwrap(small().1[file].to_vec(), "").unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        Some(bytes)
    };
    let server = Server::start(move |request: &Request| {
        match other(request.path.trim_start_matches('/').trim_end_matches(".gz")) {
            Some(bytes) => Reply::file(&bytes, request.range),
            None => Reply::status(404, b""),
        }
    });
    let hotel = Server::start(|_: &Request| Reply::status(200, b"<html>Sign in"));
    let cache = TempDir::new().unwrap();
    let options = LoadOptions { cache_dir: Some(cache.path().to_owned()), ..LoadOptions::default() };
    let mut events = Vec::new();
    let places = mirrors(&[&hotel, &server]);
    let loaded = load_from(&definition, &places, &options, &mut |event| events.push(event)).unwrap();
    assert!(!loaded.is_verified && loaded.test.len() == 256);
    assert!(matches!(&loaded.origin, Origin::Fetched { source, .. } if *source == server.address()));
    let refused = |event: &FetchProgress| matches!(event, FetchProgress::Failed { said, .. } if said.contains("an HTML or XML page"));
    assert!(events.iter().any(refused), "{events:?}");
}

#[test]
fn speaks_tls_to_an_https_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}/", listener.local_addr().unwrap());
    let first_byte = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut byte = [0];
        std::io::Read::read_exact(&mut stream, &mut byte).unwrap();
        byte[0]
    });
    let cache = TempDir::new().unwrap();
    let places = Places { homes: vec![home(address.clone(), Holding::Files)], ..Places::default() };
    let said = load(cache.path(), &places, &mut Vec::new()).unwrap_err().to_string();
    assert!(said.contains(&format!("{address}train-images-idx3-ubyte.gz: ")), "{said}");
    // A TLS record of the handshake.
    assert_eq!(first_byte.join().unwrap(), 22);
}

#[test]
fn offline_asks_nobody() {
    let server = Server::start(sound);
    let cache = TempDir::new().unwrap();
    let options =
        LoadOptions { offline: true, cache_dir: Some(cache.path().to_owned()), ..LoadOptions::default() };
    let mut events = Vec::new();
    let loaded = load_from(&small().0, &mirrors(&[&server]), &options, &mut |event| events.push(event));
    let said = loaded.unwrap_err().to_string();
    assert!(said.contains("not asked: offline"), "{said}");
    assert!(events.is_empty() && server.requests().is_empty());
    assert!(names_in(cache.path()).is_empty());
}

#[test]
fn two_at_once_fetch_each_file_once() {
    let server = Server::start(sound);
    let cache = TempDir::new().unwrap();
    let places = mirrors(&[&server]);
    std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| load(cache.path(), &places, &mut Vec::new()).unwrap()));
        let [a, b] = both.map(|thread| thread.join().unwrap());
        assert_eq!((a.train, a.test), (b.train, b.test));
    });
    assert_eq!(server.requests().len(), 4);
    assert_eq!(names_in(&cache.path().join("fashion-mnist-small")), KEPT);
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let server = Server::start(sound);
    let cache = TempDir::new().unwrap();
    fs::write(cache.path().join("fashion-mnist-small"), b"a file where the folder should be").unwrap();
    let said = load(cache.path(), &mirrors(&[&server]), &mut Vec::new()).unwrap_err().to_string();
    assert!(said.contains("there is no such folder") && said.contains("cannot make the folder"), "{said}");
}

#[cfg(unix)]
mod with_apt {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn script(folder: &Path, text: &str) -> PathBuf {
        let path = folder.join("apt-get");
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn places(apt_get: PathBuf) -> Places {
        Places { package: Some(Package { apt_get, name: "dataset-fashion-mnist" }), ..Places::default() }
    }

    #[test]
    fn apt_fetches_the_package() {
        let home = TempDir::new().unwrap();
        let deb = apt::tests::deb("data.tar", &apt::tests::tar_of_small());
        let package = home.path().join("package");
        fs::write(&package, &deb).unwrap();
        let text = format!(
            "case \"$*\" in *--print-uris*) echo \"'http://host/x.deb' x_1_all.deb {} SHA256:0\";; *) cp '{}' x_1_all.deb;; esac",
            deb.len(),
            package.display()
        );
        let apt_get = script(home.path(), &text);
        let cache = TempDir::new().unwrap();
        let mut events = Vec::new();
        let loaded = load(cache.path(), &places(apt_get.clone()), &mut events).unwrap();
        let source = format!("{} download dataset-fashion-mnist", apt_get.display());
        let folder = cache.path().join("fashion-mnist-small");
        assert_eq!(loaded.origin, Origin::Fetched { source, folder: folder.clone() });
        let (bytes, total) = (deb.len() as u64, Some(deb.len() as u64));
        assert!(events.contains(&FetchProgress::Bytes {
            file: "dataset-fashion-mnist.deb".to_owned(),
            bytes,
            total
        }));
        assert_eq!(names_in(&folder), KEPT);
    }

    #[test]
    fn apts_refusal_is_passed_on() {
        let home = TempDir::new().unwrap();
        let apt_get =
            script(home.path(), "echo 'E: Unable to locate package dataset-fashion-mnist' >&2; exit 100");
        let cache = TempDir::new().unwrap();
        let said = load(cache.path(), &places(apt_get), &mut Vec::new()).unwrap_err().to_string();
        let expected = "E: Unable to locate package dataset-fashion-mnist\n       exit status: 100";
        assert!(said.contains(expected), "{said}");
    }
}
