//! The words a design is written in: every key, its type, its unit, and what may be answered.
//!
//! One list per thing (component, dependency, flow, design) is at once what is read, what the published schema says,
//! what `explain` prints and what rules can ask about. Readers of other notations fill the same structs.

mod answer;
mod attr;
mod component;
mod dependency;
mod design;
mod flow;
mod replicas;
mod surge;
mod units;
mod words;
mod zones;

pub use answer::{Answer, Complete, Facts, FieldInfo, Many, Named, Origin, Plain, PlainType, Plainly};
pub use attr::{AnyAttr, Attr};
pub use component::{
    Automation, Backup, Change, ComponentFacts, Cost, DeadLetter, Deploy, Eviction, Expiry, Failover, Health, Latency,
    Limit, Probe, ProbeOrPath, RateLimit, Rollback, Sharding,
};
pub use dependency::{
    Calls, DependencyFacts, Fallback, GroupFacts, GroupMap, Retries, RetriesMap, RetryCount, Use, Uses,
};
pub use design::{
    Acceptance, Accepts, Budget, Decision, Defaults, DesignFacts, Logs, Observability, Scale, Targets, TeamFacts,
};
pub(crate) use design::{present, reason};
pub use flow::{FlowFacts, FlowRate};
pub use replicas::Replicas;
pub use surge::Surge;
pub(crate) use units::Short;
pub use units::{Count, Date, Duration, Money, Percent, Rate, Timeout};
pub use words::{
    Access, ChangeStrategy, Consistency, Delivery, DeployStrategy, Environment, FailoverMode, HealthDepth, Kind,
    Maturity, Mode, Need, OnCall, PartitionBehaviour, Phase, Plane, Proves, Replication, Role, Setting, Stage,
    StateLocation, Toggle, Word,
};
pub use zones::Zones;

/// A reference to a schema with a description of its own.
pub(crate) fn described(part: &schemars::Schema, description: &str) -> schemars::Schema {
    let mut part = part.clone();
    part.insert("description".to_owned(), description.into());
    part
}

/// Closes a map: unknown keys are mistakes, keys that start with `x-` belong to the author.
pub(crate) fn closed(schema: &mut schemars::Schema) {
    schema.insert("additionalProperties".to_owned(), false.into());
    schema.insert("patternProperties".to_owned(), serde_json::json!({"^x-": true}));
}
