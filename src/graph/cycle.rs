//! Circles of dependencies.

use crate::model::ComponentId;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Strongly connected sets of at least two components, and components that lead to themselves; members in file order,
/// sets by their first member.
///
/// Kosaraju's algorithm, because Tarjan's recurses in petgraph and a long chain would overflow the stack.
pub(crate) fn circles(size: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<ComponentId>> {
    let mut to_itself = vec![false; size];
    let edges: Vec<(usize, usize)> = edges.inspect(|(from, to)| to_itself[*from] |= from == to).collect();
    let mut circles: Vec<Vec<ComponentId>> = strongly_connected(size, edges.into_iter())
        .into_iter()
        .filter(|set| set.len() > 1 || set.iter().any(|member| to_itself[*member]))
        .map(|mut set| {
            set.sort_unstable();
            set.into_iter().map(ComponentId).collect()
        })
        .collect();
    circles.sort_unstable();
    circles
}

/// Strongly connected sets, each after everything it leads to.
pub(crate) fn strongly_connected(size: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    for _ in 0..size {
        graph.add_node(());
    }
    for (from, to) in edges {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
    }
    kosaraju_scc(&graph).into_iter().map(|set| set.into_iter().map(NodeIndex::index).collect()).collect()
}
