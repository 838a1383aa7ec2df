//! What a design leaves open, one fact at a time: the question, where the answer belongs, and what to write there.

use super::event::Event;
use super::failure::{Compiled, Edge, FailureModel, OpenHorizon, Patch, State, Step, Verdict};
use super::scenario::Scenario;
use crate::model::{ComponentId, DependencyId, Design, FlowId, to_f64};
use crate::read::Notation;
use crate::read::vocabulary::Kind;
use crate::sources::Span;
use std::collections::HashSet;

/// A fact the design leaves open and outcomes depend on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Unknown {
    /// Does the caller give up?
    Timeout(DependencyId),
    /// How long may the last answer be used?
    StaleFor(DependencyId),
    /// How long can work wait with the caller?
    Buffer(DependencyId),
    /// How many copies are there?
    Replicas(ComponentId),
    /// Where are the copies?
    Zones(ComponentId),
    /// Who moves the traffic to a standby?
    Failover(ComponentId),
    /// Does it survive without the cache in front of it?
    Capacity(ComponentId),
    /// How long does the queue hold messages?
    Retention(ComponentId),
}

impl Unknown {
    /// Where the answer belongs.
    pub fn place(self, failure: FailureModel<'_>) -> Span {
        let design = failure.design();
        match self {
            Self::Timeout(id) | Self::StaleFor(id) | Self::Buffer(id) => design.dependency(id).place,
            Self::Replicas(id) | Self::Zones(id) | Self::Failover(id) | Self::Capacity(id) | Self::Retention(id) => {
                design.component(id).place
            }
        }
    }

    /// The question to the authors, with the key that answers it.
    pub fn sentence(self, failure: FailureModel<'_>) -> String {
        let design = failure.design();
        let name = |id: ComponentId| design.component(id).name.as_str();
        let ends = |id: DependencyId| {
            let dependency = design.dependency(id);
            (name(dependency.source), name(dependency.target))
        };
        match self {
            Self::Timeout(id) => {
                let (source, target) = ends(id);
                format!("how long does `{source}` wait for `{target}` (`timeout`)?")
            }
            Self::StaleFor(id) => {
                let (source, target) = ends(id);
                format!("how long may `{source}` go on with the last answer of `{target}` (`stale_for`)?")
            }
            Self::Buffer(id) => {
                let (source, target) = ends(id);
                format!("how long can work for `{target}` wait in `{source}` (`buffer`)?")
            }
            Self::Replicas(id) => format!("is `{}` more than one copy (`replicas`)?", name(id)),
            Self::Zones(id) => format!("which zones is `{}` spread over (`zones`)?", name(id)),
            Self::Failover(id) => {
                format!("does another copy take over when one of `{}` is lost (`failover`)?", name(id))
            }
            Self::Capacity(id) => {
                format!("does `{}` survive when no cache answers for it (`capacity`)?", name(id))
            }
            Self::Retention(id) => format!("how long does `{}` keep messages (`retention`)?", name(id)),
        }
    }

    /// What is the case if the answer is the worst one, as a clause.
    pub fn at_worst(self, failure: FailureModel<'_>) -> String {
        let design = failure.design();
        let name = |id: ComponentId| design.component(id).name.as_str();
        let ends = |id: DependencyId| (name(design.dependency(id).source), name(design.dependency(id).target));
        match self {
            Self::Timeout(id) => {
                let (source, target) = ends(id);
                format!("`{source}` waits for `{target}` without end")
            }
            Self::StaleFor(id) => {
                let (source, target) = ends(id);
                format!("the last answer `{source}` has of `{target}` is too old")
            }
            Self::Buffer(id) => {
                let (source, target) = ends(id);
                format!("`{source}` cannot keep its work for `{target}` that long")
            }
            Self::Replicas(id) => format!("`{}` has too few copies", name(id)),
            Self::Zones(id) => format!("all of `{}` is in that zone", name(id)),
            Self::Failover(id) => format!("no copy of `{}` takes over", name(id)),
            Self::Capacity(id) => format!("`{}` cannot serve every read itself", name(id)),
            Self::Retention(id) => format!("`{}` does not keep messages that long", name(id)),
        }
    }

    /// The component or dependency the answer is written at, and the key with the mildest answer that a design can
    /// state, for a scenario: `("recs", "timeout", "1s")`.
    pub fn answer(self, failure: FailureModel<'_>, scenario: &Scenario) -> Answer {
        let design = failure.design();
        let name = |id: ComponentId| design.component(id).name.clone();
        let target = |id: DependencyId| name(design.dependency(id).target);
        let longer = |than: f64| whole(scenario.seconds.max(than));
        let (at, key, value) = match self {
            Self::Timeout(id) => {
                let (key, value) = short_enough(failure, id);
                (target(id), key, value.to_owned())
            }
            Self::StaleFor(id) => (target(id), "fallback", format!("{{stale_for: {}}}", longer(0.0))),
            Self::Buffer(id) => (target(id), "buffer", longer(0.0)),
            Self::Replicas(id) => {
                let zones = design.component(id).facts.zones.value().map_or(1, |zones| zones.0.len());
                (name(id), "replicas", (2 * zones + 1).to_string())
            }
            Self::Zones(id) => (name(id), "zones", format!("[{}]", spared(failure, scenario))),
            Self::Failover(id) => (name(id), "failover", "automatic".to_owned()),
            Self::Capacity(id) => {
                let down: Vec<ComponentId> = design.component_ids().collect();
                // No load is larger than that of everything being down; what is left of the copies has to serve it.
                let load = failure.loads(&down, scenario.demand)[id.0];
                let share = failure.compiled().share_left(id, &scenario.events);
                (name(id), "capacity", format!("{}rps", (load / share).max(1.0).ceil()))
            }
            Self::Retention(id) => (name(id), "retention", longer(4.0 * 86_400.0)),
        };
        Answer { at, key, value, around: self.around(design) }
    }

    fn around(self, design: &Design) -> Option<(String, &'static str)> {
        match self {
            Self::Timeout(id) | Self::StaleFor(id) | Self::Buffer(id) => {
                let dependency = design.dependency(id);
                let source = scalar(&design.component(dependency.source).name);
                (dependency.notation != Notation::Native)
                    .then(|| (format!("components: {{{source}: {{uses: {{"), "}}}"))
            }
            Self::Replicas(id) | Self::Zones(id) | Self::Failover(id) | Self::Capacity(id) | Self::Retention(id) => {
                let imported = design.component(id).notation != Notation::Native;
                imported.then(|| ("components: {".to_owned(), "}"))
            }
        }
    }

    /// Components of which one fails wherever the unknown has a part.
    pub(super) fn involved(self, failure: FailureModel<'_>) -> Vec<ComponentId> {
        match self {
            Self::Timeout(id) | Self::StaleFor(id) | Self::Buffer(id) => vec![failure.design().dependency(id).target],
            Self::Replicas(id) | Self::Zones(id) | Self::Failover(id) | Self::Capacity(id) => vec![id],
            Self::Retention(queue) => {
                let legs = failure.design().flow_ids().flat_map(|flow| failure.graph().legs(flow));
                legs.filter(|leg| leg.queue == Some(queue)).map(|leg| leg.component).collect()
            }
        }
    }

    /// The unknown has a part in how a flow fares in these states at all.
    pub(super) fn could_matter(
        self,
        failure: FailureModel<'_>,
        flow: FlowId,
        events: &[Event],
        state: &dyn Fn(ComponentId) -> State,
    ) -> bool {
        let target = |id: DependencyId| state(failure.design().dependency(id).target);
        let loses_copies = || events.iter().any(|event| matches!(event, Event::Zone(_) | Event::Instance(_)));
        match self {
            Self::Timeout(id) => target(id) == State::Hung,
            Self::StaleFor(id) | Self::Buffer(id) => target(id).fails(),
            Self::Replicas(id) | Self::Zones(id) | Self::Failover(id) => state(id) > State::Up && loses_copies(),
            Self::Capacity(id) => state(id) > State::Up,
            Self::Retention(queue) => {
                let legs = failure.graph().legs(flow);
                legs.iter().any(|leg| leg.queue == Some(queue) && state(leg.component).fails())
            }
        }
    }

    /// A step of the chain that decides a verdict rests on it.
    pub(super) fn is_on(self, verdict: &Verdict) -> bool {
        let step = |is: &dyn Fn(&Step) -> bool| verdict.witness.steps.iter().any(is);
        match self {
            Self::Timeout(id) | Self::StaleFor(id) | Self::Buffer(id) => {
                step(&|step| step.cause.dependency() == Some(id))
            }
            Self::Replicas(id) | Self::Zones(id) | Self::Failover(id) | Self::Capacity(id) => {
                step(&|step| step.component == id)
            }
            Self::Retention(queue) => verdict.leg.is_some_and(|leg| leg.queue == Some(queue)),
        }
    }
}

/// What to write, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The component, or the target of the dependency, that gets the key.
    pub at: String,
    pub key: &'static str,
    /// YAML in flow style.
    pub value: String,
    /// Around it, where the place is in a notation that cannot say it: the answer goes into a design that includes the
    /// file.
    around: Option<(String, &'static str)>,
}

impl Answer {
    /// It has to be written elsewhere: the notation of its place cannot say it.
    pub fn is_imported(&self) -> bool {
        self.around.is_some()
    }

    /// All answers as YAML that can be pasted: `recs: {timeout: 1s}`, one line per component or dependency. Each is given
    /// with the place it belongs to, which keeps dependencies of different callers apart.
    pub fn lines<P: PartialEq>(answers: &[(P, Self)]) -> Vec<String> {
        let mut lines: Vec<(&P, String, &str)> = Vec::new();
        for (place, answer) in answers {
            let Self { at, key, value, around } = answer;
            if let Some((_, line, _)) = lines.iter_mut().find(|(other, ..)| *other == place) {
                line.extend([", ", key, ": ", value]);
                continue;
            }
            let (before, after) = around.as_ref().map_or(("", ""), |(before, after)| (before.as_str(), *after));
            lines.push((place, format!("{before}{}: {{{key}: {value}", scalar(at)), after));
        }
        lines.into_iter().map(|(_, line, after)| format!("{line}}}{after}")).collect()
    }
}

/// A name as YAML takes it for a text.
fn scalar(name: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "_-./".contains(char);
    if name.starts_with(char::is_alphabetic) && name.chars().all(plain) {
        name.to_owned()
    } else {
        // JSON is YAML.
        serde_json::Value::from(name).to_string()
    }
}

/// A timeout at which the callers' threads do not run out; where none does, threads of their own.
fn short_enough(failure: FailureModel<'_>, id: DependencyId) -> (&'static str, &'static str) {
    let dependency = failure.design().dependency(id);
    let source = failure.design().component(dependency.source);
    let Some(workers) = source.facts.workers.value() else { return ("timeout", "1s") };
    let arriving = failure.compiled().calm[dependency.source.0] * dependency.calls() * dependency.attempts();
    let threads = f64::from(*workers) * to_f64(source.replicas().unwrap_or(1).max(1));
    let fits = [("1s", 1.0), ("100ms", 0.1), ("10ms", 0.01)].into_iter().find(|(_, wait)| arriving * wait <= threads);
    fits.map_or(("bulkhead", "true"), |(timeout, _)| ("timeout", timeout))
}

/// A zone that stays when those of the scenario fail.
fn spared(failure: FailureModel<'_>, scenario: &Scenario) -> String {
    let zones = &failure.graph().domains.zones;
    let fails =
        |index: usize| scenario.events.iter().any(|event| matches!(event, Event::Zone(zone) if zone.0 == index));
    let spared = zones.iter().enumerate().find(|(index, _)| !fails(*index));
    spared.map_or_else(|| "elsewhere".to_owned(), |(_, zone)| scalar(&zone.name))
}

/// A duration as YAML has it, rounded up.
fn whole(seconds: f64) -> String {
    let seconds = seconds.ceil();
    let (unit, worth) = [("d", 86_400.0), ("h", 3600.0), ("s", 1.0)]
        .into_iter()
        .find(|(_, worth)| seconds % worth == 0.0)
        .unwrap_or(("s", 1.0));
    format!("{}{unit}", seconds / worth)
}

impl Compiled {
    /// Every unknown with the change that answers it best, components in file order, then dependencies.
    pub(super) fn unknowns(&self, design: &Design) -> Vec<(Unknown, Patch)> {
        let mut unknowns = Vec::new();
        let behind_caches: HashSet<usize> = self.unlimited_behind.iter().flatten().copied().collect();
        for (index, placement) in self.placements.iter().enumerate() {
            let id = ComponentId(index);
            // How many copies somebody else runs is theirs to know.
            if !placement.says_copies() && design.component(id).kind != Kind::External {
                unknowns.push((Unknown::Replicas(id), Patch::Copies(index)));
            }
            if placement.may_be_anywhere() {
                unknowns.push((Unknown::Zones(id), Patch::Elsewhere(index)));
            }
            if placement.leaves_failover_open() {
                unknowns.push((Unknown::Failover(id), Patch::FailsOver(index)));
            }
            if behind_caches.contains(&index) {
                unknowns.push((Unknown::Capacity(id), Patch::Unlimited(index)));
            }
            if design.component(id).kind.is_queue() && self.horizons[index].is_none() {
                unknowns.push((Unknown::Retention(id), Patch::Endless(index)));
            }
        }
        for id in design.dependency_ids() {
            let facts = &design.dependency(id).facts;
            if facts.timeout.is_unknown() && facts.bulkhead.value().is_none() {
                unknowns.push((Unknown::Timeout(id), Patch::GivesUp(id.0)));
            }
            match self.edges[id.0].as_ref().and_then(Edge::open_horizon) {
                Some(OpenHorizon::Stale) => {
                    unknowns.push((Unknown::StaleFor(id), Patch::Lasts(id.0)));
                }
                Some(OpenHorizon::Buffer) => {
                    unknowns.push((Unknown::Buffer(id), Patch::Lasts(id.0)));
                }
                None => {}
            }
        }
        unknowns
    }
}
