//! A body that is given up before it has all come.
//!
//! A connection that ends under bytes that nobody has read is reset, and the answer is lost with it: most clients read
//! only once they have sent everything. So what is given up, by whatever route and for whatever reason, is read on and
//! thrown away beside the answer, for a while.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::body::next;

/// How long a client may go on sending what nobody wants before the connection ends under it.
const LINGERING: Duration = Duration::from_secs(2);

/// A body that is discarded where it is dropped before its end.
pub(crate) struct Discarded {
    /// None once it has ended, and while it is discarded.
    body: Option<Incoming>,
    /// What is discarded may take no longer than what is wanted.
    time: Duration,
}

impl Discarded {
    pub(crate) fn new(body: Incoming, body_time: Duration) -> Discarded {
        Discarded { body: Some(body), time: LINGERING.min(body_time) }
    }
}

impl HttpBody for Discarded {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Incoming::size_hint)
    }
}

impl Drop for Discarded {
    fn drop(&mut self) {
        let Some(mut body) = self.body.take().filter(|body| !body.is_end_stream()) else { return };
        // A server that ends has no time for it.
        let Ok(runtime) = Handle::try_current() else { return };
        let time = self.time;
        runtime.spawn(async move {
            let _ = timeout(time, async { while next(&mut body).await.is_ok_and(|data| data.is_some()) {} })
                .await;
        });
    }
}
