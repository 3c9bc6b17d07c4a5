//! Connections: how many there may be, how long a head may take, and how they end.

use std::future::{Future as _, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::coop::has_budget_remaining;
use tokio::time::{sleep, timeout};

use crate::reply::raw;
use crate::service::{App, respond};
use crate::wire::Wire;

/// Bytes of a head, and about so many that are read ahead of a body.
const HEAD_BYTES: usize = 64 << 10;
/// How a client begins that speaks HTTP/2 and nothing else.
const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long to wait where the system has no file handle left.
const PAUSE: Duration = Duration::from_millis(20);
/// For what had arrived when the server was asked to stop, and was not looked at yet.
const LAST_LOOK: Duration = Duration::from_millis(20);
/// For the last words on a connection that ends.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Takes connections until the server stops, and then waits for those that are busy; gives how many had to be cut off.
pub(crate) async fn serve(
    app: &Arc<App>,
    router: Router,
    listener: TcpListener,
    stopped: watch::Receiver<bool>,
) -> u64 {
    let asked = stopped.clone();
    // Every connection holds a sender, so that this one learns when all have ended.
    let (open, mut all_ended) = tokio::sync::mpsc::channel::<()>(1);
    let mut stop = pin!(stop_of(stopped));
    let mut is_stopping = false;
    loop {
        let accepted = poll_fn(|context| {
            is_stopping = is_stopping || stop.as_mut().poll(context).is_ready();
            match listener.poll_accept(context) {
                // Who was let in by the system before it stopped is still taken. Where this task has had its share of
                // the runtime, nobody has been looked for, and it is woken at once.
                Poll::Pending if is_stopping && has_budget_remaining() => Poll::Ready(None),
                poll => poll.map(Some),
            }
        });
        match accepted.await {
            None => break,
            Some(Err(_)) if is_stopping => break,
            Some(Err(_)) => sleep(PAUSE).await,
            Some(Ok(accepted)) => take(app, &router, accepted, &asked, &open),
        }
    }
    // Whoever comes now is refused by the system.
    drop((listener, open));
    let _ = timeout(app.options.limits.stop_time, all_ended.recv()).await;
    app.metrics.connections.load(Relaxed)
}

/// The moment to stop: what has arrived until then is answered.
async fn stop_of(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|is_stopped| *is_stopped).await;
    sleep(LAST_LOOK).await;
}

fn take(
    app: &Arc<App>,
    router: &Router,
    (stream, _): (TcpStream, SocketAddr),
    stopped: &watch::Receiver<bool>,
    open: &tokio::sync::mpsc::Sender<()>,
) {
    // An answer is written at once, and waits for nothing.
    let _ = stream.set_nodelay(true);
    if app.metrics.connections.load(Relaxed) >= app.options.limits.connections as u64 {
        app.metrics.connections_refused.fetch_add(1, Relaxed);
        let max = app.options.limits.connections;
        let words = format!("{max} connections are open already; ask again when Retry-After has passed");
        // It may not be written where the socket takes nothing: then the connection just ends.
        tokio::spawn(say_and_end(stream, raw(StatusCode::SERVICE_UNAVAILABLE, &words)));
        return;
    }
    let open_one = Open::new(app, open);
    let (app, router, stopped) = (Arc::clone(app), router.clone(), stopped.clone());
    tokio::spawn(async move {
        let _open = open_one;
        converse(app, router, stream, stopped).await;
    });
}

/// A connection while it counts.
struct Open {
    app: Arc<App>,
    _sender: tokio::sync::mpsc::Sender<()>,
}

impl Open {
    fn new(app: &Arc<App>, sender: &tokio::sync::mpsc::Sender<()>) -> Open {
        app.metrics.connections.fetch_add(1, Relaxed);
        Open { app: Arc::clone(app), _sender: sender.clone() }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.app.metrics.connections.fetch_sub(1, Relaxed);
    }
}

/// Answers the requests of one connection, one behind the other.
async fn converse(app: Arc<App>, router: Router, stream: TcpStream, stopped: watch::Receiver<bool>) {
    let of_requests = Arc::clone(&app);
    let service = service_fn(move |request| respond(Arc::clone(&of_requests), router.clone(), request));
    let header_time = app.options.limits.header_time;
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_time)
        .max_buf_size(HEAD_BYTES)
        .max_header_size(HEAD_BYTES)
        .half_close(false)
        .serve_connection(TokioIo::new(Wire::new(stream, app.options.limits.body_time)), service);
    let mut stop = pin!(stop_of(stopped));
    let mut is_stopping = false;
    let ended = poll_fn(|context| {
        let poll = Pin::new(&mut connection).poll(context);
        if poll.is_ready() || is_stopping || stop.as_mut().poll(context).is_pending() {
            return poll;
        }
        is_stopping = true;
        // What is in flight is answered; a connection that waits ends.
        Pin::new(&mut connection).graceful_shutdown();
        Pin::new(&mut connection).poll(context)
    });
    let Err(error) = ended.await else { return };
    if !(error.is_parse() || error.is_timeout()) {
        return;
    }
    let parts = connection.into_parts();
    let words = match error.is_timeout() {
        // A client that sent nothing is idle, and asked for nothing.
        true if parts.read_buf.is_empty() => return,
        true => raw(StatusCode::REQUEST_TIMEOUT, &too_slow(header_time)),
        false if parts.read_buf.starts_with(HTTP_2) => {
            let words = "HTTP/1.1 is spoken here; send HTTP/1.1 (curl does without --http2-prior-knowledge)";
            raw(StatusCode::HTTP_VERSION_NOT_SUPPORTED, words)
        }
        // They are written already.
        false => vec![],
    };
    app.metrics.heads_refused.fetch_add(1, Relaxed);
    say_and_end(parts.io.into_inner().into_inner(), words).await;
}

fn too_slow(header_time: Duration) -> String {
    let seconds = header_time.as_secs_f64();
    format!(
        "the head of the request took more than {seconds} s; send it faster, or start the server with a larger \
         --header-timeout"
    )
}

/// Writes last words. What the client sent is read first: a connection that ends under unread bytes is reset, and the
/// words with it.
async fn say_and_end(mut stream: TcpStream, words: Vec<u8>) {
    let _ = timeout(LAST_WORDS, async {
        stream.write_all(&words).await?;
        stream.shutdown().await?;
        let mut sink = [0; 4096];
        while stream.read(&mut sink).await? > 0 {}
        std::io::Result::Ok(())
    })
    .await;
}
