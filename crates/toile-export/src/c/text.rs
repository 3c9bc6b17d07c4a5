//! Values as C writes them.

use std::fmt::{Display, Write as _};

/// How wide a line of an array may become.
const LINE: usize = 110;

/// `static const TYPE NAME[] = {...};` on as few lines as there is room.
pub(super) fn array<T: Display>(kind: &str, name: &str, values: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    let (mut line, mut count) = (String::from("   "), 0);
    for value in values {
        let value = format!(" {value},");
        if line.len() + value.len() > LINE {
            text += &line;
            text.push('\n');
            line = String::from("   ");
        }
        line += &value;
        count += 1;
    }
    format!("static const {kind} {name}[{count}] = {{\n{text}{line}\n}};\n")
}

/// A float of 32 bits: the shortest decimals that a compiler reads as the very same.
pub(super) fn float(value: f32) -> String {
    format!("{value:?}f")
}

/// A string in quotes. What is not plain ASCII is written as octal bytes, and so are question marks, of which two begin
/// a trigraph.
pub(super) fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' if byte != b'?' => out.push(char::from(byte)),
            _ => write!(out, "\\{byte:03o}").expect("memory takes every byte"),
        }
    }
    out + "\""
}

/// Text for a comment, which nothing in it ends or begins.
pub(super) fn comment(text: &str) -> String {
    let is_safe = |c: char| !c.is_control() && !['*', '?', '\\'].contains(&c);
    text.chars().map(|c| if is_safe(c) { c } else { '_' }).collect()
}

/// Letters, digits and underscores in capitals, for the guard of a header.
pub(super) fn guard(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("TOILE_{}_H", name.chars().map(letter).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_breaks_the_text() {
        assert_eq!(string("a\"\\??=é\n1"), r#""a\"\\\077\077=\303\251\0121""#);
        assert_eq!(comment("a*/ b??/\n"), "a_/ b__/_");
        assert_eq!(guard("my-net.2"), "TOILE_MY_NET_2_H");
        assert_eq!(float(1e-7) + &float(-2.0), "1e-7f-2.0f");
        let text = array("float", "x", [1, 2]);
        assert_eq!(text, "static const float x[2] = {\n    1, 2,\n};\n");
    }
}
