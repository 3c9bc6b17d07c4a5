//! A server that ends loses no request, and one that reloads neither.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use toile_serve::{Event, Server};

use super::place::{IMAGE, Place, Said, data, model, options, request, tensor};

#[test]
fn what_is_in_flight_is_answered_and_then_it_ends() {
    let place = Place::new(options());
    let body = tensor(&data().pixels[..IMAGE]);
    let (start, rest) = body.split_at(10);
    // A request whose body comes while the server ends, one that is complete, and a connection that waits.
    let mut halfway = place.connect();
    let asked = request("/v2/models/model/infer", &body);
    halfway.write_all(&asked.as_bytes()[..asked.len() - body.len() + start.len()]).unwrap();
    let mut idle = place.connect();
    idle.write_all(request("/v2/models/model/infer", &body).as_bytes()).unwrap();
    assert_eq!(Said::next(&mut idle).status, 200);
    thread::sleep(Duration::from_millis(50));
    place.handle.stop();
    let mut nothing = Vec::new();
    assert_eq!(idle.read_to_end(&mut nothing).unwrap(), 0, "who waits is let go");
    let began = Instant::now();
    while TcpStream::connect(place.address).is_ok() {
        assert!(began.elapsed() < Duration::from_secs(2), "new work is refused");
        thread::sleep(Duration::from_millis(5));
    }
    halfway.write_all(rest.as_bytes()).unwrap();
    let mut answer = Vec::new();
    halfway.read_to_end(&mut answer).unwrap();
    let said = Said::of(&answer);
    assert_eq!(said.probabilities(), model(0).predict(&data().pixels[..IMAGE]).unwrap()[0].probabilities);
    assert_eq!(said.header("connection"), Some("close"));
    assert!(place.stop().is_empty());
}

#[test]
fn what_had_arrived_before_it_stopped_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model(0).save(&path).unwrap();
    let server = Server::start(&[path.to_str().unwrap().to_owned()], options()).unwrap();
    let (address, handle) = (server.address(), server.handle());
    let (busy, is_busy) = mpsc::channel();
    // The thread that speaks HTTP tells what has happened: meanwhile it takes nobody.
    let server = thread::spawn(move || {
        server.run(move |_| {
            busy.send(()).unwrap();
            thread::sleep(Duration::from_millis(200));
        });
    });
    let connect = || TcpStream::connect(address).unwrap();
    let asked = request("/v2/models/model/infer", &tensor(&data().pixels[..IMAGE]));
    let mut taken = connect();
    taken.write_all(asked.as_bytes()).unwrap();
    assert_eq!(Said::next(&mut taken).status, 200);
    handle.reload();
    is_busy.recv().unwrap();
    let mut streams: Vec<_> = (0..8).map(|_| connect()).chain([taken]).collect();
    streams.iter_mut().for_each(|stream| stream.write_all(asked.as_bytes()).unwrap());
    handle.stop();
    for mut stream in streams {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(Said::of(&answer).status, 200);
    }
    server.join().unwrap();
}

/// All the connections that the system lets wait for a server, which are more than the runtime hands a task in one turn: a
/// server that was busy until its last look finds them there.
#[test]
#[cfg(target_os = "linux")]
fn whoever_waits_when_it_stops_is_answered_however_many_they_are() {
    const MANY: usize = 129;
    let is_answered = |mut stream: TcpStream| {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).is_ok() && answer.starts_with(b"HTTP/1.1 200")
    };
    // Whether the server is busy over its last look is a matter of milliseconds: where it has ended before, nobody is let in.
    let waited = (0..50).find_map(|_| {
        let streams = waiting(MANY)?;
        Some(streams.into_iter().map(is_answered).filter(|is_answered| *is_answered).count())
    });
    assert_eq!(waited.expect("it was never busy"), MANY);
}

/// So many connections with a request to a server that was asked to stop and then did something else for a while; `None` where it has not
/// let them in.
#[cfg(target_os = "linux")]
fn waiting(many: usize) -> Option<Vec<TcpStream>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model(0).save(&path).unwrap();
    let server = Server::start(&[path.to_str().unwrap().to_owned()], options()).unwrap();
    // There is nothing to load again, which is known at once.
    fs::remove_file(&path).unwrap();
    let (address, handle) = (server.address(), server.handle());
    let (busy, is_busy) = mpsc::channel();
    thread::spawn(move || {
        server.run(move |_| {
            let _ = busy.send(());
            thread::sleep(Duration::from_millis(500));
        });
    });
    handle.stop();
    handle.reload();
    is_busy.recv().ok()?;
    let asked = request("/v2/models/model/infer", &tensor(&data().pixels[..IMAGE]));
    let connect = |_| {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.write_all(asked.as_bytes()).ok().map(|()| stream)
    };
    (0..many).map(connect).collect()
}

#[test]
fn who_does_not_end_is_cut_off() {
    let place = Place::limited(|limits| limits.stop_time = Duration::from_millis(100));
    let mut halfway = place.connect();
    halfway.write_all(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n").unwrap();
    thread::sleep(Duration::from_millis(50));
    let began = Instant::now();
    let events = place.stop();
    assert!(matches!(events[..], [Event::CutOff(1)]), "{events:?}");
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_reload_loses_no_request_and_damage_is_refused() {
    let mut options = options();
    options.reload = true;
    let place = Place::new(options);
    let image = &data().pixels[..IMAGE];
    let [old, new] = [0, 5].map(|seed| model(seed).predict(image).unwrap()[0].probabilities.clone());
    let heard = |count: usize| {
        let began = Instant::now();
        while place.events.lock().unwrap().len() < count {
            assert!(began.elapsed() < Duration::from_secs(5), "nothing happened");
            thread::sleep(Duration::from_millis(10));
        }
    };
    // A damaged file: the server goes on with what it has.
    let good = fs::read(&place.weights).unwrap();
    fs::write(&place.weights, &good[..good.len() - 5]).unwrap();
    heard(1);
    assert!(
        matches!(&place.events.lock().unwrap()[0], Event::ReloadRefused(problem) if problem.contains("0.safetensors"))
    );
    place.is_well();
    // Another network under the same name, while somebody asks all the time.
    let mut stream = place.connect();
    let swap = place.weights.with_extension("new");
    model(5).save(&swap).unwrap();
    let mut seen = Vec::new();
    let began = Instant::now();
    fs::rename(&swap, &place.weights).unwrap();
    while seen.last() != Some(&new) {
        assert!(began.elapsed() < Duration::from_secs(5), "the new network never answered");
        stream.write_all(request("/v2/models/model/infer", &tensor(image)).as_bytes()).unwrap();
        let said = Said::next(&mut stream);
        assert_eq!(said.status, 200);
        // The version is the seed, which the lowest stands for.
        seen.push(said.probabilities());
    }
    assert_eq!(seen[0], old);
    assert!(seen.iter().all(|seen| *seen == old || *seen == new));
    heard(2);
    assert!(
        matches!(&place.events.lock().unwrap()[1], Event::Reloaded(models) if models[0].versions == ["5"])
    );
    // On request, too.
    place.handle.reload();
    heard(3);
    let metrics = place.get("/metrics").text();
    assert!(
        metrics.contains("\ntoile_reloads_total 2\n")
            && metrics.contains("\ntoile_reloads_refused_total 1\n")
    );
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let place = Place::new(options());
    let weights = place.weights.to_str().unwrap().to_owned();
    let problem = |runs: &[&str], port: u16| {
        let mut options = options();
        options.port = port;
        let runs: Vec<String> = runs.iter().map(|&run| run.to_owned()).collect();
        Server::start(&runs, options).err().expect("it started").to_string()
    };
    for (found, expected) in [
        (problem(&[&weights], place.address.port()), "--port 0"),
        (problem(&["nowhere/nothing"], 0), "nowhere/nothing"),
        (problem(&[&weights, &weights], 0), "name each run once"),
    ] {
        assert!(found.contains(expected), "{found}");
    }
}
