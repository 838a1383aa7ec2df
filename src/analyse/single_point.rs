//! Single points of failure: single events that fail a flow.

use super::event::Event;
use super::failure::{FailureModel, Outcome};
use super::scenario::{Assume, Scenario};
use crate::model::FlowId;

/// The outcome of a flow for one event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventOutcome {
    pub event: Event,
    pub outcome: Outcome,
}

impl FailureModel<'_> {
    /// How a flow fares in each of the events, in their order, for an hour with today's traffic.
    pub fn outcomes(self, flow: FlowId, events: &[Event], assume: Assume) -> Vec<EventOutcome> {
        let mut outcomes = Vec::with_capacity(events.len());
        let asked = Scenario::new([]).assuming(assume);
        self.each_event(events, Some(flow), assume, |event, states| {
            outcomes.push(EventOutcome { event, outcome: self.outcome(flow, states, &asked) });
        });
        outcomes
    }

    /// The single events that fail a flow, in file order by kind.
    pub fn single_points(self, flow: FlowId, assume: Assume) -> Vec<Event> {
        let outcomes = self.outcomes(flow, &self.events(), assume);
        outcomes.into_iter().filter(|found| found.outcome == Outcome::Failed).map(|found| found.event).collect()
    }
}
