//! "What breaks when this fails?", answered: everything one scenario does.

use super::failure::{FailureModel, Impact, Outcome, Recovery, Sustained, Verdict};
use super::hinge::Hinges;
use super::scenario::{Assume, Demand, Scenario};
use crate::model::{ComponentId, FlowId};
use std::cmp::Reverse;

/// What a scenario does to flows and components, and what is left of it after repair.
#[derive(Clone, Debug)]
pub struct Outage {
    pub scenario: Scenario,
    /// Every component, with every dependency active.
    pub impact: Impact,
    /// Worst first; among equals first those that fare better while nothing fails, then critical flows, then in file
    /// order.
    pub verdicts: Vec<Verdict>,
    /// What stays down when the events are over.
    pub recovery: Recovery,
    /// What keeps it down, each circle of causes once.
    pub kept_down_by: Vec<Sustained>,
    /// There are more circles than these.
    pub more_circles: bool,
    /// What is so even if nothing fails.
    pub anyway: Anyway,
    /// What the outcome hangs on that the files do not say.
    pub hinges: Hinges,
}

/// What is wrong with a design while nothing fails, because more load is described than it can serve.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Anyway {
    /// Flows that are degraded or fail, in file order.
    pub flows: Vec<(FlowId, Outcome)>,
    /// Components that fail, in file order.
    pub failing: Vec<ComponentId>,
}

impl Anyway {
    /// The flow fares no better while nothing fails.
    pub fn explains(&self, verdict: &Verdict) -> bool {
        self.flows.iter().any(|(flow, outcome)| *flow == verdict.flow && *outcome >= verdict.outcome)
    }
}

/// Circles of causes that are told apart at the most.
const CIRCLES: usize = 5;
/// Components that are asked what keeps them down at the most.
const ASKED: usize = 200;

impl FailureModel<'_> {
    /// Everything a scenario does.
    pub fn outage(self, scenario: Scenario) -> Outage {
        let impact = self.impact(&scenario, None);
        let recovery = self.recovery(&impact);
        let mut verdicts = self.verdicts(&scenario);
        let hinges = match scenario.assume {
            Assume::Must => {
                let worst = self.verdicts(&scenario.clone().assuming(Assume::May));
                self.hinges_between(&scenario, &verdicts, worst)
            }
            Assume::May => {
                let best = self.verdicts(&scenario.clone().assuming(Assume::Must));
                self.hinges_between(&scenario, &best, verdicts.clone())
            }
        };
        let anyway = if scenario.events.is_empty() { Anyway::default() } else { self.anyway(&scenario) };
        verdicts.sort_by_key(|verdict| {
            let critical = self.design().flow(verdict.flow).critical;
            Reverse((verdict.outcome, !anyway.explains(verdict), critical))
        });
        let (kept_down_by, more_circles) = self.circles(&recovery);
        Outage { scenario, impact, verdicts, recovery, kept_down_by, more_circles, anyway, hinges }
    }

    /// What is wrong without the events of a scenario.
    pub fn anyway(self, scenario: &Scenario) -> Anyway {
        let calm = Scenario { events: Vec::new(), ..scenario.clone() };
        // Without events, nothing but load makes anything worse.
        if calm.demand == Demand::Now && self.compiled().drowned.is_empty() {
            return Anyway::default();
        }
        let bad = |verdict: Verdict| (verdict.outcome > Outcome::Ok).then_some((verdict.flow, verdict.outcome));
        Anyway {
            flows: self.verdicts(&calm).into_iter().filter_map(bad).collect(),
            failing: self.impact(&calm, None).failing().collect(),
        }
    }

    fn circles(self, recovery: &Recovery) -> (Vec<Sustained>, bool) {
        let mut circles: Vec<(Vec<ComponentId>, Sustained)> = Vec::new();
        for component in recovery.stuck.iter().take(ASKED) {
            let told = circles.iter().any(|(_, known)| known.steps.iter().any(|step| step.component == *component));
            if told {
                continue;
            }
            let sustained = recovery.sustained_by(self, *component);
            let held = sustained.steps[sustained.circle.unwrap_or(sustained.steps.len().saturating_sub(1))..].iter();
            let mut members: Vec<ComponentId> = held.map(|step| step.component).collect();
            members.sort_unstable();
            if circles.iter().any(|(known, _)| *known == members) {
                continue;
            }
            if circles.len() == CIRCLES {
                return (circles.into_iter().map(|(_, sustained)| sustained).collect(), true);
            }
            circles.push((members, sustained));
        }
        let more = recovery.stuck.len() > ASKED;
        (circles.into_iter().map(|(_, sustained)| sustained).collect(), more)
    }
}
