//! The damage of every single event of a design.
//!
//! One fixpoint per event over all dependencies says which components fail. Following the dependencies of one flow
//! only can never make anything worse, so a flow whose legs are well there is well; and where no dependency is kept from
//! a flow, what fails there fails for the flow, because what lies off a flow's path decides between degraded and up
//! only. A fixpoint of its own is left for flows that these two do not settle.

use super::event::Event;
use super::failure::{FailureModel, Outcome, Recoveries, State};
use super::scenario::Scenario;
use crate::model::{ComponentId, FlowId};
use std::cmp::Reverse;

/// What one event does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Damage {
    pub event: Event,
    /// In file order.
    pub failed: Vec<FlowId>,
    /// In file order.
    pub degraded: Vec<FlowId>,
    /// Components that do not answer, with every dependency active.
    pub down: usize,
    /// Components that answer with less.
    pub weakened: usize,
    /// Components that stay down when the event is over, in file order.
    pub stuck: Vec<ComponentId>,
}

impl Damage {
    /// Some flow fares worse, or something does not come back.
    pub fn is_felt(&self) -> bool {
        !(self.failed.is_empty() && self.degraded.is_empty() && self.stuck.is_empty())
    }
}

impl FailureModel<'_> {
    /// What each event does by itself, most damage first: critical flows that fail, flows that fail, what stays down,
    /// flows that are degraded, components that fail, then the order of the events. The events of `asked` are not read,
    /// the rest is.
    pub fn damages(self, events: &[Event], asked: &Scenario) -> Vec<Damage> {
        let all_used: Vec<bool> = self.design().flow_ids().map(|flow| self.compiled().uses_all(flow)).collect();
        let may_stick = self.compiled().may_stick(asked.assume);
        let (mut run, mut flow_run, mut recoveries) = (self.runner(), self.runner(), Recoveries::new(self));
        let mut damages: Vec<Damage> = Vec::with_capacity(events.len());
        for event in events {
            let scenario = Scenario { events: vec![*event], ..asked.clone() };
            run.run(&scenario, None, &[]);
            let states = &run.states;
            let mut damage = Damage {
                event: *event,
                failed: Vec::new(),
                degraded: Vec::new(),
                down: states.iter().filter(|state| state.fails()).count(),
                weakened: states.iter().filter(|state| **state == State::Degraded).count(),
                stuck: if may_stick { recoveries.stuck(states, &scenario) } else { Vec::new() },
            };
            for flow in self.design().flow_ids() {
                let mut outcome = self.outcome(flow, states, &scenario);
                let settled = outcome == Outcome::Ok || (outcome == Outcome::Failed && all_used[flow.0]);
                if !settled {
                    flow_run.run(&scenario, Some(flow), &[]);
                    outcome = self.outcome(flow, &flow_run.states, &scenario);
                }
                match outcome {
                    Outcome::Ok => {}
                    Outcome::Degraded => damage.degraded.push(flow),
                    Outcome::Failed => damage.failed.push(flow),
                }
            }
            damages.push(damage);
        }
        let critical =
            |damage: &Damage| damage.failed.iter().filter(|flow| self.design().flow(**flow).critical).count();
        damages.sort_by_cached_key(|damage| {
            let flows = (critical(damage), damage.failed.len());
            Reverse((flows, damage.stuck.len(), damage.degraded.len(), damage.down, damage.weakened))
        });
        damages
    }
}
