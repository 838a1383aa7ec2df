//! What can be said about a flow: something a user does, from the first component to the last.

use super::answer::{Many, Plain, PlainType, Plainly, facts};
use super::dependency::MapOr;
use super::design::{Accepts, Reasons, reasons};
use super::units::{Duration, Percent, Rate};
use super::words::{Consistency, Toggle, Word};
use crate::sources::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer};
use std::borrow::Cow;

facts! {
    /// Something a user does.
    #[schemars(extend("x-expects" = "a map with `path`", "x-help" = "write the components it goes through as its path: `{path: [web, api, postgres]}`"))]
    pub struct FlowFacts {
        /// The components it goes through, in order.
        path: Many<Word>,
        /// It wakes someone up.
        critical: Toggle,
        /// How often it happens: `40rps` or `{now: 4rps, target: 40rps}`.
        rate: FlowRate,
        /// The share of requests that must succeed.
        slo: Percent,
        /// 99 of 100 answers must be faster.
        p99: Duration,
        /// 95 of 100 answers must be faster.
        p95: Duration,
        /// Half of the answers must be faster.
        p50: Duration,
        /// The average answer must be faster.
        avg: Duration,
        /// What its reads must see.
        consistency: Consistency,
        /// How old its reads may be.
        staleness: Duration,
        /// What may fail without stopping it: `redis`, `zone`, `zone:a`, `region`, `vendor:aws`, `mailer@1h`.
        survives: Many<Word>,
        /// What it does to the world: `payment`, `mail`, `shipment`.
        effects: Many<Word>,
        /// When its asynchronous part must be done.
        finish_within: Duration,
        /// What wakes somebody up when it fails.
        alerts: Many<Word>,
        /// What it looks things up by.
        by: Word,
    }
    plus {
        /// Findings that are accepted, with a reason: `{rule-id: reason}`.
        #[serde(deserialize_with = "reasons")]
        #[schemars(with = "Reasons")]
        accept: Accepts,
    }
}

facts! {
    /// How often a flow happens.
    pub struct FlowRateMap {
        /// Today.
        now: Rate,
        /// What it is built for.
        target: Rate,
    }
}

/// `40rps`, or `{now, target}`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FlowRate(pub FlowRateMap);

impl std::ops::Deref for FlowRate {
    type Target = FlowRateMap;

    fn deref(&self) -> &FlowRateMap {
        &self.0
    }
}

impl FlowRate {
    /// A rate that is the same today and at the target.
    pub fn now_rate(&self) -> Option<f64> {
        self.0.now.value().map(|rate| rate.0)
    }

    /// The rate it is built for; the rate today where no target is given.
    pub fn target_rate(&self) -> Option<f64> {
        self.0.target.value().map(|rate| rate.0).or_else(|| self.now_rate())
    }
}

impl Plainly for FlowRate {
    const PLAIN_TYPE: PlainType = FlowRateMap::PLAIN_TYPE;

    fn plain(&self) -> Plain<'_> {
        Plain::Record(&self.0)
    }

    fn place(&mut self, whole: Span) {
        self.0.now.placed(whole);
    }
}

impl<'de> Deserialize<'de> for FlowRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match MapOr::<FlowRateMap, Rate>::deserialize(deserializer)? {
            MapOr::Map(map) => map,
            MapOr::Value(rate) => FlowRateMap { now: super::Attr::unplaced(rate), ..Default::default() },
        }))
    }
}

impl JsonSchema for FlowRate {
    fn schema_name() -> Cow<'static, str> {
        "FlowRate".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (map, rate) = (generator.subschema_for::<FlowRateMap>(), generator.subschema_for::<Rate>());
        json_schema!({"anyOf": [map, rate], "x-expects": "a rate such as 40rps, or `{now: 4rps, target: 40rps}`", "x-unit": "rate"})
    }
}
