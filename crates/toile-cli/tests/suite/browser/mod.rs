//! The report in a real browser: headless Chromium, driven over its DevTools pipe, without Node or a driver.
//!
//! Chromium is looked for under the names below, or where `TOILE_CHROMIUM` says. Where there is none, each test
//! says `skipped` and passes. Screenshots are left under `target/tmp/browser` for looking at.

mod behaviour;
mod checks;
mod chromium;
mod page;
mod report;

use std::sync::{Mutex, PoisonError};

use chromium::Browser;

/// Runs a test with a browser of its own, one at a time: two browsers and a training do not fit on two cores.
fn with_browser(test: impl FnOnce(&mut Browser)) {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    match chromium::find() {
        Some(program) => test(&mut Browser::start(&program)),
        None => println!("skipped: no Chromium; install it, or name one in TOILE_CHROMIUM"),
    }
}
