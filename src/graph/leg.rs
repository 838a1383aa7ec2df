//! Where a flow begins, and where it goes on by itself.

use crate::model::{ComponentId, DependencyId, Design, FlowId};
use crate::read::vocabulary::Phase;

/// A step of a flow that counts for the outcome itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leg {
    pub component: ComponentId,
    /// The queue before it, if it is on the asynchronous side of one: then its outage delays the flow first.
    pub queue: Option<ComponentId>,
    /// Position in the flow's path.
    pub step: usize,
}

/// The first step, every step no earlier step of the same stretch leads to, and what follows a queue.
pub(super) fn legs(design: &Design, outgoing: &[Vec<DependencyId>], flow: FlowId) -> Vec<Leg> {
    let leads_to = |from: ComponentId, to: ComponentId| {
        outgoing[from.0].iter().any(|id| {
            let dependency = design.dependency(*id);
            let drawn = dependency.target == to && (dependency.group.is_some() || dependency.phase == Phase::Run);
            drawn || (dependency.group.is_none() && dependency.fallback_to == Some(to))
        })
    };
    let mut legs = Vec::new();
    let mut stretch: Vec<ComponentId> = Vec::new();
    let mut queue = None;
    for (step, component) in design.flow(flow).path.iter().copied().enumerate() {
        if !stretch.iter().any(|earlier| leads_to(*earlier, component)) {
            legs.push(Leg { component, queue, step });
        }
        if design.component(component).kind.is_queue() {
            queue = Some(component);
            stretch.clear();
        }
        stretch.push(component);
    }
    legs
}
