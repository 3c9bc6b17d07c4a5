//! A server from its start to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use toile_protocol::ModelFacts;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, mpsc, watch};

use crate::connections;
use crate::error::ServeError;
use crate::event::Event;
use crate::metrics::Metrics;
use crate::models::load::{Making, load};
use crate::options::Options;
use crate::reload::{Reloading, Stamp, stamps};
use crate::routes::router;
use crate::service::App;
use crate::sockets;
use crate::worker::Answers;

/// Threads that decode pictures, make pages and reload.
const BLOCKING_THREADS_MAX: usize = 8;
/// For what does not end by itself once all connections have.
const LAST: Duration = Duration::from_millis(500);

/// A server that listens.
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
    runs: Vec<String>,
    loaded: Vec<Stamp>,
    answers: (mpsc::UnboundedSender<Answers>, mpsc::UnboundedReceiver<Answers>),
    handle: Handle,
}

/// Tells a server to stop or to reload, from any thread.
#[derive(Clone, Debug)]
pub struct Handle {
    stop: Arc<watch::Sender<bool>>,
    reload: Arc<Notify>,
}

impl Handle {
    /// Answers what is in flight, refuses new work, and ends.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Loads the runs again.
    pub fn reload(&self) {
        self.reload.notify_one();
    }
}

impl Server {
    /// Lets the process open as many sockets as the system allows it, takes the address, loads the runs, and makes their networks ready.
    ///
    /// # Errors
    /// An address that is not to be had, and runs that are not there or damaged.
    pub fn start(runs: &[String], options: Options) -> Result<Server, ServeError> {
        sockets::allow_many();
        let wanted = SocketAddr::new(options.host, options.port);
        let threads = options.threads.clamp(2, BLOCKING_THREADS_MAX);
        let runtime =
            Builder::new_current_thread().enable_io().enable_time().max_blocking_threads(threads).build()?;
        let listener = runtime.block_on(TcpListener::bind(wanted));
        let listener = listener.map_err(|source| ServeError::Listen { address: wanted, source })?;
        let address = listener.local_addr()?;
        let metrics = Arc::new(Metrics::default());
        let answers = mpsc::unbounded_channel();
        let loaded = stamps(runs, &options);
        let models = load(runs, &Making { options: &options, metrics: &metrics, answers: &answers.0 })?;
        let handle = Handle { stop: Arc::new(watch::channel(false).0), reload: Arc::default() };
        let app = Arc::new(App::new(options, models, metrics));
        Ok(Server { runtime, listener, address, app, runs: runs.to_vec(), loaded, answers, handle })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it serves.
    pub fn models(&self) -> Vec<ModelFacts> {
        self.app.models().facts()
    }

    /// What tells it to stop or to reload.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Answers until it is told to stop.
    pub fn run(self, tell: impl Fn(Event) + Send + Sync + 'static) {
        let Server { runtime, listener, app, runs, loaded, answers: (answers, answered), handle, .. } = self;
        let tell: Arc<dyn Fn(Event) + Send + Sync> = Arc::new(tell);
        let (stopped, asked) = (handle.stop.subscribe(), Arc::clone(&handle.reload));
        let reloading =
            Reloading { app: Arc::clone(&app), runs, loaded, asked, answers, tell: Arc::clone(&tell) };
        let cut_off = runtime.block_on(async {
            tokio::spawn(hand_out(answered));
            tokio::spawn(reloading.run());
            tokio::spawn(ready_no_more(Arc::clone(&app), handle.stop.subscribe()));
            connections::serve(&app, router(Arc::clone(&app)), listener, stopped).await
        });
        if cut_off > 0 {
            tell(Event::CutOff(cut_off));
        }
        runtime.shutdown_timeout(LAST);
    }
}

/// Hands each batch's answers to the requests that wait for them, on their own thread: this costs no wake a request.
async fn hand_out(mut answered: mpsc::UnboundedReceiver<Answers>) {
    while let Some(batch) = answered.recv().await {
        for (request, answer) in batch {
            // Its client may have gone.
            let _ = request.send(answer);
        }
    }
}

async fn ready_no_more(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|is_stopped| *is_stopped).await.is_ok() {
        app.stop();
    }
}
