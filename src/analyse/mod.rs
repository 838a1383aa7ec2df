//! What follows from the graph: the failure model, every derived analysis, and the tables of facts rules can ask.

pub mod amplification;
pub mod answer;
pub mod availability;
pub mod blast_radius;
pub mod capacity;
pub mod cut_set;
pub mod damage;
pub mod entity;
pub mod error_budget;
pub mod event;
pub mod event_outcome;
pub mod failure;
pub mod hang;
pub mod hinge;
pub mod latency;
pub mod open_question;
pub(crate) mod outage;
pub mod pool;
pub mod queue;
pub mod relation;
pub mod relations;
pub mod scenario;
pub mod single_point;
pub mod suspect;
pub mod unknown;
pub mod waiting;

pub use event::Event;
pub use failure::FailureModel;
pub use scenario::{Assume, Demand, Scenario};

use crate::graph::Graph;
use crate::model::{ComponentId, Design};
use blast_radius::BlastRadii;
use event_outcome::EventOutcomes;
use failure::{Compiled, Moves};
use fixedbitset::FixedBitSet;
use outage::Spread;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

/// A design with everything that can be computed about it. Expensive answers are computed once, when first asked; what
/// computes them must not share its work with other threads, which may be waiting for the same answer.
#[derive(Debug)]
pub struct Analysis {
    pub design: Design,
    pub graph: Graph,
    compiled: OnceLock<Compiled>,
    moves: [OnceLock<Moves>; 2],
    target_loads: OnceLock<Vec<f64>>,
    radii: OnceLock<Option<BlastRadii>>,
    spread: OnceLock<Spread>,
    event_outcomes: OnceLock<EventOutcomes>,
    left_out: Mutex<BTreeMap<&'static str, LeftOut>>,
}

/// How far an analysis that is too large to be finished has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeftOut {
    /// Plural noun of what is missing.
    pub what: &'static str,
    /// Events or other cases that were looked at.
    pub looked_at: usize,
    pub of: usize,
    /// Plural noun of what is counted.
    pub cases: &'static str,
}

impl Analysis {
    pub fn new(design: Design) -> Self {
        let graph = Graph::new(&design);
        Self {
            design,
            graph,
            compiled: OnceLock::new(),
            moves: Default::default(),
            target_loads: OnceLock::new(),
            radii: OnceLock::new(),
            spread: OnceLock::new(),
            event_outcomes: OnceLock::new(),
            left_out: Mutex::default(),
        }
    }

    /// Analyses that the rows asked for so far had to break off, by what is missing.
    pub fn left_out(&self) -> Vec<LeftOut> {
        self.left_out.lock().map(|left_out| left_out.values().copied().collect()).unwrap_or_default()
    }

    pub(crate) fn leave_out(&self, left_out: LeftOut) {
        if let Ok(mut known) = self.left_out.lock() {
            known.insert(left_out.what, left_out);
        }
    }

    /// Some critical flow cannot work without it (hard closure of the flow's steps).
    pub fn is_critical(&self, component: ComponentId) -> bool {
        self.graph.is_critical(component)
    }

    /// Every question about outages.
    pub fn failure(&self) -> FailureModel<'_> {
        let compiled = self.compiled.get_or_init(|| Compiled::new(&self.design, &self.graph));
        FailureModel::new(&self.design, &self.graph, compiled)
    }

    /// Load over every dependency, and what single failures would add, with today's or the target's traffic.
    pub(crate) fn moves(&self, demand: Demand) -> &Moves {
        let slot = &self.moves[usize::from(demand != Demand::Now)];
        slot.get_or_init(|| self.failure().compiled().load.moves(demand))
    }

    /// Load of every component at the target while nothing fails.
    pub(crate) fn target_loads(&self) -> &[f64] {
        self.target_loads.get_or_init(|| self.failure().loads(&[], Demand::Target))
    }

    /// Which stops single dependencies explain.
    pub(crate) fn spread(&self) -> &Spread {
        self.spread.get_or_init(|| Spread::new(self))
    }

    /// How every flow fares in every single event.
    pub fn event_outcomes(&self) -> &EventOutcomes {
        self.event_outcomes.get_or_init(|| EventOutcomes::new(self))
    }

    /// What every stop takes down through dependencies alone; `None` for very large designs.
    pub(crate) fn radii(&self) -> Option<&BlastRadii> {
        self.radii.get_or_init(|| self.failure().radii_without_load(&FixedBitSet::new())).as_ref()
    }
}
