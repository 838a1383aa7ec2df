//! "What breaks when this fails?", answered: everything one scenario does.

use super::failure::{FailureModel, Impact, Recovery, Sustained, Verdict};
use super::hinge::Hinges;
use super::scenario::{Assume, Scenario};
use crate::model::ComponentId;
use std::cmp::Reverse;

/// What a scenario does to flows and components, and what is left of it after repair.
#[derive(Clone, Debug)]
pub struct Outage {
    pub scenario: Scenario,
    /// Every component, with every dependency active.
    pub impact: Impact,
    /// Worst first, critical flows first among equals, then in file order.
    pub verdicts: Vec<Verdict>,
    /// What stays down when the events are over.
    pub recovery: Recovery,
    /// What keeps it down, each circle of causes once.
    pub kept_down_by: Vec<Sustained>,
    /// There are more circles than these.
    pub more_circles: bool,
    /// What the outcome hangs on that the files do not say.
    pub hinges: Hinges,
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
        verdicts.sort_by_key(|verdict| Reverse((verdict.outcome, self.design().flow(verdict.flow).critical)));
        let (kept_down_by, more_circles) = self.circles(&recovery);
        Outage { scenario, impact, verdicts, recovery, kept_down_by, more_circles, hinges }
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
