//! The design as a graph: who leads to whom, where flows begin and go on, what fails together, and which parts
//! critical flows cannot work without.

mod closure;
mod cycle;
mod domain;
mod leg;

pub(crate) use cycle::{circles, strongly_connected};
pub use domain::{Domain, DomainId, Domains};
pub use leg::Leg;

use crate::model::{ComponentId, DependencyId, Design, FlowId, GroupId};
use closure::Closures;

/// Adjacency, failure domains and closures of one design.
#[derive(Debug)]
pub struct Graph {
    outgoing: Vec<Vec<DependencyId>>,
    incoming: Vec<Vec<DependencyId>>,
    groups: Vec<Vec<GroupId>>,
    legs: Vec<Vec<Leg>>,
    closures: Closures,
    /// Places whose parts fail together.
    pub domains: Domains,
}

impl Graph {
    pub fn new(design: &Design) -> Self {
        let mut outgoing = vec![Vec::new(); design.components.len()];
        let mut incoming = vec![Vec::new(); design.components.len()];
        let mut groups = vec![Vec::new(); design.components.len()];
        for id in design.dependency_ids() {
            outgoing[design.dependency(id).source.0].push(id);
            incoming[design.dependency(id).target.0].push(id);
        }
        for id in design.group_ids() {
            groups[design.group(id).source.0].push(id);
        }
        let legs: Vec<Vec<Leg>> = design.flow_ids().map(|flow| leg::legs(design, &outgoing, flow)).collect();
        let closures = Closures::new(design, &outgoing, &groups, &legs);
        Self { outgoing, incoming, groups, legs, closures, domains: Domains::new(design) }
    }

    /// What a component uses, in file order; members of groups come last.
    pub fn outgoing(&self, component: ComponentId) -> &[DependencyId] {
        &self.outgoing[component.0]
    }

    /// What leads to a component, in file order.
    pub fn incoming(&self, component: ComponentId) -> &[DependencyId] {
        &self.incoming[component.0]
    }

    /// The alternatives a component chooses from, in file order.
    pub fn groups_of(&self, component: ComponentId) -> &[GroupId] {
        &self.groups[component.0]
    }

    /// The parts of a flow that count for its outcome themselves; all others count through the dependencies that lead
    /// to them.
    pub fn legs(&self, flow: FlowId) -> &[Leg] {
        &self.legs[flow.0]
    }

    /// Some critical flow cannot work without it, as drawn.
    pub fn is_critical(&self, component: ComponentId) -> bool {
        self.closures.is_critical(component)
    }

    /// The critical flows that cannot work without the component, as drawn.
    ///
    /// That is the closure of a flow's legs over dependencies that are needed while serving, belong to the flow, are
    /// hard, wait for the answer and have no fallback; taking messages from a queue is such a dependency. The members
    /// of a group count only when all of them are needed.
    pub fn critical_flows_of(&self, component: ComponentId) -> impl Iterator<Item = FlowId> + '_ {
        self.closures.critical_flows_of(component)
    }

    /// What a critical flow cannot work without, as drawn, in file order; nothing for other flows.
    pub fn needed_by(&self, flow: FlowId) -> impl Iterator<Item = ComponentId> + '_ {
        self.closures.needed_by(flow)
    }

    /// Some critical flow uses the dependency.
    pub fn is_critical_dependency(&self, dependency: DependencyId) -> bool {
        self.critical_flows_using(dependency).next().is_some()
    }

    /// The critical flows that use the dependency: it belongs to the flow, and its source is on the flow's path or
    /// something the flow cannot work without.
    pub fn critical_flows_using(&self, dependency: DependencyId) -> impl Iterator<Item = FlowId> + '_ {
        self.closures.critical_flows_using(dependency)
    }

    /// Components that lead to each other in a circle, each circle in file order, circles by their first component.
    /// Only dependencies for which `counts` holds are followed.
    pub fn cycles(&self, design: &Design, counts: impl Fn(DependencyId) -> bool) -> Vec<Vec<ComponentId>> {
        let counted = design.dependency_ids().filter(|id| counts(*id));
        circles(
            design.components.len(),
            counted.map(|id| (design.dependency(id).source.0, design.dependency(id).target.0)),
        )
    }
}

#[cfg(test)]
mod tests;
