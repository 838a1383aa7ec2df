//! What a scenario does to every component.

use super::State;
use super::run::Rises;
use crate::analyse::scenario::Scenario;
use crate::model::{ComponentId, FlowId};

/// The states of all components in one scenario, with the reason for each.
#[derive(Clone, Debug)]
pub struct Impact {
    pub scenario: Scenario,
    /// The flow whose dependencies were followed; `None` follows all of them.
    pub flow: Option<FlowId>,
    /// By component, in file order.
    pub states: Vec<State>,
    pub(super) rises: Rises,
}

impl Impact {
    pub fn state(&self, component: ComponentId) -> State {
        self.states[component.0]
    }

    /// Components that are not up, in file order.
    pub fn affected(&self) -> impl Iterator<Item = ComponentId> + '_ {
        self.states.iter().enumerate().filter(|(_, state)| **state > State::Up).map(|(index, _)| ComponentId(index))
    }

    /// Components that do not answer, in file order.
    pub fn failing(&self) -> impl Iterator<Item = ComponentId> + '_ {
        self.affected().filter(|component| self.state(*component).fails())
    }
}
