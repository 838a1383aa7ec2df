//! How every flow fares in every single event: what checklists are ordered by.

use super::event::Event;
use super::failure::Outcome;
use super::scenario::Scenario;
use super::{Analysis, LeftOut};
use crate::model::{ComponentId, FlowId};

/// The outcomes of all flows, an hour of each event with today's traffic and every unknown at its best.
#[derive(Debug)]
pub struct EventOutcomes {
    /// In the order of [`super::FailureModel::events`]; outcomes in file order of flows.
    pub events: Vec<(Event, Vec<Outcome>)>,
}

/// Components looked at in all events together; what is critical comes first.
const WORK: usize = 20_000_000;
/// Looked at whatever a design costs.
const LEAST: usize = 50;

/// A flow that fails counts as much as so many that are degraded, and a critical one as much as so many others.
const WEIGHT: u64 = 3;

impl EventOutcomes {
    pub(super) fn new(analysis: &Analysis) -> Self {
        let (design, failure) = (&analysis.design, analysis.failure());
        let mut events: Vec<(usize, Event)> = failure.events().into_iter().enumerate().collect();
        let mut classes: Vec<FlowId> = design.flow_ids().map(|flow| failure.compiled().class(flow)).collect();
        let class_of = classes.clone();
        classes.sort_unstable();
        classes.dedup();
        let of = events.len();
        let looked_at = (WORK / (classes.len().max(1) * design.components.len().max(1))).max(LEAST).min(of);
        if looked_at < of {
            events.sort_by_key(|(_, event)| !event.component().is_none_or(|id| analysis.is_critical(id)));
            events.truncate(looked_at);
            events.sort_unstable_by_key(|(index, _)| *index);
            analysis.leave_out(LeftOut { what: "what single failures break", looked_at, of, cases: "events" });
        }
        let mut run = failure.runner();
        let outcomes = events.into_iter().map(|(_, event)| {
            let scenario = Scenario::new([event]);
            let mut outcomes = vec![Outcome::Ok; design.flows.len()];
            for class in &classes {
                run.run(&scenario, Some(*class), &[]);
                for flow in design.flow_ids().filter(|flow| class_of[flow.0] == *class) {
                    outcomes[flow.0] = failure.outcome(flow, &run.states, &scenario);
                }
            }
            (event, outcomes)
        });
        Self { events: outcomes.collect() }
    }

    /// The outcomes of one event; `None` if it was not looked at.
    pub fn of(&self, event: Event) -> Option<&[Outcome]> {
        self.events.iter().find(|(known, _)| *known == event).map(|(_, outcomes)| outcomes.as_slice())
    }
}

/// How bad outcomes are, all flows together.
pub fn weight(analysis: &Analysis, outcomes: &[Outcome]) -> u64 {
    let flows = analysis.design.flows.iter().zip(outcomes);
    flows.map(|(flow, outcome)| weight_of_flow(flow.critical, *outcome)).sum()
}

/// How bad it is that one flow fares so.
pub fn weight_of_flow(critical: bool, outcome: Outcome) -> u64 {
    let outcome = match outcome {
        Outcome::Ok => 0,
        Outcome::Degraded => 1,
        Outcome::Failed => WEIGHT,
    };
    outcome * if critical { WEIGHT } else { 1 }
}

/// What stopping the component does to all flows together; for components not looked at, what the drawing says.
pub fn weight_of_component(analysis: &Analysis, component: ComponentId) -> u64 {
    let looked_at = analysis.event_outcomes().of(Event::Stop(component));
    looked_at.map_or_else(
        || {
            let flows = analysis.graph.critical_flows_of(component).count();
            weight_of_flow(true, Outcome::Failed) * u64::try_from(flows).unwrap_or(u64::MAX >> 8)
        },
        |outcomes| weight(analysis, outcomes),
    )
}
