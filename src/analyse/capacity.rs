//! How full components are, and which one fills first when traffic grows.

use super::failure::FailureModel;
use super::scenario::Demand;
use crate::model::{ComponentId, FlowId};

/// Load of one component against what it can serve, per second.
#[derive(Clone, PartialEq, Debug)]
pub struct Utilisation {
    pub component: ComponentId,
    pub load: f64,
    pub capacity: f64,
    /// The load by the flow it comes from; `None` is traffic beside the flows.
    pub terms: Vec<(Option<FlowId>, f64)>,
}

impl Utilisation {
    /// Load divided by capacity; infinite for load on nothing.
    pub fn share(&self) -> f64 {
        if self.load == 0.0 { 0.0 } else { self.load / self.capacity }
    }

    /// Rates compare with a relative tolerance of 1e-9.
    pub fn is_exceeded(&self) -> bool {
        super::failure::Compiled::exceeds(self.load, self.capacity)
    }

    /// How many times this load would fill it; `None` without load.
    pub fn headroom(&self) -> Option<f64> {
        (self.load > 0.0).then(|| self.capacity / self.load)
    }
}

impl FailureModel<'_> {
    /// Every component that says its capacity, in file order, while the given components are down.
    pub fn utilisations(self, down: &[ComponentId], demand: Demand) -> Vec<Utilisation> {
        let loads = self.loads(down, demand);
        let limits = self.compiled().limits.iter().enumerate();
        limits
            .filter_map(|(index, limit)| {
                let component = ComponentId(index);
                let terms = self.load_terms(component, down, demand);
                Some(Utilisation { component, load: loads[index], capacity: (*limit)?, terms })
            })
            .collect()
    }

    /// The component that today's traffic fills first when all of it grows alike; ties go to the first in the file.
    pub fn first_to_saturate(self) -> Option<Utilisation> {
        let mut first: Option<Utilisation> = None;
        for utilisation in self.utilisations(&[], Demand::Now) {
            if utilisation.load > 0.0 && first.as_ref().is_none_or(|first| utilisation.share() > first.share()) {
                first = Some(utilisation);
            }
        }
        first
    }
}
