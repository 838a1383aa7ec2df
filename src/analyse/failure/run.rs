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
use super::cause::{Cause, Overload, Reason, small};
use super::compiled::Compiled;
use super::effect::{View, blocked};
use super::impact::Impact;
use super::own_state::touched;
use super::tide::Tide;
use crate::analyse::event::Event;
use crate::analyse::scenario::{Assume, Demand, Scenario};
use crate::graph::Graph;
use crate::model::{ComponentId, DependencyId, Design, FlowId};

/// A component got worse.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rise {
    pub(crate) component: u32,
    pub(crate) round: u32,
    /// The rise of the same component before this one, counted from 1; 0 when it is the first.
    pub(crate) before: u32,
    pub(crate) reason: Reason,
    pub(crate) state: State,
}

/// Everything that got worse in one scenario, in the order in which it happened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rises {
    pub(crate) all: Vec<Rise>,
    /// The last rise of each component, counted from 1; 0 when there is none.
    last: Vec<u32>,
    overloads: Vec<Overload>,
}

impl Rises {
    pub(crate) fn get(&self, rise: usize) -> &Rise {
        &self.all[rise]
    }

    pub(crate) fn last(&self, component: usize) -> Option<usize> {
        (self.last[component] as usize).checked_sub(1)
    }

    /// The last rise of a component in a round before `round`.
    pub(crate) fn before(&self, component: usize, round: u32) -> Option<usize> {
        let mut rise = self.last(component);
        while let Some(index) = rise.filter(|index| self.all[*index].round >= round) {
            rise = (self.all[index].before as usize).checked_sub(1);
        }
        rise
    }

    pub(crate) fn cause(&self, rise: usize, events: &[Event]) -> Cause {
        self.all[rise].reason.cause(events, &self.overloads)
    }
}

/// Working memory for scenarios over one design, used again and again.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    design: &'a Design,
    graph: &'a Graph,
    model: &'a Compiled,
    pub(crate) states: Vec<State>,
    pub(crate) rises: Rises,
    /// What the round at hand will make of components, and why.
    next: Vec<Option<(State, Reason)>>,
    changed: Vec<usize>,
    /// Share of the copies that is left.
    shares: Vec<(usize, f64, Option<Event>)>,
    path: Vec<bool>,
    /// How often something got worse or was looked at in all runs together: what they cost.
    pub(crate) work: usize,
    /// Today's loads as failures move them; nothing until something moves any.
    tide: Option<Tide<'a>>,
}

/// What the events of a scenario do to a component by themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loss {
    pub(crate) component: usize,
    state: State,
    /// Which event of the scenario does it.
    event: Option<usize>,
    /// Share of the copies that is left.
    share: f64,
    lost: Option<Event>,
}

/// A component that is kept down by something the scenario does not say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocked {
    pub(crate) component: usize,
    pub(crate) state: State,
    pub(crate) blocker: Blocker,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Blocker {
    Start(DependencyId),
    ColdCache(ComponentId),
    Uncached(ComponentId),
    RetryStorm(Overload),
}

impl<'a> Run<'a> {
    pub(crate) fn new(design: &'a Design, graph: &'a Graph, model: &'a Compiled) -> Self {
        let size = model.size();
        Self {
            design,
            graph,
            model,
            states: vec![State::Up; size],
            rises: Rises { last: vec![0; size], ..Rises::default() },
            next: vec![None; size],
            changed: Vec::new(),
            shares: Vec::new(),
            path: vec![false; size],
            work: 0,
            tide: None,
        }
    }

    /// The outcome of the scenario that was run last.
    pub(super) fn into_impact(self, scenario: &Scenario, flow: Option<FlowId>) -> Impact {
        Impact { scenario: scenario.clone(), flow, states: self.states, rises: self.rises }
    }

    /// Components that are not up after the last run, in file order.
    pub(crate) fn risen(&self) -> impl Iterator<Item = (usize, State)> + '_ {
        let mut risen: Vec<usize> = self.rises.all.iter().map(|rise| rise.component as usize).collect();
        risen.sort_unstable();
        risen.dedup();
        risen.into_iter().map(|component| (component, self.states[component]))
    }

    /// As [`Run::run`], with everything that is known about the outcome.
    pub(crate) fn impact(&mut self, scenario: &Scenario, flow: Option<FlowId>) -> Impact {
        self.run(scenario, flow, &[]);
        self.outcome(scenario, flow)
    }

    /// The outcome of the scenario that was run last, which stays.
    pub(crate) fn outcome(&self, scenario: &Scenario, flow: Option<FlowId>) -> Impact {
        Impact { scenario: scenario.clone(), flow, states: self.states.clone(), rises: self.rises.clone() }
    }

    /// Computes the states; they stay in `states` until the next call.
    pub(crate) fn run(&mut self, scenario: &Scenario, flow: Option<FlowId>, kept_down: &[Blocked]) {
        let losses = self.losses(scenario);
        self.run_from(&losses, scenario, flow, kept_down);
    }

    /// What the events of a scenario do by themselves, in file order of components.
    pub(crate) fn losses(&self, scenario: &Scenario) -> Vec<Loss> {
        let Compiled { placements, .. } = self.model;
        let touched = touched(self.model.size(), placements, &self.graph.domains, &scenario.events, scenario.assume);
        touched.into_iter().map(|id| self.loss(id, scenario)).collect()
    }

    /// What the events of a scenario do to one component by themselves.
    pub(crate) fn loss(&self, id: ComponentId, scenario: &Scenario) -> Loss {
        let Scenario { events, assume, .. } = scenario;
        let placement = &self.model.placements[id.0];
        let (state, event) = placement.own_state(id, events, *assume);
        let (share, lost) = placement.share_left(id, events);
        let event = event.and_then(|event| events.iter().position(|other| *other == event));
        Loss { component: id.0, state, event, share, lost }
    }

    /// As [`Run::run`], with the losses of the scenario known.
    pub(crate) fn run_from(
        &mut self,
        losses: &[Loss],
        scenario: &Scenario,
        flow: Option<FlowId>,
        kept_down: &[Blocked],
    ) {
        for rise in self.rises.all.drain(..) {
            self.states[rise.component as usize] = State::Up;
            self.rises.last[rise.component as usize] = 0;
        }
        self.rises.overloads.clear();
        self.set_path(flow, true);
        self.first_round(losses, scenario, kept_down);
        if let Some(tide) = &mut self.tide {
            tide.reset();
        }
        let mut round = 1;
        while !self.changed.is_empty() {
            let from = self.rises.all.len();
            self.apply(round);
            self.spread(from, scenario, flow);
            self.move_load(from, scenario);
            round += 1;
        }
        self.set_path(flow, false);
    }

    /// Overloads by what the rises since `from` move.
    fn move_load(&mut self, from: usize, scenario: &Scenario) {
        let model = self.model;
        if !model.is_coupled() {
            return;
        }
        // With all its copies, a component that holds whatever fails need not be looked at.
        let matters = if self.shares.is_empty() && scenario.demand == Demand::Now {
            &model.coupling().movers
        } else {
            model.load.movers()
        };
        let rises = &self.rises.all;
        let starts_to_fail = rises[from..].iter().filter(|rise| {
            let before = (rise.before as usize).checked_sub(1).map(|before| rises[before].state);
            rise.state.fails() && !before.is_some_and(State::fails)
        });
        let mut moving = starts_to_fail
            .map(|rise| rise.component as usize)
            .filter(|component| matters.contains(*component))
            .peekable();
        if moving.peek().is_none() {
            return;
        }
        if scenario.demand != Demand::Now {
            drop(moving);
            let loads = model.load.loads(&self.states, scenario.demand, false);
            for component in &model.limited {
                self.overload(*component, loads[*component]);
            }
            return;
        }
        let tide = self.tide.get_or_insert_with(|| model.tide(false));
        let changed: Vec<(usize, f64)> = {
            let changed = tide.follow(moving, &self.states).to_vec();
            changed.into_iter().map(|component| (component, tide.total(component))).collect()
        };
        for (component, load) in changed {
            self.overload(component, load);
        }
    }

    fn set_path(&mut self, flow: Option<FlowId>, on: bool) {
        for component in flow.iter().flat_map(|flow| &self.design.flow(*flow).path) {
            self.path[component.0] = on;
        }
    }

    fn first_round(&mut self, losses: &[Loss], scenario: &Scenario, kept_down: &[Blocked]) {
        let demand = &scenario.demand;
        self.shares.clear();
        self.work += losses.len();
        for loss in losses {
            if let Some(event) = loss.event {
                self.propose(loss.component, loss.state, Reason::Event(small(event)));
            }
            if loss.share < 1.0 {
                self.shares.push((loss.component, loss.share, loss.lost));
            }
        }
        for Blocked { component, state, blocker } in kept_down {
            let reason = match *blocker {
                Blocker::Start(id) => Reason::Start(small(id.0)),
                Blocker::ColdCache(id) => Reason::ColdCache(small(id.0)),
                Blocker::Uncached(id) => Reason::Uncached(small(id.0)),
                Blocker::RetryStorm(overload) => Reason::RetryStorm(self.record(overload)),
            };
            self.propose(*component, *state, reason);
        }
        let model = self.model;
        if !model.is_coupled() {
            return;
        }
        if *demand == Demand::Now {
            let mut strained: Vec<usize> = self.shares.iter().map(|(component, ..)| *component).collect();
            strained.extend(&model.drowned);
            strained.sort_unstable();
            strained.dedup();
            for component in strained {
                self.overload(component, model.calm[component]);
            }
        } else {
            let loads = model.load.loads(&self.states, *demand, false);
            for component in &model.limited {
                self.overload(*component, loads[*component]);
            }
        }
    }

    /// Everything that hears of the rises since `from`.
    ///
    /// No effect is worse than the state that causes it, so whoever is as bad already need not be looked at.
    fn spread(&mut self, from: usize, scenario: &Scenario, flow: Option<FlowId>) {
        let model = self.model;
        for index in from..self.rises.all.len() {
            let Rise { component, state, .. } = self.rises.all[index];
            let hearers = model.hearers(component as usize);
            self.work += 1 + hearers.len();
            for hearer in hearers {
                let source = hearer.source as usize;
                if self.states[source] >= state || !self.could_rise(source, state, hearer.reason) {
                    continue;
                }
                if let Some(hangs) = hearer.plain {
                    self.propose(source, blocked(state, hangs, scenario.assume), hearer.reason);
                    continue;
                }
                let view = View { assume: scenario.assume, seconds: scenario.seconds, flow, path: &self.path };
                let effect = match hearer.reason {
                    Reason::Group(group) => model.choices[group as usize].effect(&self.states, view.assume),
                    Reason::Dependency(edge) => match &model.edges[edge as usize] {
                        Some(edge) if edge.is_active(&view) => edge.effect(&self.states, &view),
                        _ => continue,
                    },
                    _ => continue,
                };
                self.propose(source, effect, hearer.reason);
            }
            if scenario.assume == Assume::May && state.fails() {
                for store in &model.unlimited_behind[component as usize] {
                    self.propose(*store, model.overloaded(*store), Reason::Uncached(component));
                }
            }
        }
    }

    /// A state for that reason would change what the round makes of the component.
    fn could_rise(&self, component: usize, state: State, reason: Reason) -> bool {
        self.next[component].is_none_or(|(known, because)| state > known || (state == known && reason < because))
    }

    fn overload(&mut self, component: usize, load: f64) {
        let model = self.model;
        let Some(limit) = model.limits[component] else { return };
        let (share, lost) = self.share(component);
        let capacity = limit * share;
        if Compiled::exceeds(load, capacity) && self.states[component] < model.overloaded(component) {
            let reason = Reason::Overload(self.record(Overload { load, capacity, lost }));
            self.propose(component, model.overloaded(component), reason);
        }
    }

    fn record(&mut self, overload: Overload) -> u32 {
        self.rises.overloads.push(overload);
        small(self.rises.overloads.len() - 1)
    }

    fn share(&self, component: usize) -> (f64, Option<Event>) {
        let at = self.shares.binary_search_by_key(&component, |share| share.0);
        at.map_or((1.0, None), |at| (self.shares[at].1, self.shares[at].2))
    }

    fn propose(&mut self, component: usize, state: State, reason: Reason) {
        if state <= self.states[component] || !self.could_rise(component, state, reason) {
            return;
        }
        if self.next[component].replace((state, reason)).is_none() {
            self.changed.push(component);
        }
    }

    /// Makes the proposals of a round true, all at once.
    fn apply(&mut self, round: u32) {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        for component in changed.drain(..) {
            let Some((state, reason)) = self.next[component].take() else { continue };
            self.states[component] = state;
            let this = small(self.rises.all.len() + 1);
            let before = std::mem::replace(&mut self.rises.last[component], this);
            self.rises.all.push(Rise { component: small(component), round, before, reason, state });
        }
        self.changed = changed;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Analysis, Assume, Scenario};
    use crate::analyse::cut_set::CutSetQuery;
    use crate::model::{FlowId, link};
    use crate::parse::{Limits, parse};
    use crate::read::native;
    use crate::sources::Sources;

    /// Twelve layers of four services, each of which uses all of the next layer: four million ways lead through it.
    fn layers() -> Analysis {
        let uses = |layer: usize| (0..4).map(|to| format!("s{layer}x{to}")).collect::<Vec<_>>().join(", ");
        let service = |layer: usize, at: usize| match layer {
            11 => format!("  s{layer}x{at}: {{kind: database}}\n"),
            _ => format!("  s{layer}x{at}: {{uses: [{}]}}\n", uses(layer + 1)),
        };
        let services = (0..48).map(|index| service(index / 4, index % 4)).collect::<String>();
        let text = format!("components:\n{services}flows: {{f: {{path: [s0x0], rate: 10rps}}}}\n");
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "a.arch.yaml", text.as_bytes(), &Limits::default());
        Analysis::new(link(native::read(&parsed, &sources).0).design)
    }

    #[test]
    fn the_number_of_ways_through_layers_costs_nothing() {
        let analysis = layers();
        let failure = analysis.failure();
        let most = 3 * (analysis.design.components.len() + analysis.design.dependencies.len());
        for assume in [Assume::Must, Assume::May] {
            for event in failure.events() {
                let mut run = failure.runner();
                run.run(&Scenario::from(event).assuming(assume), Some(FlowId(0)), &[]);
                assert!(run.work <= most, "{event:?} {assume:?}: {}", run.work);
            }
        }
        // The first service and everything behind its layer are cuts by themselves; nothing else can be part of one.
        let cuts = failure.cut_sets(FlowId(0), &CutSetQuery::new(failure, 3));
        assert_eq!((cuts.sets.len(), cuts.runs, cuts.truncated), (45, 48, false));
    }
}
