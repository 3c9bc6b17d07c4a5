//! The bytes of a request, within their limits.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, StatusCode, header};
use toile_protocol::Refusal;
use tokio::time::timeout;

use crate::options::Limits;
use crate::reply::refusal;
use crate::room::{Held, Room};

/// All bytes of a body.
///
/// # Errors
/// A body that is too large, too slow, too much beside others, cut off, or compressed.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: &mut Body,
    limits: &Limits,
    room: &Arc<Room>,
) -> Result<Bytes, Refusal> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body is compressed, as Content-Encoding says; send it as it is",
        ));
    }
    let (max, time) = (limits.body_bytes, limits.body_time);
    // Who is about to send too much is not asked to go on (`100 Continue`), as reading would do.
    let is_too_large = body.size_hint().lower() > max as u64;
    let read = async {
        match is_too_large {
            true => Err(Unread::TooLarge),
            false => gather(body, max, room).await,
        }
    };
    match timeout(time, read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(Unread::TooLarge)) => Err(refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "the body has more than {max} bytes; send less, or start the server with a larger --body-max"
            ),
        )),
        Ok(Err(Unread::NoRoom)) => Err(refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "the bodies of all requests together may have {} bytes, and there is no room for this one; ask again when \
                 Retry-After has passed",
                room.bytes_max()
            ),
        )),
        Ok(Err(Unread::CutOff(error))) => Err(refusal(
            StatusCode::BAD_REQUEST,
            format!("the body ends early or is no HTTP ({error}); send as many bytes as Content-Length says"),
        )),
        Err(_) => Err(refusal(
            StatusCode::REQUEST_TIMEOUT,
            format!(
                "the body took more than {} s; send it faster, or start the server with a larger --body-timeout",
                time.as_secs_f64()
            ),
        )),
    }
}

enum Unread {
    TooLarge,
    NoRoom,
    CutOff(axum::Error),
}

async fn gather(body: &mut Body, max: usize, room: &Arc<Room>) -> Result<Bytes, Unread> {
    let Some(first) = next(body).await.map_err(Unread::CutOff)? else { return Ok(Bytes::new()) };
    if body.is_end_stream() {
        return if first.len() > max { Err(Unread::TooLarge) } else { Ok(first) };
    }
    let mut all = Held::new(room, body.size_hint().lower().min(max as u64) as usize + first.len());
    let mut more = Some(first);
    while let Some(bytes) = more {
        if all.len() + bytes.len() > max {
            return Err(Unread::TooLarge);
        }
        if !all.extend(&bytes) {
            return Err(Unread::NoRoom);
        }
        more = next(body).await.map_err(Unread::CutOff)?;
    }
    Ok(Bytes::from_owner(all))
}

/// The next bytes of a body; its trailers are nothing to anybody here.
pub(crate) async fn next<B: HttpBody<Data = Bytes> + Unpin>(body: &mut B) -> Result<Option<Bytes>, B::Error> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            None => return Ok(None),
            Some(Err(error)) => return Err(error),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Ok(Some(data)),
                Err(_) => {}
            },
        }
    }
}
