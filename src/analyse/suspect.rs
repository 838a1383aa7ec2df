//! From a symptom back to what may have caused it.

use super::event::Event;
use super::failure::{FailureModel, State, Witness};
use super::scenario::{Assume, Scenario};
use crate::model::ComponentId;

/// An event that would explain a symptom.
#[derive(Clone, PartialEq, Debug)]
pub struct Suspect {
    pub event: Event,
    /// What it makes of the component with the symptom.
    pub state: State,
    /// From the event to the symptom.
    pub witness: Witness,
}

impl FailureModel<'_> {
    /// Single events that bring the component into at least the given state, the ones furthest away first: follow the chain
    /// of dependencies to its end before blaming what is near. Ties in file order.
    pub fn suspects(self, symptom: ComponentId, at_least: State, assume: Assume) -> Vec<Suspect> {
        let mut suspects: Vec<Suspect> = self
            .events()
            .into_iter()
            .filter_map(|event| {
                let impact = self.impact(&Scenario::from(event).assuming(assume), None);
                let state = impact.state(symptom);
                (state >= at_least && state > State::Up).then(|| Suspect {
                    event,
                    state,
                    witness: self.witness(&impact, symptom),
                })
            })
            .filter(|suspect| suspect.witness.event().is_some())
            .collect();
        suspects.sort_by_key(|suspect| std::cmp::Reverse(suspect.witness.steps.len()));
        suspects
    }
}
