//! Which flows single events fail, and why: asked for thousands of pairs of events and flows.
//!
//! Most failures spread along dependencies one by one: one search from the end of a flow answers for all stops at once.
//! Where that does not fail a flow, but a stop meets alternatives or moves load, the answer is a fixpoint, computed once
//! for all flows that use the same dependencies.

use super::Analysis;
use super::blast_radius::BlastRadii;
use super::event::Event;
use super::failure::{Cause, Impact, Outcome, Passes, Run, State, Step, Witness};
use super::scenario::Scenario;
use crate::model::{ComponentId, DependencyId, FlowId};
use fixedbitset::FixedBitSet;
use std::collections::BTreeMap;

/// Outages of an hour with today's traffic and every unknown at its best.
pub(crate) struct Outages<'a> {
    analysis: &'a Analysis,
    run: Run<'a>,
    /// Per flow, for each component without which it fails: why.
    reasons: Vec<Option<Vec<Reached>>>,
    /// The event asked for last, and its impact per set of dependencies.
    last: Option<Event>,
    impacts: Vec<(FlowId, Impact)>,
}

/// How stops spread.
#[derive(Debug)]
pub(crate) struct Spread {
    /// What each component fails without, by itself, in file order.
    needs: Vec<Vec<(DependencyId, usize)>>,
    /// What fails in every stop because it is overloaded while nothing happens is part of what each stop fells here.
    /// `None` where nothing is, and in very large designs.
    overloaded: Option<BlastRadii>,
    /// In very large designs, stops whose outcome takes a fixpoint.
    entangled: FixedBitSet,
    /// Stops that may bring load to where it is too much.
    moves_load: FixedBitSet,
    /// Components whose hang may take more with it than their stop.
    hangs_harder: FixedBitSet,
}

/// How a stop reaches the end of a flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reached {
    Never,
    /// It is the end.
    Leg,
    /// Over this dependency on the component.
    Over(DependencyId),
}

impl<'a> Outages<'a> {
    pub(crate) fn new(analysis: &'a Analysis) -> Self {
        let run = analysis.failure().runner();
        let reasons = vec![None; analysis.design.flows.len()];
        Self { analysis, run, reasons, last: None, impacts: Vec::new() }
    }

    /// Why the flow fails in the event, from the event to the first step that does; `None` if it does not fail.
    pub(crate) fn failed(&mut self, flow: FlowId, event: Event) -> Option<Witness> {
        if let Event::Stop(component) = event {
            // What single dependencies explain is explained by them, whatever else happens at the same time.
            let witness = self.witness(flow, component);
            if witness.is_some() || !self.may_fail(flow, component) {
                return witness;
            }
        }
        let failure = self.analysis.failure();
        let class = failure.compiled().class(flow);
        if self.last != Some(event) {
            self.last = Some(event);
            self.impacts.clear();
        }
        let known = self.impacts.iter().position(|(of, _)| *of == class);
        let index = known.unwrap_or_else(|| {
            self.impacts.push((class, self.run.impact(&Scenario::new([event]), Some(class))));
            self.impacts.len() - 1
        });
        // Which dependencies count as on the path makes no difference to what fails.
        let impact = &self.impacts[index].1;
        let scenario = &impact.scenario;
        if failure.outcome(flow, &impact.states, scenario) != Outcome::Failed {
            return None;
        }
        Some(failure.verdict_of(flow, impact).witness)
    }

    /// The flow fails in the event.
    pub(crate) fn stops(&mut self, flow: FlowId, event: Event) -> bool {
        match event {
            Event::Stop(component) if self.reasons(flow)[component.0] != Reached::Never => true,
            Event::Stop(component) if !self.may_fail(flow, component) => false,
            _ => self.failed(flow, event).is_some(),
        }
    }

    /// Why a component fails when another one stops, over all dependencies; `None` if it does not.
    pub(crate) fn takes(&mut self, stopped: ComponentId, component: ComponentId) -> Option<Witness> {
        if !self.analysis.spread().may_fell(self.analysis, stopped, component).unwrap_or(true) {
            return None;
        }
        let scenario = Scenario::new([Event::Stop(stopped)]);
        self.run.run(&scenario, None, &[]);
        let falls = self.run.states[component.0].fails();
        falls.then(|| self.analysis.failure().witness(&self.run.outcome(&scenario, None), component))
    }

    /// Every critical flow that some of the events fail, with the positions of these events, and why.
    pub(crate) fn stopped_by(&mut self, events: &[Event]) -> BTreeMap<FlowId, Vec<(usize, Witness)>> {
        let design = &self.analysis.design;
        let mut stopped: BTreeMap<FlowId, Vec<(usize, Witness)>> = BTreeMap::new();
        for (index, event) in events.iter().enumerate() {
            for flow in design.flow_ids().filter(|flow| design.flow(*flow).critical) {
                if let Some(witness) = self.failed(flow, *event) {
                    stopped.entry(flow).or_default().push((index, witness));
                }
            }
        }
        stopped
    }

    /// Whether a stop can fail a flow that does not fail over single dependencies.
    fn may_fail(&self, flow: FlowId, stopped: ComponentId) -> bool {
        let spread = self.analysis.spread();
        let falls = |leg: ComponentId| spread.may_fell(self.analysis, stopped, leg);
        let mut legs = self.analysis.graph.legs(flow).iter();
        legs.any(|leg| falls(leg.component).unwrap_or(spread.entangled.contains(stopped.0)))
    }

    fn witness(&mut self, flow: FlowId, stopped: ComponentId) -> Option<Witness> {
        let design = &self.analysis.design;
        let reasons = self.reasons(flow);
        let mut step = Step { component: stopped, state: State::Down, cause: Cause::Event(Event::Stop(stopped)) };
        let mut steps = Vec::new();
        loop {
            let component = step.component;
            match reasons[component.0] {
                Reached::Never => return None,
                Reached::Leg => {
                    steps.push(step);
                    return Some(Witness { steps });
                }
                Reached::Over(id) => {
                    steps.push(step);
                    let cause = Cause::Dependency(id);
                    step = Step { component: design.dependency(id).source, state: State::Down, cause };
                }
            }
        }
    }

    fn reasons(&mut self, flow: FlowId) -> &[Reached] {
        if self.reasons[flow.0].is_none() {
            self.reasons[flow.0] = Some(self.reasons_of(flow));
        }
        self.reasons[flow.0].as_deref().unwrap_or_default()
    }

    /// Shortest ways from the ends of a flow to everything it fails without. Of several the one whose dependencies come
    /// first in the file, as a fixpoint records them: the search goes through them in that order.
    fn reasons_of(&self, flow: FlowId) -> Vec<Reached> {
        let design = &self.analysis.design;
        let failure = self.analysis.failure();
        let needs = &self.analysis.spread().needs;
        let mut reasons = vec![Reached::Never; design.components.len()];
        let seconds = Scenario::DEFAULT_SECONDS;
        for leg in self.analysis.graph.legs(flow) {
            let holds = |queue| failure.horizon(queue).is_none_or(|horizon| seconds <= horizon.seconds);
            if leg.queue.is_some_and(holds) {
                continue;
            }
            // An earlier step that fails, too, is the one that is shown, and fails without all that it needs.
            if reasons[leg.component.0] != Reached::Never {
                continue;
            }
            reasons[leg.component.0] = Reached::Leg;
            let mut reached: Vec<usize> = vec![leg.component.0];
            let mut next = 0;
            while let Some(component) = reached.get(next).copied() {
                next += 1;
                for (id, target) in &needs[component] {
                    if reasons[*target] == Reached::Never && design.dependency(*id).is_used_by(flow) {
                        reasons[*target] = Reached::Over(*id);
                        reached.push(*target);
                    }
                }
            }
        }
        reasons
    }
}

impl Spread {
    /// What fails when a component hangs is what fails when it stops.
    pub(crate) fn hangs_as_it_stops(&self, component: ComponentId) -> bool {
        !self.moves_load.contains(component.0) && !self.hangs_harder.contains(component.0)
    }

    /// Whether a component may fail when another one stops: where this says no, it does not. `None` for very large
    /// designs.
    pub(crate) fn may_fell(&self, analysis: &Analysis, stopped: ComponentId, component: ComponentId) -> Option<bool> {
        let radii = self.overloaded.as_ref().or_else(|| analysis.radii())?;
        Some(self.moves_load.contains(stopped.0) || radii.fells(stopped, component))
    }

    pub(super) fn new(analysis: &Analysis) -> Self {
        let failure = analysis.failure();
        let model = failure.compiled();
        let asked = Scenario::new([]);
        let mut spread = Self {
            needs: vec![Vec::new(); model.size()],
            overloaded: None,
            entangled: FixedBitSet::with_capacity(model.size()),
            moves_load: FixedBitSet::with_capacity(model.size()),
            // Only the event hangs anything, so that what is overloaded has no part in this.
            hangs_harder: behind(analysis, model.hung_through(asked.assume)),
        };
        let mut alternatives = Vec::new();
        for (id, source, passes) in model.passes_of_edges(&asked) {
            match passes {
                Passes::Always(target) => spread.needs[source].push((id, target)),
                other => alternatives.push(other),
            }
        }
        if model.is_coupled() {
            spread.couple(analysis);
        }
        if analysis.radii().is_none() {
            alternatives.extend(model.choices.iter().flat_map(super::failure::Choice::passes));
            spread.entangled = behind(analysis, alternatives.iter().flat_map(Passes::targets));
            spread.entangled.union_with(&spread.moves_load);
        }
        spread
    }

    /// What load has to do with it.
    ///
    /// What fails while nothing happens is the least fixpoint without events, which lies below that of every stop. Beside
    /// it, a stop fells what dependencies pass on from both together, unless that holds a component whose failure can
    /// be part of an overload and that does not fail anyway: no load that matters differs, so this is a fixpoint.
    fn couple(&mut self, analysis: &Analysis) {
        let failure = analysis.failure();
        let model = failure.compiled();
        let mut anyway = FixedBitSet::with_capacity(model.size());
        if !model.drowned.is_empty() {
            let mut run = failure.runner();
            run.run(&Scenario::new([]), None, &[]);
            anyway.extend((0..model.size()).filter(|component| run.states[*component].fails()));
        }
        let movers = model.coupling().movers.difference(&anyway);
        if anyway.is_clear() {
            self.moves_load = behind(analysis, movers);
            return;
        }
        self.overloaded = failure.radii_without_load(&anyway);
        match &self.overloaded {
            Some(radii) => self.moves_load = radii.felled_by_any(movers),
            None => self.moves_load.insert_range(..),
        }
    }
}

/// Whatever makes one of these fail through dependencies; in very large designs, whatever could.
fn behind(analysis: &Analysis, components: impl Iterator<Item = usize>) -> FixedBitSet {
    if let Some(radii) = analysis.radii() {
        return radii.felled_by_any(components);
    }
    let mut behind = FixedBitSet::with_capacity(analysis.design.components.len());
    let mut open: Vec<usize> = components.collect();
    while let Some(component) = open.pop() {
        if !behind.put(component) {
            let leads = analysis.graph.outgoing(ComponentId(component)).iter();
            let leads = leads.map(|id| analysis.design.dependency(*id));
            open.extend(leads.flat_map(|edge| std::iter::once(edge.target).chain(edge.fallback_to)).map(|id| id.0));
        }
    }
    behind
}
