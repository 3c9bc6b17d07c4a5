//! The socket under a connection: what HTTP's reader refuses by itself gets a reason and a remedy.
//!
//! hyper answers a head that it cannot read with a status and no body. Such an answer comes as one write of exactly a
//! head without content, which no answer of a route is: a refusal of ours has a body. It is replaced.

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::reply::raw;

/// For the answer to a client that sends no more: it waits, or has gone; nobody can tell. An answer takes milliseconds.
const HALF_CLOSED: Duration = Duration::from_millis(250);

/// A socket that explains itself, and that ends where nobody reads what is written.
pub(crate) struct Wire {
    stream: TcpStream,
    /// How long a client may read nothing while there is something to read.
    patience: Duration,
    /// Since the socket took nothing more.
    stuck: Option<Pin<Box<Sleep>>>,
    /// Bytes that were read since something was written.
    read: usize,
    /// Since the client sent the last that it will send.
    ended: Option<Pin<Box<Sleep>>>,
    /// The explanation, as far as it is not written yet.
    words: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, patience: Duration) -> Wire {
        Wire { stream, patience, stuck: None, read: 0, ended: None, words: Vec::new() }
    }

    pub(crate) fn into_inner(self) -> TcpStream {
        self.stream
    }

    /// What became of a write, or an error where the socket has taken nothing for too long.
    fn patient(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stuck = None;
            return written;
        }
        let patience = self.patience;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stuck.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_words(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.words.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.words))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.words.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

/// The least that more than 100 fields take.
const MANY_FIELDS: usize = 4 * 100;

/// What stands in the place of a head without content that refuses a request.
fn explained(bytes: &[u8], read: usize) -> Option<Vec<u8>> {
    let head = bytes.strip_suffix(b"\r\n\r\n")?;
    let head = std::str::from_utf8(head).ok().filter(|head| !head.contains("\r\n\r\n"))?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    head.contains("\r\ncontent-length: 0").then_some(())?;
    Some(match status {
        "400" => raw(
            StatusCode::BAD_REQUEST,
            "the head of the request is no HTTP/1.1 that can be read; send a request line, fields as NAME: VALUE and one \
             Content-Length, and http:// instead of https://",
        ),
        // hyper says the same of a length that no body has.
        "431" if read < MANY_FIELDS => {
            raw(StatusCode::PAYLOAD_TOO_LARGE, "the Content-Length is that of no body; send a smaller one")
        }
        "414" | "431" => raw(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "the head of the request has more than 64 KiB or 100 fields, or a Content-Length that no body has; send less",
        ),
        _ => return None,
    })
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ended.is_none() {
            let before = to.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(context, to))?;
            let came = to.filled().len() - before;
            self.read += came;
            if came > 0 {
                return Poll::Ready(Ok(()));
            }
        }
        let ended = self.ended.get_or_insert_with(|| Box::pin(sleep(HALF_CLOSED)));
        let is_over = ended.as_mut().poll(context);
        // hyper lets a request fall when it learns that the client has ended.
        if self.read > 0 { is_over.map(Ok) } else { Poll::Ready(Ok(())) }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_words(context))?;
        // It is the last that is ever written, and waits for the flush.
        if bytes.starts_with(b"HTTP/1.1 4")
            && let Some(words) = explained(bytes, self.read)
        {
            self.words = words;
            return Poll::Ready(Ok(bytes.len()));
        }
        self.read = 0;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.patient(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match parts {
            [one] => self.poll_write(context, one),
            _ => {
                ready!(self.poll_words(context))?;
                self.read = 0;
                let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
                self.patient(context, written)
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
