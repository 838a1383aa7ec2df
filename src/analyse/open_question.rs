//! Which unsaid fact is worth asking for first.
//!
//! Each unknown is set to its best value while all others stay at their worst; what it is worth is the number of
//! outcomes (flow × single event) that get better, outcomes of critical flows counted three times.

use super::event::Event;
use super::failure::{Compiled, FailureModel, Outcome, State};
use super::scenario::{Assume, Scenario};
use super::unknown::Unknown;
use crate::model::FlowId;

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
const WORK: usize = 2_500_000;

const CRITICAL_WEIGHT: usize = 3;

impl FailureModel<'_> {
    /// Unsaid facts by what knowing them is worth; ties in file order.
    pub fn open_questions(self) -> OpenQuestions {
        let mut found = OpenQuestions::default();
        let unknowns = self.compiled().unknowns(self.design());
        if unknowns.is_empty() {
            return found;
        }
        let unclear = self.unclear(&mut found);
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
            let mut cells = unclear
                .iter()
                .filter(|cell| unknown.could_matter(self, cell.flow, &[cell.event], &cell.states))
                .peekable();
            if cells.peek().is_none() {
                continue;
            }
            let model = patched.get_or_insert_with(|| self.compiled().clone());
            patch.apply(model);
            let answered = FailureModel::new(self.design(), self.graph(), model);
            let mut run = answered.runner();
            let mut question: Option<OpenQuestion> = None;
            for cell in cells {
                let scenario = Scenario::from(cell.event).assuming(Assume::May);
                run.run(&scenario, Some(cell.flow), &[]);
                let outcome = answered.outcome(cell.flow, &run.states, &scenario);
                if outcome < cell.worst {
                    let weight = if self.design().flow(cell.flow).critical { CRITICAL_WEIGHT } else { 1 };
                    let example = (cell.event, cell.flow, cell.worst, outcome);
                    question.get_or_insert(OpenQuestion { unknown, worth: 0, example }).worth += weight;
                }
            }
            // Working memory is as large as the design.
            work += run.work + run.states.len() / 4;
            if let Some(model) = &mut patched {
                patch.revert(model, self.compiled());
            }
            found.questions.extend(question);
        }
        found.questions.sort_by_key(|question| std::cmp::Reverse(question.worth));
        found
    }

    /// Outcomes that are worse when unsaid facts are taken at their worst, events in file order.
    fn unclear(self, found: &mut OpenQuestions) -> Vec<Cell> {
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
            run.run(&worst, None, &[]);
            let suspects: Vec<FlowId> = self
                .design()
                .flow_ids()
                .filter(|flow| self.outcome(*flow, &run.states, &worst) > Outcome::Ok)
                .collect();
            for flow in suspects {
                run.run(&worst, Some(flow), &[]);
                let outcome = self.outcome(flow, &run.states, &worst);
                if outcome == Outcome::Ok {
                    continue;
                }
                let states = run.states.clone();
                run.run(&best, Some(flow), &[]);
                if self.outcome(flow, &run.states, &best) < outcome {
                    cells.push(Cell { event, flow, worst: outcome, states });
                }
            }
        }
        cells
    }
}

struct Cell {
    event: Event,
    flow: FlowId,
    worst: Outcome,
    states: Vec<State>,
}
