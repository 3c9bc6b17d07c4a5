//! Panics, which are bugs, kept from what they do not concern.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::RunError;

/// Turns a panic, which is a bug, into an error of this run alone.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, RunError>) -> Result<T, RunError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(RunError::Panic(message_of(&*panic))))
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_its_run() {
        let error = guarded::<()>(|| panic!("at step {}", 3)).unwrap_err();
        assert!(matches!(error, RunError::Panic(message) if message == "at step 3"));
    }
}
