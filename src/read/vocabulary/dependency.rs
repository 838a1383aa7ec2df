//! What can be said about a dependency, and about a group of alternatives.

use super::answer::{Many, Plain, PlainType, Plainly, facts};
use super::described;
use super::design::{Accepts, Reasons, reasons};
use super::units::{Count, Duration, Percent, Timeout};
use super::words::{Access, Consistency, FailoverMode, Mode, Name, Need, Phase, Role, Setting, Toggle, Word};
use crate::parse::{ByKind, NodeKind, Spanned, Unread, by_kind};
use crate::sources::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

facts! {
    /// How one component uses another.
    pub struct DependencyFacts {
        /// What the caller does without the target: `hard` (it cannot answer) or `soft`.
        need: Need,
        /// Whether the caller waits: `sync` or `async`.
        mode: Mode,
        /// When the dependency is needed: `run` or only to `start`.
        phase: Phase,
        /// How long the caller waits; `none` waits for ever.
        timeout: Timeout,
        /// How often the caller tries again: `2`, or `{max, backoff, jitter, wait, budget}`.
        retries: Retries,
        /// The caller stops calling a target that keeps failing.
        breaker: Toggle,
        /// These calls have threads or connections of their own.
        bulkhead: Toggle,
        /// What the caller does instead: `omit`, `default`, `{stale_for: 30m}` or `{to: component}`.
        fallback: Fallback,
        /// Doing it twice is the same as doing it once: `key` (an idempotency key) or `true`.
        idempotent: Setting,
        /// What the call does to the target's data.
        access: Access,
        /// Calls per incoming request; 1 if left out.
        calls: Calls,
        /// These calls run beside the others, not after them.
        parallel: Toggle,
        /// Connections one copy of the caller keeps open.
        pool: Count,
        /// The flows that use this dependency; all if left out.
        flows: Many<Word>,
        /// Which end of a queue the caller is at.
        role: Role,
        /// The protocol, such as `grpc` or `http`.
        protocol: Word,
        /// What these reads may see.
        consistency: Consistency,
        /// How old these reads may be.
        staleness: Duration,
        /// How long work can wait on the caller's side while the target is away.
        buffer: Duration,
        /// The message is stored with the caller's own data and sent later.
        outbox: Toggle,
        /// The caller's own deadline is passed on: `propagated`.
        deadline: Setting,
        /// How long the caller keeps the last answer.
        cached: Setting,
        /// What the call looks things up by.
        by: Word,
        /// Part of one transaction.
        transaction: Toggle,
        /// The start waits until the target is healthy.
        gated: Toggle,
    }
    plus {
        /// Findings that are accepted, with a reason: `{rule-id: reason}`.
        #[serde(deserialize_with = "reasons")]
        #[schemars(with = "Reasons")]
        accept: Accepts,
    }
}

facts! {
    /// How often a caller tries again.
    pub struct RetriesMap {
        /// Attempts after the first.
        max: RetryCount,
        /// How the wait grows: `exponential`, `linear`, `fixed`.
        backoff: Setting,
        /// The wait is spread, so that callers do not come back in step.
        jitter: Toggle,
        /// The first wait.
        wait: Duration,
        /// The share of calls that may be retries.
        budget: Percent,
    }
}

/// Attempts after the first: a number, or `forever`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RetryCount {
    Times(u64),
    Forever,
}

impl Plainly for RetryCount {
    const PLAIN_TYPE: PlainType = PlainType::Number;
    const ZERO_IS_NONE: bool = true;

    #[expect(clippy::cast_precision_loss, reason = "nobody retries 2^52 times")]
    fn plain(&self) -> Plain<'_> {
        Plain::Number(match self {
            Self::Times(times) => *times as f64,
            Self::Forever => f64::INFINITY,
        })
    }
}

impl<'de> Deserialize<'de> for RetryCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Word::deserialize(deserializer)?;
        if word.0 == "forever" {
            return Ok(Self::Forever);
        }
        Count::parse(&word.0).map(|count| Self::Times(count.0)).ok_or_else(|| D::Error::custom("expected a number"))
    }
}

impl JsonSchema for RetryCount {
    fn schema_name() -> Cow<'static, str> {
        "RetryCount".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let count = generator.subschema_for::<Count>();
        json_schema!({"anyOf": [count, {"const": "forever"}], "x-expects": "a number of attempts such as 2, or `forever`"})
    }
}

/// `2`, `forever`, or `{max, backoff, jitter, wait, budget}`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Retries(pub RetriesMap);

impl std::ops::Deref for Retries {
    type Target = RetriesMap;

    fn deref(&self) -> &RetriesMap {
        &self.0
    }
}

impl Plainly for Retries {
    const PLAIN_TYPE: PlainType = RetriesMap::PLAIN_TYPE;
    const ZERO_IS_NONE: bool = true;

    fn plain(&self) -> Plain<'_> {
        Plain::Record(&self.0)
    }

    fn place(&mut self, whole: Span) {
        self.0.max.placed(whole);
    }
}

impl<'de> Deserialize<'de> for Retries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match MapOr::<RetriesMap, RetryCount>::deserialize(deserializer)? {
            MapOr::Map(map) => map,
            MapOr::Value(max) => RetriesMap { max: super::Attr::unplaced(max), ..Default::default() },
        }))
    }
}

impl JsonSchema for Retries {
    fn schema_name() -> Cow<'static, str> {
        "Retries".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (map, count) = (generator.subschema_for::<RetriesMap>(), generator.subschema_for::<RetryCount>());
        json_schema!({"anyOf": [map, count], "x-expects": "a number of attempts such as 2, `forever`, or a map with `max`, `backoff`, `jitter`"})
    }
}

/// Calls per incoming request, a positive number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Calls(pub f64);

impl Plainly for Calls {
    const PLAIN_TYPE: PlainType = PlainType::Number;

    fn plain(&self) -> Plain<'_> {
        Plain::Number(self.0)
    }
}

impl<'de> Deserialize<'de> for Calls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let calls = f64::deserialize(deserializer)?;
        let is_possible = calls > 0.0 && calls.is_finite();
        is_possible.then_some(Self(calls)).ok_or_else(|| D::Error::custom("expected a number above zero"))
    }
}

impl JsonSchema for Calls {
    fn schema_name() -> Cow<'static, str> {
        "Calls".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "exclusiveMinimum": 0, "x-expects": "a number above zero such as 3 or 0.2"})
    }
}

/// What a caller does without its target.
#[derive(Clone, PartialEq, Debug)]
pub enum Fallback {
    /// It answers without: `omit`, `default`, `value`.
    Value(String),
    /// It answers with what it had: for so long, or for an unknown time.
    Stale(Option<Duration>),
    /// It asks somebody else.
    To(Spanned<String>),
}

impl Plainly for Fallback {
    const PLAIN_TYPE: PlainType = PlainType::Text(&[]);

    fn plain(&self) -> Plain<'_> {
        Plain::Text(match self {
            Self::Value(word) => word.as_str().into(),
            Self::Stale(_) => "stale".into(),
            Self::To(target) => target.value.as_str().into(),
        })
    }
}

impl<'de> Deserialize<'de> for Fallback {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FallbackVisitor;
        impl<'de> Visitor<'de> for FallbackVisitor {
            type Value = Fallback;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`omit`, `default`, `value`, `stale`, `{stale_for}` or `{to}`")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Fallback, E> {
                match word {
                    "stale" => Ok(Fallback::Stale(None)),
                    "omit" | "default" | "value" => Ok(Fallback::Value(word.to_owned())),
                    _ => Err(E::custom("not a way to go on")),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fallback, A::Error> {
                let fallback = match map.next_key::<String>()?.as_deref() {
                    Some("to") => Fallback::To(map.next_value::<Spanned<Name>>()?.map(|name| name.0)),
                    Some("stale_for") => Fallback::Stale(Some(map.next_value()?)),
                    _ => return Err(A::Error::custom("neither `to` nor `stale_for`")),
                };
                let is_more_said = map.next_key::<String>()?.is_some();
                (!is_more_said).then_some(fallback).ok_or_else(|| A::Error::custom("either `to` or `stale_for`"))
            }
        }
        deserializer.deserialize_any(FallbackVisitor)
    }
}

impl JsonSchema for Fallback {
    fn schema_name() -> Cow<'static, str> {
        "Fallback".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let duration = generator.subschema_for::<Duration>();
        json_schema!({
            "anyOf": [
                {
                    "enum": ["omit", "default", "value", "stale"],
                    "markdownEnumDescriptions": [
                        "It leaves the part out of its answer.",
                        "It uses a fixed value.",
                        "It computes the value itself.",
                        "It uses what it had before.",
                    ],
                },
                {
                    "type": "object",
                    "properties": {
                        "stale_for": described(&duration, "It uses what it had before, for so long."),
                        "to": {"type": ["string", "integer"], "x-expects": "the name of a component", "description": "The component asked instead."},
                    },
                    "additionalProperties": false,
                    "minProperties": 1,
                    "maxProperties": 1,
                    "x-expects": "either `stale_for` or `to`",
                },
            ],
            "x-expects": "`omit`, `default`, `value`, `stale`, `{stale_for: 30m}` or `{to: component}`",
        })
    }
}

/// One entry of `uses`.
#[derive(Clone, PartialEq, Debug)]
pub struct Use {
    pub target: Spanned<String>,
    /// Boxed, because it is large and handed on several times.
    pub facts: Box<DependencyFacts>,
}

/// What a component uses, in the order it is written.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Uses(pub Vec<Use>);

impl<'de> Deserialize<'de> for Uses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UsesVisitor;
        impl<'de> Visitor<'de> for UsesVisitor {
            type Value = Uses;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list or map of components")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Uses, A::Error> {
                let mut uses = Vec::new();
                while let Some(target) = seq.next_element::<Spanned<Name>>()? {
                    uses.push(Use { target: target.map(|name| name.0), facts: Box::default() });
                }
                Ok(Uses(uses))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Uses, A::Error> {
                let mut uses = Vec::new();
                while let Some(target) = map.next_key::<Spanned<String>>()? {
                    let written = map.next_value::<Option<Spanned<MapOr<Box<DependencyFacts>, String>>>>()?;
                    let facts = match written {
                        None => Box::default(),
                        Some(Spanned { value: MapOr::Map(facts), .. }) => facts,
                        Some(Spanned { value: MapOr::Value(word), span, .. }) => {
                            let facts = shorthand(&word, span);
                            Box::new(facts.ok_or_else(|| A::Error::custom("neither a need nor a mode"))?)
                        }
                    };
                    uses.push(Use { target, facts });
                }
                Ok(Uses(uses))
            }
        }
        deserializer.deserialize_any(UsesVisitor)
    }
}

/// `recs: soft` and `mails: async`.
fn shorthand(word: &str, span: Span) -> Option<DependencyFacts> {
    let mut facts = DependencyFacts::default();
    match (Need::parse(word), Mode::parse(word)) {
        (Some(need), _) => facts.need = super::Attr::declared(need, span),
        (None, Some(mode)) => facts.mode = super::Attr::declared(mode, span),
        (None, None) => return None,
    }
    Some(facts)
}

impl JsonSchema for Uses {
    fn schema_name() -> Cow<'static, str> {
        "Uses".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let facts = generator.subschema_for::<DependencyFacts>();
        json_schema!({
            "anyOf": [
                {"type": "array", "items": {"type": ["string", "integer"], "x-expects": "the name of a component"}},
                {
                    "type": "object",
                    "additionalProperties": {
                        "anyOf": [facts, {
                            "enum": ["hard", "soft", "sync", "async"],
                            "markdownEnumDescriptions": [
                                "It cannot answer without.",
                                "It answers with less.",
                                "It waits for the answer.",
                                "It hands over and goes on.",
                            ],
                        }, {"const": null}],
                        "x-expects": "`hard`, `soft`, `async`, or a map with `timeout`, `retries`, `need`",
                    },
                },
            ],
            "x-expects": "a list of components, or a map from components to how they are used",
        })
    }
}

facts! {
    /// Alternatives of which some suffice.
    pub struct GroupMap {
        /// How many of them are needed; 1 if left out.
        need: Count,
        /// Who moves to the next one: `automatic` or `manual`.
        failover: FailoverMode,
    }
    plus {
        /// The alternatives, first choice first.
        #[schemars(with = "Alternatives")]
        of: Uses,
        /// Findings that are accepted, with a reason: `{rule-id: reason}`.
        #[serde(deserialize_with = "reasons")]
        #[schemars(with = "Reasons")]
        accept: Accepts,
    }
}

/// The schema of [`Uses`] that name somebody.
struct Alternatives;

impl JsonSchema for Alternatives {
    fn schema_name() -> Cow<'static, str> {
        "Alternatives".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Uses::json_schema(generator);
        if let Some([list, map]) = schema.get_mut("anyOf").and_then(|forms| forms.as_array_mut()).map(Vec::as_mut_slice)
        {
            for (form, least) in [(list, "minItems"), (map, "minProperties")] {
                form[least] = 1.into();
                form["x-expects"] = "at least one component".into();
            }
        }
        schema
    }
}

/// `[a, b]`, or `{need, of, failover}`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct GroupFacts(pub GroupMap);

impl std::ops::Deref for GroupFacts {
    type Target = GroupMap;

    fn deref(&self) -> &GroupMap {
        &self.0
    }
}

impl<'de> Deserialize<'de> for GroupFacts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        by_kind(deserializer)
    }
}

impl<'de> ByKind<'de> for GroupFacts {
    const EXPECTED: &'static str = "a list of components or `{need, of}`";

    fn read<A: SeqAccess<'de>>(kind: NodeKind<'de>, unread: Unread<A>) -> Result<Self, A::Error> {
        let group = match kind {
            NodeKind::List => GroupMap { of: unread.read()?, ..Default::default() },
            NodeKind::Map => unread.read()?,
            _ => return Err(unread.unexpected(kind)),
        };
        let is_some = !group.of.0.is_empty();
        is_some.then_some(Self(group)).ok_or_else(|| A::Error::custom("no alternative is named"))
    }
}

impl JsonSchema for GroupFacts {
    fn schema_name() -> Cow<'static, str> {
        "GroupFacts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<GroupMap>();
        json_schema!({
            "anyOf": [
                {"type": "array", "items": {"type": ["string", "integer"], "x-expects": "the name of a component"}, "minItems": 1, "x-expects": "at least one component"},
                {"allOf": [map], "type": "object", "required": ["of"]},
            ],
            "x-expects": "a list of components, or a map with `need` and `of`",
        })
    }
}

/// A map, or one scalar that stands for it.
pub(super) enum MapOr<M, V> {
    Map(M),
    Value(V),
}

impl<'de, M: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for MapOr<M, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        by_kind(deserializer)
    }
}

impl<'de, M: Deserialize<'de>, V: Deserialize<'de>> ByKind<'de> for MapOr<M, V> {
    const EXPECTED: &'static str = "a map or one value";

    fn read<A: SeqAccess<'de>>(kind: NodeKind<'de>, unread: Unread<A>) -> Result<Self, A::Error> {
        match kind {
            NodeKind::Map => unread.read().map(MapOr::Map),
            NodeKind::Text(_) | NodeKind::Integer(_) | NodeKind::Float(_) => unread.read().map(MapOr::Value),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::List => Err(unread.unexpected(kind)),
        }
    }
}
