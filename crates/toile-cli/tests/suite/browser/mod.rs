//! The report in a real browser: headless Chromium, driven over its DevTools pipe, without Node or a driver.
//!
//! Chromium is looked for under the usual names, or where `TOILE_CHROMIUM` says. These tests are ignored unless they
//! are asked for, `cargo test -- --include-ignored`: what did not run does not count as passed. Screenshots are left under `target/tmp/browser` for looking at.

mod behaviour;
mod checks;
mod chromium;
mod live;
mod page;
mod report;

use std::sync::{Mutex, PoisonError};

use chromium::Browser;

/// Runs a test with a browser of its own, one at a time: two browsers and a training do not fit on two cores.
fn with_browser(test: impl FnOnce(&mut Browser)) {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let program = chromium::find().expect("no Chromium: install it, or name one in TOILE_CHROMIUM");
    test(&mut Browser::start(&program));
}
