//! What can be said about a component.

use super::answer::{Many, Named, Plain, PlainType, Plainly, facts};
use super::dependency::{GroupFacts, Uses};
use super::design::{Accepts, Reasons, reasons};
use super::replicas::Replicas;
use super::surge::Surge;
use super::units::{Count, Date, Duration, Money, Percent, Rate};
use super::words::{
    ChangeStrategy, Consistency, Delivery, DeployStrategy, Environment, FailoverMode, HealthDepth, Kind, Maturity,
    OnCall, PartitionBehaviour, Plane, Proves, Replication, Setting, StateLocation, Toggle, Word,
};
use super::zones::Zones;
use crate::parse::{ByKind, NodeKind, Unread, by_kind};
use crate::sources::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, SeqAccess};
use std::borrow::Cow;

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
        by_kind(deserializer)
    }
}

impl<'de, M: Deserialize<'de>, V: Deserialize<'de>> ByKind<'de> for Shorthand<M, V> {
    const EXPECTED: &'static str = "a map, `true`, or one value";

    fn read<A: SeqAccess<'de>>(kind: NodeKind<'de>, unread: Unread<A>) -> Result<Self, A::Error> {
        match kind {
            NodeKind::Map => unread.read().map(Shorthand::Map),
            NodeKind::Bool(true) => Ok(Shorthand::There),
            NodeKind::Text(_) | NodeKind::Integer(_) | NodeKind::Float(_) => unread.read().map(Shorthand::Value),
            NodeKind::Null | NodeKind::Bool(false) | NodeKind::List => Err(unread.unexpected(kind)),
        }
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

/// What leaves a full store: a policy name such as `allkeys-lru`.
pub type Eviction = Setting;
