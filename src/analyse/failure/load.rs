//! How much traffic reaches each component, and how failures move it.
//!
//! Demand is exogenous: it never falls because something upstream broke. That costs a little precision and makes load
//! monotone in failures, so that every scenario has one answer.

use super::super::scenario::Demand;
use super::State;
use crate::graph::circles;
use crate::model::{ComponentId, Dependency, Design, FlowId};
use crate::read::vocabulary::{FlowRate, Kind, Phase};
use fixedbitset::FixedBitSet;
use std::collections::HashMap;

/// Where load comes from and where it goes, ready to be computed many times.
#[derive(Clone, Debug)]
pub(crate) struct LoadModel {
    /// Components in the order load runs through them. What lies in or behind a circle is missing: its load is what
    /// reaches it from outside.
    order: Vec<usize>,
    /// Outgoing edges of each component, plain ones first.
    edges: Vec<Vec<LoadEdge>>,
    /// Calls that go elsewhere when their target fails.
    shifts: Vec<Vec<Shift>>,
    /// Targets of the members of each group.
    groups: Vec<Vec<usize>>,
    sources: Vec<Source>,
    /// Components whose failure moves load.
    movers: Vec<bool>,
    demand: bool,
}

#[derive(Clone, Debug)]
struct LoadEdge {
    to: usize,
    calls: f64,
    /// Calls per call when every attempt fails: the attempts, or 1 + the retry budget.
    amplification: f64,
    flows: Option<Vec<FlowId>>,
    /// Caches in front of the target that answer for it, with the share of reads they let through.
    caches: Vec<(usize, f64)>,
    group: Option<usize>,
}

#[derive(Clone, Debug)]
struct Shift {
    from: usize,
    to: usize,
    calls: f64,
    flows: Option<Vec<FlowId>>,
}

/// Where demand enters: a flow at its first step, or traffic beside the flows.
#[derive(Clone, Debug)]
struct Source {
    flow: Option<FlowId>,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    component: usize,
    now: f64,
    target: f64,
}

impl LoadModel {
    pub(super) fn new(design: &Design) -> Self {
        let size = design.components.len();
        let caches = caches_by_store(design);
        let mut edges: Vec<Vec<LoadEdge>> = (0..size).map(|_| Vec::new()).collect();
        let mut shifts: Vec<Vec<Shift>> = (0..size).map(|_| Vec::new()).collect();
        let mut movers = vec![false; size];
        // Every cache a component calls, so that its reads of the store are known to go through it.
        let mut calls_cache: Vec<Vec<usize>> = vec![Vec::new(); size];
        for edge in design.dependencies.iter().filter(|edge| edge.group.is_none()) {
            if design.component(edge.target).kind == Kind::Cache {
                calls_cache[edge.source.0].push(edge.target.0);
            }
        }
        for edge in design.dependencies.iter().filter(|edge| edge.group.is_none()) {
            if let Some(to) = edge.fallback_to {
                let shift = Shift { from: edge.target.0, to: to.0, calls: edge.calls(), flows: edge.flows.clone() };
                movers[edge.target.0] = true;
                shifts[edge.source.0].push(shift);
            }
            if edge.phase != Phase::Run {
                continue;
            }
            let (from, to, calls) = if edge.consumes {
                (edge.target.0, edge.source.0, 1.0)
            } else {
                (edge.source.0, edge.target.0, edge.calls())
            };
            let in_front = caches.get(&to).into_iter().flatten();
            let caches: Vec<(usize, f64)> =
                in_front.copied().filter(|(cache, _)| calls_cache[from].contains(cache)).collect();
            for (cache, _) in &caches {
                movers[*cache] = true;
            }
            let edge = LoadEdge {
                to,
                calls,
                amplification: amplification(edge),
                flows: edge.flows.clone(),
                caches,
                group: None,
            };
            edges[from].push(edge);
        }
        let mut groups = Vec::with_capacity(design.groups.len());
        for (index, group) in design.groups.iter().enumerate() {
            let members: Vec<&Dependency> = group.members.iter().map(|id| design.dependency(*id)).collect();
            for member in &members {
                movers[member.target.0] = true;
                edges[group.source.0].push(LoadEdge {
                    to: member.target.0,
                    calls: member.calls(),
                    amplification: amplification(member),
                    flows: member.flows.clone(),
                    caches: Vec::new(),
                    group: Some(index),
                });
            }
            groups.push(members.iter().map(|member| member.target.0).collect());
        }
        let sources = sources(design);
        let demand =
            sources.iter().flat_map(|source| &source.entries).any(|entry| entry.now > 0.0 || entry.target > 0.0);
        Self { order: order(&edges), edges, shifts, groups, sources, movers, demand }
    }

    /// Some traffic is described; otherwise nothing is ever known to be overloaded.
    pub(crate) fn has_demand(&self) -> bool {
        self.demand
    }

    /// Load moves when this component starts to fail.
    pub(crate) fn moves_load(&self, component: usize) -> bool {
        self.movers[component]
    }

    /// Load of every component per second, given who fails. With `amplified`, every call is repeated as often as its
    /// caller may: the load of a retry storm.
    ///
    /// A call of `s` to a store goes through a cache of the store that `s` calls too, times the share of misses while
    /// the cache works; a call with a fallback adds its load to the fallback when its target fails; the load of a group
    /// is shared by the members that do not fail.
    pub(crate) fn loads(&self, states: &[State], demand: Demand, amplified: bool) -> Vec<f64> {
        let mut total = vec![0.0; states.len()];
        for source in &self.sources {
            for (sum, load) in total.iter_mut().zip(self.loads_of(source, states, demand, amplified)) {
                *sum += load;
            }
        }
        total
    }

    /// The load of one component by the flow it comes from; `None` is traffic beside the flows.
    pub(crate) fn terms(
        &self,
        component: ComponentId,
        states: &[State],
        demand: Demand,
        amplified: bool,
    ) -> Vec<(Option<FlowId>, f64)> {
        self.sources
            .iter()
            .map(|source| (source.flow, self.loads_of(source, states, demand, amplified)[component.0]))
            .filter(|(_, load)| *load > 0.0)
            .collect()
    }

    fn loads_of(&self, source: &Source, states: &[State], demand: Demand, amplified: bool) -> Vec<f64> {
        let mut load = vec![0.0; states.len()];
        for entry in &source.entries {
            load[entry.component] += match demand {
                Demand::Now => entry.now,
                Demand::Target => entry.target,
                Demand::Times(times) => entry.now * times,
            };
        }
        let belongs = |flows: &Option<Vec<FlowId>>| {
            flows.as_ref().is_none_or(|flows| source.flow.is_some_and(|flow| flows.contains(&flow)))
        };
        for from in self.order.iter().copied() {
            if load[from] == 0.0 {
                continue;
            }
            for edge in self.edges[from].iter().filter(|edge| belongs(&edge.flows)) {
                let mut added = load[from] * edge.calls;
                if let Some(group) = edge.group {
                    added /= self.sharing(group, edge.to, states);
                }
                for (cache, missed) in &edge.caches {
                    if !states[*cache].fails() {
                        added *= missed;
                    }
                }
                if amplified {
                    added *= edge.amplification;
                }
                load[edge.to] += added;
            }
            for shift in self.shifts[from].iter().filter(|shift| belongs(&shift.flows)) {
                if states[shift.from].fails() {
                    load[shift.to] += load[from] * shift.calls;
                }
            }
        }
        load
    }

    /// Members of a group that take a share of its load, this one included whatever its state.
    #[expect(clippy::cast_precision_loss, reason = "groups are small")]
    fn sharing(&self, group: usize, this: usize, states: &[State]) -> f64 {
        let working = self.groups[group].iter().filter(|member| !states[**member].fails()).count();
        (working + usize::from(states[this].fails())) as f64
    }

    /// Calls of each component per call of `entry`, without and with every retry. What a circle would add is left out.
    pub(crate) fn calls_from(&self, entry: ComponentId) -> (Vec<f64>, Vec<f64>) {
        let run = |amplified: bool| {
            let mut calls = vec![0.0; self.edges.len()];
            calls[entry.0] = 1.0;
            for from in self.order.iter().copied() {
                for edge in &self.edges[from] {
                    calls[edge.to] += calls[from] * edge.calls * if amplified { edge.amplification } else { 1.0 };
                }
            }
            calls
        };
        (run(false), run(true))
    }

    /// Components that load from any of these runs to, themselves included.
    pub(crate) fn reachable(&self, from: impl IntoIterator<Item = usize>) -> FixedBitSet {
        let mut reached = FixedBitSet::with_capacity(self.edges.len());
        let mut open: Vec<usize> = from.into_iter().collect();
        while let Some(component) = open.pop() {
            if !reached.put(component) {
                open.extend(self.edges[component].iter().map(|edge| edge.to));
            }
        }
        reached
    }

    /// Circles in which load runs, each with whether something in it is tried more than once.
    pub(crate) fn circles(&self) -> Vec<(Vec<ComponentId>, bool)> {
        let pairs =
            self.edges.iter().enumerate().flat_map(|(from, edges)| edges.iter().map(move |edge| (from, edge.to)));
        let retried = |circle: &[ComponentId]| {
            circle
                .iter()
                .flat_map(|member| &self.edges[member.0])
                .any(|edge| edge.amplification > 1.0 && circle.binary_search(&ComponentId(edge.to)).is_ok())
        };
        circles(self.edges.len(), pairs)
            .into_iter()
            .map(|circle| {
                let retried = retried(&circle);
                (circle, retried)
            })
            .collect()
    }
}

/// Attempts of a call, or one and its retry budget where there is one.
fn amplification(edge: &Dependency) -> f64 {
    let budget = edge.facts.retries.value().and_then(|retries| retries.budget.value());
    match budget {
        Some(budget) if budget.0 > 0.0 => 1.0 + budget.0,
        _ => edge.attempts(),
    }
}

/// The caches of each store, with the share of reads they let through.
fn caches_by_store(design: &Design) -> HashMap<usize, Vec<(usize, f64)>> {
    let mut caches: HashMap<usize, Vec<(usize, f64)>> = HashMap::new();
    for (cache, store) in super::caches(design) {
        let hit = design.component(cache).facts.hit_ratio.value().map_or(0.0, |ratio| ratio.0);
        caches.entry(store.0).or_default().push((cache.0, 1.0 - hit));
    }
    caches
}

fn sources(design: &Design) -> Vec<Source> {
    let mut sources = Vec::new();
    for id in design.flow_ids() {
        let flow = design.flow(id);
        let rate = flow.facts.rate.value();
        let now = rate.and_then(FlowRate::now_rate);
        let target = rate.and_then(FlowRate::target_rate);
        if let (Some(first), Some(target)) = (flow.path.first(), target) {
            let entry = Entry { component: first.0, now: now.unwrap_or(0.0), target };
            sources.push(Source { flow: Some(id), entries: vec![entry] });
        }
    }
    let beside = design.components.iter().enumerate().filter_map(|(index, component)| {
        let load = component.facts.load.value()?.0;
        Some(Entry { component: index, now: load, target: load })
    });
    let beside: Vec<Entry> = beside.collect();
    if !beside.is_empty() {
        sources.push(Source { flow: None, entries: beside });
    }
    sources
}

/// Kahn's order, ties by file order.
fn order(edges: &[Vec<LoadEdge>]) -> Vec<usize> {
    let mut incoming = vec![0_usize; edges.len()];
    for edge in edges.iter().flatten() {
        incoming[edge.to] += 1;
    }
    let mut order: Vec<usize> = (0..edges.len()).filter(|index| incoming[*index] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for edge in &edges[order[next]] {
            incoming[edge.to] -= 1;
            if incoming[edge.to] == 0 {
                order.push(edge.to);
            }
        }
        next += 1;
    }
    order
}
