//! The failure model of one design, laid out for thousands of scenarios.

use super::State;
use super::effect::{Choice, Edge, hangs};
use super::load::LoadModel;
use super::own_state::{Placement, placements};
use crate::analyse::scenario::Demand;
use crate::graph::Graph;
use crate::model::{ComponentId, DependencyId, Design};
use crate::read::vocabulary::Kind;

/// Everything a scenario is computed from, by position.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) placements: Vec<Placement>,
    /// One per dependency that is needed while serving; `None` for the others and for members of groups.
    pub(crate) edges: Vec<Option<Edge>>,
    pub(crate) choices: Vec<Choice>,
    /// What has to be looked at again when a component changes.
    pub(crate) affected: Vec<Vec<Affected>>,
    pub(crate) limits: Vec<Option<Limit>>,
    /// Components with a limit.
    pub(crate) limited: Vec<usize>,
    /// Without a limit, but behind a cache: whether they survive its loss is unknown.
    pub(crate) unlimited_behind: Vec<Vec<usize>>,
    /// The component refuses work it could not finish.
    pub(crate) sheds: Vec<bool>,
    pub(crate) load: LoadModel,
    /// Load of every component while nothing fails.
    pub(crate) calm: Vec<f64>,
    /// What has to work for a component to start.
    pub(crate) start: Vec<StartEdge>,
}

/// Something that depends on the state of a component.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Affected {
    Edge(usize),
    Choice(usize),
}

/// The most a component can serve.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) capacity: f64,
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
        let limits: Vec<Option<Limit>> = design
            .components
            .iter()
            .map(|component| component.facts.capacity.value().map(|capacity| Limit { capacity: capacity.0 }))
            .collect();
        let mut unlimited_behind = vec![Vec::new(); size];
        for (cache, store) in super::caches(design) {
            if limits[store.0].is_none() {
                unlimited_behind[cache.0].push(store.0);
            }
        }
        Self {
            placements: placements(design, &graph.domains),
            affected: affected(size, &edges, &choices),
            limited: (0..size).filter(|index| limits[*index].is_some()).collect(),
            sheds: design.components.iter().map(|component| component.facts.load_shedding.value().is_some()).collect(),
            start: start_edges(design),
            edges,
            choices,
            limits,
            unlimited_behind,
            load,
            calm,
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.placements.len()
    }

    /// What too much load makes of a component.
    pub(crate) fn overloaded(&self, component: usize) -> State {
        if self.sheds[component] { State::Degraded } else { State::Down }
    }

    /// Load above what is left of the capacity; rates compare with a relative tolerance of 1e-9.
    pub(crate) fn exceeds(load: f64, capacity: f64) -> bool {
        load > capacity * (1.0 + 1e-9)
    }
}

fn affected(size: usize, edges: &[Option<Edge>], choices: &[Choice]) -> Vec<Vec<Affected>> {
    let mut affected = vec![Vec::new(); size];
    for (index, edge) in edges.iter().enumerate() {
        let Some(edge) = edge else { continue };
        affected[edge.target].push(Affected::Edge(index));
        if let Some(fallback) = edge.fallback.filter(|fallback| *fallback != edge.target) {
            affected[fallback].push(Affected::Edge(index));
        }
    }
    for (index, choice) in choices.iter().enumerate() {
        for (member, _) in &choice.members {
            if affected[*member].last() != Some(&Affected::Choice(index)) {
                affected[*member].push(Affected::Choice(index));
            }
        }
    }
    affected
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

/// Nothing that starts by itself: somebody else's.
pub(crate) fn is_outside(kind: Kind) -> bool {
    kind == Kind::External
}
