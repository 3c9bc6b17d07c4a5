//! A small HTTP server whose manners a test chooses.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a client asked for.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) path: String,
    /// First byte of `Range: bytes=FIRST-`.
    pub(super) range: Option<u64>,
}

/// What it is answered.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<String>,
    pub(super) body: Vec<u8>,
    /// `Content-Length`.
    pub(super) announced: Option<u64>,
    /// Bytes of the body after which the connection is closed.
    pub(super) sent_max: usize,
}

impl Reply {
    pub(super) fn status(status: u16, body: &[u8]) -> Reply {
        let announced = Some(body.len() as u64);
        Reply { status, headers: Vec::new(), body: body.to_vec(), announced, sent_max: usize::MAX }
    }

    /// All of a file, or its rest from a byte on.
    pub(super) fn file(file: &[u8], range: Option<u64>) -> Reply {
        match range {
            None => Reply::status(200, file),
            Some(start) => {
                let range = format!("Content-Range: bytes {start}-{}/{}", file.len() - 1, file.len());
                Reply { headers: vec![range], ..Reply::status(206, &file[start as usize..]) }
            }
        }
    }
}

/// Answers until the test's process ends.
pub(super) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(super) fn start(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(request) = read(&stream) else { continue };
                let reply = answer(&request);
                log.lock().unwrap().push(request);
                // A client that has heard enough may hang up.
                let _ = write(stream, &reply);
            }
        });
        Server { address, requests }
    }

    pub(super) fn address(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut range = None;
    for line in lines {
        let line = line.ok()?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(bytes) = line.strip_prefix("range: bytes=") {
            range = bytes.trim_end_matches('-').parse().ok();
        }
    }
    Some(Request { path, range })
}

fn write(mut stream: TcpStream, reply: &Reply) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {} Something\r\nConnection: close\r\n", reply.status)?;
    if let Some(announced) = reply.announced {
        write!(stream, "Content-Length: {announced}\r\n")?;
    }
    for header in &reply.headers {
        write!(stream, "{header}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(&reply.body[..reply.body.len().min(reply.sent_max)])
}
