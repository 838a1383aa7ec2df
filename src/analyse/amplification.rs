//! How often a component is called when everything is retried.
//!
//! `calls(c) = Σ calls(u) × calls per request × attempts`, in the order load runs, divided by the same with one attempt:
//! three layers of four attempts make 4 × 4 × 4 = 64 (Site Reliability Engineering, chapter 22). With a retry budget β
//! a call counts 1 + β times. Where calls run in a circle and one of them retries, there is no bound.

use super::failure::FailureModel;
use crate::model::ComponentId;
use fixedbitset::FixedBitSet;

/// What one request becomes.
#[derive(Clone, PartialEq, Debug)]
pub struct Amplification {
    pub entry: ComponentId,
    /// By component, in file order.
    pub factors: Vec<Factor>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Factor {
    /// No call of the entry leads here.
    Unreached,
    /// Calls per request of the entry when nothing is retried, and when everything is.
    Times { calls: f64, at_worst: f64 },
    /// Retries in a circle of calls.
    Unbounded,
    /// Behind a circle of calls without retries: how often it goes round is not drawn.
    Unknown,
}

impl Factor {
    /// How many times more calls arrive; infinite without a bound, `None` when it cannot be said.
    pub fn times(self) -> Option<f64> {
        match self {
            Self::Times { calls, at_worst } => Some(at_worst / calls),
            Self::Unbounded => Some(f64::INFINITY),
            Self::Unreached | Self::Unknown => None,
        }
    }
}

/// A circle of calls.
pub(crate) struct Circle {
    /// Something in it is tried more than once.
    retried: bool,
    /// What load reaches from it, itself included.
    behind: FixedBitSet,
    /// What load reaches it from, itself included.
    ahead: FixedBitSet,
}

impl Amplification {
    pub fn of(&self, component: ComponentId) -> Factor {
        self.factors[component.0]
    }
}

impl FailureModel<'_> {
    /// What one request of `entry` becomes when everything fails and is retried.
    pub fn amplification(self, entry: ComponentId) -> Amplification {
        self.amplification_among(entry, &self.circles_of_calls())
    }

    pub(crate) fn circles_of_calls(self) -> Vec<Circle> {
        let load = &self.compiled().load;
        let circles = load.circles();
        if circles.is_empty() {
            return Vec::new();
        }
        let ahead = load.reaching(circles.iter().map(|(members, _)| members.as_slice()));
        let circle = |((members, retried), ahead): ((Vec<ComponentId>, bool), FixedBitSet)| {
            let behind = load.reachable(members.into_iter().map(|member| member.0));
            Circle { retried, behind, ahead }
        };
        circles.into_iter().zip(ahead).map(circle).collect()
    }

    /// The same, given all circles of calls.
    pub(crate) fn amplification_among(self, entry: ComponentId, circles: &[Circle]) -> Amplification {
        let load = &self.compiled().load;
        let (calls, at_worst) = load.calls_from(entry);
        let times = calls
            .into_iter()
            .zip(at_worst)
            .map(|(calls, at_worst)| if calls > 0.0 { Factor::Times { calls, at_worst } } else { Factor::Unreached });
        let mut factors: Vec<Factor> = times.collect();
        let entered = circles.iter().filter(|circle| circle.ahead.contains(entry.0));
        let (storming, calm): (Vec<_>, Vec<_>) = entered.partition(|circle| circle.retried);
        for component in calm.iter().flat_map(|circle| circle.behind.ones()) {
            factors[component] = Factor::Unknown;
        }
        for component in storming.iter().flat_map(|circle| circle.behind.ones()) {
            factors[component] = Factor::Unbounded;
        }
        Amplification { entry, factors }
    }

    /// Circles of calls in which something is tried more than once, in file order.
    pub fn unbounded_circles(self) -> Vec<Vec<ComponentId>> {
        let circles = self.compiled().load.circles();
        circles.into_iter().filter(|(_, retried)| *retried).map(|(circle, _)| circle).collect()
    }
}
