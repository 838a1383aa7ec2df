//! How much of the time a flow can work at best, from the availability of its parts.
//!
//! With minimal cut sets `C` and `q = 1 - availability`:
//! `worst = 1 - Σ_C min q` (Boole and Fréchet: whatever depends on whatever), `best = 1 - max q` over cuts of one
//! component (whatever depends on whatever), `independent` is exact when parts fail independently, each distinct part
//! counted once (Treynor, Dahlin, Rau and Beyer, "The Calculus of Service Availability", ACM Queue 2017).

use super::cut_set::{CutSetQuery, CutSets};
use super::event::Event;
use super::failure::FailureModel;
use crate::model::{ComponentId, FlowId};

/// Bounds on the availability of a flow, over the components that say theirs.
#[derive(Clone, PartialEq, Debug)]
pub struct Availability {
    /// Holds whatever depends on whatever.
    pub worst: f64,
    /// When parts fail independently; `None` when there are too many combinations to be exact.
    pub independent: Option<f64>,
    /// No arrangement of causes makes it better.
    pub best: f64,
    /// The components counted with their unavailability, in file order.
    pub terms: Vec<(ComponentId, f64)>,
    /// Minimal cut sets over these components.
    pub cuts: Vec<Vec<ComponentId>>,
    /// Larger cut sets may be missing.
    pub truncated: bool,
}

/// Cut sets of more components contribute less than anybody can measure.
const ORDER: usize = 3;

/// Steps of the exact computation; beyond that the answer is left open.
const STEPS: usize = 200_000;

impl FailureModel<'_> {
    /// Bounds on the share of time a flow works.
    pub fn availability(self, flow: FlowId) -> Availability {
        self.availability_of_class(&[flow]).pop().expect("one answer per flow")
    }

    /// The same for several flows that use the same dependencies.
    pub(crate) fn availability_of_class(self, flows: &[FlowId]) -> Vec<Availability> {
        let unavailable = |id: ComponentId| {
            self.design().component(id).facts.availability.value().map(|availability| 1.0 - availability.0)
        };
        let declared: Vec<ComponentId> =
            self.design().component_ids().filter(|id| unavailable(*id).is_some()).collect();
        let query = CutSetQuery {
            events: declared.iter().map(|id| Event::Stop(*id)).collect(),
            ..CutSetQuery::new(self, ORDER)
        };
        let q = |id: &ComponentId| unavailable(*id).unwrap_or(0.0);
        let of = |cuts| Availability::new(cuts, &declared, &q);
        self.cut_sets_of_class(flows, &query).into_iter().map(of).collect()
    }
}

impl Availability {
    fn new(found: CutSets, declared: &[ComponentId], q: &impl Fn(&ComponentId) -> f64) -> Self {
        let CutSets { sets, truncated, .. } = found;
        let cuts: Vec<Vec<ComponentId>> =
            sets.iter().map(|set| set.iter().filter_map(|event| event.component()).collect()).collect();
        let least = |cut: &Vec<ComponentId>| cut.iter().map(q).fold(f64::INFINITY, f64::min);
        let singles = cuts.iter().filter(|cut| cut.len() == 1);
        let mut steps = 0;
        Self {
            worst: (1.0 - cuts.iter().map(least).sum::<f64>()).max(0.0),
            independent: union(&cuts, q, &mut steps).map(|failed| 1.0 - failed),
            best: 1.0 - singles.map(|cut| q(&cut[0])).fold(0.0, f64::max),
            terms: declared
                .iter()
                .filter(|id| cuts.iter().flatten().any(|part| part == *id))
                .map(|id| (*id, q(id)))
                .collect(),
            cuts,
            truncated,
        }
    }
}

/// The probability that at least one cut is complete, by Shannon's expansion on the part that stands in most cuts.
fn union(cuts: &[Vec<ComponentId>], q: &impl Fn(&ComponentId) -> f64, steps: &mut usize) -> Option<f64> {
    *steps += 1;
    if *steps > STEPS {
        return None;
    }
    if cuts.is_empty() {
        return Some(0.0);
    }
    if cuts.iter().any(Vec::is_empty) {
        return Some(1.0);
    }
    // Cuts that share no part with any other are independent of the rest.
    let mut counts: Vec<(ComponentId, usize)> = Vec::new();
    for part in cuts.iter().flatten() {
        match counts.iter_mut().find(|(known, _)| known == part) {
            Some((_, count)) => *count += 1,
            None => counts.push((*part, 1)),
        }
    }
    let (pivot, most) = counts.into_iter().max_by_key(|(part, count)| (*count, std::cmp::Reverse(*part)))?;
    if most == 1 {
        let none: f64 = cuts.iter().map(|cut| 1.0 - cut.iter().map(q).product::<f64>()).product();
        return Some(1.0 - none);
    }
    let failed: Vec<Vec<ComponentId>> =
        cuts.iter().map(|cut| cut.iter().copied().filter(|part| *part != pivot).collect()).collect();
    let works: Vec<Vec<ComponentId>> = cuts.iter().filter(|cut| !cut.contains(&pivot)).cloned().collect();
    Some(q(&pivot) * union(&failed, q, steps)? + (1.0 - q(&pivot)) * union(&works, q, steps)?)
}
