//! How long a component may wait for what it calls, and who gives up before that.
//!
//! `wait(c) = Σ calls × (attempts × timeout + Σ backoff)` over the calls it makes one after the other; calls beside
//! them count by the longest. The backoff doubles from attempt to attempt unless it is said to be fixed or linear.

use super::failure::FailureModel;
use crate::model::{ComponentId, Dependency, DependencyId, Design};
use crate::read::vocabulary::{Mode, Phase};

/// The longest a component can wait on calls with a timeout.
#[derive(Clone, PartialEq, Debug)]
pub struct Wait {
    pub seconds: f64,
    /// In file order.
    pub terms: Vec<WaitTerm>,
}

/// One call with a timeout.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct WaitTerm {
    pub dependency: DependencyId,
    pub attempts: f64,
    pub timeout: f64,
    /// Waits between attempts, summed.
    pub backoff: f64,
    /// Calls in a row per request; at least one.
    pub calls: f64,
    /// Beside the other calls.
    pub parallel: bool,
}

impl WaitTerm {
    pub fn seconds(&self) -> f64 {
        self.calls * (self.attempts * self.timeout + self.backoff)
    }
}

/// A caller that gives up while what it called still works on the answer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Inversion {
    /// The call with the shorter patience.
    pub outer: DependencyId,
    pub outer_timeout: f64,
    /// The call its target makes in the meantime.
    pub inner: WaitTerm,
    /// One attempt of the inner call fits, all of them do not.
    pub only_with_retries: bool,
}

impl FailureModel<'_> {
    /// How long the component can wait at most on calls with a timeout.
    pub fn wait(self, component: ComponentId) -> Wait {
        let design = self.design();
        let terms: Vec<WaitTerm> = self.graph().outgoing(component).iter().filter_map(|id| term(design, *id)).collect();
        let serial: f64 = terms.iter().filter(|term| !term.parallel).map(WaitTerm::seconds).sum();
        let seconds = terms.iter().filter(|term| term.parallel).map(WaitTerm::seconds).fold(serial, f64::max);
        Wait { seconds, terms }
    }

    /// Every pair of calls, in file order, where the outer one gives up first. Only calls that some flow makes together
    /// count; a flow that is not declared uses every call.
    pub fn inversions(self) -> Vec<Inversion> {
        let design = self.design();
        let mut inversions = Vec::new();
        // A call is looked at once for itself and once for every call of its source.
        let terms: Vec<Option<WaitTerm>> = design.dependency_ids().map(|id| term(design, id)).collect();
        for outer in terms.iter().flatten() {
            let target = design.dependency(outer.dependency).target;
            for inner in self.graph().outgoing(target).iter().filter_map(|id| terms[id.0]) {
                let together =
                    || share_a_flow(design.dependency(outer.dependency), design.dependency(inner.dependency));
                if outer.timeout < inner.seconds() && together() {
                    inversions.push(Inversion {
                        outer: outer.dependency,
                        outer_timeout: outer.timeout,
                        inner,
                        only_with_retries: outer.timeout >= inner.timeout,
                    });
                }
            }
        }
        inversions
    }
}

fn share_a_flow(one: &Dependency, other: &Dependency) -> bool {
    match (&one.flows, &other.flows) {
        (Some(one), Some(other)) => one.iter().any(|flow| other.contains(flow)),
        _ => true,
    }
}

fn term(design: &Design, id: DependencyId) -> Option<WaitTerm> {
    let edge = design.dependency(id);
    let counts = edge.phase == Phase::Run && edge.mode == Mode::Sync && edge.group.is_none();
    let timeout = edge.facts.timeout.value()?.0;
    counts.then(|| WaitTerm {
        dependency: id,
        attempts: edge.attempts(),
        timeout,
        backoff: backoff(edge),
        calls: edge.calls().max(1.0),
        parallel: edge.facts.parallel.value().is_some(),
    })
}

fn backoff(edge: &Dependency) -> f64 {
    let Some(retries) = edge.facts.retries.value() else { return 0.0 };
    let Some(wait) = retries.wait.value().map(|wait| wait.0).filter(|wait| *wait > 0.0) else { return 0.0 };
    let waits = edge.attempts() - 1.0;
    let growth = retries.backoff.value().map_or("exponential", |growth| growth.0.as_str());
    wait * match growth {
        "fixed" | "constant" => waits,
        "linear" => waits * (waits + 1.0) / 2.0,
        _ => waits.exp2() - 1.0,
    }
}
