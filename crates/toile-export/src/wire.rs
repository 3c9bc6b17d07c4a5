//! The wire format of protocol buffers (<https://protobuf.dev/programming-guides/encoding/>), as much as ONNX and
//! TensorBoard need.
//!
//! A message is a list of fields: a key, `number << 3 | type`, and a value. Types here are 0 (varint), 1 (eight
//! bytes), 2 (a length and so many bytes) and 5 (four bytes).

const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH: u64 = 2;
const FOUR_BYTES: u64 = 5;

/// The bytes of a message that is being written.
#[derive(Debug, Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    /// A whole number; negative ones take ten bytes, as the format has it.
    pub(crate) fn integer(&mut self, field: u64, value: i64) {
        self.varint(field << 3 | VARINT);
        self.varint(value.cast_unsigned());
    }

    /// Whole numbers in one field.
    pub(crate) fn integers(&mut self, field: u64, values: &[i64]) {
        let mut packed = Message::default();
        values.iter().for_each(|value| packed.varint(value.cast_unsigned()));
        self.bytes(field, &packed.0);
    }

    /// A float.
    pub(crate) fn float(&mut self, field: u64, value: f32) {
        self.varint(field << 3 | FOUR_BYTES);
        self.0.extend(value.to_le_bytes());
    }

    /// A float of 64 bits.
    pub(crate) fn double(&mut self, field: u64, value: f64) {
        self.varint(field << 3 | EIGHT_BYTES);
        self.0.extend(value.to_le_bytes());
    }

    /// A text.
    pub(crate) fn text(&mut self, field: u64, value: &str) {
        self.bytes(field, value.as_bytes());
    }

    /// A message within this one.
    pub(crate) fn message(&mut self, field: u64, value: &Message) {
        self.bytes(field, &value.0);
    }

    /// Bytes as they are.
    pub(crate) fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint(field << 3 | LENGTH);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    /// All bytes.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// The value of a field that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    /// Type 0.
    Integer(i64),
    /// Type 2.
    Bytes(&'a [u8]),
    /// Type 5.
    Float(f32),
    /// Type 1.
    #[cfg_attr(not(test), expect(dead_code, reason = "event files are read by tests alone"))]
    Double(f64),
}

impl<'a> Value<'a> {
    pub(crate) fn integer(self) -> Result<i64, String> {
        if let Value::Integer(value) = self { Ok(value) } else { Err("a field is no whole number".into()) }
    }

    pub(crate) fn float(self) -> Result<f32, String> {
        if let Value::Float(value) = self { Ok(value) } else { Err("a field is no float".into()) }
    }

    pub(crate) fn bytes(self) -> Result<&'a [u8], String> {
        if let Value::Bytes(value) = self { Ok(value) } else { Err("a field has no bytes".into()) }
    }

    pub(crate) fn text(self) -> Result<String, String> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|_| "a field is no text".into())
    }

    /// Whole numbers in one field.
    pub(crate) fn integers(self) -> Result<Vec<i64>, String> {
        let mut rest = self.bytes()?;
        let mut values = Vec::new();
        while !rest.is_empty() {
            values.push(varint(&mut rest)?.cast_signed());
        }
        Ok(values)
    }
}

/// The fields of a message, (number, value), in their order.
///
/// # Errors
/// Bytes that are no message, in words.
pub(crate) fn fields(mut rest: &[u8]) -> Result<Vec<(u64, Value<'_>)>, String> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        let value = match key & 7 {
            VARINT => Value::Integer(varint(&mut rest)?.cast_signed()),
            LENGTH => {
                let len = usize::try_from(varint(&mut rest)?).map_err(|_| cut_off())?;
                let (bytes, after) = rest.split_at_checked(len).ok_or_else(cut_off)?;
                rest = after;
                Value::Bytes(bytes)
            }
            FOUR_BYTES => {
                let (bytes, after) = rest.split_first_chunk().ok_or_else(cut_off)?;
                rest = after;
                Value::Float(f32::from_le_bytes(*bytes))
            }
            EIGHT_BYTES => {
                let (bytes, after) = rest.split_first_chunk().ok_or_else(cut_off)?;
                rest = after;
                Value::Double(f64::from_le_bytes(*bytes))
            }
            other => return Err(format!("a field is of the unknown type {other}")),
        };
        fields.push((key >> 3, value));
    }
    Ok(fields)
}

fn cut_off() -> String {
    "a message is cut off".into()
}

fn varint(rest: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or_else(cut_off)?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err("a number has more than ten bytes".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the format's own description: 150 in field 1, "testing" in field 2.
    #[test]
    fn bytes_are_those_of_the_description() {
        let mut message = Message::default();
        message.integer(1, 150);
        message.text(2, "testing");
        message.integers(6, &[3, 270, 86942]);
        let expected: &[&[u8]] =
            &[&[0x08, 0x96, 0x01], b"\x12\x07testing", &[0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]];
        assert_eq!(message.into_bytes(), expected.concat());
    }

    #[test]
    fn what_is_written_is_read_back_and_what_is_cut_off_is_refused() {
        let mut message = Message::default();
        message.integer(1, -1);
        message.float(2, -0.5);
        message.integers(300, &[0, -7, i64::MAX]);
        let bytes = message.into_bytes();
        let read = fields(&bytes).unwrap();
        let [(1, one), (2, half), (300, many)] = read[..] else { panic!("{read:?}") };
        assert_eq!((one.integer().unwrap(), half.float().unwrap()), (-1, -0.5));
        assert_eq!(many.integers().unwrap(), [0, -7, i64::MAX]);
        let cuts = (1..bytes.len()).filter(|&len| fields(&bytes[..len]).is_err()).count();
        assert_eq!(cuts, bytes.len() - 3, "all but those between two fields");
        assert!(fields(&[0x0b]).unwrap_err().contains("type 3"));
        assert!(fields(&[0xff; 12]).unwrap_err().contains("ten bytes"));
    }
}
