//! The smallest sets of events that together fail a flow.
//!
//! Failures are monotone (more events never help), so a system is coherent and its minimal cut sets say everything.
//! Sets are found by trying them in order of size; a set that holds a smaller cut is skipped.

use super::event::Event;
use super::failure::{FailureModel, Outcome, Run, State};
use super::scenario::{Assume, Scenario};
use crate::model::FlowId;
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
        let mut search = Search::new(self, flow, query);
        let mut candidates = Vec::new();
        for (index, event) in query.events.iter().enumerate() {
            if search.found.runs >= query.budget {
                search.found.truncated = true;
                return search.found;
            }
            search.found.runs += 1;
            if search.fails(&[index]) {
                search.found.sets.push(vec![*event]);
            } else if search.can_combine(*event) {
                candidates.push(index);
            }
        }
        search.found.complete_order = query.order.min(1);
        for size in 2..=query.order {
            if !search.combine(&candidates, size) {
                search.found.truncated = true;
                return search.found;
            }
            search.found.complete_order = size;
        }
        search.found
    }
}

struct Search<'a, 'q> {
    failure: FailureModel<'a>,
    flow: FlowId,
    query: &'q CutSetQuery,
    run: Run<'a>,
    /// Inputs of everything that is not a plain "one is enough to fail": alternatives, fallbacks, load.
    redundancy: Vec<bool>,
    known: HashSet<Vec<usize>>,
    found: CutSets,
}

impl<'a, 'q> Search<'a, 'q> {
    fn new(failure: FailureModel<'a>, flow: FlowId, query: &'q CutSetQuery) -> Self {
        let redundancy = failure.compiled().redundancy();
        let (run, known, found) = (failure.runner(), HashSet::new(), CutSets::default());
        Self { failure, flow, query, run, redundancy, known, found }
    }

    fn fails(&mut self, set: &[usize]) -> bool {
        let events = set.iter().map(|index| self.query.events[*index]);
        let scenario = Scenario::new(events).assuming(self.query.assume).lasting(self.query.seconds);
        self.run.run(&scenario, Some(self.flow), &[]);
        self.failure.outcome(self.flow, &self.run.states, &scenario) == Outcome::Failed
    }

    /// Whether the event just computed can be part of a larger minimal cut.
    ///
    /// Outside of redundancy, effects join: each target fails its source by itself. So an event that reaches no
    /// redundancy by itself adds to every scenario just what it does alone, and a set that fails the flow with it fails
    /// the flow without it.
    fn can_combine(&self, event: Event) -> bool {
        let reached = self.run.states.iter().zip(&self.redundancy);
        reached.into_iter().any(|(state, redundancy)| *state > State::Up && *redundancy)
            || self.failure.compiled().adds_up(event, self.failure.graph())
    }

    /// Tries every set of that size; `false` when the budget ran out.
    fn combine(&mut self, candidates: &[usize], size: usize) -> bool {
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
                if self.fails(&set) {
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
