//! The numbers of a tensor in JSON: one flat array, or arrays in arrays as its shape has them.
//!
//! What is read has been seen to be JSON already, so only the numbers and their arrays have to be told from the rest.

use super::place::quoted;

/// What is wrong with a tensor's numbers.
pub(super) struct Fault {
    /// The byte at which it was noticed.
    pub(super) at: usize,
    /// Indices of the number or array, the innermost first.
    pub(super) path: Vec<usize>,
    /// What, and what to do.
    pub(super) what: String,
}

/// What a tensor may be made of.
pub(super) trait Number: Sized {
    /// From what JSON calls a number. The error says what would be right.
    fn from_json(token: &str) -> Result<Self, &'static str>;

    /// From the front of the text, with its length, where that is quick; `from_json` reads the rest.
    fn quick(text: &[u8]) -> Option<(Self, usize)>;
}

impl Number for u8 {
    fn from_json(token: &str) -> Result<u8, &'static str> {
        // JSON knows one kind of numbers: 7.0 and 7e0 are 7.
        match token.parse::<f64>() {
            Ok(value) if value.fract() == 0.0 && (0.0..=255.0).contains(&value) => Ok(value as u8),
            _ => Err("send whole numbers from 0 to 255"),
        }
    }

    #[inline]
    fn quick(text: &[u8]) -> Option<(u8, usize)> {
        byte(text)
    }
}

impl Number for f32 {
    fn from_json(token: &str) -> Result<f32, &'static str> {
        match token.parse::<f32>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err("send numbers that 32 bit floats can hold"),
        }
    }

    #[inline]
    fn quick(_: &[u8]) -> Option<(f32, usize)> {
        None
    }
}

/// A whole number up to 255 at the front of a text, and its length; none where it may go on as a fraction.
///
/// Four bytes at a time, and without a branch that depends on how many of them are digits: nothing could guess it.
#[inline]
fn byte(text: &[u8]) -> Option<(u8, usize)> {
    let four = u32::from_le_bytes(*text.first_chunk()?) ^ 0x3030_3030;
    // What is no digit has the highest bit of its byte here; the lowest such byte is exact.
    let others = (four.wrapping_add(0x7676_7676) | four) & 0x8080_8080;
    let len = others.trailing_zeros() as usize / 8;
    if !(1..=3).contains(&len) || matches!(text[len], b'.' | b'e' | b'E') {
        return None;
    }
    // The digits, the last one in the highest byte.
    let [_, hundreds, tens, ones] = (four << (8 * (4 - len))).to_le_bytes().map(u32::from);
    u8::try_from(100 * hundreds + 10 * tens + ones).ok().map(|value| (value, len))
}

/// The numbers of a tensor of this shape.
pub(super) fn read<N: Number>(data: &str, shape: &[usize; 4]) -> Result<Vec<N>, Fault> {
    let mut reader = Reader { text: data, at: 0 };
    let count = shape.iter().fold(1, |count: usize, side| count.saturating_mul(*side));
    // A number and its comma take two bytes: what is short cannot make much memory be taken.
    let mut numbers = Vec::with_capacity(count.min(data.len() / 2 + 1));
    if data.bytes().filter(|byte| !is_space(*byte)).take(2).eq(*b"[[") {
        reader.array(shape, &mut numbers)?;
    } else {
        reader.array(&[count], &mut numbers)?;
    }
    Ok(numbers)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r')
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// An array of arrays of numbers. Its depth is that of `sides`, so it cannot be too deep.
    fn array<N: Number>(&mut self, sides: &[usize], numbers: &mut Vec<N>) -> Result<(), Fault> {
        let [side, inner @ ..] = sides else { return Ok(()) };
        let start = self.at;
        self.open()?;
        let mut count = 0;
        while self.is_another(count > 0) {
            if count == *side {
                return Err(self.fault(start, format!("more than {side} entries; the shape says {side}")));
            }
            let read = match inner {
                [] => self.number().map(|number| numbers.push(number)),
                _ => self.array(inner, numbers),
            };
            if let Err(mut fault) = read {
                fault.path.push(count);
                return Err(fault);
            }
            count += 1;
        }
        match count == *side {
            true => Ok(()),
            false => Err(self.fault(start, format!("{count} entries; the shape says {side}"))),
        }
    }

    /// Goes into a list.
    fn open(&mut self) -> Result<(), Fault> {
        self.skip_space();
        match self.next() {
            Some(b'[') => {
                self.at += 1;
                Ok(())
            }
            _ => Err(self.fault(self.at, format!("{} where a list has to be", self.found()))),
        }
    }

    /// Goes to the next entry of a list, or out of it.
    #[inline]
    fn is_another(&mut self, after_one: bool) -> bool {
        self.skip_space();
        match self.next() {
            Some(b']') => {
                self.at += 1;
                false
            }
            Some(b',') if after_one => {
                self.at += 1;
                self.skip_space();
                true
            }
            next => next.is_some(),
        }
    }

    #[inline]
    fn number<N: Number>(&mut self) -> Result<N, Fault> {
        if let Some((number, len)) = N::quick(&self.text.as_bytes()[self.at..]) {
            self.at += len;
            return Ok(number);
        }
        let token = self.token();
        if token.is_empty() {
            return Err(self.fault(self.at, format!("{} where a number has to be", self.found())));
        }
        match N::from_json(token) {
            Ok(number) => {
                self.at += token.len();
                Ok(number)
            }
            Err(what) => Err(self.fault(self.at, format!("is {}; {what}", quoted(token).replace('"', "")))),
        }
    }

    /// What looks like a number at this place.
    fn token(&self) -> &'a str {
        let rest = &self.text[self.at..];
        let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        &rest[..rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len())]
    }

    /// What stands at this place.
    fn found(&self) -> &'static str {
        match self.next() {
            Some(b'"') => "a text",
            Some(b'[') => "a list",
            Some(b'{') => "an object",
            Some(b't' | b'f') => "a truth value",
            Some(b'n') => "null",
            Some(_) => "a number",
            None => "nothing",
        }
    }

    #[inline]
    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn skip_space(&mut self) {
        while self.next().is_some_and(is_space) {
            self.at += 1;
        }
    }

    fn fault(&self, at: usize, what: String) -> Fault {
        Fault { at, path: Vec::new(), what }
    }
}
