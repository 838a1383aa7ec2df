//! Extra copies of a component during a release.

use super::answer::{Plain, PlainType, Plainly};
use super::units::{Count, Percent};
use super::words::Word;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use std::borrow::Cow;

/// Extra copies during a release.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Surge {
    Copies(u64),
    Share(f64),
}

impl Surge {
    /// Extra copies beside `replicas`; shares round up, as Kubernetes does.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "copies are few; the share is between 0 and 1"
    )]
    pub fn copies(self, replicas: u64) -> u64 {
        match self {
            Self::Copies(copies) => copies,
            Self::Share(share) => (replicas as f64 * share).ceil() as u64,
        }
    }
}

impl Plainly for Surge {
    const PLAIN_TYPE: PlainType = PlainType::Number;
    const ZERO_IS_NONE: bool = true;

    #[expect(clippy::cast_precision_loss, reason = "copies are few")]
    fn plain(&self) -> Plain<'_> {
        match self {
            Self::Copies(copies) => Plain::Number(*copies as f64),
            Self::Share(share) => Plain::Number(*share),
        }
    }
}

impl<'de> Deserialize<'de> for Surge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Word::deserialize(deserializer)?;
        Count::parse(&word.0)
            .map(|count| Self::Copies(count.0))
            .or_else(|| Percent::parse(&word.0).map(|share| Self::Share(share.0)))
            .ok_or_else(|| D::Error::custom("expected a number of copies or a percentage"))
    }
}

impl JsonSchema for Surge {
    fn schema_name() -> Cow<'static, str> {
        "Surge".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (count, percent) = (generator.subschema_for::<Count>(), generator.subschema_for::<Percent>());
        json_schema!({"anyOf": [count, percent], "x-expects": "a number of copies such as 1, or a share such as 25%"})
    }
}
