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
use super::run::{Blocked, Blocker, Rises};
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
                (0..self.states.len()).filter(failing).find(|mover| {
                    let mut without = self.states.clone();
                    without[*mover] = State::Up;
                    let of = |states: &[State]| load.loads(states, Demand::Now, false)[component];
                    *mover != component && load.moves_load(*mover) && of(&without) < of(&self.states)
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
    recover(failure, &impact.states, assume, demand, impact.flow, true)
}

/// What cannot start when everything but other people's systems is down: a bootstrap deadlock.
pub(super) fn black_start(failure: FailureModel<'_>, assume: Assume) -> Recovery {
    let components = &failure.design().components;
    let down: Vec<State> = components
        .iter()
        .map(|component| if super::compiled::is_outside(component.kind) { State::Up } else { State::Down })
        .collect();
    recover(failure, &down, assume, Demand::Now, None, false)
}

fn recover(
    failure: FailureModel<'_>,
    outage: &[State],
    assume: Assume,
    demand: Demand,
    flow: Option<FlowId>,
    under_load: bool,
) -> Recovery {
    let repaired = Scenario { events: Vec::new(), seconds: 0.0, assume, demand };
    let mut run = failure.runner();
    let mut states = outage.to_vec();
    loop {
        let mut blocked = cannot_start(failure.compiled(), outage, &states);
        if under_load {
            blocked.extend(cannot_serve(failure.compiled(), outage, &states, &repaired));
        }
        run.run(&repaired, flow, &blocked);
        let mut changed = false;
        for (state, reached) in states.iter_mut().zip(&run.states) {
            changed |= *reached < *state;
            *state = (*state).min(*reached);
        }
        if !changed {
            break;
        }
    }
    let stuck = (0..states.len()).filter(|index| states[*index].fails()).map(ComponentId).collect();
    Recovery { stuck, states, rises: run.rises }
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

fn cannot_serve(model: &Compiled, outage: &[State], states: &[State], repaired: &Scenario) -> Vec<Blocked> {
    let mut held = Vec::new();
    let still_down = |component: usize| outage[component].fails() && states[component].fails();
    if model.load.has_demand() && model.limited.iter().any(|component| still_down(*component)) {
        let loads = model.load.loads(states, repaired.demand, true);
        for component in model.limited.iter().copied().filter(|component| still_down(*component)) {
            let (load, capacity) = (loads[component], model.limits[component].unwrap_or(f64::INFINITY));
            if Compiled::exceeds(load, capacity) {
                let blocker = Blocker::RetryStorm(Overload { load, capacity, lost: None });
                held.push(Blocked { component, state: model.overloaded(component), blocker });
            }
        }
    }
    if repaired.assume == Assume::May {
        for (cache, stores) in model.unlimited_behind.iter().enumerate().filter(|(cache, _)| states[*cache].fails()) {
            for store in stores.iter().copied().filter(|store| still_down(*store)) {
                let blocker = Blocker::Uncached(ComponentId(cache));
                held.push(Blocked { component: store, state: model.overloaded(store), blocker });
            }
        }
    }
    held
}
