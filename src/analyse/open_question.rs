//! Which unsaid fact is worth asking for first.
//!
//! Each unknown is set to its best value while all others stay at their worst; what it is worth is the number of
//! outcomes (flow × single event) that get better, outcomes of critical flows counted three times.

use super::event::Event;
use super::failure::{Compiled, FailureModel, Outcome, Patch, State};
use super::scenario::{Assume, Scenario};
use crate::model::{ComponentId, DependencyId, FlowId};
use crate::read::vocabulary::Kind;
use crate::sources::Span;
use std::collections::HashSet;

/// A fact the design leaves open and outcomes depend on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Unknown {
    /// Does the caller give up?
    Timeout(DependencyId),
    /// How long may the last answer be used?
    StaleFor(DependencyId),
    /// How long can work wait with the caller?
    Buffer(DependencyId),
    /// How many copies are there?
    Replicas(ComponentId),
    /// Where are the copies?
    Zones(ComponentId),
    /// Who moves the traffic to a standby?
    Failover(ComponentId),
    /// Does it survive without the cache in front of it?
    Capacity(ComponentId),
    /// How long does the queue hold messages?
    Retention(ComponentId),
}

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

impl Unknown {
    /// Where the answer belongs.
    pub fn place(self, failure: FailureModel<'_>) -> Span {
        let design = failure.design();
        match self {
            Self::Timeout(id) | Self::StaleFor(id) | Self::Buffer(id) => design.dependency(id).place,
            Self::Replicas(id) | Self::Zones(id) | Self::Failover(id) | Self::Capacity(id) | Self::Retention(id) => {
                design.component(id).place
            }
        }
    }
}

impl Unknown {
    /// The question to the authors, with the key that answers it.
    pub fn sentence(self, failure: FailureModel<'_>) -> String {
        let design = failure.design();
        let name = |id: ComponentId| design.component(id).name.as_str();
        let ends = |id: DependencyId| {
            let dependency = design.dependency(id);
            (name(dependency.source), name(dependency.target))
        };
        match self {
            Self::Timeout(id) => {
                let (source, target) = ends(id);
                format!("how long does `{source}` wait for `{target}` (`timeout`)?")
            }
            Self::StaleFor(id) => {
                let (source, target) = ends(id);
                format!("how long may `{source}` go on with the last answer of `{target}` (`stale_for`)?")
            }
            Self::Buffer(id) => {
                let (source, target) = ends(id);
                format!("how long can work for `{target}` wait in `{source}` (`buffer`)?")
            }
            Self::Replicas(id) => format!("is `{}` more than one copy (`replicas`)?", name(id)),
            Self::Zones(id) => format!("which zones is `{}` spread over (`zones`)?", name(id)),
            Self::Failover(id) => {
                format!("does another copy take over when one of `{}` is lost (`failover`)?", name(id))
            }
            Self::Capacity(id) => {
                format!("does `{}` survive when no cache answers for it (`capacity`)?", name(id))
            }
            Self::Retention(id) => format!("how long does `{}` keep messages (`retention`)?", name(id)),
        }
    }
}

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
            let mut cells = unclear.iter().filter(|cell| could_matter(unknown, cell, self)).peekable();
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

/// The unknown has a part in this outcome at all.
fn could_matter(unknown: Unknown, cell: &Cell, failure: FailureModel<'_>) -> bool {
    let target = |id: DependencyId| cell.states[failure.design().dependency(id).target.0];
    let loses_copies = matches!(cell.event, Event::Zone(_) | Event::Instance(_));
    match unknown {
        Unknown::Timeout(id) => target(id) == State::Hung,
        Unknown::StaleFor(id) | Unknown::Buffer(id) => target(id).fails(),
        Unknown::Replicas(id) | Unknown::Zones(id) | Unknown::Failover(id) => {
            loses_copies && cell.states[id.0] > State::Up
        }
        Unknown::Capacity(id) => cell.states[id.0] > State::Up,
        Unknown::Retention(queue) => failure
            .graph()
            .legs(cell.flow)
            .iter()
            .any(|leg| leg.queue == Some(queue) && cell.states[leg.component.0].fails()),
    }
}

impl Compiled {
    /// Every unknown with the change that answers it best, components in file order, then dependencies.
    fn unknowns(&self, design: &crate::model::Design) -> Vec<(Unknown, Patch)> {
        let mut unknowns = Vec::new();
        let behind_caches: HashSet<usize> = self.unlimited_behind.iter().flatten().copied().collect();
        for (index, placement) in self.placements.iter().enumerate() {
            let id = ComponentId(index);
            // How many copies somebody else runs is theirs to know.
            if !placement.says_copies() && design.component(id).kind != Kind::External {
                unknowns.push((Unknown::Replicas(id), Patch::Copies(index)));
            }
            if placement.may_be_anywhere() {
                unknowns.push((Unknown::Zones(id), Patch::Elsewhere(index)));
            }
            if placement.leaves_failover_open() {
                unknowns.push((Unknown::Failover(id), Patch::FailsOver(index)));
            }
            if behind_caches.contains(&index) {
                unknowns.push((Unknown::Capacity(id), Patch::Unlimited(index)));
            }
            if design.component(id).kind.is_queue() && self.horizons[index].is_none() {
                unknowns.push((Unknown::Retention(id), Patch::Endless(index)));
            }
        }
        for id in design.dependency_ids() {
            let facts = &design.dependency(id).facts;
            if facts.timeout.is_unknown() && facts.bulkhead.value().is_none() {
                unknowns.push((Unknown::Timeout(id), Patch::GivesUp(id.0)));
            }
            match self.edges[id.0].as_ref().and_then(super::failure::Edge::open_horizon) {
                Some(super::failure::OpenHorizon::Stale) => {
                    unknowns.push((Unknown::StaleFor(id), Patch::Lasts(id.0)));
                }
                Some(super::failure::OpenHorizon::Buffer) => {
                    unknowns.push((Unknown::Buffer(id), Patch::Lasts(id.0)));
                }
                None => {}
            }
        }
        unknowns
    }
}
