//! What breaks when this fails, and does it come back by itself.
//!
//! States spread over dependencies, alternatives and load as a least fixpoint (`run`); flows fare as badly as their
//! worst leg (`outcome`). Facts that the design leaves out are taken at their best or at their worst ([`Assume`]):
//! `F` is monotone in each of them, so that whatever the missing facts are, the truth lies between the two answers.
//! What is drawn counts as complete: a fallback that is not drawn does not exist.

mod cause;
mod compiled;
mod effect;
mod impact;
mod load;
mod outcome;
mod own_state;
mod patch;
mod recovery;
mod run;
mod state;
mod tide;
mod witness;

pub use cause::{Cause, Overload};
pub use impact::Impact;
pub use outcome::{Horizon, Outcome, Verdict};
pub use recovery::{Recovery, Sustained};
pub use state::State;
pub use witness::{Step, Witness};

pub(crate) use compiled::Compiled;
pub(crate) use effect::{Choice, Edge, OpenHorizon, Passes};
pub(crate) use load::Moves;
pub(crate) use patch::Patch;
pub(crate) use recovery::Recoveries;
pub(crate) use run::{Loss, Run};

use super::event::{Event, EventName, UnknownEvent};
use super::scenario::{Assume, Demand, Scenario};
use crate::graph::Graph;
use crate::model::{ComponentId, Design, FlowId};
use crate::read::vocabulary::Kind;

/// The failure model of a design: every question about outages starts here.
#[derive(Clone, Copy, Debug)]
pub struct FailureModel<'a> {
    design: &'a Design,
    graph: &'a Graph,
    compiled: &'a Compiled,
}

impl<'a> FailureModel<'a> {
    pub(super) fn new(design: &'a Design, graph: &'a Graph, compiled: &'a Compiled) -> Self {
        Self { design, graph, compiled }
    }

    pub fn design(self) -> &'a Design {
        self.design
    }

    pub fn graph(self) -> &'a Graph {
        self.graph
    }

    pub(crate) fn compiled(self) -> &'a Compiled {
        self.compiled
    }

    /// Reads an event as users write it: `postgres`, `hang:recs`, `zone:a`.
    pub fn event(self, text: &str) -> Result<Event, UnknownEvent> {
        Event::parse(text, self.design, &self.graph.domains)
    }

    /// The event as users write it, kind included.
    pub fn event_name(self, event: Event) -> EventName<'a> {
        event.name(self.design, &self.graph.domains)
    }

    /// Every single event, in file order by kind.
    pub fn events(self) -> Vec<Event> {
        Event::all(self.design, &self.graph.domains)
    }

    /// What the scenario does to every component, following the dependencies of one flow, or all of them.
    pub fn impact(self, scenario: &Scenario, flow: Option<FlowId>) -> Impact {
        let mut run = self.runner();
        run.run(scenario, flow, &[]);
        run.into_impact(scenario, flow)
    }

    /// Visits the states in each of the events by itself, for an hour with today's traffic.
    pub fn each_event(
        self,
        events: &[Event],
        flow: Option<FlowId>,
        assume: Assume,
        mut visit: impl FnMut(Event, &[State]),
    ) {
        let mut run = self.runner();
        for event in events {
            run.run(&Scenario::from(*event).assuming(assume), flow, &[]);
            visit(*event, &run.states);
        }
    }

    /// Why a component is in the state it is in, from the event on; empty when it is up.
    pub fn witness(self, impact: &Impact, component: ComponentId) -> Witness {
        witness::witness(self, impact, component)
    }

    /// The event that puts a component in its state by itself, without anything else getting worse before.
    pub(crate) fn falls_alone(self, impact: &Impact, component: ComponentId) -> Option<Event> {
        witness::falls_alone(self, impact, component)
    }

    /// The last step of [`FailureModel::witness`], without the chain before it.
    pub fn last_step(self, impact: &Impact, component: ComponentId) -> Option<Step> {
        witness::last_step(impact, component)
    }

    /// How a flow fares, computed over the dependencies it uses.
    pub fn verdict(self, scenario: &Scenario, flow: FlowId) -> Verdict {
        outcome::verdict(self, flow, &self.impact(scenario, Some(flow)))
    }

    /// How a flow fares in an impact over dependencies that include all of its own.
    pub(crate) fn verdict_of(self, flow: FlowId, impact: &Impact) -> Verdict {
        outcome::verdict(self, flow, impact)
    }

    /// How every flow fares, in file order.
    pub fn verdicts(self, scenario: &Scenario) -> Vec<Verdict> {
        self.design.flow_ids().map(|flow| self.verdict(scenario, flow)).collect()
    }

    /// How a flow fares in given states.
    pub fn outcome(self, flow: FlowId, states: &[State], scenario: &Scenario) -> Outcome {
        outcome::outcome(self, flow, states, scenario.seconds, scenario.assume).0
    }

    /// How long a queue can take in what arrives while nobody takes it out, with today's traffic.
    pub fn horizon(self, queue: ComponentId) -> Option<Horizon> {
        self.compiled.horizons[queue.0]
    }

    /// What does not come back by itself when the events of an impact are over.
    pub fn recovery(self, impact: &Impact) -> Recovery {
        recovery::recovery(self, impact)
    }

    /// What cannot start when everything but other people's systems is down.
    pub fn black_start(self, assume: Assume) -> Recovery {
        recovery::black_start(self, assume)
    }

    /// The event takes some of a component's copies, or all of them.
    pub fn takes_copies(self, event: Event, component: ComponentId) -> bool {
        self.compiled.loss(component, event).1 < 1.0
    }

    /// Load of every component per second while the given components are down.
    pub fn loads(self, down: &[ComponentId], demand: Demand) -> Vec<f64> {
        self.compiled.load.loads(&self.only_down(down), demand, false)
    }

    /// As [`FailureModel::loads`], with every call repeated as often as its caller may: the load of a retry storm.
    pub fn amplified_loads(self, down: &[ComponentId], demand: Demand) -> Vec<f64> {
        self.compiled.load.loads(&self.only_down(down), demand, true)
    }

    /// The load of one component by the flow it comes from; `None` is traffic beside the flows.
    pub fn load_terms(
        self,
        component: ComponentId,
        down: &[ComponentId],
        demand: Demand,
    ) -> Vec<(Option<FlowId>, f64)> {
        self.compiled.load.terms(component, &self.only_down(down), demand, false)
    }

    pub(crate) fn runner(self) -> Run<'a> {
        Run::new(self.design, self.graph, self.compiled)
    }

    fn only_down(self, down: &[ComponentId]) -> Vec<State> {
        let mut states = vec![State::Up; self.compiled.size()];
        for component in down {
            states[component.0] = State::Down;
        }
        states
    }
}

/// Every cache that says which store it holds copies of, with that store, in file order.
pub(crate) fn caches(design: &Design) -> Vec<(ComponentId, ComponentId)> {
    let caches = design.component_ids().filter(|id| design.component(*id).kind == Kind::Cache);
    caches
        .filter_map(|cache| {
            let of = design.component(cache).facts.of.value()?;
            design.find_component(&of.0).map(|store| (cache, store))
        })
        .collect()
}
