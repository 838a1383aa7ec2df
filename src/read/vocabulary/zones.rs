//! The zones a component runs in.

use super::answer::{Plain, PlainType, Plainly, UNPLACED};
use super::units::Count;
use super::words::Name;
use crate::parse::Spanned;
use crate::sources::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The zones of a component, in placement order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zones(pub Vec<(String, Span)>);

impl Zones {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl Plainly for Zones {
    const PLAIN_TYPE: PlainType = PlainType::List(&PlainType::Text(&[]));
    const ZERO_IS_NONE: bool = true;

    fn plain(&self) -> Plain<'_> {
        Plain::List(self.0.iter().map(|(name, span)| (Plain::Text(name.as_str().into()), Some(*span))).collect())
    }

    fn place(&mut self, whole: Span) {
        for (_, span) in self.0.iter_mut().filter(|(_, span)| *span == UNPLACED) {
            *span = whole;
        }
    }
}

/// As many zones as can be given by number.
const MOST_ZONES: u64 = 100;

/// The name of the n-th zone where only a number of zones is given: `a`, `b`, … `z`, `zone27`.
fn zone_name(index: u64) -> String {
    u8::try_from(index)
        .ok()
        .filter(|index| *index < 26)
        .map_or_else(|| format!("zone{}", index + 1), |index| char::from(b'a' + index).to_string())
}

impl<'de> Deserialize<'de> for Zones {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ZonesVisitor;
        impl<'de> Visitor<'de> for ZonesVisitor {
            type Value = Zones;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of zones or their number")
            }

            fn visit_u64<E: Error>(self, count: u64) -> Result<Zones, E> {
                if count > MOST_ZONES {
                    return Err(E::custom("that many zones do not exist"));
                }
                Ok(Zones((0..count).map(|index| (zone_name(index), UNPLACED)).collect()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Zones, E> {
                u64::try_from(value).map_err(E::custom).and_then(|count| self.visit_u64(count))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Zones, E> {
                let count = Count::parse(&value.to_string()).ok_or_else(|| E::custom("not a whole number"))?;
                self.visit_u64(count.0)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Zones, E> {
                let is_name =
                    text.starts_with(|first: char| !first.is_whitespace() && !first.is_numeric() && first != '-');
                is_name.then(|| Zones(vec![(text.to_owned(), UNPLACED)])).ok_or_else(|| E::custom("not a zone"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Zones, A::Error> {
                let mut names: Vec<(String, Span)> = Vec::new();
                while let Some(name) = seq.next_element::<Spanned<Name>>()? {
                    let Spanned { value: Name(name), span, .. } = name;
                    let is_negative = name.parse::<i64>().is_ok_and(|number| number < 0);
                    if is_negative || names.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format!("`{name}` is no other zone")));
                    }
                    names.push((name, span));
                }
                let is_some = !names.is_empty();
                is_some.then_some(Zones(names)).ok_or_else(|| A::Error::custom("expected at least one zone"))
            }
        }
        deserializer.deserialize_any(ZonesVisitor)
    }
}

impl JsonSchema for Zones {
    fn schema_name() -> Cow<'static, str> {
        "Zones".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {"type": "array", "items": {"type": ["string", "integer"], "minimum": 0, "x-expects": "the name of a zone"}, "minItems": 1, "uniqueItems": true, "x-expects": "at least one zone"},
                {"type": "integer", "minimum": 0, "maximum": MOST_ZONES},
                {"type": "string", "pattern": r"^[^\d\s-]"},
            ],
            "x-expects": "a list of zones such as [a, b, c], or their number",
        })
    }
}
