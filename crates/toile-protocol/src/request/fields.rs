//! How values of a request's JSON are read: objects from objects alone, lists of a few entries, and whole numbers. What is
//! wrong with them is said in the words of JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Structs whose fields are there or not. They are read from objects alone, where a derived reader would take a list of
/// the fields' values as well; a key that is not theirs is passed over.
macro_rules! objects {
    ($(struct $name:ident $(<$life:lifetime>)? { $($(#[$about:meta])* $field:ident: $type:ty,)* })*) => {$(
        #[derive(Default)]
        pub(super) struct $name $(<$life>)? {
            $($(#[$about])* pub(super) $field: Option<$type>,)*
        }

        impl<'de> serde::Deserialize<'de> for $name $(<$life>)? {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                #[derive(serde::Deserialize)]
                #[serde(field_identifier)]
                #[allow(non_camel_case_types, reason = "they are the keys")]
                enum Key {
                    $($field,)*
                    #[serde(other)]
                    Other,
                }

                struct Fields;
                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $name $(<$life>)?;

                    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        to.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        let mut found = $name::default();
                        while let Some(key) = map.next_key()? {
                            match key {
                                $(Key::$field if found.$field.is_some() => {
                                    let words = concat!("it has ", stringify!($field), " twice");
                                    return Err(serde::de::Error::custom(words));
                                })*
                                $(Key::$field => found.$field = map.next_value()?,)*
                                Key::Other => {
                                    map.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(found)
                    }
                }
                from.deserialize_map(Fields)
            }
        }
    )*};
}
pub(super) use objects;

/// A list of so many entries at most: whatever a request says, it is not read further.
pub(super) struct Few<T, const MAX: usize>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Few<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries<T, const MAX: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Entries<T, MAX> {
            type Value = Few<T, MAX>;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
                let mut found = Vec::new();
                while found.len() < MAX {
                    match entries.next_element()? {
                        Some(entry) => found.push(entry),
                        None => return Ok(Few(found)),
                    }
                }
                match entries.next_element::<IgnoredAny>()? {
                    None => Ok(Few(found)),
                    Some(_) => Err(A::Error::custom(format_args!("it has more than {MAX} entries"))),
                }
            }
        }
        from.deserialize_seq(Entries(PhantomData))
    }
}

/// A whole number that is not negative.
#[derive(Clone, Copy)]
pub(super) struct Whole(pub(super) u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Whole;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a whole number from 0 on")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(number))
            }
        }
        from.deserialize_u64(Number)
    }
}
