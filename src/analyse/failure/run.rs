//! One scenario at a time: the least fixpoint, round by round.
//!
//! `F(x)(c)` is the worst of what events do to `c` by themselves, what the states of its targets and alternatives do
//! to it, and what load does to it. `F` is monotone on a finite lattice, so it has a least fixpoint (Knaster and
//! Tarski), which every fair order of evaluation reaches from all-up (Cousot 1977) after at most three rises per
//! component. The least one is the right one: two services that call each other are not down because they are down.
//!
//! Rounds are those of the synchronous iteration, so the recorded cause of each rise is the earliest one, ties in file
//! order, and following causes backwards gives a shortest explanation that does not depend on chance.

use super::State;
use super::cause::{Cause, Overload};
use super::compiled::{Affected, Compiled};
use super::effect::View;
use super::own_state::touched;
use crate::analyse::scenario::{Assume, Demand, Scenario};
use crate::graph::Graph;
use crate::model::{ComponentId, DependencyId, Design, FlowId, GroupId};

/// A component got worse.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rise {
    pub(crate) component: usize,
    pub(crate) round: usize,
    pub(crate) state: State,
    pub(crate) cause: Cause,
    /// The rise of the same component before this one.
    pub(crate) before: Option<usize>,
}

/// Working memory for scenarios over one design, used again and again.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    design: &'a Design,
    graph: &'a Graph,
    model: &'a Compiled,
    pub(crate) states: Vec<State>,
    pub(crate) rises: Vec<Rise>,
    /// The last rise of each component.
    pub(crate) last: Vec<Option<usize>>,
    /// What the round at hand will make of components, and why.
    next: Vec<Option<(State, Cause)>>,
    changed: Vec<usize>,
    /// Share of the copies that is left.
    shares: Vec<(usize, f64, Option<crate::analyse::event::Event>)>,
    path: Vec<bool>,
}

/// What a component is kept from by things the scenario does not say: blocked starts.
pub(crate) type Blocked = (usize, State, Cause);

impl<'a> Run<'a> {
    pub(crate) fn new(design: &'a Design, graph: &'a Graph, model: &'a Compiled) -> Self {
        let size = model.size();
        Self {
            design,
            graph,
            model,
            states: vec![State::Up; size],
            rises: Vec::new(),
            last: vec![None; size],
            next: vec![None; size],
            changed: Vec::new(),
            shares: Vec::new(),
            path: vec![false; size],
        }
    }

    /// Computes the states; they stay in `states` until the next call.
    pub(crate) fn run(&mut self, scenario: &Scenario, flow: Option<FlowId>, blocked: &[Blocked]) {
        for rise in self.rises.drain(..) {
            self.states[rise.component] = State::Up;
            self.last[rise.component] = None;
        }
        self.set_path(flow, true);
        self.first_round(scenario, blocked);
        let mut round = 1;
        while !self.changed.is_empty() {
            let from = self.rises.len();
            self.apply(round);
            let load_moved = self.rises[from..].iter().any(|rise| {
                let was_failing = rise.before.is_some_and(|before| self.rises[before].state.fails());
                rise.state.fails() && !was_failing && self.model.load.moves_load(rise.component)
            });
            self.spread(from, scenario, flow);
            if load_moved && !self.model.limited.is_empty() && self.model.load.has_demand() {
                let loads = self.model.load.loads(&self.states, scenario.demand, false);
                self.overloads(&loads);
            }
            round += 1;
        }
        self.set_path(flow, false);
    }

    fn set_path(&mut self, flow: Option<FlowId>, on: bool) {
        for component in flow.iter().flat_map(|flow| &self.design.flow(*flow).path) {
            self.path[component.0] = on;
        }
    }

    fn first_round(&mut self, scenario: &Scenario, blocked: &[Blocked]) {
        let Scenario { events, assume, demand, .. } = scenario;
        self.shares.clear();
        for id in touched(self.model.size(), &self.model.placements, &self.graph.domains, events, *assume) {
            let placement = &self.model.placements[id.0];
            let (state, event) = placement.own_state(id, events, *assume);
            if let Some(event) = event {
                self.propose(id.0, state, Cause::Event(event));
            }
            let (share, lost) = placement.share_left(id, events);
            if share < 1.0 {
                self.shares.push((id.0, share, lost));
            }
        }
        for (component, state, cause) in blocked {
            self.propose(*component, *state, *cause);
        }
        if self.model.limited.is_empty() || !self.model.load.has_demand() {
            return;
        }
        if *demand == Demand::Now {
            self.overloads(&self.model.calm);
        } else {
            let loads = self.model.load.loads(&self.states, *demand, false);
            self.overloads(&loads);
        }
    }

    /// Everything that hears of the rises since `from`.
    fn spread(&mut self, from: usize, scenario: &Scenario, flow: Option<FlowId>) {
        let model = self.model;
        for index in from..self.rises.len() {
            let Rise { component, state, .. } = self.rises[index];
            for affected in &model.affected[component] {
                let view = View { assume: scenario.assume, seconds: scenario.seconds, flow, path: &self.path };
                let (source, state, cause) = match *affected {
                    Affected::Edge(index) => {
                        let Some(edge) = model.edges[index].as_ref().filter(|edge| edge.is_active(&view)) else {
                            continue;
                        };
                        let effect = edge.effect(&self.states, &view);
                        (edge.source, effect, Cause::Dependency(DependencyId(index)))
                    }
                    Affected::Choice(index) => {
                        let choice = &model.choices[index];
                        (choice.source, choice.effect(&self.states, view.assume), Cause::Group(GroupId(index)))
                    }
                };
                self.propose(source, state, cause);
            }
            if scenario.assume == Assume::May && state.fails() {
                for store in &model.unlimited_behind[component] {
                    self.propose(*store, model.overloaded(*store), Cause::Uncached(ComponentId(component)));
                }
            }
        }
    }

    fn overloads(&mut self, loads: &[f64]) {
        let model = self.model;
        for component in &model.limited {
            let Some(limit) = model.limits[*component] else { continue };
            let (share, lost) = self.share(*component);
            let (load, capacity) = (loads[*component], limit * share);
            if Compiled::exceeds(load, capacity) {
                let cause = Cause::Overload(Overload { load, capacity, lost });
                self.propose(*component, model.overloaded(*component), cause);
            }
        }
    }

    fn share(&self, component: usize) -> (f64, Option<crate::analyse::event::Event>) {
        let at = self.shares.binary_search_by_key(&component, |share| share.0);
        at.map_or((1.0, None), |at| (self.shares[at].1, self.shares[at].2))
    }

    fn propose(&mut self, component: usize, state: State, cause: Cause) {
        if state <= self.states[component] {
            return;
        }
        match &mut self.next[component] {
            Some((known, because)) => {
                if state > *known || (state == *known && cause.rank() < because.rank()) {
                    (*known, *because) = (state, cause);
                }
            }
            empty => {
                *empty = Some((state, cause));
                self.changed.push(component);
            }
        }
    }

    /// Makes the proposals of a round true, all at once.
    fn apply(&mut self, round: usize) {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        for component in changed.drain(..) {
            let Some((state, cause)) = self.next[component].take() else { continue };
            self.states[component] = state;
            let before = self.last[component].replace(self.rises.len());
            self.rises.push(Rise { component, round, state, cause, before });
        }
        self.changed = changed;
    }
}
