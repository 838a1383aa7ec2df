//! Circles of dependencies.

use crate::model::{ComponentId, DependencyId, Design};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Strongly connected sets of at least two components, and components that lead to themselves.
///
/// Kosaraju's algorithm, because Tarjan's recurses in petgraph and a long chain would overflow the stack.
pub(super) fn cycles(design: &Design, counts: impl Fn(DependencyId) -> bool) -> Vec<Vec<ComponentId>> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(design.components.len(), design.dependencies.len());
    for _ in &design.components {
        graph.add_node(());
    }
    let mut to_itself = vec![false; design.components.len()];
    for id in design.dependency_ids().filter(|id| counts(*id)) {
        let edge = design.dependency(id);
        to_itself[edge.source.0] |= edge.source == edge.target;
        graph.add_edge(NodeIndex::new(edge.source.0), NodeIndex::new(edge.target.0), ());
    }
    let mut cycles: Vec<Vec<ComponentId>> = kosaraju_scc(&graph)
        .into_iter()
        .filter(|set| set.len() > 1 || set.iter().any(|node| to_itself[node.index()]))
        .map(|set| {
            let mut members: Vec<ComponentId> = set.into_iter().map(|node| ComponentId(node.index())).collect();
            members.sort_unstable();
            members
        })
        .collect();
    cycles.sort_unstable();
    cycles
}
