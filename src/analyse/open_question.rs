//! Which unsaid fact is worth asking for first.
//!
//! Each unknown is set to its best value while all others stay at their worst; what it is worth is the number of
//! outcomes (flow × single event) that get better, outcomes of critical flows counted three times.

use super::event::Event;
use super::failure::{Compiled, FailureModel, Loss, Outcome, Patch, State};
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
            cells.retain(|cell| could_matter(unknown, &unclear[*cell], self));
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
                    .map(|loss| match patch.placed() == Some(loss.component) {
                        true => run.loss(ComponentId(loss.component), &scenario),
                        false => *loss,
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
    /// Components by flow, in file order; `None` where load ties everything to everything.
    members: Option<Vec<Vec<usize>>>,
}

impl Reach {
    fn new(failure: FailureModel<'_>) -> Self {
        let (design, model) = (failure.design(), failure.compiled());
        if model.load.has_demand() && !model.limited.is_empty() {
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
            let mut seen = HashSet::new();
            while let Some(component) = open.pop() {
                if seen.insert(component) {
                    open.extend(&heard[component]);
                }
            }
            let mut members: Vec<usize> = seen.into_iter().collect();
            members.sort_unstable();
            members
        };
        Self { members: Some(design.flow_ids().map(closure).collect()) }
    }

    /// The losses that a flow can notice.
    fn part(&self, losses: &[Loss], flow: FlowId) -> Vec<Loss> {
        let Some(members) = &self.members else { return losses.to_vec() };
        let find = |member: &usize| losses.binary_search_by_key(member, |loss| loss.component).ok();
        members[flow.0].iter().filter_map(find).map(|at| losses[at]).collect()
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
}

impl Unknown {
    /// Components of which one fails wherever the unknown has a part.
    fn involved(self, failure: FailureModel<'_>) -> Vec<ComponentId> {
        match self {
            Self::Timeout(id) | Self::StaleFor(id) | Self::Buffer(id) => vec![failure.design().dependency(id).target],
            Self::Replicas(id) | Self::Zones(id) | Self::Failover(id) | Self::Capacity(id) => vec![id],
            Self::Retention(queue) => {
                let legs = failure.design().flow_ids().flat_map(|flow| failure.graph().legs(flow));
                legs.filter(|leg| leg.queue == Some(queue)).map(|leg| leg.component).collect()
            }
        }
    }
}

/// The unknown has a part in this outcome at all.
fn could_matter(unknown: Unknown, cell: &Cell, failure: FailureModel<'_>) -> bool {
    let target = |id: DependencyId| cell.state(failure.design().dependency(id).target);
    let loses_copies = matches!(cell.event, Event::Zone(_) | Event::Instance(_));
    match unknown {
        Unknown::Timeout(id) => target(id) == State::Hung,
        Unknown::StaleFor(id) | Unknown::Buffer(id) => target(id).fails(),
        Unknown::Replicas(id) | Unknown::Zones(id) | Unknown::Failover(id) => {
            loses_copies && cell.state(id) > State::Up
        }
        Unknown::Capacity(id) => cell.state(id) > State::Up,
        Unknown::Retention(queue) => failure
            .graph()
            .legs(cell.flow)
            .iter()
            .any(|leg| leg.queue == Some(queue) && cell.state(leg.component).fails()),
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
