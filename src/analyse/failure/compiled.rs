//! The failure model of one design, laid out for thousands of scenarios.

use super::State;
use super::cause::{Reason, small};
use super::effect::{Choice, Edge, Passes, View, hangs};
use super::load::LoadModel;
use super::outcome::Horizon;
use super::own_state::{Placement, placements};
use super::tide::{Calm, Tide};
use crate::analyse::event::Event;
use crate::analyse::scenario::{Assume, Demand, Scenario};
use crate::graph::Graph;
use crate::model::{ComponentId, DependencyId, Design, FlowId};
use crate::read::vocabulary::Kind;
use fixedbitset::FixedBitSet;
use std::collections::HashSet;
use std::sync::OnceLock;

/// Everything a scenario is computed from, by position.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) placements: Vec<Placement>,
    /// One per dependency that is needed while serving; `None` for the others and for members of groups.
    pub(crate) edges: Vec<Option<Edge>>,
    pub(crate) choices: Vec<Choice>,
    /// What has to be looked at again when a component changes, by component.
    hearers: Vec<Hearer>,
    /// Where the hearers of each component start, and where the last one's end.
    hearers_of: Vec<usize>,
    /// The most each component can serve, per second.
    pub(crate) limits: Vec<Option<f64>>,
    /// Components with a limit.
    pub(crate) limited: Vec<usize>,
    /// Components that get more than they can serve while nothing fails.
    pub(crate) drowned: Vec<usize>,
    /// Without a limit, but behind a cache: whether they survive its loss is unknown.
    pub(crate) unlimited_behind: Vec<Vec<usize>>,
    /// The component refuses work it could not finish.
    pub(crate) sheds: Vec<bool>,
    pub(crate) load: LoadModel,
    /// Load of every component while nothing fails.
    pub(crate) calm: Vec<f64>,
    /// The same with where it comes from, without and with every retry.
    tides: [OnceLock<Calm>; 2],
    coupling: OnceLock<Coupling>,
    /// Flows that some dependency is restricted to, and the first one that none is.
    classes: OnceLock<(HashSet<FlowId>, FlowId)>,
    /// What has to work for a component to start.
    pub(crate) start: Vec<StartEdge>,
    /// How long each queue can take in what arrives while nobody takes it out.
    pub(crate) horizons: Vec<Option<Horizon>>,
}

/// Something that depends on the state of a component: a dependency or a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hearer {
    /// Who may get worse.
    pub(crate) source: u32,
    pub(crate) reason: Reason,
    /// A plain hard call that every flow makes: whether a hang of the target hangs the source, for `must` and `may`.
    pub(crate) plain: Option<[bool; 2]>,
}

/// What failures can do through load.
#[derive(Clone, Debug)]
pub(crate) struct Coupling {
    /// Components whose failure can be part of an overload, as long as no copies are lost.
    pub(crate) movers: FixedBitSet,
}

/// A component needs another to start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StartEdge {
    pub(crate) source: usize,
    pub(crate) target: usize,
    /// The dependency that says so; without one, a cold cache cannot fill from a dead store.
    pub(crate) dependency: Option<DependencyId>,
}

impl Compiled {
    pub(crate) fn new(design: &Design, graph: &Graph) -> Self {
        let size = design.components.len();
        let load = LoadModel::new(design);
        let calm = load.loads(&vec![State::Up; size], Demand::Now, false);
        let hangs_of = |id: DependencyId| {
            let dependency = design.dependency(id);
            hangs(design, dependency, calm[dependency.source.0])
        };
        let edges: Vec<Option<Edge>> =
            design.dependency_ids().map(|id| Edge::new(design.dependency(id), hangs_of(id))).collect();
        let choices: Vec<Choice> = design
            .groups
            .iter()
            .map(|group| {
                let members = group.members.iter().map(|id| (design.dependency(*id).target.0, hangs_of(*id)));
                Choice::new(group, members.collect())
            })
            .collect();
        let limits: Vec<Option<f64>> = design
            .components
            .iter()
            .map(|component| component.facts.capacity.value().map(|capacity| capacity.0))
            .collect();
        let mut unlimited_behind = vec![Vec::new(); size];
        for (cache, store) in super::caches(design) {
            if limits[store.0].is_none() {
                unlimited_behind[cache.0].push(store.0);
            }
        }
        let (hearers, hearers_of) = hearers(size, &edges, &choices);
        let limited: Vec<usize> = (0..size).filter(|index| limits[*index].is_some()).collect();
        let drowns = |index: &usize| limits[*index].is_some_and(|limit| Self::exceeds(calm[*index], limit));
        Self {
            drowned: limited.iter().copied().filter(drowns).collect(),
            limited,
            placements: placements(design, &graph.domains),
            hearers,
            hearers_of,
            sheds: design.components.iter().map(|component| component.facts.load_shedding.value().is_some()).collect(),
            start: start_edges(design),
            horizons: design
                .components
                .iter()
                .zip(&calm)
                .map(|(component, arriving)| Horizon::new(component, *arriving))
                .collect(),
            edges,
            choices,
            limits,
            unlimited_behind,
            load,
            calm,
            tides: Default::default(),
            coupling: OnceLock::new(),
            classes: OnceLock::new(),
        }
    }

    /// Today's loads while nothing fails, ready to follow failures.
    pub(super) fn tide(&self, amplified: bool) -> Tide<'_> {
        let calm = self.tides[usize::from(amplified)].get_or_init(|| Calm::new(&self.load, Demand::Now, amplified));
        Tide::new(&self.load, calm, amplified)
    }

    pub(crate) fn coupling(&self) -> &Coupling {
        self.coupling.get_or_init(|| {
            let mut states = vec![State::Up; self.size()];
            for mover in self.load.movers().ones() {
                states[mover] = State::Down;
            }
            // Load only ever grows with failures, so that this is the most there can be.
            let most = self.load.loads(&states, Demand::Now, false);
            let drowns = |index: &usize| self.limits[*index].is_some_and(|limit| Self::exceeds(most[*index], limit));
            let inflows = self.load.inflows();
            let upstream = inflows.upstream(self.limited.iter().copied().filter(drowns));
            let counts = |mover: &usize| inflows.moved_by(*mover).any(|to| upstream.contains(to));
            let mut movers = FixedBitSet::with_capacity(self.size());
            movers.extend(self.load.movers().ones().filter(counts));
            Coupling { movers }
        })
    }

    pub(crate) fn size(&self) -> usize {
        self.placements.len()
    }

    pub(crate) fn hearers(&self, component: usize) -> &[Hearer] {
        &self.hearers[self.hearers_of[component]..self.hearers_of[component + 1]]
    }

    /// Takes over into what hears of a target that a dependency on it has changed.
    pub(super) fn hear_again(&mut self, dependency: usize) {
        let Some(edge) = &self.edges[dependency] else { return };
        let hearers = self.hearers_of[edge.target]..self.hearers_of[edge.target + 1];
        let reason = Reason::Dependency(small(dependency));
        for hearer in self.hearers[hearers].iter_mut().filter(|hearer| hearer.reason == reason) {
            hearer.plain = edge.plain();
        }
    }

    /// What too much load makes of a component.
    pub(crate) fn overloaded(&self, component: usize) -> State {
        if self.sheds[component] { State::Degraded } else { State::Down }
    }

    /// A flow that uses the same dependencies as this one: the first such flow among those that no dependency names.
    pub(crate) fn class(&self, flow: FlowId) -> FlowId {
        let (named, unnamed) = self.classes.get_or_init(|| {
            let flows = self.edges.iter().flatten().filter_map(|edge| edge.flows.as_ref());
            let named: HashSet<FlowId> = flows.flatten().copied().collect();
            let unnamed = (0..=named.len()).map(FlowId).find(|flow| !named.contains(flow));
            (named, unnamed.unwrap_or(FlowId(0)))
        });
        if named.contains(&flow) { flow } else { *unnamed }
    }

    /// A dependency that is needed while serving makes its source fail in these states, with the unsaid at its best.
    pub(crate) fn can_fail(&self, dependency: DependencyId, states: &[State]) -> bool {
        let asked = Scenario::new([]);
        let view = View { assume: asked.assume, seconds: asked.seconds, flow: None, path: &[] };
        self.edges[dependency.0].as_ref().is_some_and(|edge| edge.effect(states, &view).fails())
    }

    /// How failures of targets pass over single dependencies, all of them in use: its number, its source, what passes.
    pub(crate) fn passes_of_edges<'a>(
        &'a self,
        asked: &'a Scenario,
    ) -> impl Iterator<Item = (DependencyId, usize, Passes)> + 'a {
        let view = View { assume: asked.assume, seconds: asked.seconds, flow: None, path: &[] };
        let edges = self.edges.iter().enumerate();
        edges.filter_map(move |(index, edge)| {
            let edge = edge.as_ref()?;
            Some((DependencyId(index), edge.source, edge.passes(&view)?))
        })
    }

    /// How failures of targets pass to their sources, by source.
    pub(crate) fn passes(&self, design: &Design, flow: Option<FlowId>, asked: &Scenario) -> Vec<Vec<Passes>> {
        let mut path = vec![false; self.size()];
        for component in flow.iter().flat_map(|flow| &design.flow(*flow).path) {
            path[component.0] = true;
        }
        let view = View { assume: asked.assume, seconds: asked.seconds, flow, path: &path };
        let mut passes = vec![Vec::new(); self.size()];
        for edge in self.edges.iter().flatten().filter(|edge| edge.is_active(&view)) {
            passes[edge.source].extend(edge.passes(&view));
        }
        for choice in &self.choices {
            passes[choice.source].extend(choice.passes());
        }
        if asked.assume == Assume::May {
            for (cache, stores) in self.unlimited_behind.iter().enumerate() {
                for store in stores.iter().filter(|store| !self.sheds[**store]) {
                    passes[*store].push(Passes::Always(cache));
                }
            }
        }
        passes
    }

    /// Components on which something depends that does not fail with each of them alone: members of groups of which
    /// not all are needed, calls with a fallback and the fallback, and whatever moves load.
    pub(crate) fn redundancy(&self) -> Vec<bool> {
        let coupled = self.is_coupled();
        let mut redundancy: Vec<bool> =
            (0..self.size()).map(|component| coupled && self.load.moves_load(component)).collect();
        for edge in self.edges.iter().flatten() {
            if let Some(fallback) = edge.fallback {
                redundancy[edge.target] = true;
                redundancy[fallback] = true;
            }
        }
        for (member, _) in self.choices.iter().flat_map(|choice| &choice.members) {
            redundancy[*member] = true;
        }
        redundancy
    }

    /// The loss of copies adds up with other losses of the same component: through its capacity, or because the number
    /// of copies is unsaid.
    pub(crate) fn adds_up(&self, event: Event, graph: &Graph) -> bool {
        let coupled = |component: &ComponentId| {
            (self.limits[component.0].is_some() && self.load.has_demand())
                || !self.placements[component.0].says_copies()
        };
        match event {
            Event::Instance(component) => coupled(&component),
            Event::Zone(zone) => graph.domains.zones[zone.0].members.iter().any(coupled),
            Event::Stop(_) | Event::Hang(_) | Event::Region(_) | Event::Vendor(_) => false,
        }
    }

    /// What an event does to a component by itself, with the unsaid at its best: its state, and the share of its copies
    /// that is left.
    pub(crate) fn loss(&self, component: ComponentId, event: Event) -> (State, f64) {
        let placement = &self.placements[component.0];
        let (state, _) = placement.own_state(component, &[event], Assume::Must);
        (state, placement.share_left(component, &[event]).0)
    }

    /// What the loss of one copy makes of a component.
    pub(crate) fn loss_of_copy(&self, component: ComponentId, assume: Assume) -> State {
        self.placements[component.0].own_state(component, &[Event::Instance(component)], assume).0
    }

    /// Targets whose hang passes over dependencies that their stop does not pass over.
    pub(crate) fn hung_through(&self, assume: Assume) -> impl Iterator<Item = usize> + '_ {
        let edges = self.edges.iter().flatten();
        edges.filter(move |edge| edge.plain().is_none() && edge.hangs(assume)).map(|edge| edge.target)
    }

    /// The share of a component's copies that events leave.
    pub(crate) fn share_left(&self, component: ComponentId, events: &[Event]) -> f64 {
        self.placements[component.0].share_left(component, events).0
    }

    /// No dependency that is needed while serving is kept from the flow.
    pub(crate) fn uses_all(&self, flow: FlowId) -> bool {
        self.edges.iter().flatten().all(|edge| edge.flows.as_ref().is_none_or(|flows| flows.contains(&flow)))
    }

    /// Something can be kept down after repair: what is needed to start, or too much load.
    pub(crate) fn may_stick(&self, assume: Assume) -> bool {
        !self.start.is_empty()
            || self.is_coupled()
            || (assume == Assume::May && self.unlimited_behind.iter().any(|stores| !stores.is_empty()))
    }

    /// Failures can act through load: there is some, and something has a limit.
    pub(crate) fn is_coupled(&self) -> bool {
        self.load.has_demand() && !self.limited.is_empty()
    }

    /// Load above what is left of the capacity; rates compare with a relative tolerance of 1e-9.
    pub(crate) fn exceeds(load: f64, capacity: f64) -> bool {
        load > capacity * (1.0 + 1e-9)
    }
}

/// Dependencies of which a component is the target or the fallback, then groups it is a member of.
fn hearers(size: usize, edges: &[Option<Edge>], choices: &[Choice]) -> (Vec<Hearer>, Vec<usize>) {
    let mut heard: Vec<(usize, Reason, usize)> = Vec::new();
    for (index, edge) in edges.iter().enumerate() {
        let Some(edge) = edge else { continue };
        let reason = Reason::Dependency(small(index));
        let fallback = edge.fallback.filter(|fallback| *fallback != edge.target);
        heard.extend([edge.target].into_iter().chain(fallback).map(|heard| (heard, reason, edge.source)));
    }
    for (index, choice) in choices.iter().enumerate() {
        let reason = Reason::Group(small(index));
        heard.extend(choice.members.iter().map(|(member, _)| (*member, reason, choice.source)));
    }
    heard.sort_unstable();
    heard.dedup();
    let starts = (0..=size).map(|component| heard.partition_point(|(heard, ..)| *heard < component)).collect();
    let hearers = heard.into_iter().map(|(_, reason, source)| {
        let edge = match reason {
            Reason::Dependency(index) => edges[index as usize].as_ref(),
            _ => None,
        };
        Hearer { source: small(source), reason, plain: edge.and_then(Edge::plain) }
    });
    let hearers = hearers.collect();
    (hearers, starts)
}

/// Declared `phase: start`, and every cache that starts cold: it cannot fill from a store that is down.
fn start_edges(design: &Design) -> Vec<StartEdge> {
    let declared = design.dependency_ids().filter_map(|id| {
        let edge = design.dependency(id);
        let starts = edge.group.is_none() && edge.phase == crate::read::vocabulary::Phase::Start;
        starts.then_some(StartEdge { source: edge.source.0, target: edge.target.0, dependency: Some(id) })
    });
    let cold = super::caches(design).into_iter().filter(|(cache, _)| {
        let facts = &design.component(*cache).facts;
        facts.persist.value().is_none() && facts.warmup.value().is_none()
    });
    let cold = cold.map(|(cache, store): (ComponentId, ComponentId)| StartEdge {
        source: cache.0,
        target: store.0,
        dependency: None,
    });
    declared.chain(cold).collect()
}

/// Somebody else starts it.
pub(crate) fn is_outside(kind: Kind) -> bool {
    kind == Kind::External
}
