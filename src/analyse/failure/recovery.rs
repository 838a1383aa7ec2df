//! Does it come back by itself when the cause is repaired, and does it start from nothing.
//!
//! Where impact is a least fixpoint, recovery is a greatest one: a component that was down stays down only if something
//! that is down, too, keeps it there. Let `x` be the states of the outage. A component that was failing is blocked
//! while something it needs to start fails (declared `phase: start`, or the store a cold cache fills from), or while
//! the load of its callers with all their retries is more than it can serve. `R(y) = y ⊓ lfp(blocked by y, run-time
//! effects, no events)` only ever lowers `y`, so it reaches its greatest fixpoint below `x` in at most three steps per
//! component. What still fails there is structural metastability: the trigger is gone and the outage stays (Bronson et
//! al., `HotOS` 2021; Huang et al., OSDI 2022). Calls that two services make to each other at run time are resolved by the
//! inner least fixpoint, so they never count as a deadlock.

use super::cause::{Cause, Overload};
use super::compiled::Compiled;
use super::run::{Blocked, Blocker, Rises, Run};
use super::tide::Tide;
use super::witness::Step;
use super::{FailureModel, Impact, State};
use crate::analyse::scenario::{Assume, Demand, Scenario};
use crate::model::{ComponentId, FlowId};

/// What is left of an outage when its cause is repaired.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Components that do not come back, in file order.
    pub stuck: Vec<ComponentId>,
    /// All states after everything that could recover has done so.
    pub states: Vec<State>,
    rises: Rises,
}

impl Recovery {
    /// Everything comes back.
    pub fn is_complete(&self) -> bool {
        self.stuck.is_empty()
    }

    /// What keeps a component down: the way from it to the circle of causes that holds itself up, then once around.
    /// Each step is kept down by the next one; the last is kept down by the step at the returned position, or by
    /// nothing but its callers' retries.
    pub fn sustained_by(&self, failure: FailureModel<'_>, component: ComponentId) -> Sustained {
        let mut steps: Vec<Step> = Vec::new();
        let mut at = Some(component.0);
        while let Some(component) = at {
            if let Some(start) = steps.iter().position(|step| step.component.0 == component) {
                return Sustained { steps, circle: Some(start) };
            }
            let Some(index) = self.rises.last(component) else { break };
            let cause = self.rises.cause(index, &[]);
            steps.push(Step { component: ComponentId(component), state: self.rises.get(index).state, cause });
            at = self.held_by(failure, component, cause);
        }
        Sustained { steps, circle: None }
    }

    fn held_by(&self, failure: FailureModel<'_>, component: usize, cause: Cause) -> Option<usize> {
        let failing = |component: &usize| self.states[*component].fails();
        match cause {
            Cause::Start(id) => Some(failure.design().dependency(id).target.0),
            Cause::ColdCache(id) | Cause::Uncached(id) => Some(id.0),
            Cause::Dependency(id) => Some(failure.design().dependency(id).target.0).filter(failing),
            Cause::Group(id) => {
                failure.compiled().choices[id.0].members.iter().map(|(member, _)| *member).find(failing)
            }
            Cause::Overload(_) | Cause::RetryStorm(_) => {
                let load = &failure.compiled().load;
                let inflows = load.inflows();
                let upstream = inflows.upstream([component]);
                let mut states = self.states.clone();
                let of = |states: &[State]| load.loads(states, Demand::Now, false)[component];
                let full = of(&states);
                let counts = |mover: &usize| {
                    *mover != component
                        && load.moves_load(*mover)
                        && inflows.moved_by(*mover).any(|to| upstream.contains(to))
                };
                (0..self.states.len()).filter(failing).filter(counts).find(|mover| {
                    let state = std::mem::take(&mut states[*mover]);
                    let less = of(&states) < full;
                    states[*mover] = state;
                    less
                })
            }
            Cause::Event(_) => None,
        }
    }
}

/// Why something stays down.
#[derive(Clone, PartialEq, Debug)]
pub struct Sustained {
    pub steps: Vec<Step>,
    /// Where the circle starts; `None` when the last step needs nothing but its callers' retries to stay down.
    pub circle: Option<usize>,
}

/// What is left of `impact` when its events are over.
pub(super) fn recovery(failure: FailureModel<'_>, impact: &Impact) -> Recovery {
    let Scenario { assume, demand, .. } = impact.scenario;
    Recoveries::new(failure).recover(&impact.states, assume, demand, impact.flow, true)
}

/// What cannot start when everything but other people's systems is down: a bootstrap deadlock.
pub(super) fn black_start(failure: FailureModel<'_>, assume: Assume) -> Recovery {
    let components = &failure.design().components;
    let down: Vec<State> = components
        .iter()
        .map(|component| if super::compiled::is_outside(component.kind) { State::Up } else { State::Down })
        .collect();
    Recoveries::new(failure).recover(&down, assume, Demand::Now, None, false)
}

/// Working memory for recoveries over one design, used again and again.
#[derive(Debug)]
pub(crate) struct Recoveries<'a> {
    model: &'a Compiled,
    pub(crate) run: Run<'a>,
    /// Today's loads with every retry.
    storm: Option<Tide<'a>>,
}

impl<'a> Recoveries<'a> {
    pub(crate) fn new(failure: FailureModel<'a>) -> Self {
        Self { model: failure.compiled(), run: failure.runner(), storm: None }
    }

    /// What is left of an outage under today's load, with the unsaid at its best.
    pub(crate) fn after(&mut self, outage: &[State]) -> Recovery {
        self.recover(outage, Assume::Must, Demand::Now, None, true)
    }

    /// What of these states of an outage does not come back, in file order.
    pub(crate) fn stuck(&mut self, outage: &[State], scenario: &Scenario) -> Vec<ComponentId> {
        self.recover(outage, scenario.assume, scenario.demand, None, true).stuck
    }

    fn recover(
        &mut self,
        outage: &[State],
        assume: Assume,
        demand: Demand,
        flow: Option<FlowId>,
        under_load: bool,
    ) -> Recovery {
        let repaired = Scenario { events: Vec::new(), seconds: 0.0, assume, demand };
        let mut states = outage.to_vec();
        let model = self.model;
        let moves = |component: &usize| model.load.moves_load(*component);
        let mut moving: Vec<usize> = (0..states.len()).filter(|index| states[*index].fails()).filter(moves).collect();
        if let Some(storm) = &mut self.storm {
            storm.reset();
        }
        loop {
            let mut blocked = cannot_start(model, outage, &states);
            if under_load && model.is_coupled() {
                blocked.extend(self.cannot_serve(outage, &states, &repaired, &moving));
            }
            if under_load && assume == Assume::May {
                blocked.extend(without_cache(model, outage, &states));
            }
            self.run.run(&repaired, flow, &blocked);
            let mut changed = false;
            moving.clear();
            for (index, (state, reached)) in states.iter_mut().zip(&self.run.states).enumerate() {
                if *reached < *state {
                    changed = true;
                    if state.fails() && !reached.fails() && model.load.moves_load(index) {
                        moving.push(index);
                    }
                    *state = *reached;
                }
            }
            if !changed {
                break;
            }
        }
        let stuck = (0..states.len()).filter(|index| states[*index].fails()).map(ComponentId).collect();
        Recovery { stuck, states, rises: self.run.rises.clone() }
    }

    /// Components that get more than they can serve when all their callers retry. `moving` have started or ceased to
    /// fail since the last question.
    fn cannot_serve(
        &mut self,
        outage: &[State],
        states: &[State],
        repaired: &Scenario,
        moving: &[usize],
    ) -> Vec<Blocked> {
        let model = self.model;
        let today = repaired.demand == Demand::Now;
        let loads = (!today).then(|| model.load.loads(states, repaired.demand, true));
        let storm = self.storm.get_or_insert_with(|| model.tide(true));
        if today {
            storm.follow(moving.iter().copied(), states);
        }
        let still_down = |component: &usize| outage[*component].fails() && states[*component].fails();
        let blocked = model.limited.iter().copied().filter(still_down).filter_map(|component| {
            let load = loads.as_ref().map_or_else(|| storm.total(component), |loads| loads[component]);
            let capacity = model.limits[component].unwrap_or(f64::INFINITY);
            let blocker = Blocker::RetryStorm(Overload { load, capacity, lost: None });
            let state = model.overloaded(component);
            Compiled::exceeds(load, capacity).then_some(Blocked { component, state, blocker })
        });
        blocked.collect()
    }
}

fn cannot_start(model: &Compiled, outage: &[State], states: &[State]) -> Vec<Blocked> {
    let blocking = model.start.iter().filter(|edge| outage[edge.source].fails() && states[edge.target].fails());
    blocking
        .map(|edge| {
            let cold = Blocker::ColdCache(ComponentId(edge.target));
            let blocker = edge.dependency.map_or(cold, Blocker::Start);
            Blocked { component: edge.source, state: State::Down, blocker }
        })
        .collect()
}

/// Stores that nothing says survive the loss of the cache in front of them.
fn without_cache(model: &Compiled, outage: &[State], states: &[State]) -> Vec<Blocked> {
    let still_down = |component: usize| outage[component].fails() && states[component].fails();
    let mut held = Vec::new();
    for (cache, stores) in model.unlimited_behind.iter().enumerate().filter(|(cache, _)| states[*cache].fails()) {
        for store in stores.iter().copied().filter(|store| still_down(*store)) {
            let blocker = Blocker::Uncached(ComponentId(cache));
            held.push(Blocked { component: store, state: model.overloaded(store), blocker });
        }
    }
    held
}
