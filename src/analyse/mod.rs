//! What follows from the graph: the failure model, every derived analysis, and the tables of facts rules can ask.

pub mod entity;
pub mod relation;
pub mod relations;

use crate::graph::Graph;
use crate::model::{ComponentId, Design};

/// A design with everything that can be computed about it. Expensive answers are computed once, when first asked.
#[derive(Debug)]
pub struct Analysis {
    pub design: Design,
    pub graph: Graph,
}

impl Analysis {
    pub fn new(design: Design) -> Self {
        let graph = Graph::new(&design);
        Self { design, graph }
    }

    /// Some critical flow cannot work without it (hard closure of the flow's steps).
    pub fn is_critical(&self, component: ComponentId) -> bool {
        self.graph.is_critical(component)
    }
}
