//! Loads that follow failures: what a failure moves is computed again, everything else stays as it was.

use super::State;
use super::load::{LoadModel, Source};
use crate::analyse::scenario::Demand;
use fixedbitset::FixedBitSet;

/// Load by component while nothing fails.
#[derive(Clone, Debug)]
pub(super) struct Calm {
    levels: Vec<Level>,
    total: Vec<f64>,
}

/// Load from one source, by component.
#[derive(Clone, Debug)]
struct Level {
    /// What enters here.
    entering: Vec<f64>,
    /// What is passed on: load that arrives after a component had its turn goes no further.
    passed: Vec<f64>,
    all: Vec<f64>,
}

/// Something that brings load to a component.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inflow {
    from: u32,
    /// Position among the edges of `from`, or among its shifts.
    at: u32,
    is_shift: bool,
    /// It arrives after the component has passed on what it got.
    is_late: bool,
}

/// How load runs, seen from where it arrives.
#[derive(Clone, Debug)]
pub(super) struct Inflows {
    /// By component, in the order in which load arrives.
    of: Vec<Vec<Inflow>>,
    /// Position in the order in which load runs; `None` in and behind circles.
    position: Vec<Option<usize>>,
    /// By component: where its failure changes what arrives.
    moved_by: Vec<Vec<u32>>,
}

impl Inflows {
    pub(super) fn new(model: &LoadModel) -> Self {
        let size = model.edges.len();
        let mut position = vec![None; size];
        for (at, component) in model.order.iter().enumerate() {
            position[*component] = Some(at);
        }
        let mut of = vec![Vec::new(); size];
        let mut moved_by = vec![Vec::new(); size];
        let small = super::cause::small;
        for from in model.order.iter().copied() {
            for (at, edge) in model.edges[from].iter().enumerate() {
                of[edge.to].push(Inflow { from: small(from), at: small(at), is_shift: false, is_late: false });
                for (cache, _) in &edge.caches {
                    moved_by[*cache].push(small(edge.to));
                }
                for member in edge.group.iter().flat_map(|group| &model.groups[*group]) {
                    moved_by[*member].push(small(edge.to));
                }
            }
            for (at, shift) in model.shifts[from].iter().enumerate() {
                let is_late = position[shift.to].is_some_and(|to| Some(to) <= position[from]);
                of[shift.to].push(Inflow { from: small(from), at: small(at), is_shift: true, is_late });
                moved_by[shift.from].push(small(shift.to));
            }
        }
        for moved in &mut moved_by {
            moved.sort_unstable();
            moved.dedup();
        }
        Self { of, position, moved_by }
    }

    /// Position in the order in which load runs.
    pub(super) fn position(&self, component: usize) -> Option<usize> {
        self.position[component]
    }

    /// Where the failure of a component changes what arrives.
    pub(super) fn moved_by(&self, component: usize) -> impl Iterator<Item = usize> + '_ {
        self.moved_by[component].iter().map(|to| *to as usize)
    }

    /// Components from which load can run to any of these, themselves included.
    pub(super) fn upstream(&self, from: impl IntoIterator<Item = usize>) -> FixedBitSet {
        let mut reached = FixedBitSet::with_capacity(self.of.len());
        let mut open: Vec<usize> = from.into_iter().collect();
        while let Some(component) = open.pop() {
            if !reached.put(component) {
                open.extend(self.of[component].iter().map(|inflow| inflow.from as usize));
            }
        }
        reached
    }
}

/// Loads under states that change.
#[derive(Debug)]
pub(super) struct Tide<'a> {
    model: &'a LoadModel,
    calm: &'a Calm,
    amplified: bool,
    levels: Vec<Level>,
    total: Vec<f64>,
    /// Positions to be computed again.
    dirty: FixedBitSet,
    /// Components that differ from the calm, each once.
    touched: Vec<usize>,
    is_touched: FixedBitSet,
    /// Components whose load the last change changed.
    changed: Vec<usize>,
}

impl Calm {
    pub(super) fn new(model: &LoadModel, demand: Demand, amplified: bool) -> Self {
        let states = vec![State::Up; model.edges.len()];
        let levels: Vec<Level> = model
            .merged
            .iter()
            .map(|source| {
                let entering = source.entering(model.edges.len(), demand);
                let mut level = Level { passed: entering.clone(), all: entering.clone(), entering };
                // While all is well nothing arrives late.
                for to in model.order.iter().copied() {
                    (level.passed[to], level.all[to]) = pull(model, source, &level, to, &states, amplified);
                }
                for to in (0..model.edges.len()).filter(|to| model.inflows().position[*to].is_none()) {
                    (level.passed[to], level.all[to]) = pull(model, source, &level, to, &states, amplified);
                }
                level
            })
            .collect();
        let total = (0..model.edges.len()).map(|at| levels.iter().map(|level| level.all[at]).sum()).collect();
        Self { levels, total }
    }
}

impl<'a> Tide<'a> {
    pub(super) fn new(model: &'a LoadModel, calm: &'a Calm, amplified: bool) -> Self {
        let size = model.edges.len();
        Self {
            model,
            calm,
            amplified,
            levels: calm.levels.clone(),
            total: calm.total.clone(),
            dirty: FixedBitSet::with_capacity(size),
            touched: Vec::new(),
            is_touched: FixedBitSet::with_capacity(size),
            changed: Vec::new(),
        }
    }

    pub(super) fn total(&self, component: usize) -> f64 {
        self.total[component]
    }

    /// Back to where nothing fails.
    pub(super) fn reset(&mut self) {
        for component in self.touched.drain(..) {
            for (level, calm) in self.levels.iter_mut().zip(&self.calm.levels) {
                level.passed[component] = calm.passed[component];
                level.all[component] = calm.all[component];
            }
            self.total[component] = self.calm.total[component];
            self.is_touched.remove(component);
        }
    }

    /// Some components started or ceased to fail. Returns the components whose load changes with that, in no order.
    pub(super) fn follow(&mut self, changed: impl Iterator<Item = usize>, states: &[State]) -> &[usize] {
        let model = self.model;
        let inflows = model.inflows();
        let mut starts: Vec<usize> = changed.flat_map(|component| inflows.moved_by(component)).collect();
        starts.sort_unstable();
        starts.dedup();
        self.changed.clear();
        for source in 0..self.levels.len() {
            let mut last = Vec::new();
            self.dirty.clear();
            let mut first = usize::MAX;
            for to in &starts {
                match inflows.position[*to] {
                    Some(position) => {
                        self.dirty.insert(position);
                        first = first.min(position);
                    }
                    None => last.push(*to),
                }
            }
            let mut at = first;
            while let Some(position) = next(&self.dirty, at) {
                at = position + 1;
                let component = model.order[position];
                if self.pull(source, component, states) {
                    let uses = |flows| model.merged[source].uses(flows);
                    let edges = model.edges[component].iter().filter(|edge| uses(edge.flows.as_ref()));
                    let shifts = model.shifts[component].iter().filter(|shift| states[shift.from].fails());
                    for to in edges.map(|edge| edge.to).chain(shifts.map(|shift| shift.to)) {
                        match inflows.position[to] {
                            Some(later) if later > position => self.dirty.insert(later),
                            _ => last.push(to),
                        }
                    }
                }
            }
            for component in last {
                self.pull(source, component, states);
            }
        }
        self.changed.sort_unstable();
        self.changed.dedup();
        for component in &self.changed {
            self.total[*component] = self.levels.iter().map(|level| level.all[*component]).sum();
        }
        &self.changed
    }

    /// Computes what arrives at a component; whether it passes on something else than before.
    fn pull(&mut self, source: usize, component: usize, states: &[State]) -> bool {
        let level = &self.levels[source];
        let (passed, all) = pull(self.model, &self.model.merged[source], level, component, states, self.amplified);
        let same = |one: f64, other: f64| one.to_bits() == other.to_bits();
        let level = &mut self.levels[source];
        let (passes, changes) = (!same(level.passed[component], passed), !same(level.all[component], all));
        if passes || changes {
            level.passed[component] = passed;
            level.all[component] = all;
            if !self.is_touched.put(component) {
                self.touched.push(component);
            }
        }
        if changes {
            self.changed.push(component);
        }
        passes
    }
}

/// What a component passes on, and all that arrives there.
fn pull(
    model: &LoadModel,
    source: &Source,
    level: &Level,
    component: usize,
    states: &[State],
    amplified: bool,
) -> (f64, f64) {
    let mut all = level.entering[component];
    let mut passed = None;
    for inflow in &model.inflows().of[component] {
        let (from, at) = (inflow.from as usize, inflow.at as usize);
        if inflow.is_late {
            passed.get_or_insert(all);
        }
        let load = level.passed[from];
        if load == 0.0 {
            continue;
        }
        if inflow.is_shift {
            let shift = &model.shifts[from][at];
            if states[shift.from].fails() && source.uses(shift.flows.as_ref()) {
                all += load * shift.calls;
            }
        } else {
            let edge = &model.edges[from][at];
            if source.uses(edge.flows.as_ref()) {
                all += model.over(edge, load, states, amplified);
            }
        }
    }
    (passed.unwrap_or(all), all)
}

/// The first member of a set from `at` on.
fn next(set: &FixedBitSet, at: usize) -> Option<usize> {
    const BITS: usize = usize::BITS as usize;
    let blocks = set.as_slice();
    let mut index = at / BITS;
    let mut block = *blocks.get(index)? & (usize::MAX << (at % BITS));
    while block == 0 {
        index += 1;
        block = *blocks.get(index)?;
    }
    Some(index * BITS + block.trailing_zeros() as usize)
}
