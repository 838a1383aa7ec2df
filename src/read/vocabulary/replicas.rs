//! How many copies of a component run.

use super::answer::{Plain, PlainType, Plainly};
use super::described;
use super::units::Count;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// How many copies run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Replicas {
    pub min: u64,
    pub max: u64,
}

impl Plainly for Replicas {
    const PLAIN_TYPE: PlainType = PlainType::Integer;
    const ZERO_IS_NONE: bool = true;

    /// The number that is always there.
    fn plain(&self) -> Plain<'_> {
        Plain::Integer(i64::try_from(self.min).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max { write!(f, "{}", self.min) } else { write!(f, "{} to {}", self.min, self.max) }
    }
}

impl<'de> Deserialize<'de> for Replicas {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReplicasVisitor;
        impl<'de> Visitor<'de> for ReplicasVisitor {
            type Value = Replicas;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of copies or `{min, max}`")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Replicas, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Replicas, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Replicas, E> {
                let count = Count::parse(text).ok_or_else(|| E::custom("not a whole number"))?.0;
                Ok(Replicas { min: count, max: count })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Replicas, A::Error> {
                let (mut min, mut max) = (None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "min" => min = Some(map.next_value::<Count>()?.0),
                        "max" => max = Some(map.next_value::<Count>()?.0),
                        _ => return Err(A::Error::custom("neither `min` nor `max`")),
                    }
                }
                let min = min.or(max).ok_or_else(|| A::Error::custom("expected `min` or `max`"))?;
                Ok(Replicas { min, max: max.unwrap_or(min).max(min) })
            }
        }
        deserializer.deserialize_any(ReplicasVisitor)
    }
}

impl JsonSchema for Replicas {
    fn schema_name() -> Cow<'static, str> {
        "Replicas".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let count = generator.subschema_for::<Count>();
        json_schema!({
            "anyOf": [
                count,
                {
                    "type": "object",
                    "properties": {
                        "min": described(&count, "Copies that always run."),
                        "max": described(&count, "Copies at the busiest time."),
                    },
                    "additionalProperties": false,
                    "minProperties": 1,
                    "x-expects": "`{min: 3, max: 6}`",
                },
            ],
            "x-expects": "a number of copies such as 3, or `{min: 3, max: 6}`",
        })
    }
}
