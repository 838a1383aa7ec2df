//! What every stop takes down, for all stops at once.
//!
//! `D(c)`, the stops that make `c` fail, is the least solution of
//! `D(c) = {c} ∪ ⋃_hard D(t) ∪ ⋃_fallback (D(t) ∩ D(t′)) ∪ ⋃_groups {v : v in at least n − k + 1 of the D(t_i)}`,
//! computed with bit sets, targets before sources. Without load that moves it is exactly what the fixpoint of each
//! stop gives, at a small part of the cost; it does not see overload.
//!
//! Dominators of the graph are something else: they take edges for alternatives, while dependencies add up.

use super::event::Event;
use super::failure::{FailureModel, Passes};
use super::scenario::{Assume, Scenario};
use crate::graph::strongly_connected;
use crate::model::{ComponentId, FlowId};
use fixedbitset::FixedBitSet;

/// For every component, the components whose stop makes it fail.
#[derive(Clone, PartialEq, Debug)]
pub struct BlastRadii {
    /// By component in file order.
    felled_by: Vec<FixedBitSet>,
    /// Components in circles: only these can fell what fells them.
    circular: FixedBitSet,
}

impl BlastRadii {
    /// Components whose stop makes this one fail, itself included, in file order.
    pub fn felled_by(&self, component: ComponentId) -> impl Iterator<Item = ComponentId> + '_ {
        self.felled_by[component.0].ones().map(ComponentId)
    }

    /// Components whose stop makes something fail that these failures pass to.
    pub(crate) fn felled(&self, passes: &Passes) -> FixedBitSet {
        felled(&self.felled_by, passes)
    }

    /// Components whose stop makes any of these fail.
    pub(crate) fn felled_by_any(&self, components: impl IntoIterator<Item = usize>) -> FixedBitSet {
        let mut felled_by = FixedBitSet::with_capacity(self.felled_by.len());
        components.into_iter().for_each(|component| felled_by.union_with(&self.felled_by[component]));
        felled_by
    }

    /// Components whose stop makes this one fail, as a set of positions.
    pub(crate) fn set(&self, component: ComponentId) -> &FixedBitSet {
        &self.felled_by[component.0]
    }

    pub fn fells(&self, stopped: ComponentId, component: ComponentId) -> bool {
        self.felled_by[component.0].contains(stopped.0)
    }

    /// Whether the stop of the component may make something fail whose stop makes the component fail.
    pub(crate) fn is_circular(&self, component: ComponentId) -> bool {
        self.circular.contains(component.0)
    }

    /// Components that a stop makes fail, itself included, in file order.
    pub fn radius(&self, stopped: ComponentId) -> impl Iterator<Item = ComponentId> + '_ {
        let felled = move |by: &FixedBitSet| by.contains(stopped.0);
        self.felled_by.iter().enumerate().filter(move |(_, by)| felled(by)).map(|(index, _)| ComponentId(index))
    }
}

/// Memory is a bit per pair of components: 50 MB here.
const LARGEST: usize = 20_000;

impl FailureModel<'_> {
    /// `None` where load may move, or for designs of more than 20 000 components: then ask for one impact per event. The
    /// events of the scenario are not read, the rest is.
    pub fn blast_radii(self, flow: Option<FlowId>, asked: &Scenario) -> Option<BlastRadii> {
        let model = self.compiled();
        if model.size() > LARGEST || model.is_coupled() {
            return None;
        }
        Some(self.radii(flow, asked, &FixedBitSet::new()))
    }

    /// What stops take down through dependencies alone, with the unsaid at its best; load may take more. What fails
    /// anyway, fails whatever stops. `None` for designs of more than 20 000 components.
    pub(crate) fn radii_without_load(self, anyway: &FixedBitSet) -> Option<BlastRadii> {
        (self.compiled().size() <= LARGEST).then(|| self.radii(None, &Scenario::new([]), anyway))
    }

    /// Visits what fails in each of the events by itself, for an hour with today's traffic.
    ///
    /// Stops that move no load, hangs that meet no call but plain ones, and losses of copies that take all of a component
    /// or nothing are read off what every stop takes down; everything else is a fixpoint.
    pub fn each_radius(
        self,
        events: &[Event],
        flow: Option<FlowId>,
        assume: Assume,
        mut visit: impl FnMut(Event, &FixedBitSet),
    ) {
        let size = self.compiled().size();
        let asked = Scenario::new([]).assuming(assume);
        let at_once = AtOnce::new(self, flow, &asked);
        let nothing = FixedBitSet::with_capacity(size);
        let mut failing = nothing.clone();
        let mut run = self.runner();
        for event in events {
            if let Some(radius) = at_once.as_ref().and_then(|at_once| at_once.radius(self, *event, assume, &nothing)) {
                visit(*event, radius);
                continue;
            }
            run.run(&Scenario { events: vec![*event], ..asked.clone() }, flow, &[]);
            failing.clear();
            failing.extend((0..size).filter(|component| run.states[*component].fails()));
            visit(*event, &failing);
        }
    }

    fn radii(self, flow: Option<FlowId>, asked: &Scenario, anyway: &FixedBitSet) -> BlastRadii {
        let model = self.compiled();
        let passes = model.passes(self.design(), flow, asked);
        let mut felled_by: Vec<FixedBitSet> = (0..model.size())
            .map(|component| {
                let mut stops = FixedBitSet::with_capacity(model.size());
                stops.insert(component);
                if anyway.contains(component) {
                    stops.insert_range(..);
                }
                stops
            })
            .collect();
        let leads = passes
            .iter()
            .enumerate()
            .flat_map(|(source, passes)| passes.iter().flat_map(Passes::targets).map(move |target| (source, target)));
        let mut circular = FixedBitSet::with_capacity(model.size());
        for set in strongly_connected(model.size(), leads) {
            if set.len() > 1 {
                circular.extend(set.iter().copied());
            }
            loop {
                let mut changed = false;
                for component in &set {
                    // It is not needed in its place: what makes it fail by way of itself makes it fail anyway.
                    let mut own = std::mem::take(&mut felled_by[*component]);
                    let before = if set.len() > 1 { own.count_ones(..) } else { 0 };
                    for passes in &passes[*component] {
                        match passes {
                            Passes::Always(target) => own.union_with(&felled_by[*target]),
                            passes => own.union_with(&felled(&felled_by, passes)),
                        }
                    }
                    changed |= set.len() > 1 && own.count_ones(..) > before;
                    felled_by[*component] = own;
                }
                if !changed {
                    break;
                }
            }
        }
        BlastRadii { felled_by, circular }
    }
}

/// What stops fell, ready to be looked up by event.
struct AtOnce {
    /// By stopped component: what fails.
    felled: Vec<FixedBitSet>,
    /// Stops that bring load to where it is too much.
    move_load: FixedBitSet,
    /// Components whose hang is worse than their stop.
    hang_worse: FixedBitSet,
    coupled: bool,
}

impl AtOnce {
    /// `None` where something fails before anything happens, or the design is very large.
    fn new(failure: FailureModel<'_>, flow: Option<FlowId>, asked: &Scenario) -> Option<Self> {
        let model = failure.compiled();
        let size = model.size();
        let coupled = model.is_coupled();
        if size > LARGEST || (coupled && !model.drowned.is_empty()) {
            return None;
        }
        let radii = failure.radii(flow, asked, &FixedBitSet::new());
        let movers = coupled.then(|| model.coupling().movers.ones());
        let move_load = radii.felled_by_any(movers.into_iter().flatten());
        let hang_worse = radii.felled_by_any(model.hung_through(asked.assume));
        let mut felled = vec![FixedBitSet::with_capacity(size); size];
        for (component, by) in radii.felled_by.iter().enumerate() {
            for stopped in by.ones() {
                felled[stopped].insert(component);
            }
        }
        Some(Self { felled, move_load, hang_worse, coupled })
    }

    fn radius<'a>(
        &'a self,
        failure: FailureModel<'_>,
        event: Event,
        assume: Assume,
        nothing: &'a FixedBitSet,
    ) -> Option<&'a FixedBitSet> {
        let stop = |id: ComponentId| (!self.move_load.contains(id.0)).then(|| &self.felled[id.0]);
        match event {
            Event::Stop(id) => stop(id),
            Event::Hang(id) if !self.hang_worse.contains(id.0) => stop(id),
            Event::Instance(id) if failure.compiled().loss_of_copy(id, assume).fails() => stop(id),
            // What is left of it may be too little.
            Event::Instance(id) if !(self.coupled && failure.compiled().limits[id.0].is_some()) => Some(nothing),
            _ => None,
        }
    }
}

fn felled(felled_by: &[FixedBitSet], passes: &Passes) -> FixedBitSet {
    match passes {
        Passes::Always(target) => felled_by[*target].clone(),
        Passes::WithFallback(target, fallback) => &felled_by[*target] & &felled_by[*fallback],
        Passes::Several { members, fail } if *fail == members.len() => {
            let mut all = members.iter().map(|member| &felled_by[*member]);
            let mut felled = all.next().cloned().unwrap_or_default();
            all.for_each(|also| felled.intersect_with(also));
            felled
        }
        Passes::Several { members, fail } => {
            // at_least[j]: stops that fell more than j of the members seen so far.
            let mut at_least = vec![FixedBitSet::with_capacity(felled_by.len()); *fail];
            for member in members {
                for count in (1..*fail).rev() {
                    let also = &at_least[count - 1] & &felled_by[*member];
                    at_least[count].union_with(&also);
                }
                at_least[0].union_with(&felled_by[*member]);
            }
            at_least.pop().unwrap_or_default()
        }
    }
}
