//! What a scenario does to a flow.

use super::{FailureModel, Impact, State, Witness};
use crate::analyse::scenario::Assume;
use crate::graph::Leg;
use crate::model::{Component, ComponentId, FlowId};
use std::fmt;

/// How a flow fares.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Outcome {
    #[default]
    Ok,
    /// It works with less, or later.
    Degraded,
    Failed,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The outcome of a flow and what decided it.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    pub flow: FlowId,
    pub outcome: Outcome,
    /// The first step that is as bad as the outcome; `None` when all is well.
    pub leg: Option<Leg>,
    /// The step's work waits in the queue before it.
    pub delayed: bool,
    /// Why the step is in that state.
    pub witness: Witness,
}

/// The worst over the legs of a flow. On the asynchronous side of a queue an outage delays the flow as long as the
/// queue holds what arrives meanwhile; then the flow has failed. A queue that does not say how much it holds, holds
/// enough at best and nothing at worst.
pub(super) fn outcome(
    failure: FailureModel<'_>,
    flow: FlowId,
    states: &[State],
    seconds: f64,
    assume: Assume,
) -> (Outcome, Option<Leg>) {
    let mut worst = (State::Up, None);
    for leg in failure.graph().legs(flow) {
        let mut state = states[leg.component.0];
        if let Some(queue) = leg.queue.filter(|_| state.fails()) {
            let holds = failure.horizon(queue).map_or(assume == Assume::Must, |horizon| seconds <= horizon.seconds);
            state = if holds { State::Degraded } else { State::Down };
        }
        if state > worst.0 {
            worst = (state, Some(*leg));
        }
    }
    let outcome = match worst.0 {
        State::Up => Outcome::Ok,
        State::Degraded => Outcome::Degraded,
        State::Down | State::Hung => Outcome::Failed,
    };
    (outcome, worst.1)
}

pub(super) fn verdict(failure: FailureModel<'_>, flow: FlowId, impact: &Impact) -> Verdict {
    let (outcome, leg) = outcome(failure, flow, &impact.states, impact.scenario.seconds, impact.scenario.assume);
    let component: Option<ComponentId> = leg.map(|leg| leg.component);
    let failing = component.is_some_and(|component| impact.state(component).fails());
    Verdict {
        flow,
        outcome,
        leg,
        delayed: outcome == Outcome::Degraded && failing,
        witness: component.map(|component| failure.witness(impact, component)).unwrap_or_default(),
    }
}

/// How long a queue can take in what arrives while nobody takes it out.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Horizon {
    /// The smaller of retention and `max_length / arriving`.
    pub seconds: f64,
    pub retention: Option<f64>,
    pub max_length: Option<f64>,
    /// Messages per second while nothing fails.
    pub arriving: f64,
}

impl Horizon {
    /// `None` when the queue says neither, or says only a length and no traffic is described.
    pub(super) fn new(queue: &Component, arriving: f64) -> Option<Self> {
        let retention = queue.facts.retention.value().map(|retention| retention.0);
        let max_length = queue.facts.max_length.value().map(|length| f64::from(*length));
        let full = max_length.filter(|_| arriving > 0.0).map(|length| length / arriving);
        let seconds = match (retention, full) {
            (Some(retention), Some(full)) => retention.min(full),
            (one, other) => one.or(other)?,
        };
        Some(Self { seconds, retention, max_length, arriving })
    }
}
