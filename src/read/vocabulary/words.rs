//! Closed lists of words, and the open kinds of text.

use super::answer::{Plain, PlainType, Plainly};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// An enum of words: each variant, the word in the file, and what it means.
macro_rules! words {
    ($(#[doc = $doc:literal])+ pub enum $name:ident { $( $(#[doc = $meaning:literal])+ $variant:ident = $word:literal, )* }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $( $(#[doc = $meaning])+ $variant, )* }

        impl $name {
            pub const ALL: &'static [Self] = &[$( Self::$variant ),*];
            pub const WORDS: &'static [&'static str] = &[$( $word ),*];

            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word ),* }
            }

            pub fn parse(word: &str) -> Option<Self> {
                match word { $( $word => Some(Self::$variant), )* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Plainly for $name {
            const PLAIN_TYPE: PlainType = PlainType::Text(Self::WORDS);

            fn plain(&self) -> Plain<'_> {
                Plain::Text(self.as_str().into())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&word).ok_or_else(|| D::Error::unknown_variant(&word, Self::WORDS))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "enum": Self::WORDS,
                    "description": concat!($($doc),+).trim(),
                    // Editors show one description per word.
                    "markdownEnumDescriptions": [$( concat!($($meaning),+).trim() ),*],
                })
            }
        }
    };
}

words! {
    /// What a component is.
    pub enum Kind {
        /// A browser, an app, a device: outside the system, never an event.
        Client = "client",
        /// Content delivery network.
        Cdn = "cdn",
        /// Name resolution.
        Dns = "dns",
        /// Spreads requests over copies.
        Balancer = "balancer",
        /// A single door: API gateway, proxy, pooler.
        Gateway = "gateway",
        /// A process of your own that answers requests.
        Service = "service",
        /// A process of your own that takes work from a queue.
        Worker = "worker",
        /// A process of your own that runs and ends.
        Job = "job",
        /// Code run on demand by a platform.
        Function = "function",
        /// A store of record.
        Database = "database",
        /// Copies that may be thrown away.
        Cache = "cache",
        /// Messages handed to one consumer each.
        Queue = "queue",
        /// A log of messages that several consumers read.
        Stream = "stream",
        /// Blobs by name.
        ObjectStore = "object-store",
        /// A search index.
        Search = "search",
        /// Somebody else's system.
        External = "external",
        /// Who is the user.
        Identity = "identity",
        /// Settings read by others.
        Config = "config",
        /// Keys and passwords read by others.
        Secrets = "secrets",
        /// Where is the other service.
        Discovery = "discovery",
        /// Starts and restarts the others.
        Orchestrator = "orchestrator",
        /// A network of proxies between services.
        Mesh = "mesh",
        /// Watches, alerts, keeps logs and traces.
        Monitoring = "monitoring",
        /// Builds and releases.
        Deploy = "deploy",
    }
}

impl Kind {
    /// Losing the leader of one of these needs a failover (failure-model A.3).
    pub fn is_stateful(self) -> bool {
        matches!(self, Self::Database | Self::Cache | Self::Queue | Self::Stream)
    }

    /// Messages wait here; a path that crosses one goes on asynchronously.
    pub fn is_queue(self) -> bool {
        matches!(self, Self::Queue | Self::Stream)
    }

    /// Code the team releases itself.
    pub fn is_own_process(self) -> bool {
        matches!(self, Self::Service | Self::Worker | Self::Job | Self::Function | Self::Gateway)
    }
}

words! {
    /// How the system is used today.
    pub enum Stage {
        /// Nobody depends on it yet.
        Prototype = "prototype",
        /// Somebody does.
        Production = "production",
    }
}

words! {
    /// What the caller does without the target.
    pub enum Need {
        /// It cannot answer.
        Hard = "hard",
        /// It answers with less.
        Soft = "soft",
    }
}

words! {
    /// Whether the caller waits.
    pub enum Mode {
        /// It waits for the answer.
        Sync = "sync",
        /// It hands over and goes on.
        Async = "async",
    }
}

words! {
    /// When the dependency is needed.
    pub enum Phase {
        /// While serving.
        Run = "run",
        /// Only to start.
        Start = "start",
    }
}

words! {
    /// What the call does to the target's data.
    pub enum Access {
        /// Reads only.
        Read = "read",
        /// Writes only.
        Write = "write",
        /// Reads and writes.
        Both = "both",
    }
}

words! {
    /// Which end of a queue the caller is at.
    pub enum Role {
        /// Takes messages.
        Consume = "consume",
        /// Puts messages.
        Produce = "produce",
    }
}

words! {
    /// What a reader may see.
    pub enum Consistency {
        /// Always the last write.
        Strong = "strong",
        /// A user sees their own writes at once.
        ReadYourWrites = "read-your-writes",
        /// Older data for a while.
        Eventual = "eventual",
    }
}

words! {
    /// How copies of the data are kept.
    pub enum Replication {
        /// Acknowledged before the copies have it.
        Async = "async",
        /// Acknowledged after a copy has it.
        Sync = "sync",
        /// Acknowledged by a majority.
        Quorum = "quorum",
    }
}

words! {
    /// Who moves the traffic to a standby.
    pub enum FailoverMode {
        /// Nobody has to act.
        Automatic = "automatic",
        /// A person acts.
        Manual = "manual",
    }
}

words! {
    /// What a store does while it cannot reach its copies.
    pub enum PartitionBehaviour {
        /// Refuses.
        Reject = "reject",
        /// Answers with what it has.
        ServeStale = "serve-stale",
        /// Accepts on both sides and merges later.
        AcceptAndMerge = "accept-and-merge",
    }
}

words! {
    /// Where state between requests lives.
    pub enum StateLocation {
        /// In the memory or on the disk of each copy.
        Local = "local",
        /// In a store all copies share.
        Shared = "shared",
        /// Local, and the balancer sends a user to the same copy.
        Sticky = "sticky",
    }
}

words! {
    /// Which plane a component belongs to.
    pub enum Plane {
        /// Configures and starts the others.
        Control = "control",
        /// Serves requests.
        Data = "data",
    }
}

words! {
    /// How a release reaches production.
    pub enum DeployStrategy {
        /// A few copies at a time.
        Rolling = "rolling",
        /// Stop the old, start the new.
        Recreate = "recreate",
        /// On top of the old, where it stands.
        InPlace = "in-place",
        /// A full second set, then a switch.
        BlueGreen = "blue-green",
        /// A share of the users first.
        Canary = "canary",
    }
}

words! {
    /// How a change reaches the copies.
    pub enum ChangeStrategy {
        /// Copy by copy, zone by zone.
        Staged = "staged",
        /// A share of the users first.
        Canary = "canary",
        /// Everywhere in the same moment.
        AllAtOnce = "all-at-once",
    }
}

words! {
    /// What a probe looks at.
    pub enum HealthDepth {
        /// The port accepts a connection.
        Tcp = "tcp",
        /// The process exists.
        Process = "process",
        /// The process answers anything.
        Liveness = "liveness",
        /// A request of the kind users send.
        Work = "work",
        /// Everything it depends on, too.
        Dependencies = "dependencies",
    }
}

words! {
    /// What a passing probe proves.
    pub enum Proves {
        /// Always passes.
        Nothing = "nothing",
        /// The process exists.
        Process = "process",
        /// The port accepts a connection.
        Port = "port",
        /// It does its work.
        Work = "work",
        /// Its dependencies work, too.
        Dependencies = "dependencies",
    }
}

words! {
    /// How often a message may arrive.
    pub enum Delivery {
        /// Once or more.
        AtLeastOnce = "at-least-once",
        /// Once or never.
        AtMostOnce = "at-most-once",
        /// Once, within the limits of the technology.
        ExactlyOnce = "exactly-once",
    }
}

words! {
    /// How well a technology is understood where it is used.
    pub enum Maturity {
        /// Its failures are in every search engine.
        Boring = "boring",
        /// Widely run; some surprises left.
        Proven = "proven",
        /// Few people have seen it fail.
        Emerging = "emerging",
        /// Nobody has.
        Experimental = "experimental",
    }
}

words! {
    /// When somebody answers.
    pub enum OnCall {
        /// At any hour.
        AlwaysOn = "24x7",
        /// In working hours.
        BusinessHours = "business-hours",
    }
}

words! {
    /// Whose traffic a component serves.
    pub enum Environment {
        /// Users'.
        Production = "production",
        /// A rehearsal's.
        Staging = "staging",
        /// A test's.
        Test = "test",
    }
}

/// Any text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Word(pub String);

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Plainly for Word {
    const PLAIN_TYPE: PlainType = PlainType::Text(&[]);

    fn plain(&self) -> Plain<'_> {
        Plain::Text(self.0.as_str().into())
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordVisitor;
        impl Visitor<'_> for WordVisitor {
            type Value = Word;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Word, E> {
                Ok(Word(text.to_owned()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Word, E> {
                Ok(Word(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Word, E> {
                Ok(Word(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Word, E> {
                Ok(Word(value.to_string()))
            }
        }
        deserializer.deserialize_any(WordVisitor)
    }
}

impl JsonSchema for Word {
    fn schema_name() -> Cow<'static, str> {
        "Word".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number"], "x-expects": "a text"})
    }
}

/// The name of something: a text, or a whole number.
pub(super) struct Name(pub(super) String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, text: &str) -> Result<Name, E> {
                Ok(Name(text.to_owned()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Name, E> {
                Ok(Name(value.to_string()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Name, E> {
                let is_broken = value.is_finite() && value.fract() != 0.0;
                (!is_broken).then(|| Name(value.to_string())).ok_or_else(|| E::custom("expected a name"))
            }
        }
        deserializer.deserialize_any(NameVisitor)
    }
}

/// `true`, or a word or map that says how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting(pub String);

impl Plainly for Setting {
    const PLAIN_TYPE: PlainType = PlainType::Text(&[]);

    fn plain(&self) -> Plain<'_> {
        Plain::Text(self.0.as_str().into())
    }
}

/// There is one: `true`, or a word or map that says more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Toggle;

impl Plainly for Toggle {
    const PLAIN_TYPE: PlainType = PlainType::Bool;
    const ZERO_IS_NONE: bool = true;

    fn plain(&self) -> Plain<'_> {
        Plain::Bool(true)
    }
}

/// Reads `true`, a text, a number or a map as the text that says how; a map counts as `true`.
struct SettingVisitor;

impl<'de> Visitor<'de> for SettingVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, a word or a map")
    }

    fn visit_bool<E>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        while map.next_entry::<IgnoredAny, serde_json::Value>()?.is_some() {}
        Ok("true".to_owned())
    }
}

/// Words that mean `true`.
const YES: [&str; 3] = ["yes", "on", "true"];

struct ToggleVisitor;

impl<'de> Visitor<'de> for ToggleVisitor {
    type Value = Toggle;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Toggle, E> {
        value.then_some(Toggle).ok_or_else(|| E::custom("expected `true`"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Toggle, E> {
        YES.contains(&text).then_some(Toggle).ok_or_else(|| E::custom("expected `true`"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Toggle, E> {
        Ok(Toggle)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Toggle, E> {
        Ok(Toggle)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Toggle, E> {
        value.is_finite().then_some(Toggle).ok_or_else(|| E::custom("expected `true`"))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Toggle, A::Error> {
        SettingVisitor.visit_map(map).map(|_| Toggle)
    }
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SettingVisitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Toggle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ToggleVisitor)
    }
}

impl JsonSchema for Setting {
    fn schema_name() -> Cow<'static, str> {
        "Setting".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{"const": true}, {"type": ["string", "number", "object"]}],
            "x-expects": "`true`, or a word that says how",
        })
    }
}

impl JsonSchema for Toggle {
    fn schema_name() -> Cow<'static, str> {
        "Toggle".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{"const": true}, {"enum": YES, "description": "The same as `true`."}, {"type": ["number", "object"]}],
            "x-expects": "`true`",
        })
    }
}
