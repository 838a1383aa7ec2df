//! Evidence to dependencies: everything that ties one service to another is one edge.
//!
//! `depends_on` is the order of a start. Nearly every service that waits for another at the start also uses it later, and
//! three of four edges of real projects are written nowhere else, so it is read as a dependency while running, too. Only
//! a value that names the other service states that phase; where it is left out, the model's default fills it in.
//! A service that others wait for *to end* is a job, and nobody needs it while running.

use crate::parse::Spanned;
use crate::read::vocabulary::{Attr, DependencyFacts, Kind, Need, Phase, Toggle, Use, Uses, Word};
use crate::sources::Span;
use indexmap::IndexMap;

/// One reason to believe that a service uses another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Evidence {
    /// Position of the other service.
    pub(super) target: usize,
    pub(super) span: Span,
    pub(super) says: Says,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Says {
    /// `depends_on`
    Starts(Start),
    /// A value names it.
    Mentions(Mentioned),
    /// A link, a shared namespace, a router.
    Links,
}

/// What a start waits for, each with its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Start {
    pub(super) healthy: Option<Span>,
    pub(super) completed: Option<Span>,
    /// `required: false`
    pub(super) optional: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Mentioned {
    pub(super) protocol: Option<&'static str>,
    pub(super) telemetry: bool,
    pub(super) broker: bool,
}

/// What the edges of a project need to know about its services.
#[derive(Clone, Debug)]
pub(super) struct Peer<'t> {
    pub(super) name: &'t str,
    pub(super) kind: Option<Kind>,
    pub(super) tech: Option<&'t str>,
}

impl Peer<'_> {
    /// Collects from others what it can get, and works when they are away.
    fn collects(&self) -> bool {
        matches!(self.tech, Some("opentelemetry-collector" | "prometheus" | "telegraf" | "grafana" | "alloy"))
    }

    /// Exists to watch one other.
    fn is_exporter(&self) -> bool {
        self.tech == Some("prometheus-exporter")
    }

    fn holds_data(&self) -> bool {
        matches!(
            self.kind,
            Some(Kind::Database | Kind::Cache | Kind::Queue | Kind::Stream | Kind::ObjectStore | Kind::Search)
        )
    }
}

/// What `source` uses, in the order in which the evidence is given.
pub(super) fn uses(source: usize, peers: &[Peer<'_>], evidence: &[Evidence]) -> Uses {
    let mut edges: IndexMap<usize, Edge> = IndexMap::new();
    for evidence in evidence.iter().filter(|evidence| evidence.target != source) {
        edges.entry(evidence.target).or_insert_with(|| Edge::new(evidence.span)).add(evidence);
    }
    let uses = edges.into_iter().map(|(target, edge)| {
        let (from, to) = (&peers[source], &peers[target]);
        Use { target: Spanned::new(to.name.to_owned(), edge.place), facts: Box::new(edge.facts(from, to)) }
    });
    Uses(uses.collect())
}

/// All evidence for one edge.
struct Edge {
    place: Span,
    start: Option<(Start, Span)>,
    /// A value that names the target for anything but telemetry, or a link.
    used: Option<Span>,
    telemetry: Option<Span>,
    broker: Option<Span>,
    protocol: Option<(&'static str, Span)>,
}

impl Edge {
    fn new(place: Span) -> Self {
        Self { place, start: None, used: None, telemetry: None, broker: None, protocol: None }
    }

    fn add(&mut self, evidence: &Evidence) {
        let span = evidence.span;
        match evidence.says {
            Says::Starts(start) => self.start = self.start.or(Some((start, span))),
            Says::Links => self.used = self.used.or(Some(span)),
            Says::Mentions(mentioned) => {
                let slot = if mentioned.telemetry { &mut self.telemetry } else { &mut self.used };
                slot.get_or_insert(span);
                if mentioned.broker {
                    self.broker.get_or_insert(span);
                }
                self.protocol = self.protocol.or(mentioned.protocol.map(|protocol| (protocol, span)));
            }
        }
    }

    /// The target has done its work when the source runs.
    fn is_only_start(&self, to: &Peer<'_>) -> bool {
        to.kind == Some(Kind::Job) || self.start.is_some_and(|(start, _)| start.completed.is_some())
    }

    fn facts(&self, from: &Peer<'_>, to: &Peer<'_>) -> DependencyFacts {
        let phase = match (self.start.and_then(|(start, _)| start.completed), to.kind, self.used.or(self.telemetry)) {
            (Some(completed), ..) => Attr::imported(Phase::Start, completed),
            (None, Some(Kind::Job), _) => Attr::imported(Phase::Start, self.place),
            (None, _, Some(used)) => Attr::imported(Phase::Run, used),
            (None, _, None) => Attr::default(),
        };
        let gated = match self.start {
            Some((Start { healthy: Some(at), .. } | Start { completed: Some(at), .. }, _)) => {
                Attr::imported(Toggle, at)
            }
            Some((_, at)) => Attr::imported_none(at),
            None => Attr::default(),
        };
        let protocol = self.protocol.map(|(name, at)| Attr::imported(Word(name.to_owned()), at)).unwrap_or_default();
        DependencyFacts { need: self.need(from, to), phase, gated, protocol, ..DependencyFacts::default() }
    }

    /// Stated only where the file shows it; else what the target is decides.
    fn need(&self, from: &Peer<'_>, to: &Peer<'_>) -> Attr<Need> {
        if let (Some(at), None) = (self.telemetry, self.used) {
            return Attr::imported(Need::Soft, at);
        }
        // An image that is mostly used as a cache is more than that where jobs are handed over through it, and where
        // nothing may start until it is healthy: nobody waits for copies that can be thrown away.
        let healthy = self.start.and_then(|(start, _)| start.healthy);
        if let (Some(at), Some(Kind::Cache)) = (self.broker.or(healthy), to.kind) {
            return Attr::imported(Need::Hard, at);
        }
        // What a collector starts after and keeps data is where it writes; everything else it reads from.
        let writes = self.start.is_some() && to.holds_data();
        let watches = from.is_exporter() || (from.collects() && !writes);
        if watches && !self.is_only_start(to) {
            return Attr::imported(Need::Soft, self.place);
        }
        match self.start {
            Some((start, at)) if start.optional && self.used.is_none() => Attr::imported(Need::Soft, at),
            _ => Attr::default(),
        }
    }
}
