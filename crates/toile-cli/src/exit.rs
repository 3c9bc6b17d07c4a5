//! How the program ends when not all is well.

/// Something a user has to know and to act on.
pub const EXIT_ERROR: u8 = 2;

/// A verdict that a script should not pass over.
pub const EXIT_WORSE: u8 = 1;

/// The runs do not decide.
pub const EXIT_UNDECIDED: u8 = 3;

/// The error and what caused it, leaving out causes that it quotes already.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text += &format!("\n  because {said}");
        }
        cause = error.source();
    }
    text
}
