//! Which unsaid fact is worth asking for first.
//!
//! Each unknown is set to its best value while all others stay at their worst; what it is worth is the number of
//! outcomes (flow × single event) that get better, outcomes of critical flows counted three times.

use super::event::Event;
use super::failure::{Compiled, FailureModel, Loss, Outcome, State};
use super::scenario::{Assume, Scenario};
use super::unknown::Unknown;
use crate::model::{ComponentId, FlowId};
use fixedbitset::FixedBitSet;

/// An unknown and what an answer is worth.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenQuestion {
    pub unknown: Unknown,
    /// Outcomes that the best answer improves; those of critical flows count three times.
    pub worth: usize,
    /// The first of them, in file order of events.
    pub example: (Event, FlowId, Outcome, Outcome),
}

/// Questions worth asking, the most valuable first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct OpenQuestions {
    pub questions: Vec<OpenQuestion>,
    /// There were too many combinations to try: values are lower bounds.
    pub truncated: bool,
    /// Single events that were looked at, of so many.
    pub events: (usize, usize),
    /// Unsaid facts that were looked at, of so many.
    pub unknowns: (usize, usize),
}

/// How often something may get worse or be looked at in all scenarios together, once for finding outcomes that hang on the unsaid and
/// once for answering.
const WORK: usize = 1_000_000;

const CRITICAL_WEIGHT: usize = 3;

impl FailureModel<'_> {
    /// Unsaid facts by what knowing them is worth; ties in file order.
    pub fn open_questions(self) -> OpenQuestions {
        let mut found = OpenQuestions::default();
        let unknowns = self.compiled().unknowns(self.design());
        if unknowns.is_empty() {
            return found;
        }
        let reach = Reach::new(self);
        let unclear = self.unclear(&reach, &mut found);
        let mut cells_with: Vec<Vec<usize>> = vec![Vec::new(); self.compiled().size()];
        for (index, cell) in unclear.iter().enumerate() {
            cell.failing.iter().for_each(|(component, _)| cells_with[*component].push(index));
        }
        found.truncated = found.events.0 < found.events.1;
        found.unknowns.1 = unknowns.len();
        let mut work = 0;
        let mut patched: Option<Compiled> = None;
        for (unknown, patch) in unknowns {
            if work > WORK {
                found.truncated = true;
                break;
            }
            found.unknowns.0 += 1;
            let involved = unknown.involved(self);
            let mut cells: Vec<usize> = involved.iter().flat_map(|id| &cells_with[id.0]).copied().collect();
            cells.sort_unstable();
            cells.dedup();
            cells.retain(|cell| unclear[*cell].could_hang_on(unknown, self));
            if cells.is_empty() {
                continue;
            }
            let model = patched.get_or_insert_with(|| self.compiled().clone());
            patch.apply(model);
            let answered = FailureModel::new(self.design(), self.graph(), model);
            let mut run = answered.runner();
            let mut question: Option<OpenQuestion> = None;
            for cell in cells.into_iter().map(|cell| &unclear[cell]) {
                let scenario = Scenario::from(cell.event).assuming(Assume::May);
                let answered_losses: Vec<Loss> = cell
                    .losses
                    .iter()
                    .map(|loss| {
                        if patch.placed() == Some(loss.component) {
                            run.loss(ComponentId(loss.component), &scenario)
                        } else {
                            *loss
                        }
                    })
                    .collect();
                run.run_from(&answered_losses, &scenario, Some(cell.flow), &[]);
                let outcome = answered.outcome(cell.flow, &run.states, &scenario);
                if outcome < cell.worst {
                    let weight = if self.design().flow(cell.flow).critical { CRITICAL_WEIGHT } else { 1 };
                    let example = (cell.event, cell.flow, cell.worst, outcome);
                    question.get_or_insert(OpenQuestion { unknown, worth: 0, example }).worth += weight;
                }
            }
            // Working memory is as large as the design.
            work += run.work + run.states.len() / 8;
            if let Some(model) = &mut patched {
                patch.revert(model, self.compiled());
            }
            found.questions.extend(question);
        }
        found.questions.sort_by_key(|question| std::cmp::Reverse(question.worth));
        found
    }

    /// Outcomes that are worse when unsaid facts are taken at their worst, events in file order.
    fn unclear(self, reach: &Reach, found: &mut OpenQuestions) -> Vec<Cell> {
        let mut cells = Vec::new();
        let mut run = self.runner();
        let events = self.events();
        found.events.1 = events.len();
        for event in events {
            if run.work > WORK {
                break;
            }
            found.events.0 += 1;
            let best = Scenario::from(event);
            let worst = Scenario::from(event).assuming(Assume::May);
            // No flow fares worse over its own dependencies than over all of them.
            let (worst_losses, best_losses) = (run.losses(&worst), run.losses(&best));
            run.run_from(&worst_losses, &worst, None, &[]);
            let suspects: Vec<FlowId> = self
                .design()
                .flow_ids()
                .filter(|flow| self.outcome(*flow, &run.states, &worst) > Outcome::Ok)
                .collect();
            for flow in suspects {
                let losses = reach.part(&worst_losses, flow);
                run.run_from(&losses, &worst, Some(flow), &[]);
                let outcome = self.outcome(flow, &run.states, &worst);
                if outcome == Outcome::Ok {
                    continue;
                }
                let failing = run.risen().collect();
                run.run_from(&reach.part(&best_losses, flow), &best, Some(flow), &[]);
                if self.outcome(flow, &run.states, &best) < outcome {
                    cells.push(Cell { event, flow, worst: outcome, failing, losses });
                }
            }
        }
        cells
    }
}

/// What an outcome of a flow can hang on.
struct Reach {
    /// Components by flow; `None` where load ties everything to everything.
    members: Option<Vec<FixedBitSet>>,
}

impl Reach {
    fn new(failure: FailureModel<'_>) -> Self {
        let (design, model) = (failure.design(), failure.compiled());
        if model.is_coupled() {
            return Self { members: None };
        }
        let mut heard: Vec<Vec<usize>> = vec![Vec::new(); model.size()];
        for target in 0..model.size() {
            let hearers = model.hearers(target).iter().map(|hearer| hearer.source as usize);
            hearers.chain(model.unlimited_behind[target].iter().copied()).for_each(|hearer| heard[hearer].push(target));
        }
        let closure = |flow: FlowId| {
            let steps = failure.graph().legs(flow).iter().flat_map(|leg| leg.queue.into_iter().chain([leg.component]));
            let mut open: Vec<usize> = steps.chain(design.flow(flow).path.iter().copied()).map(|id| id.0).collect();
            let mut members = FixedBitSet::with_capacity(model.size());
            while let Some(component) = open.pop() {
                if !members.put(component) {
                    open.extend(&heard[component]);
                }
            }
            members
        };
        Self { members: Some(design.flow_ids().map(closure).collect()) }
    }

    /// The losses that a flow can notice.
    fn part(&self, losses: &[Loss], flow: FlowId) -> Vec<Loss> {
        let Some(members) = &self.members else { return losses.to_vec() };
        losses.iter().filter(|loss| members[flow.0].contains(loss.component)).copied().collect()
    }
}

struct Cell {
    event: Event,
    flow: FlowId,
    worst: Outcome,
    /// Components that are not up, in file order.
    failing: Vec<(usize, State)>,
    /// What the event does by itself.
    losses: Vec<Loss>,
}

impl Cell {
    fn state(&self, component: ComponentId) -> State {
        let at = self.failing.binary_search_by_key(&component.0, |(failing, _)| *failing);
        at.map_or(State::Up, |at| self.failing[at].1)
    }

    fn could_hang_on(&self, unknown: Unknown, failure: FailureModel<'_>) -> bool {
        unknown.could_matter(failure, self.flow, &[self.event], &|component| self.state(component))
    }
}
