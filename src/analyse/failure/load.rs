//! How much traffic reaches each component, and how failures move it.
//!
//! Demand is exogenous: it never falls because something upstream broke. That costs a little precision and makes load
//! monotone in failures, so that every scenario has one answer.

use super::super::scenario::Demand;
use super::State;
use super::tide::Inflows;
use crate::graph::circles;
use crate::model::{ComponentId, Dependency, DependencyId, Design, FlowId};
use crate::read::vocabulary::{FlowRate, Kind, Phase};
use fixedbitset::FixedBitSet;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

/// Where load comes from and where it goes, ready to be computed many times.
#[derive(Clone, Debug)]
pub(crate) struct LoadModel {
    /// Components in the order load runs through them. What lies in or behind a circle is missing: its load is what
    /// reaches it from outside.
    pub(super) order: Vec<usize>,
    /// Outgoing edges of each component, plain ones first.
    pub(super) edges: Vec<Vec<LoadEdge>>,
    /// Calls that go elsewhere when their target fails.
    pub(super) shifts: Vec<Vec<Shift>>,
    /// Targets of the members of each group.
    pub(super) groups: Vec<Vec<usize>>,
    sources: Vec<Source>,
    /// The same demand, flows that use the same dependencies taken together.
    pub(super) merged: Vec<Source>,
    inflows: OnceLock<Inflows>,
    /// Components whose failure moves load.
    movers: FixedBitSet,
    demand: bool,
}

#[derive(Clone, Debug)]
pub(super) struct LoadEdge {
    dependency: DependencyId,
    pub(super) to: usize,
    calls: f64,
    /// Calls per call when every attempt fails: the attempts, or 1 + the retry budget.
    amplification: f64,
    pub(super) flows: Option<Vec<FlowId>>,
    /// Caches in front of the target that answer for it, with the share of reads they let through.
    pub(super) caches: Vec<(usize, f64)>,
    pub(super) group: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Shift {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) calls: f64,
    pub(super) flows: Option<Vec<FlowId>>,
}

/// Where demand enters: a flow at its first step, or traffic beside the flows.
#[derive(Clone, Debug)]
pub(super) struct Source {
    flow: Option<FlowId>,
    entries: Vec<Entry>,
}

impl Source {
    /// A dependency of these flows is one of this demand's.
    pub(super) fn uses(&self, flows: Option<&Vec<FlowId>>) -> bool {
        flows.is_none_or(|flows| self.flow.is_some_and(|flow| flows.contains(&flow)))
    }

    /// Demand by the component where it enters.
    pub(super) fn entering(&self, size: usize, demand: Demand) -> Vec<f64> {
        let mut load = vec![0.0; size];
        for entry in &self.entries {
            load[entry.component] += match demand {
                Demand::Now => entry.now,
                Demand::Target => entry.target,
                Demand::Times(times) => entry.now * times,
            };
        }
        load
    }
}

/// Load per second over dependencies, and what a failure would add to components.
#[derive(Clone, Default, Debug)]
pub(crate) struct Moves {
    /// Calls that reach the target of a dependency: the ones a cache answers are left out.
    pub(crate) calls: BTreeMap<DependencyId, f64>,
    /// By cache and store: the reads that the cache answers today.
    pub(crate) uncached: BTreeMap<(ComponentId, ComponentId), f64>,
    /// By what fails and who takes over: the load that goes there.
    pub(crate) taken_over: BTreeMap<(ComponentId, ComponentId), f64>,
}

/// The end of a chain of calls, some of them repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryChain {
    /// Attempts of all calls of the chain, multiplied.
    pub(crate) attempts: f64,
    /// Calls of the chain that are repeated.
    pub(crate) retrying: usize,
    /// The component repeats calls of its own.
    pub(crate) goes_on: bool,
    /// Who calls, over which dependency, with how many attempts.
    pub(crate) last: Option<(ComponentId, DependencyId, f64)>,
}

impl Default for RetryChain {
    fn default() -> Self {
        Self { attempts: 1.0, retrying: 0, goes_on: false, last: None }
    }
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
        // Room for what comes, not for twice that: there is an edge for nearly every dependency.
        let mut count = vec![0_usize; size];
        for (from, _) in design.dependencies.iter().filter_map(ends) {
            count[from] += 1;
        }
        let mut edges: Vec<Vec<LoadEdge>> = count.into_iter().map(Vec::with_capacity).collect();
        let mut shifts: Vec<Vec<Shift>> = (0..size).map(|_| Vec::new()).collect();
        let mut movers = FixedBitSet::with_capacity(size);
        // Every cache a component calls, so that its reads of the store are known to go through it.
        let mut calls_cache: Vec<Vec<usize>> = vec![Vec::new(); size];
        for edge in design.dependencies.iter().filter(|edge| edge.group.is_none()) {
            if design.component(edge.target).kind == Kind::Cache {
                calls_cache[edge.source.0].push(edge.target.0);
            }
        }
        for (id, edge) in plain(design) {
            if let Some(to) = edge.fallback_to {
                let shift = Shift { from: edge.target.0, to: to.0, calls: edge.calls(), flows: edge.flows.clone() };
                movers.insert(edge.target.0);
                shifts[edge.source.0].push(shift);
            }
            let Some((from, to)) = ends(edge) else { continue };
            let calls = if edge.consumes { 1.0 } else { edge.calls() };
            let in_front = caches.get(&to).into_iter().flatten();
            let caches: Vec<(usize, f64)> =
                in_front.copied().filter(|(cache, _)| calls_cache[from].contains(cache)).collect();
            for (cache, _) in &caches {
                movers.insert(*cache);
            }
            let edge = LoadEdge {
                dependency: id,
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
            for (id, member) in group.members.iter().zip(&members) {
                movers.insert(member.target.0);
                edges[group.source.0].push(LoadEdge {
                    dependency: *id,
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
        let merged = merged(&sources, &edges, &shifts);
        let order = order(&edges);
        Self { order, edges, shifts, groups, sources, merged, inflows: OnceLock::new(), movers, demand }
    }

    pub(super) fn inflows(&self) -> &Inflows {
        self.inflows.get_or_init(|| Inflows::new(self))
    }

    /// Some traffic is described; otherwise nothing is ever known to be overloaded.
    pub(crate) fn has_demand(&self) -> bool {
        self.demand
    }

    /// Load moves when this component starts to fail.
    pub(crate) fn moves_load(&self, component: usize) -> bool {
        self.movers.contains(component)
    }

    /// Components whose failure moves load.
    pub(crate) fn movers(&self) -> &FixedBitSet {
        &self.movers
    }

    /// Load of every component per second, given who fails. With `amplified`, every call is repeated as often as its
    /// caller may: the load of a retry storm.
    ///
    /// A call of `s` to a store goes through a cache of the store that `s` calls too, times the share of misses while
    /// the cache works; a call with a fallback adds its load to the fallback when its target fails; the load of a group
    /// is shared by the members that do not fail.
    pub(crate) fn loads(&self, states: &[State], demand: Demand, amplified: bool) -> Vec<f64> {
        let mut total = vec![0.0; states.len()];
        for source in &self.merged {
            for (sum, load) in total.iter_mut().zip(self.loads_of(source, states, demand, amplified)) {
                *sum += load;
            }
        }
        total
    }

    /// Load that a single failure would move while everything else works. Exact, because load runs forward: what moves
    /// does not change what its callers get.
    pub(crate) fn moves(&self, demand: Demand) -> Moves {
        let calm = vec![State::Up; self.edges.len()];
        let mut moves = Moves::default();
        for source in &self.sources {
            let load = self.loads_of(source, &calm, demand, false);
            for from in self.order.iter().copied().filter(|from| load[*from] > 0.0) {
                for edge in self.edges[from].iter().filter(|edge| source.uses(edge.flows.as_ref())) {
                    let mut before = load[from] * edge.calls;
                    if let Some(group) = edge.group {
                        before /= self.sharing(group, edge.to, &calm);
                        self.moves_in_group(group, edge.to, before, &mut moves);
                    }
                    let behind = edge.caches.iter().fold(before, |calls, (_, missed)| calls * missed);
                    *moves.calls.entry(edge.dependency).or_default() += behind;
                    for (index, (cache, _)) in edge.caches.iter().enumerate() {
                        let others = edge.caches.iter().enumerate().filter(|(other, _)| *other != index);
                        let without = others.fold(before, |calls, (_, (_, missed))| calls * missed);
                        let key = (ComponentId(*cache), ComponentId(edge.to));
                        *moves.uncached.entry(key).or_default() += without - behind;
                    }
                }
                for shift in self.shifts[from].iter().filter(|shift| source.uses(shift.flows.as_ref())) {
                    let key = (ComponentId(shift.from), ComponentId(shift.to));
                    *moves.taken_over.entry(key).or_default() += load[from] * shift.calls;
                }
            }
        }
        moves
    }

    /// What this member of a group gets on top of `share` when one other member fails; which one makes no difference.
    fn moves_in_group(&self, group: usize, this: usize, share: f64, moves: &mut Moves) {
        let members = &self.groups[group];
        let Some(other) = members.iter().find(|member| **member != this) else { return };
        let count = crate::model::to_f64(members.len().try_into().unwrap_or(u64::MAX));
        *moves.taken_over.entry((ComponentId(*other), ComponentId(this))).or_default() += share / (count - 1.0);
    }

    /// The loads of some components by the flow they come from, each as [`LoadModel::terms`], in one pass.
    pub(crate) fn terms_of(&self, components: &[ComponentId], demand: Demand) -> Vec<Vec<(Option<FlowId>, f64)>> {
        let calm = vec![State::Up; self.edges.len()];
        let mut terms = vec![Vec::new(); components.len()];
        for source in self.sources.iter().filter(|_| !components.is_empty()) {
            let load = self.loads_of(source, &calm, demand, false);
            for (terms, component) in terms.iter_mut().zip(components) {
                if load[component.0] > 0.0 {
                    terms.push((source.flow, load[component.0]));
                }
            }
        }
        terms
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
        let mut load = source.entering(states.len(), demand);
        let belongs = |flows: &Option<Vec<FlowId>>| source.uses(flows.as_ref());
        for from in self.order.iter().copied() {
            if load[from] == 0.0 {
                continue;
            }
            for edge in self.edges[from].iter().filter(|edge| belongs(&edge.flows)) {
                load[edge.to] += self.over(edge, load[from], states, amplified);
            }
            for shift in self.shifts[from].iter().filter(|shift| belongs(&shift.flows)) {
                if states[shift.from].fails() {
                    load[shift.to] += load[from] * shift.calls;
                }
            }
        }
        load
    }

    /// What a component that gets `load` sends over one of its dependencies.
    pub(super) fn over(&self, edge: &LoadEdge, load: f64, states: &[State], amplified: bool) -> f64 {
        let mut sent = load * edge.calls;
        if let Some(group) = edge.group {
            sent /= self.sharing(group, edge.to, states);
        }
        for (cache, missed) in &edge.caches {
            if !states[*cache].fails() {
                sent *= missed;
            }
        }
        if amplified { sent * edge.amplification } else { sent }
    }

    /// Members of a group that take a share of its load, this one included whatever its state.
    #[expect(clippy::cast_precision_loss, reason = "groups are small")]
    fn sharing(&self, group: usize, this: usize, states: &[State]) -> f64 {
        let working = self.groups[group].iter().filter(|member| !states[**member].fails()).count();
        (working + usize::from(states[this].fails())) as f64
    }

    /// Calls of each component per call of `entry`, without and with every retry. What a circle would add is left out.
    pub(crate) fn calls_from(&self, entry: ComponentId) -> (Vec<f64>, Vec<f64>) {
        let mut calls = vec![0.0; self.edges.len()];
        let mut amplified = calls.clone();
        (calls[entry.0], amplified[entry.0]) = (1.0, 1.0);
        let start = self.inflows().position(entry.0).unwrap_or(self.order.len());
        for from in self.order[start..].iter().copied() {
            if calls[from] == 0.0 && amplified[from] == 0.0 {
                continue;
            }
            for edge in &self.edges[from] {
                calls[edge.to] += calls[from] * edge.calls;
                amplified[edge.to] += amplified[from] * edge.calls * edge.amplification;
            }
        }
        (calls, amplified)
    }

    /// For each component outside of circles, the chain of calls to it with the most attempts, multiplied.
    pub(crate) fn retry_chains(&self) -> Vec<RetryChain> {
        let mut chains = vec![RetryChain::default(); self.edges.len()];
        for from in self.order.iter().copied() {
            for edge in &self.edges[from] {
                let attempts = chains[from].attempts * edge.amplification;
                if attempts > chains[edge.to].attempts {
                    let retrying = chains[from].retrying + usize::from(edge.amplification > 1.0);
                    let last = Some((ComponentId(from), edge.dependency, edge.amplification));
                    chains[edge.to] = RetryChain { attempts, retrying, goes_on: false, last };
                }
            }
            chains[from].goes_on = self.edges[from].iter().any(|edge| edge.amplification > 1.0);
        }
        chains
    }

    /// Components that load from any of these runs to, themselves included.
    pub(crate) fn reachable(&self, from: impl IntoIterator<Item = usize>) -> FixedBitSet {
        reached(self.edges.len(), from, |component| self.edges[component].iter().map(|edge| edge.to))
    }

    /// For each of several sets, the components from which load runs to any of the set, the set included.
    pub(crate) fn reaching<'s>(&self, sets: impl IntoIterator<Item = &'s [ComponentId]>) -> Vec<FixedBitSet> {
        let mut callers = vec![Vec::new(); self.edges.len()];
        for (from, edges) in self.edges.iter().enumerate() {
            for edge in edges {
                callers[edge.to].push(from);
            }
        }
        let ahead = |set: &[ComponentId]| {
            reached(self.edges.len(), set.iter().map(|id| id.0), |to| callers[to].iter().copied())
        };
        sets.into_iter().map(ahead).collect()
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

/// What can be reached step by step, the start included.
fn reached<I: Iterator<Item = usize>>(
    size: usize,
    from: impl IntoIterator<Item = usize>,
    next: impl Fn(usize) -> I,
) -> FixedBitSet {
    let mut reached = FixedBitSet::with_capacity(size);
    let mut open: Vec<usize> = from.into_iter().collect();
    while let Some(component) = open.pop() {
        if !reached.put(component) {
            open.extend(next(component));
        }
    }
    reached
}

/// Every dependency outside of groups.
fn plain(design: &Design) -> impl Iterator<Item = (DependencyId, &Dependency)> {
    design.dependency_ids().map(|id| (id, design.dependency(id))).filter(|(_, edge)| edge.group.is_none())
}

/// Between which components load runs over a dependency, if any does while serving.
fn ends(edge: &Dependency) -> Option<(usize, usize)> {
    let (source, target) = (edge.source.0, edge.target.0);
    match edge.group {
        None if edge.phase != Phase::Run => None,
        None if edge.consumes => Some((target, source)),
        _ => Some((source, target)),
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

/// Flows that no dependency is restricted to use the same dependencies as traffic beside the flows.
fn merged(sources: &[Source], edges: &[Vec<LoadEdge>], shifts: &[Vec<Shift>]) -> Vec<Source> {
    let of_edges = edges.iter().flatten().filter_map(|edge| edge.flows.as_ref());
    let of_shifts = shifts.iter().flatten().filter_map(|shift| shift.flows.as_ref());
    let named: HashSet<FlowId> = of_edges.chain(of_shifts).flatten().copied().collect();
    let mut merged = Vec::new();
    let mut common = Vec::new();
    for source in sources {
        match source.flow.filter(|flow| named.contains(flow)) {
            Some(_) => merged.push(source.clone()),
            None => common.extend(source.entries.iter().cloned()),
        }
    }
    if !common.is_empty() {
        merged.push(Source { flow: None, entries: common });
    }
    merged
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
