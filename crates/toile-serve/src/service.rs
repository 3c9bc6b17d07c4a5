//! What happens to every request, whatever its route: who asks, and what is counted.

use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::Poll;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use tower_service::Service as _;

use crate::access::Access;
use crate::discarded::Discarded;
use crate::metrics::{Metrics, Route};
use crate::models::Models;
use crate::options::Options;
use crate::reply::{bug, refused};
use crate::room::Room;

/// What all requests share.
pub(crate) struct App {
    pub(crate) options: Options,
    pub(crate) access: Access,
    pub(crate) metrics: Arc<Metrics>,
    /// For bodies that come in several reads.
    pub(crate) bodies: Arc<Room>,
    models: RwLock<Arc<Models>>,
    is_stopping: AtomicBool,
}

impl App {
    pub(crate) fn new(options: Options, models: Models, metrics: Arc<Metrics>) -> App {
        let access = Access::new(options.token.clone(), options.origins.clone());
        let bodies = Arc::new(Room::new(options.limits.bodies_bytes));
        App {
            options,
            access,
            metrics,
            bodies,
            models: RwLock::new(Arc::new(models)),
            is_stopping: AtomicBool::new(false),
        }
    }

    /// What is served now; a request that holds it is not disturbed by a reload.
    pub(crate) fn models(&self) -> Arc<Models> {
        Arc::clone(&self.models.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves others from now on.
    pub(crate) fn serve(&self, models: Models) {
        *self.models.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(models);
    }

    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}

/// The answer to a request.
pub(crate) async fn respond(
    app: Arc<App>,
    mut router: Router,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let body = Discarded::new(body, app.options.limits.body_time);
    let does_ask_first = parts.headers.contains_key(header::EXPECT);
    let origin = app.access.allowed(&parts.headers);
    let mut response = if let Some(response) = app.access.preflight(&parts) {
        response
    } else if let Err(refusal) = app.access.check(&parts) {
        refused(&refusal)
    } else {
        routed(router.call(Request::from_parts(parts, body))).await
    };
    app.access.share(origin, &mut response);
    if does_ask_first && !response.status().is_success() {
        // It may keep its body to itself now: then nobody knows where the next request would begin.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let route = response.extensions_mut().remove::<Route>().unwrap_or(Route::Other);
    app.metrics.answered(route, response.status().as_u16(), began.elapsed());
    Ok(response)
}

/// What a route answers; where it panics, that it did: a bug costs its own request and no other.
async fn routed(answer: impl Future<Output = Result<Response<Body>, Infallible>>) -> Response<Body> {
    let mut answer = pin!(answer);
    let polled = poll_fn(|context| {
        let poll = AssertUnwindSafe(|| answer.as_mut().poll(context));
        catch_unwind(poll).unwrap_or_else(|_| Poll::Ready(Ok(refused(&bug()))))
    });
    let Ok(response) = polled.await;
    response
}
