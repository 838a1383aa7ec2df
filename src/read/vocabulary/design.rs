//! What can be said about a design as a whole.

use super::answer::{Many, Named, facts};
use super::component::{ComponentFacts, Deploy};
use super::dependency::{DependencyFacts, MapOr};
use super::flow::FlowFacts;
use super::units::{Count, Date, Duration, Money, Percent, Rate};
use super::words::{OnCall, Setting, Stage, Toggle, Word};
use crate::parse::Spanned;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use std::borrow::Cow;

facts! {
    /// An architecture, as premortem reads it. One file or several; the order of components, dependencies and steps
    /// of a path is kept.
    pub struct DesignFacts {
        /// The version of this notation: 1.
        version: Version,
        /// The name of the system.
        system: Word,
        /// How it is used today.
        stage: Stage,
        /// How strict a review is: `production`, `startup`, `sketch`, `strict`.
        profile: Word,
        /// When it has to be ready.
        deadline: Word,
        /// What it may cost.
        budget: Budget,
        /// How much traffic there is, and will be.
        scale: Scale,
        /// What was promised for the whole system.
        targets: Targets,
        /// The regions it runs in.
        regions: Many<Word>,
        /// What is measured, and what wakes somebody up.
        observability: Observability,
        /// The one team.
        team: TeamFacts,
        /// Other files that belong to this design, relative to this one: more of this notation, or Compose files.
        include: Many<Word>,
    }
    plus {
        /// The teams, by name.
        teams: Named<TeamFacts>,
        /// What a component or call says that says nothing else.
        defaults: Defaults,
        /// The components, by name.
        #[schemars(extend("x-help" = "write one component per line, each with a colon: `  api: {uses: [postgres]}`"))]
        components: Named<Box<ComponentFacts>>,
        /// What users do, by name.
        #[schemars(extend("x-help" = "write one flow per line: `  checkout: {path: [web, api, postgres]}`"))]
        flows: Named<FlowFacts>,
        /// What was decided, and why.
        #[schemars(extend("x-help" = "write a list: `- {about: redis, why: …, date: 2026-01-20}`"))]
        decisions: Vec<Decision>,
        /// Findings about the whole design that are accepted, with a reason: `{rule-id: reason}`.
        #[serde(deserialize_with = "reasons")]
        #[schemars(with = "Reasons")]
        accept: Accepts,
    }
}

/// The version of the notation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Version(pub u64);

impl super::Plainly for Version {
    const PLAIN_TYPE: super::PlainType = super::PlainType::Integer;

    fn plain(&self) -> super::Plain<'_> {
        super::Plain::Integer(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let version = f64::deserialize(deserializer)?;
        let is_known = (version - 1.0).abs() < f64::EPSILON;
        is_known.then_some(Self(1)).ok_or_else(|| D::Error::custom("there is only version 1"))
    }
}

impl JsonSchema for Version {
    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"const": 1, "x-expects": "1, the only version there is"})
    }
}

facts! {
    /// A team.
    pub struct TeamFacts {
        /// What it is called.
        name: Word,
        /// How many people build and run the system.
        engineers: Count,
        /// When somebody answers.
        oncall: OnCall,
    }
}

facts! {
    /// How much traffic there is.
    pub struct Scale {
        /// Today.
        now: Rate,
        /// What it is built for.
        target: Rate,
        /// When the target is expected.
        by: Date,
    }
}

facts! {
    /// What it may cost.
    pub struct Budget {
        /// Per month.
        monthly: Money,
    }
}

facts! {
    /// What was promised for the whole system.
    pub struct Targets {
        /// How much data may be lost, as time.
        rpo: Duration,
        /// How long it may be away.
        rto: Duration,
        /// The share of requests that must succeed.
        slo: Percent,
        /// 99 of 100 answers must be faster.
        p99: Duration,
    }
}

facts! {
    /// What is measured, and what wakes somebody up.
    pub struct Observability {
        /// Where log lines go, and what connects them.
        logs: Logs,
        /// How requests are followed through processes, such as `otel`.
        traces: Setting,
        /// What is measured.
        metrics: Many<Word>,
        /// What wakes somebody up.
        alerts: Many<Word>,
    }
}

facts! {
    /// Log lines.
    pub struct Logs {
        /// All in one place.
        central: Toggle,
        /// One id follows a request through all of them.
        request_id: Toggle,
    }
}

/// What a component or call says that says nothing else.
#[derive(Clone, PartialEq, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(transform = super::closed)]
pub struct Defaults {
    /// For every call.
    pub calls: DependencyFacts,
    /// For every component of your own.
    pub own: ComponentFacts,
    /// How components of your own are released.
    pub deploy: super::Attr<Deploy>,
}

facts! {
    /// Something that was decided.
    pub struct Decision {
        /// The component, flow or rule it is about.
        about: Many<Word>,
        /// What was decided.
        what: Word,
        /// Why it was decided.
        why: Word,
        /// What undoing it takes.
        exit: Word,
        /// When it was decided.
        date: Date,
        /// By whom.
        by: Word,
    }
}

/// Why a finding is accepted.
#[derive(Clone, PartialEq, Debug, Default, serde::Deserialize, JsonSchema)]
#[schemars(transform = super::closed)]
pub struct AcceptanceMap {
    /// The reason.
    #[schemars(regex(pattern = r"\S"), extend("x-expects" = "a reason"))]
    pub because: String,
    /// The last day it holds.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Date")]
    pub until: Option<Spanned<Date>>,
    /// Who accepted it.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "String")]
    pub by: Option<String>,
}

/// What is written has a value.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// `reason`, or `{because, until, by}`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Acceptance(pub AcceptanceMap);

impl<'de> Deserialize<'de> for Acceptance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match MapOr::<AcceptanceMap, String>::deserialize(deserializer)? {
            MapOr::Map(map) => map,
            MapOr::Value(because) => AcceptanceMap { because, ..Default::default() },
        }))
    }
}

impl JsonSchema for Acceptance {
    fn schema_name() -> Cow<'static, str> {
        "Acceptance".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<AcceptanceMap>();
        json_schema!({
            "anyOf": [{"type": "string", "pattern": r"\S"}, map],
            "x-expects": "a reason, or a map with `because`, `until`, `by`",
            "x-help": "say why it is accepted, in words",
        })
    }
}

/// The schema of [`Accepts`]: unlike other things with a name, an acceptance cannot be left empty.
pub(super) struct Reasons;

impl JsonSchema for Reasons {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Reasons".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let reason = generator.subschema_for::<Acceptance>();
        json_schema!({
            "type": "object",
            "additionalProperties": reason,
            "x-expects": "a map from rules to reasons",
            "x-help": "name the rule and say why: `accept: {single-point-of-failure: we can wait for a restore}`",
        })
    }
}

/// Reads acceptances, each of which has a reason.
pub(super) fn reasons<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Accepts, D::Error> {
    let accepts = Accepts::deserialize(deserializer)?;
    accepts.iter().try_for_each(|(_, acceptance)| says_something(&acceptance.0.because))?;
    Ok(accepts)
}

/// Reads one reason.
pub(crate) fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let reason = String::deserialize(deserializer)?;
    says_something(&reason)?;
    Ok(reason)
}

fn says_something<E: Error>(reason: &str) -> Result<(), E> {
    if reason.trim().is_empty() { Err(E::custom("expected a reason")) } else { Ok(()) }
}

/// Accepted findings by rule.
pub type Accepts = Named<Acceptance>;
