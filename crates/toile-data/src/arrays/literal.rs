//! The header of a NumPy file: the literal of a Python dictionary with exactly three keys (NEP 1), read strictly.

/// What the dictionary says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) descr: String,
    pub(super) is_fortran: bool,
    pub(super) shape: Vec<usize>,
}

/// Stands for the fields of a structured type, which are not read.
pub(super) const STRUCTURED: &str = "[...]";

/// Reads the dictionary; what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Literal, String> {
    let mut rest = Rest { text };
    let (mut descr, mut is_fortran, mut shape) = (None, None, None);
    rest.expect('{')?;
    while !rest.skip('}') {
        let key = rest.string()?;
        rest.expect(':')?;
        let is_new = match key.as_str() {
            "descr" if rest.peek() == Some('[') => {
                // Nothing after it matters: a structured type is refused.
                return Ok(Literal { descr: STRUCTURED.to_owned(), is_fortran: false, shape: Vec::new() });
            }
            "descr" => descr.replace(rest.string()?).is_none(),
            "fortran_order" => is_fortran.replace(rest.truth()?).is_none(),
            "shape" => shape.replace(rest.tuple()?).is_none(),
            _ => return Err(format!("it has a key {key:?}")),
        };
        if !is_new {
            return Err(format!("it has the key {key:?} twice"));
        }
        if !rest.skip(',') {
            rest.expect('}')?;
            break;
        }
    }
    if !rest.text.trim().is_empty() {
        return Err("something follows the dictionary".to_owned());
    }
    let lacks = |key: &str| format!("it lacks the key {key:?}");
    Ok(Literal {
        descr: descr.ok_or_else(|| lacks("descr"))?,
        is_fortran: is_fortran.ok_or_else(|| lacks("fortran_order"))?,
        shape: shape.ok_or_else(|| lacks("shape"))?,
    })
}

/// What has not been read yet.
struct Rest<'a> {
    text: &'a str,
}

impl Rest<'_> {
    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        self.text = self.text.trim_start();
        self.text.chars().next()
    }

    /// Takes a character, if it is the next one.
    fn skip(&mut self, wanted: char) -> bool {
        let is_next = self.peek() == Some(wanted);
        if is_next {
            self.text = &self.text[wanted.len_utf8()..];
        }
        is_next
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.skip(wanted) {
            return Ok(());
        }
        let found = self.peek().map_or("its end".to_owned(), |found| format!("{found:?}"));
        Err(format!("expected {wanted:?}, found {found}"))
    }

    /// A string in either quotes, without escapes: no name that NumPy writes needs one.
    fn string(&mut self) -> Result<String, String> {
        let quote = if self.skip('\'') {
            '\''
        } else {
            self.expect('"')?;
            '"'
        };
        let (string, rest) = self.text.split_once(quote).ok_or("a string does not end")?;
        self.text = rest;
        match string.contains('\\') {
            true => Err("a string has a backslash".to_owned()),
            false => Ok(string.to_owned()),
        }
    }

    fn truth(&mut self) -> Result<bool, String> {
        self.text = self.text.trim_start();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.text.strip_prefix(word) {
                self.text = rest;
                return Ok(value);
            }
        }
        Err("fortran_order is neither True nor False".to_owned())
    }

    /// Whole numbers in brackets; one alone is followed by a comma.
    fn tuple(&mut self) -> Result<Vec<usize>, String> {
        self.expect('(')?;
        let mut numbers = Vec::new();
        let mut has_comma = true;
        while !self.skip(')') {
            if !has_comma {
                return Err("the shape's numbers have no comma between them".to_owned());
            }
            numbers.push(self.number()?);
            has_comma = self.skip(',');
        }
        match numbers.len() == 1 && !has_comma {
            true => Err("the shape is a number, not a tuple".to_owned()),
            false => Ok(numbers),
        }
    }

    fn number(&mut self) -> Result<usize, String> {
        self.peek();
        let len = self.text.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.text.split_at(len);
        // Python 2 marked some of its numbers.
        self.text = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().map_err(|_| format!("the shape has {digits:?} where a number should be"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_numpy_writes_and_nothing_else() {
        let sound = "{'descr': '<f4', 'fortran_order': False, 'shape': (10, 28, 28), }";
        let literal = Literal { descr: "<f4".to_owned(), is_fortran: false, shape: vec![10, 28, 28] };
        assert_eq!(parse(sound).unwrap(), literal);
        let other = "{\"shape\": (10L, 28L, 28L), \"fortran_order\": False,\n\"descr\": \"<f4\"}   \n";
        assert_eq!(parse(other).unwrap(), literal);
        for (shape, expected) in [("()", vec![]), ("(3,)", vec![3]), ("( 3 , 4 )", vec![3, 4])] {
            let text = sound.replace("(10, 28, 28)", shape);
            assert_eq!(parse(&text).unwrap().shape, expected, "{text}");
        }
        let cases = [
            ("", "expected '{', found its end"),
            ("{}", "it lacks the key \"descr\""),
            ("{'descr': '<f4', 'shape': (1,)}", "it lacks the key \"fortran_order\""),
            ("{'descr': '<f4', 'descr': '<f4'}", "it has the key \"descr\" twice"),
            ("{'descr': '<f4', 'evil': 1}", "it has a key \"evil\""),
            ("{'descr': __import__('os')}", "expected '\"', found '_'"),
            ("{'descr': '<f4}", "a string does not end"),
            ("{'descr': '\\x3cf4'}", "a string has a backslash"),
            ("{'fortran_order': 1}", "neither True nor False"),
            ("{'shape': (3)}", "the shape is a number, not a tuple"),
            ("{'shape': (3 4)}", "no comma between them"),
            ("{'shape': (-3,)}", "the shape has \"\" where a number should be"),
            ("{'shape': (99999999999999999999999,)}", "where a number should be"),
            ("{'shape': (3,) 'descr': 'x'}", "expected '}', found '\\''"),
        ];
        for (text, expected) in cases {
            let said = parse(text).unwrap_err();
            assert!(said.contains(expected), "{text}: {said:?} lacks {expected:?}");
        }
        assert!(parse(&format!("{sound} + 1")).unwrap_err().contains("something follows"));
    }
}
