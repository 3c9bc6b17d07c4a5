//! Standard output: the one place that writes to it.
//!
//! A reader that has seen enough (`toile show x | head`) is no error: nothing more is written and the program ends as if
//! all had been read. Any other failure is kept until the end, so that a full disk behind standard output neither
//! stops a training nor passes unnoticed.

use std::io::{self, ErrorKind, Write};
use std::sync::{Mutex, PoisonError};

/// How writing has gone so far.
#[derive(Debug, Default)]
struct Output {
    /// Nothing is to be written any more.
    closed: bool,
    /// What could not be written, and why.
    failure: Option<String>,
}

static STDOUT: Mutex<Output> = Mutex::new(Output { closed: false, failure: None });

/// Writes text to standard output. `what` says what it is, should it not be written.
pub fn print(what: &str, text: &str) {
    let mut output = STDOUT.lock().unwrap_or_else(PoisonError::into_inner);
    output.write(what, text, &mut io::stdout().lock());
}

/// Whether nothing is written any more, because the reader left or the disk is full: what is made only to be printed
/// need not be made.
pub fn is_closed() -> bool {
    STDOUT.lock().unwrap_or_else(PoisonError::into_inner).closed
}

/// What could not be written, and what to do about it; `None` if all went well.
pub fn failure() -> Option<String> {
    STDOUT.lock().unwrap_or_else(PoisonError::into_inner).failure.clone()
}

impl Output {
    fn write(&mut self, what: &str, text: &str, to: &mut impl Write) {
        if self.closed {
            return;
        }
        let Err(error) = to.write_all(text.as_bytes()).and_then(|()| to.flush()) else { return };
        self.closed = true;
        if error.kind() != ErrorKind::BrokenPipe {
            self.failure = Some(format!(
                "cannot write {what} to standard output: {error}; make room, or send it somewhere else"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many writes, then fails.
    struct Failing(usize, ErrorKind);

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(self.1.into());
            }
            self.0 -= 1;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_left_is_no_failure_and_a_full_disk_is_one() {
        for (kind, expected) in [
            (ErrorKind::BrokenPipe, None),
            (ErrorKind::StorageFull, Some("cannot write the second to standard output: no storage space")),
        ] {
            let (mut output, mut to) = (Output::default(), Failing(1, kind));
            output.write("the first", "1", &mut to);
            assert_eq!((output.closed, &output.failure), (false, &None));
            output.write("the second", "2", &mut to);
            output.write("the third", "3", &mut Failing(9, kind));
            assert!(output.closed);
            match (&output.failure, expected) {
                (None, None) => {}
                (Some(said), Some(expected)) => assert!(said.starts_with(expected), "{said}"),
                (said, expected) => panic!("{said:?}, not {expected:?}"),
            }
        }
    }
}
