//! What every stop takes down, for all stops at once.
//!
//! `D(c)`, the stops that make `c` fail, is the least solution of
//! `D(c) = {c} ∪ ⋃_hard D(t) ∪ ⋃_fallback (D(t) ∩ D(t′)) ∪ ⋃_groups {v : v in at least n − k + 1 of the D(t_i)}`,
//! computed with bit sets, targets before sources. Without load that moves it is exactly what the fixpoint of each
//! stop gives, at a small part of the cost; it does not see overload.
//!
//! Dominators of the graph are something else: they take edges for alternatives, while dependencies add up.

use super::failure::{Compiled, FailureModel, Passes};
use super::scenario::Scenario;
use crate::graph::strongly_connected;
use crate::model::{ComponentId, FlowId};
use fixedbitset::FixedBitSet;

/// For every component, the components whose stop makes it fail.
#[derive(Clone, PartialEq, Debug)]
pub struct BlastRadii {
    /// By component in file order.
    felled_by: Vec<FixedBitSet>,
}

impl BlastRadii {
    /// Components whose stop makes this one fail, itself included, in file order.
    pub fn felled_by(&self, component: ComponentId) -> impl Iterator<Item = ComponentId> + '_ {
        self.felled_by[component.0].ones().map(ComponentId)
    }

    /// The same as a set of positions.
    pub(crate) fn set(&self, component: ComponentId) -> &FixedBitSet {
        &self.felled_by[component.0]
    }

    pub fn fells(&self, stopped: ComponentId, component: ComponentId) -> bool {
        self.felled_by[component.0].contains(stopped.0)
    }

    /// Components that a stop makes fail, itself included, in file order.
    pub fn radius(&self, stopped: ComponentId) -> impl Iterator<Item = ComponentId> + '_ {
        let felled = move |by: &FixedBitSet| by.contains(stopped.0);
        self.felled_by.iter().enumerate().filter(move |(_, by)| felled(by)).map(|(index, _)| ComponentId(index))
    }
}

/// Memory is a bit per pair of components: 12.5 MB here.
const LARGEST: usize = 10_000;

impl FailureModel<'_> {
    /// `None` where load may move, or for designs of more than 10 000 components: then ask for one impact per event. The
    /// events of the scenario are not read, the rest is.
    pub fn blast_radii(self, flow: Option<FlowId>, asked: &Scenario) -> Option<BlastRadii> {
        let model = self.compiled();
        if model.size() > LARGEST || (model.load.has_demand() && !model.limited.is_empty()) {
            return None;
        }
        Some(self.radii(flow, asked))
    }

    /// What stops take down through dependencies alone, with the unsaid at its best; load may take more. `None` for
    /// designs of more than 10 000 components.
    pub(crate) fn radii_without_load(self) -> Option<BlastRadii> {
        (self.compiled().size() <= LARGEST).then(|| self.radii(None, &Scenario::new([])))
    }

    fn radii(self, flow: Option<FlowId>, asked: &Scenario) -> BlastRadii {
        let model = self.compiled();
        let passes = model.passes(self.design(), flow, asked);
        let mut felled_by: Vec<FixedBitSet> = (0..model.size())
            .map(|component| {
                let mut itself = FixedBitSet::with_capacity(model.size());
                itself.insert(component);
                itself
            })
            .collect();
        let leads = passes
            .iter()
            .enumerate()
            .flat_map(|(source, passes)| passes.iter().flat_map(Passes::targets).map(move |target| (source, target)));
        for set in strongly_connected(model.size(), leads) {
            loop {
                let mut changed = false;
                for component in &set {
                    for passes in &passes[*component] {
                        let felled = felled(&felled_by, passes, model);
                        let before = felled_by[*component].count_ones(..);
                        felled_by[*component].union_with(&felled);
                        changed |= felled_by[*component].count_ones(..) > before;
                    }
                }
                if !changed || set.len() == 1 {
                    break;
                }
            }
        }
        BlastRadii { felled_by }
    }
}

fn felled(felled_by: &[FixedBitSet], passes: &Passes, model: &Compiled) -> FixedBitSet {
    match passes {
        Passes::Always(target) => felled_by[*target].clone(),
        Passes::WithFallback(target, fallback) => &felled_by[*target] & &felled_by[*fallback],
        Passes::Several { members, fail } => {
            // at_least[j]: stops that fell more than j of the members seen so far.
            let mut at_least = vec![FixedBitSet::with_capacity(model.size()); *fail];
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
