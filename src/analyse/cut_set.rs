//! The smallest sets of events that together fail a flow.
//!
//! Failures are monotone (more events never help), so a system is coherent and its minimal cut sets say everything.
//! Sets are found by trying them in order of size; a set that holds a smaller cut is skipped. Where all that can be part
//! of a larger cut happens at once and the flow works, no part of it has to be tried.

use super::event::Event;
use super::failure::{FailureModel, Outcome, Run, State};
use super::scenario::{Assume, Scenario};
use crate::model::FlowId;
use rayon::prelude::*;
use std::collections::HashSet;

/// What to look for.
#[derive(Clone, PartialEq, Debug)]
pub struct CutSetQuery {
    /// The events sets are made of.
    pub events: Vec<Event>,
    /// The largest sets looked for.
    pub order: usize,
    pub assume: Assume,
    pub seconds: f64,
    /// Scenarios computed at the most.
    pub budget: usize,
}

impl CutSetQuery {
    pub const BUDGET: usize = 20_000;

    /// Stops, zones, regions and vendors; sets of up to `order`.
    pub fn new(failure: FailureModel<'_>, order: usize) -> Self {
        let basic = |event: &Event| !matches!(event, Event::Hang(_) | Event::Instance(_));
        Self {
            events: failure.events().into_iter().filter(basic).collect(),
            order,
            assume: Assume::Must,
            seconds: Scenario::DEFAULT_SECONDS,
            budget: Self::BUDGET,
        }
    }
}

/// Minimal cut sets of a flow.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CutSets {
    /// Smallest first, then in the order of the events asked for.
    pub sets: Vec<Vec<Event>>,
    /// The budget ran out: sets larger than `complete_order` may be missing.
    pub truncated: bool,
    /// Every cut set up to this size is listed.
    pub complete_order: usize,
    /// Scenarios that were computed.
    pub runs: usize,
}

impl FailureModel<'_> {
    /// The minimal sets of events that fail a flow.
    pub fn cut_sets(self, flow: FlowId, query: &CutSetQuery) -> CutSets {
        self.cut_sets_of_class(&[flow], query).pop().expect("one answer per flow")
    }

    /// The same for several flows of one class: what single events do is the same for all of them.
    pub(crate) fn cut_sets_of_class(self, flows: &[FlowId], query: &CutSetQuery) -> Vec<CutSets> {
        let class = flows.first().map(|flow| self.compiled().class(*flow));
        let redundancy = self.compiled().redundancy();
        let mut run = self.runner();
        let mut searches: Vec<Search> = flows.iter().map(|flow| Search::new(self, *flow, query)).collect();
        for (index, event) in query.events.iter().enumerate() {
            if index >= query.budget {
                for search in &mut searches {
                    search.found.truncated = true;
                }
                return searches.into_iter().map(|search| search.found).collect();
            }
            let scenario = query.scenario(&[index]);
            run.run(&scenario, class, &[]);
            let combines = can_combine(self, *event, &run.states, &redundancy);
            for search in &mut searches {
                search.take_single(index, &run.states, &scenario, combines);
            }
        }
        searches.into_par_iter().map_init(|| self.runner(), |run, search| search.finish(run)).collect()
    }
}

impl CutSetQuery {
    fn scenario(&self, set: &[usize]) -> Scenario {
        let events = set.iter().map(|index| self.events[*index]);
        Scenario::new(events).assuming(self.assume).lasting(self.seconds)
    }
}

/// Whether an event that makes these states can be part of a larger minimal cut.
///
/// Outside of redundancy, failures join: each target fails its source by itself. So an event that fails no redundancy
/// by itself adds to every scenario just what it does alone, and a set that fails the flow with it fails the flow
/// without it. What is merely degraded makes nothing fail.
///
/// `redundancy` are the inputs of everything that is not a plain "one is enough to fail": alternatives, fallbacks, load.
fn can_combine(failure: FailureModel<'_>, event: Event, states: &[State], redundancy: &[bool]) -> bool {
    let reached = states.iter().zip(redundancy).any(|(state, redundancy)| state.fails() && *redundancy);
    reached || failure.compiled().adds_up(event, failure.graph())
}

struct Search<'a, 'q> {
    failure: FailureModel<'a>,
    flow: FlowId,
    query: &'q CutSetQuery,
    /// Events that can be part of a larger cut.
    candidates: Vec<usize>,
    known: HashSet<Vec<usize>>,
    found: CutSets,
}

impl<'a, 'q> Search<'a, 'q> {
    fn new(failure: FailureModel<'a>, flow: FlowId, query: &'q CutSetQuery) -> Self {
        let (candidates, known, found) = (Vec::new(), HashSet::new(), CutSets::default());
        Self { failure, flow, query, candidates, known, found }
    }

    fn take_single(&mut self, index: usize, states: &[State], scenario: &Scenario, combines: bool) {
        self.found.runs += 1;
        if self.failure.outcome(self.flow, states, scenario) == Outcome::Failed {
            self.found.sets.push(vec![self.query.events[index]]);
        } else if combines {
            self.candidates.push(index);
        }
    }

    /// Everything larger than single events.
    fn finish(mut self, run: &mut Run<'a>) -> CutSets {
        self.found.complete_order = self.query.order.min(1);
        let all = std::mem::take(&mut self.candidates);
        // Of two there is nothing to be saved.
        if all.len() > 2 && self.query.order > 1 && self.found.runs < self.query.budget {
            self.found.runs += 1;
            if !self.fails(&all, run) {
                self.found.complete_order = self.query.order;
                return self.found;
            }
        }
        for size in 2..=self.query.order {
            if !self.combine(&all, size, run) {
                self.found.truncated = true;
                return self.found;
            }
            self.found.complete_order = size;
        }
        self.found
    }

    fn fails(&self, set: &[usize], run: &mut Run<'a>) -> bool {
        let scenario = self.query.scenario(set);
        run.run(&scenario, Some(self.flow), &[]);
        self.failure.outcome(self.flow, &run.states, &scenario) == Outcome::Failed
    }

    /// Tries every set of that size; `false` when the budget ran out.
    fn combine(&mut self, candidates: &[usize], size: usize, run: &mut Run<'a>) -> bool {
        if candidates.len() < size {
            return true;
        }
        let mut at: Vec<usize> = (0..size).collect();
        loop {
            let set: Vec<usize> = at.iter().map(|index| candidates[*index]).collect();
            if !self.holds_known(&set) {
                if self.found.runs >= self.query.budget {
                    return false;
                }
                self.found.runs += 1;
                if self.fails(&set, run) {
                    self.found.sets.push(set.iter().map(|index| self.query.events[*index]).collect());
                    self.known.insert(set);
                }
            }
            let Some(last) = (0..size).rev().find(|index| at[*index] < candidates.len() - size + index) else {
                return true;
            };
            at[last] += 1;
            for index in last + 1..size {
                at[index] = at[index - 1] + 1;
            }
        }
    }

    /// A smaller cut is part of the set; single events are no longer among the candidates.
    fn holds_known(&self, set: &[usize]) -> bool {
        // Subsets of two or more members, as bit masks.
        (1_usize..(1 << set.len()) - 1).filter(|mask| mask.count_ones() >= 2).any(|mask| {
            let part: Vec<usize> =
                set.iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0).map(|(_, index)| *index).collect();
            self.known.contains(&part)
        })
    }
}
