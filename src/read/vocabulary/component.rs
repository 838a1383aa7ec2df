//! What can be said about a component.

use super::answer::{Many, Named, Plain, PlainType, Plainly, UNPLACED, facts};
use super::dependency::{GroupFacts, Uses};
use super::described;
use super::design::{Accepts, Reasons, reasons};
use super::units::{Count, Date, Duration, Money, Percent, Rate};
use super::words::{
    ChangeStrategy, Consistency, Delivery, DeployStrategy, Environment, FailoverMode, HealthDepth, Kind, Maturity,
    Name, OnCall, PartitionBehaviour, Plane, Proves, Replication, Setting, StateLocation, Toggle, Word,
};
use crate::parse::Spanned;
use crate::sources::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

facts! {
    /// One component. Everything is optional; what is left out is not described, which is not the same as `none`.
    #[schemars(extend("x-expects" = "a map of what is known about it", "x-help" = "write what is known as keys: `{kind: service, uses: [postgres]}`, or nothing"))]
    pub struct ComponentFacts {
        /// What it is; inferred from `tech` where that is known, else `service`.
        kind: Kind,
        /// The technology it runs on, such as `postgresql` or `nginx`.
        tech: Word,
        /// Whose platform it runs on: everything of one vendor can fail together.
        vendor: Word,
        /// Somebody else operates it; zone and instance failures are theirs to hide.
        managed: Toggle,
        /// The team that answers for it, or one person as `@name`.
        owner: Word,
        /// Why it exists: what was measured, what it replaced.
        why: Word,
        /// Strangers can reach it directly.
        public: Toggle,
        /// How many copies run: `3` or `{min: 3, max: 6}`.
        replicas: Replicas,
        /// The zones its copies are spread over, in placement order: `[a, b]`, or a number.
        zones: Zones,
        /// The region it runs in.
        region: Word,
        /// Who moves the traffic to a standby: `automatic`, `manual`, or `{how, rehearsed}`.
        failover: Failover,
        /// How copies of the data are kept.
        replication: Replication,
        /// How far copies may be behind.
        lag: Duration,
        /// What all copies together can serve, at the minimum number of copies.
        capacity: Rate,
        /// The quota somebody else enforces.
        limit: Rate,
        /// Traffic that reaches it beside the flows drawn here.
        load: Rate,
        /// How long it takes to answer.
        latency: Latency,
        /// Requests one copy can work on at a time.
        workers: Count,
        /// Connections it accepts.
        max_connections: Count,
        /// Connections of these that are kept back for administrators.
        reserved_connections: Count,
        /// The share of time it works, measured or contracted.
        availability: Percent,
        /// How one learns that a copy works.
        health: Health,
        /// How a release reaches production and leaves it again.
        deploy: Deploy,
        /// Components that have to be released together with it.
        deploys_with: Many<Word>,
        /// Where state between requests lives.
        state: StateLocation,
        /// Whether it configures the others or serves requests.
        plane: Plane,
        /// The store a cache holds copies of.
        of: Word,
        /// How long an entry lives.
        ttl: Duration,
        /// How entries leave when their source changes: `event`, `write-through`, `versioned-keys`.
        invalidation: Setting,
        /// What happens when a hot entry expires: `lock`, `coalesce`, `swr`, `jitter`.
        stampede: Setting,
        /// The share of reads it answers itself.
        hit_ratio: Percent,
        /// What leaves when it is full: `noeviction`, `allkeys-lru`.
        eviction: Eviction,
        /// State that exists nowhere else: `sessions`, `locks`, `carts`.
        holds: Many<Word>,
        /// Content survives a restart.
        persist: Setting,
        /// How it is filled before it takes traffic.
        warmup: Setting,
        /// What was measured before it was added.
        measured: Word,
        /// How its data is saved: `true` or `{every, pitr, restore, tested}`.
        backup: Backup,
        /// The store whose copy this is.
        replica_of: Word,
        /// The store it can be rebuilt from.
        rebuild_from: Word,
        /// How drift from its source is found and repaired.
        reconcile: Setting,
        /// What readers may see.
        consistency: Consistency,
        /// What it does while it cannot reach its copies.
        on_partition: PartitionBehaviour,
        /// How the data is split: `{key, shards}`.
        sharding: Sharding,
        /// Writes it takes.
        writes: Rate,
        /// Where messages go that nobody can process: `true` or `{after, alerts}`.
        dlq: DeadLetter,
        /// How long a message is kept.
        retention: Duration,
        /// How many messages fit.
        max_length: Count,
        /// What producers notice when it is full: `reject`, `block`, `drop-old`.
        backpressure: Setting,
        /// How often a message may arrive.
        delivery: Delivery,
        /// How long a message is hidden while one consumer works on it.
        visibility: Duration,
        /// What one client may ask for: `{per, rate, burst, store, retry_after}`.
        rate_limit: RateLimit,
        /// It refuses work it could not finish.
        load_shedding: Toggle,
        /// The page for whoever is woken up.
        runbook: Word,
        /// When somebody answers.
        oncall: OnCall,
        /// How well the technology is understood here.
        maturity: Maturity,
        /// It can be removed again.
        reversible: Toggle,
        /// What removing it takes.
        exit: Word,
        /// What it costs.
        cost: Cost,
        /// What a monitoring component looks at.
        watches: Many<Word>,
        /// What a deploy component releases.
        deploys: Many<Word>,
        /// What a tool brings back after an outage.
        recovers: Many<Word>,
        /// What a status page speaks for: components or flows.
        announces: Many<Word>,
        /// What is measured about it.
        metrics: Many<Word>,
        /// What wakes somebody up.
        alerts: Many<Word>,
        /// 1: someone is woken up, 4: nobody notices for a day.
        tier: Count,
        /// Independent copies that each serve a part of the users.
        cells: Count,
        /// What its clients do when it comes back: `staggered`, `rate-limited`, `all-at-once`.
        on_return: Word,
        /// How each kind of change reaches it: `{code: {strategy: staged, rollback: 5m}, flags: …}`.
        changes: Named<Change>,
        /// Hard limits of the technology: `{xid: {max: 2_000_000_000, watched: true}}`.
        limits: Named<Limit>,
        /// What runs out: `{certificate: {renew: automatic, watched: true}}`.
        expires: Named<Expiry>,
        /// What acts on it without a person: `{autoscaler: {acts_on, at_most, floor}}`.
        automation: Named<Automation>,
        /// What a tool or job can destroy.
        deletes: Many<Word>,
        /// What stands between a mistake and the destruction: `confirm`, `dry-run`, `two-person`, `soft-delete`.
        guard: Many<Word>,
        /// Whose traffic it serves.
        environment: Environment,
    }
    plus {
        /// What it needs: `[pg, redis]`, or `{pg: {timeout: 500ms}, recs: soft, mails: async}`.
        uses: Uses,
        /// Alternatives of which some suffice: `{name: [a, b]}` or `{name: {need: 2, of: [a, b, c]}}`.
        #[schemars(extend("x-help" = "give the alternatives a name: `one_of: {provider: [first, second]}`"))]
        one_of: Named<GroupFacts>,
        /// Findings that are accepted, with a reason: `{rule-id: reason}`.
        #[serde(deserialize_with = "reasons")]
        #[schemars(with = "Reasons")]
        accept: Accepts,
    }
}

facts! {
    /// Quantiles of a response time.
    pub struct Latency {
        /// Half of the answers are faster.
        p50: Duration,
        /// 95 of 100 answers are faster.
        p95: Duration,
        /// 99 of 100 answers are faster.
        p99: Duration,
    }
}

facts! {
    /// One probe.
    pub struct Probe {
        /// Where it asks.
        path: Word,
        /// What it looks at.
        checks: HealthDepth,
        /// How often it asks.
        interval: Duration,
        /// Failures in a row until the copy counts as dead.
        after: Count,
        /// How long it waits.
        timeout: Duration,
    }
}

facts! {
    /// How one learns that a copy works.
    pub struct HealthMap {
        /// Where the probe asks.
        path: Word,
        /// What the probe looks at.
        checks: HealthDepth,
        /// How often the probe asks.
        interval: Duration,
        /// Failures in a row until the copy counts as dead.
        after: Count,
        /// How long the probe waits.
        timeout: Duration,
        /// What a passing probe proves.
        proves: Proves,
        /// Traffic goes on when all copies look dead.
        fail_open: Toggle,
        /// The probe that restarts a copy, where it is a separate one.
        liveness: ProbeOrPath,
        /// The probe that takes a copy out of rotation, where it is a separate one.
        readiness: ProbeOrPath,
    }
}

facts! {
    /// How a release reaches production and leaves it again.
    pub struct Deploy {
        /// How copies are replaced.
        strategy: DeployStrategy,
        /// Extra copies during a release: `1` or `25%`.
        surge: Surge,
        /// The way back: `{how: automatic, time: 5m}`.
        rollback: Rollback,
        /// How the schema changes: `expand-contract` or `in-place`.
        migrations: Setting,
        /// The share of users a canary serves.
        share: Percent,
    }
}

facts! {
    /// The way back from a release.
    pub struct RollbackMap {
        /// Who acts.
        how: FailoverMode,
        /// How long it takes.
        time: Duration,
    }
}

facts! {
    /// Who moves the traffic to a standby.
    pub struct FailoverMap {
        /// Who acts.
        how: FailoverMode,
        /// When it was last done on purpose.
        rehearsed: Date,
    }
}

facts! {
    /// How data is saved.
    pub struct BackupMap {
        /// How often.
        every: Duration,
        /// Any point in time can be restored.
        pitr: Toggle,
        /// How long a restore takes.
        restore: Duration,
        /// When a restore was last done on purpose.
        tested: Date,
        /// Where it is kept.
        to: Word,
    }
}

facts! {
    /// How data is split over nodes.
    pub struct Sharding {
        /// What decides where a row lives.
        key: Word,
        /// How many parts.
        shards: Count,
    }
}

facts! {
    /// Where messages go that nobody can process.
    pub struct DeadLetterMap {
        /// Attempts before a message goes there.
        after: Count,
        /// What tells somebody.
        alerts: Many<Word>,
    }
}

facts! {
    /// What one client may ask for.
    pub struct RateLimitMap {
        /// Who is counted: `client`, `key`, `ip`.
        per: Word,
        /// How much.
        rate: Rate,
        /// How much at once.
        burst: Count,
        /// Where the count is kept: `memory`, or a component.
        store: Word,
        /// The refusal says when to come back.
        retry_after: Toggle,
    }
}

facts! {
    /// How one kind of change reaches a component.
    pub struct Change {
        /// How far it goes at once.
        strategy: ChangeStrategy,
        /// How long the way back takes.
        rollback: Duration,
        /// It is validated before it is pushed.
        checked: Toggle,
    }
}

facts! {
    /// A hard limit.
    pub struct Limit {
        /// Where it is.
        max: Count,
        /// Somebody is told before it is reached.
        watched: Toggle,
    }
}

facts! {
    /// Something that runs out.
    pub struct Expiry {
        /// Who renews it: `automatic` or `manual`.
        renew: FailoverMode,
        /// Somebody is told before it runs out.
        watched: Toggle,
    }
}

facts! {
    /// Something that acts without a person.
    pub struct Automation {
        /// What it changes.
        acts_on: Many<Word>,
        /// How much it changes at once.
        at_most: Setting,
        /// What it always leaves standing.
        floor: Setting,
    }
}

facts! {
    /// What it costs.
    pub struct CostMap {
        /// Per month.
        monthly: Money,
        /// How it grows: `linear` or `steps`.
        scales: Word,
    }
}

/// A type that is a map, or one value that stands for one key of that map.
macro_rules! shorthand {
    ($(#[doc = $doc:literal])+ $name:ident = $map:ident, $key:ident: $value:ty, $expects:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Debug, Default)]
        pub struct $name(pub $map);

        impl std::ops::Deref for $name {
            type Target = $map;

            fn deref(&self) -> &$map {
                &self.0
            }
        }

        impl Plainly for $name {
            const PLAIN_TYPE: PlainType = <$map as Plainly>::PLAIN_TYPE;

            fn plain(&self) -> Plain<'_> {
                Plain::Record(&self.0)
            }

            fn place(&mut self, whole: Span) {
                self.0.$key.placed(whole);
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self(match Shorthand::<$map, $value>::deserialize(deserializer)? {
                    Shorthand::Map(written) => written,
                    Shorthand::Value(value) => $map { $key: super::Attr::unplaced(value), ..$map::default() },
                    Shorthand::There => $map::default(),
                }))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let map = generator.subschema_for::<$map>();
                let value = generator.subschema_for::<$value>();
                json_schema!({"anyOf": [map, {"const": true}, value], "x-expects": $expects})
            }
        }
    };
}

enum Shorthand<M, V> {
    Map(M),
    Value(V),
    /// `true`: there is one, nothing more is said.
    There,
}

impl<'de, M: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Shorthand<M, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ShorthandVisitor<M, V>(std::marker::PhantomData<(M, V)>);
        impl<'de, M: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for ShorthandVisitor<M, V> {
            type Value = Shorthand<M, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map, `true`, or one value")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
                if value { Ok(Shorthand::There) } else { Err(E::custom("`false` is not a value here")) }
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
                V::deserialize(serde::de::IntoDeserializer::into_deserializer(value)).map(Shorthand::Value)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
                V::deserialize(serde::de::IntoDeserializer::into_deserializer(value)).map(Shorthand::Value)
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
                V::deserialize(serde::de::IntoDeserializer::into_deserializer(value)).map(Shorthand::Value)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                M::deserialize(MapAccessDeserializer::new(map)).map(Shorthand::Map)
            }
        }
        deserializer.deserialize_any(ShorthandVisitor(std::marker::PhantomData))
    }
}

shorthand! {
    /// `/ready`, `true`, or a map.
    Health = HealthMap, path: Word, "a path such as /ready, `true`, or a map with `path`, `checks`, `interval`"
}
shorthand! {
    /// `/live`, `true`, or a map.
    ProbeOrPath = Probe, path: Word, "a path such as /live, `true`, or a map with `path`, `checks`, `interval`"
}
shorthand! {
    /// `automatic`, `manual`, or `{how, time}`.
    Rollback = RollbackMap, how: FailoverMode, "`automatic`, `manual`, `true`, or a map with `how` and `time`"
}
shorthand! {
    /// `automatic`, `manual`, or `{how, rehearsed}`.
    Failover = FailoverMap, how: FailoverMode, "`automatic`, `manual`, `true`, or a map with `how` and `rehearsed`"
}
shorthand! {
    /// `1d`, `true`, or `{every, pitr, restore, tested}`.
    Backup = BackupMap, every: Duration, "how often (`1d`), `true`, or a map with `every`, `pitr`, `restore`, `tested`"
}
shorthand! {
    /// `5`, `true`, or `{after, alerts}`.
    DeadLetter = DeadLetterMap, after: Count, "`true`, the attempts before it (`5`), or a map with `after` and `alerts`"
}
shorthand! {
    /// `20rps`, `true`, or `{per, rate, burst, store, retry_after}`.
    RateLimit = RateLimitMap, rate: Rate, "a rate such as 20rps, `true`, or a map with `per`, `rate`, `store`"
}
shorthand! {
    /// `200 USD`, or `{monthly, scales}`.
    Cost = CostMap, monthly: Money, "an amount such as `200 USD`, `true`, or a map with `monthly` and `scales`"
}

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

/// What leaves a full store: a policy name such as `allkeys-lru`.
pub type Eviction = Setting;
