//! The design as a graph: who leads to whom, and which parts critical flows cannot work without.

use crate::model::{ComponentId, DependencyId, Design, FlowId};

/// Adjacency and closures of one design.
#[derive(Debug)]
pub struct Graph {
    outgoing: Vec<Vec<DependencyId>>,
    incoming: Vec<Vec<DependencyId>>,
}

impl Graph {
    pub fn new(design: &Design) -> Self {
        let mut outgoing = vec![Vec::new(); design.components.len()];
        let mut incoming = vec![Vec::new(); design.components.len()];
        for id in design.dependency_ids() {
            outgoing[design.dependency(id).source.0].push(id);
            incoming[design.dependency(id).target.0].push(id);
        }
        Self { outgoing, incoming }
    }

    /// What a component uses, in file order.
    pub fn outgoing(&self, component: ComponentId) -> &[DependencyId] {
        &self.outgoing[component.0]
    }

    /// What leads to a component, in file order.
    pub fn incoming(&self, component: ComponentId) -> &[DependencyId] {
        &self.incoming[component.0]
    }

    pub fn is_critical(&self, _component: ComponentId) -> bool {
        false
    }

    pub fn critical_flows_of(&self, _component: ComponentId) -> impl Iterator<Item = FlowId> + '_ {
        std::iter::empty()
    }

    pub fn is_critical_dependency(&self, _dependency: DependencyId) -> bool {
        false
    }

    /// The flow may go through the dependency.
    pub fn flow_uses(&self, _flow: FlowId, _dependency: DependencyId) -> bool {
        false
    }

    pub fn critical_flows_using(&self, _dependency: DependencyId) -> impl Iterator<Item = FlowId> + '_ {
        std::iter::empty()
    }
}
