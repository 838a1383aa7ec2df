//! What the outcome of a scenario hangs on: facts the design does not state, whose being stated would change how a
//! flow fares.
//!
//! A flow is unclear where the unsaid at its worst (`may`) makes more of the scenario than at its best (`must`).
//! Settling one fact at its best, all others at their worst, and asking again says whether the verdict hangs on that
//! fact alone. Where no single fact does it, facts along the chain of reasons are settled until the verdict changes,
//! and those that turn out not to be needed are taken back.

use super::failure::{Cause, Compiled, FailureModel, Impact, Outcome, Patch, Verdict};
use super::scenario::{Assume, Scenario};
use super::unknown::Unknown;
use crate::model::FlowId;

/// A flow whose outcome the design does not settle.
#[derive(Clone, PartialEq, Debug)]
pub struct Unclear {
    pub flow: FlowId,
    /// With the unsaid at its best.
    pub best: Outcome,
    /// With the unsaid at its worst.
    pub worst: Verdict,
}

/// Facts that change how flows fare when they are settled together, all others at their worst.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hinge {
    /// One, or several none of which can be left out.
    pub unknowns: Vec<Unknown>,
    /// The flows that fare better then, with what they fare like.
    pub flows: Vec<(FlowId, Outcome)>,
}

/// Everything the outcome of a scenario hangs on.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Hinges {
    /// In file order of flows.
    pub unclear: Vec<Unclear>,
    /// Single facts first; those that change most flows first.
    pub hinges: Vec<Hinge>,
    /// There was more to try than the budget allows: hinges may be missing.
    pub truncated: bool,
}

/// Components and dependencies looked at in all runs at the most.
const WORK: usize = 1_000_000;
/// Facts that are settled together for one flow at the most.
const TOGETHER: usize = 24;

impl FailureModel<'_> {
    /// What the outcome of a scenario hangs on; the scenario's own assumption is not read.
    pub fn hinges(self, scenario: &Scenario) -> Hinges {
        let best = self.verdicts(&scenario.clone().assuming(Assume::Must));
        let worst = self.verdicts(&scenario.clone().assuming(Assume::May));
        self.hinges_between(scenario, &best, worst)
    }

    /// As [`FailureModel::hinges`], from verdicts in file order that are known already.
    pub(super) fn hinges_between(self, scenario: &Scenario, best: &[Verdict], worst: Vec<Verdict>) -> Hinges {
        let pairs = best.iter().zip(worst).filter(|(best, worst)| best.outcome < worst.outcome);
        let unclear: Vec<Unclear> =
            pairs.map(|(best, worst)| Unclear { flow: best.flow, best: best.outcome, worst }).collect();
        if unclear.is_empty() {
            return Hinges::default();
        }
        let size = self.design().components.len() + self.design().dependencies.len();
        let mut unknowns = self.compiled().unknowns(self.design());
        // No capacity suffices where no copy is left.
        unknowns.retain(|(unknown, _)| match unknown {
            Unknown::Capacity(id) => self.compiled().share_left(*id, &scenario.events) > 0.0,
            _ => true,
        });
        let mut search = Search {
            failure: self,
            scenario: scenario.clone().assuming(Assume::May),
            unknowns,
            runs_left: (WORK / size.max(1)).clamp(100, 10_000),
            found: Hinges { unclear, ..Hinges::default() },
        };
        search.alone();
        search.together();
        search.found.hinges.sort_by_key(|hinge| (hinge.unknowns.len(), std::cmp::Reverse(hinge.flows.len())));
        search.found
    }
}

struct Search<'a> {
    failure: FailureModel<'a>,
    scenario: Scenario,
    unknowns: Vec<(Unknown, Patch)>,
    runs_left: usize,
    found: Hinges,
}

impl Search<'_> {
    /// Facts each of which changes a verdict by itself.
    fn alone(&mut self) {
        let impacts: Vec<Impact> =
            self.found.unclear.iter().map(|unclear| self.failure.impact(&self.scenario, Some(unclear.flow))).collect();
        let mut patched = self.failure.compiled().clone();
        for at in 0..self.unknowns.len() {
            let (unknown, patch) = self.unknowns[at];
            let mut is_applied = false;
            let mut flows = Vec::new();
            for (unclear, impact) in self.found.unclear.iter().zip(&impacts) {
                let matters = if is_chain(self.failure, &unclear.worst) {
                    unknown.is_on(&unclear.worst)
                } else {
                    unknown.could_matter(self.failure, unclear.flow, &self.scenario.events, &|id| impact.state(id))
                };
                if !matters {
                    continue;
                }
                if self.runs_left == 0 {
                    self.found.truncated = true;
                    break;
                }
                self.runs_left -= 1;
                if !is_applied {
                    patch.apply(&mut patched);
                    is_applied = true;
                }
                let outcome = verdict(self.failure, &patched, &self.scenario, unclear.flow).outcome;
                if outcome < unclear.worst.outcome {
                    flows.push((unclear.flow, outcome));
                }
            }
            if is_applied {
                patch.revert(&mut patched, self.failure.compiled());
            }
            if !flows.is_empty() {
                self.found.hinges.push(Hinge { unknowns: vec![unknown], flows });
            }
        }
    }

    /// Facts that change a verdict only when they are settled together.
    fn together(&mut self) {
        for at in 0..self.found.unclear.len() {
            let Unclear { flow, worst, .. } = self.found.unclear[at].clone();
            if self.found.hinges.iter().any(|hinge| hinge.flows.iter().any(|(other, _)| *other == flow)) {
                continue;
            }
            let Some((unknowns, outcome)) = self.set(&worst) else {
                self.found.truncated = true;
                continue;
            };
            let same = self.found.hinges.iter_mut().find(|hinge| hinge.unknowns == unknowns);
            match same {
                Some(hinge) => hinge.flows.push((flow, outcome)),
                None => self.found.hinges.push(Hinge { unknowns, flows: vec![(flow, outcome)] }),
            }
        }
    }

    /// A smallest set (none can be left out) that changes the verdict; `None` when the budget does not suffice.
    fn set(&mut self, worst: &Verdict) -> Option<(Vec<Unknown>, Outcome)> {
        let mut settled: Vec<usize> = Vec::new();
        let mut now = worst.clone();
        while now.outcome >= worst.outcome {
            let open = |index: &usize| !settled.contains(index);
            let on_chain = |index: &usize| self.unknowns[*index].0.is_on(&now);
            let mut more: Vec<usize> = (0..self.unknowns.len()).filter(open).filter(on_chain).collect();
            if !is_chain(self.failure, &now) {
                let states = self.run(&settled, worst.flow)?.states;
                let matters = |index: &usize| {
                    let unknown = self.unknowns[*index].0;
                    unknown.could_matter(self.failure, worst.flow, &self.scenario.events, &|id| states[id.0])
                };
                more = (0..self.unknowns.len()).filter(open).filter(matters).collect();
            }
            if more.is_empty() || settled.len() + more.len() > TOGETHER {
                return None;
            }
            settled.extend(more);
            now = self.verdict(&settled, worst.flow)?;
        }
        let mut at = 0;
        while at < settled.len() {
            let mut fewer = settled.clone();
            fewer.remove(at);
            let without = self.verdict(&fewer, worst.flow)?;
            if without.outcome < worst.outcome {
                (settled, now) = (fewer, without);
            } else {
                at += 1;
            }
        }
        settled.sort_unstable();
        Some((settled.into_iter().map(|index| self.unknowns[index].0).collect(), now.outcome))
    }

    fn patched(&mut self, settled: &[usize]) -> Option<Compiled> {
        self.runs_left = self.runs_left.checked_sub(1)?;
        let mut model = self.failure.compiled().clone();
        for index in settled {
            self.unknowns[*index].1.apply(&mut model);
        }
        Some(model)
    }

    fn verdict(&mut self, settled: &[usize], flow: FlowId) -> Option<Verdict> {
        let model = self.patched(settled)?;
        Some(verdict(self.failure, &model, &self.scenario, flow))
    }

    fn run(&mut self, settled: &[usize], flow: FlowId) -> Option<Impact> {
        let model = self.patched(settled)?;
        let answered = FailureModel::new(self.failure.design(), self.failure.graph(), &model);
        Some(answered.impact(&self.scenario, Some(flow)))
    }
}

fn verdict(failure: FailureModel<'_>, model: &Compiled, scenario: &Scenario, flow: FlowId) -> Verdict {
    FailureModel::new(failure.design(), failure.graph(), model).verdict(scenario, flow)
}

/// Each step has exactly one reason, the step before it: what is not on the chain has no part in the verdict.
fn is_chain(failure: FailureModel<'_>, verdict: &Verdict) -> bool {
    verdict.witness.steps.iter().all(|step| match step.cause {
        Cause::Event(_) | Cause::Uncached(_) => true,
        // A caller with somebody else to ask fails of both.
        Cause::Dependency(id) => !step.state.fails() || failure.design().dependency(id).fallback_to.is_none(),
        _ => false,
    })
}
