//! Reading one entry of the catalogue.

use super::claim::{Behaviour, Claim, host};
use super::{Protocol, Technology};
use crate::parse::{Limits, Skip, deserialize, parse};
use crate::problem::Problem;
use crate::read::vocabulary::{
    Attr, ComponentFacts, Consistency, Count, Delivery, DependencyFacts, Duration, Eviction, Kind, Maturity,
    PartitionBehaviour, Rate, Replication, Setting, Timeout, Toggle,
};
use crate::sources::{Sources, Span};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Reads what stands below a technology's name. Spans of problems are offsets in `text`.
pub(super) fn read(name: &'static str, text: &str) -> Result<Technology, Problem> {
    let written: Written = document(text)?;
    let anywhere = written.facts_where(false);
    Ok(Technology {
        name,
        facts: written.facts_where(true),
        facts_anywhere: anywhere,
        calls: written.calls.by_protocol(),
        ops: written.judgement.ops,
        scale_threshold: written.judgement.scale_threshold,
        needs_key: written.needs_key.as_ref().map(Behaviour::note),
        fails_open: written.fails_open.as_ref().map(Behaviour::note),
        passive_checks: written.passive_checks.as_ref().map(Behaviour::note),
        kind: written.kind,
        job: written.job,
        title: written.title,
        home: written.home,
    })
}

/// Reads what stands below a protocol's name.
pub(super) fn read_protocol(text: &str) -> Result<DependencyFacts, Problem> {
    let written: WrittenProtocol = document(text)?;
    let mut facts = DependencyFacts::default();
    written.calls.fill(&mut facts, |_, _| true);
    Ok(facts)
}

fn document<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let parsed = parse(&mut Sources::default(), "technologies.yaml", text.as_bytes(), &Limits::default());
    if let Some(problem) = parsed.problems.into_iter().next() {
        return Err(problem);
    }
    let nowhere = Span::new(0, 0);
    let root = parsed.tree.documents().next();
    let root = root.ok_or_else(|| Problem::error("empty-entry", "an entry says nothing", nowhere, "here"))?;
    deserialize(root, &Skip::default()).map_err(|mismatch| mismatch.problem(root.span()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: String,
    home: String,
    #[serde(default, rename = "aliases")]
    _aliases: Vec<String>,
    kind: Kind,
    job: Option<String>,
    #[serde(default)]
    managed: bool,
    judgement: Judgement,
    needs_key: Option<Behaviour>,
    fails_open: Option<Behaviour>,
    passive_checks: Option<Behaviour>,
    #[serde(default)]
    facts: Facts,
    #[serde(default)]
    calls: Calls,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenProtocol {
    #[serde(rename = "title")]
    _title: String,
    calls: Calls,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Judgement {
    maturity: Maturity,
    ops: f64,
    scale_threshold: Option<Rate>,
}

/// The keys of a map of the vocabulary that the catalogue speaks of: those whose values are single words or numbers, as
/// a value inside a list or a map would point at a place that no file of the user has.
macro_rules! claims {
    ($name:ident of $target:ident { $($key:ident: $type:ty,)* }) => {
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct $name {
            $($key: Option<Claim<$type>>,)*
        }

        impl $name {
            /// Fills in the claims for which `holds` agrees, given `self_run` and the protocol.
            fn fill(&self, facts: &mut $target, holds: impl Fn(bool, Option<&str>) -> bool) {
                $(
                    if let Some(claim) = &self.$key
                        && holds(claim.self_run, claim.protocol.as_deref())
                    {
                        facts.$key = claim.attr(stringify!($key));
                    }
                )*
            }
        }
    };
}

claims!(Facts of ComponentFacts {
    replication: Replication,
    max_connections: Count,
    reserved_connections: Count,
    stampede: Setting,
    eviction: Eviction,
    consistency: Consistency,
    on_partition: PartitionBehaviour,
    retention: Duration,
    delivery: Delivery,
    visibility: Duration,
});

claims!(Calls of DependencyFacts {
    timeout: Timeout,
    pool: Count,
});

impl Written {
    fn facts_where(&self, self_run: bool) -> ComponentFacts {
        let Self { title, .. } = self;
        let maturity = self.judgement.maturity;
        let opinion = format!("{title} counts as {maturity} here, by judgement; declare `maturity` to differ");
        let mut facts = ComponentFacts { maturity: Attr::inferred(maturity, opinion.into()), ..Default::default() };
        if self.managed {
            let note = format!("{title} exists only as a managed service of its vendor ({})", host(&self.home));
            facts.managed = Attr::inferred(Toggle, note.into());
        }
        self.facts.fill(&mut facts, |needs_self_run, _| self_run || !needs_self_run);
        facts
    }
}

impl Calls {
    fn by_protocol(&self) -> BTreeMap<Option<Protocol>, DependencyFacts> {
        let mut tables = BTreeMap::new();
        for protocol in [None, Some(Protocol::Http), Some(Protocol::Grpc), Some(Protocol::Jdbc)] {
            let mut facts = DependencyFacts::default();
            self.fill(&mut facts, |_, needed| needed.is_none_or(|needed| protocol == Protocol::of(needed)));
            if facts != DependencyFacts::default() {
                tables.insert(protocol, facts);
            }
        }
        tables
    }
}
