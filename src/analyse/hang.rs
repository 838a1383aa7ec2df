//! How many workers a target that hangs takes from its caller.
//!
//! Little's law: `waiting = arriving × calls × timeout × attempts`; without a timeout every request that arrives stays,
//! and all `workers × copies` are taken after `workers × copies / arriving` seconds.

use super::Demand;
use super::failure::FailureModel;
use crate::model::{DependencyId, to_f64};
use crate::read::vocabulary::Answer;

/// A hang of the target of one call, in numbers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hang {
    /// Requests per second that make the call, times the calls each makes.
    pub calls_per_second: f64,
    pub attempts: f64,
    /// `None`: the caller waits for ever.
    pub timeout: Option<f64>,
    /// Requests all copies together can work on; `None` when the design does not say.
    pub workers: Option<f64>,
}

impl Hang {
    /// Requests that wait in the steady state; `None` when they only ever get more.
    pub fn waiting(&self) -> Option<f64> {
        self.timeout.map(|timeout| self.calls_per_second * timeout * self.attempts)
    }

    /// Every worker waits.
    pub fn exhausts(&self) -> Option<bool> {
        let workers = self.workers?;
        Some(self.waiting().is_none_or(|waiting| waiting > workers))
    }

    /// Seconds until every worker waits, if that happens.
    pub fn seconds_until_exhausted(&self) -> Option<f64> {
        let arriving = self.calls_per_second * if self.timeout.is_some() { self.attempts } else { 1.0 };
        self.exhausts().filter(|exhausts| *exhausts && arriving > 0.0)?;
        self.workers.map(|workers| workers / arriving)
    }
}

impl FailureModel<'_> {
    /// Counts the traffic of the flows the call belongs to. `None` when the design does not say whether the caller
    /// waits for ever, or no traffic is described.
    pub fn hang(self, id: DependencyId) -> Option<Hang> {
        let edge = self.design().dependency(id);
        let source = self.design().component(edge.source);
        let timeout = match edge.facts.timeout.answer() {
            Answer::Value(timeout) => Some(timeout.0),
            Answer::None => None,
            Answer::Todo | Answer::Absent => return None,
        };
        let load = match &edge.flows {
            None => self.compiled().calm[edge.source.0],
            Some(flows) => {
                let terms = self.load_terms(edge.source, &[], Demand::Now);
                terms
                    .iter()
                    .filter(|(flow, _)| flow.is_some_and(|flow| flows.contains(&flow)))
                    .map(|(_, load)| load)
                    .sum()
            }
        };
        let copies = to_f64(source.replicas().unwrap_or(1).max(1));
        (load > 0.0).then(|| Hang {
            calls_per_second: load * edge.calls(),
            attempts: edge.attempts(),
            timeout,
            workers: source.facts.workers.value().map(|workers| f64::from(*workers) * copies),
        })
    }
}
