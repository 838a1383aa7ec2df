//! Do the connections that clients keep open fit into what a store accepts.
//!
//! `Σ pool × copies` over the clients, copies at the autoscale maximum, against `max_connections - reserved`. While a
//! client is released, its extra copies connect, too: `⌈surge × copies⌉` of them, or a full second set with blue-green.

use super::failure::FailureModel;
use crate::model::{ComponentId, DependencyId};
use crate::read::vocabulary::DeployStrategy;

/// Connections to one component.
#[derive(Clone, PartialEq, Debug)]
pub struct PoolUse {
    pub store: ComponentId,
    pub max_connections: u64,
    pub reserved: u64,
    /// In file order.
    pub terms: Vec<PoolTerm>,
    /// The release of one client each, in file order; only those that add copies.
    pub rollouts: Vec<Rollout>,
}

/// One client's connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolTerm {
    pub dependency: DependencyId,
    pub client: ComponentId,
    /// Connections one copy keeps open.
    pub pool: u64,
    /// Copies at the most.
    pub copies: u64,
    /// The design does not say how many copies there are; one is counted.
    pub copies_unsaid: bool,
}

/// What the release of a client adds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rollout {
    pub client: ComponentId,
    /// Copies beside the ones that run.
    pub extra_copies: u64,
    /// All connections while it lasts.
    pub connections: u64,
}

impl PoolUse {
    /// What clients may use.
    pub fn available(&self) -> u64 {
        self.max_connections.saturating_sub(self.reserved)
    }

    /// Connections while nothing is released.
    pub fn connections(&self) -> u64 {
        self.terms.iter().map(PoolTerm::connections).fold(0, u64::saturating_add)
    }

    pub fn is_exceeded(&self) -> bool {
        self.connections() > self.available()
    }

    /// The first release during which the connections do not fit although they do otherwise.
    pub fn exceeded_by_release(&self) -> Option<Rollout> {
        let available = self.available();
        self.rollouts.iter().copied().find(|rollout| rollout.connections > available).filter(|_| !self.is_exceeded())
    }

    /// The arithmetic, `6×15 + 2×5 = 100`.
    pub fn arithmetic(&self) -> String {
        let terms: Vec<String> = self.terms.iter().map(|term| format!("{}×{}", term.copies, term.pool)).collect();
        format!("{} = {}", terms.join(" + "), self.connections())
    }
}

impl PoolTerm {
    pub fn connections(&self) -> u64 {
        self.pool.saturating_mul(self.copies)
    }
}

impl FailureModel<'_> {
    /// `None` when the store does not say what it accepts or no client says what it keeps open.
    pub fn pool_use(self, store: ComponentId) -> Option<PoolUse> {
        let design = self.design();
        let facts = &design.component(store).facts;
        let max_connections = facts.max_connections.value()?.0;
        let reserved = facts.reserved_connections.value().map_or(0, |reserved| reserved.0);
        let mut terms = Vec::new();
        for dependency in self.graph().incoming(store).iter().copied() {
            let edge = design.dependency(dependency);
            let Some(pool) = edge.facts.pool.value() else { continue };
            let copies = design.component(edge.source).replicas_max();
            terms.push(PoolTerm {
                dependency,
                client: edge.source,
                pool: pool.0,
                copies: copies.unwrap_or(1),
                copies_unsaid: copies.is_none(),
            });
        }
        if terms.is_empty() {
            return None;
        }
        let mut found = PoolUse { store, max_connections, reserved, terms, rollouts: Vec::new() };
        let steady = found.connections();
        for term in &found.terms {
            let extra_copies = extra_copies(self, term);
            if extra_copies > 0 {
                let connections = steady.saturating_add(extra_copies.saturating_mul(term.pool));
                found.rollouts.push(Rollout { client: term.client, extra_copies, connections });
            }
        }
        Some(found)
    }
}

fn extra_copies(failure: FailureModel<'_>, term: &PoolTerm) -> u64 {
    let Some(deploy) = failure.design().component(term.client).facts.deploy.value() else { return 0 };
    match deploy.strategy.value() {
        Some(DeployStrategy::BlueGreen) => term.copies,
        Some(DeployStrategy::Recreate | DeployStrategy::InPlace) => 0,
        Some(DeployStrategy::Rolling | DeployStrategy::Canary) | None => {
            deploy.surge.value().map_or(0, |surge| surge.copies(term.copies))
        }
    }
}

/// Connections in use at a time (Little's law): calls per second × seconds each holds its connection.
pub fn connections_in_use(calls_per_second: f64, seconds_held: f64) -> f64 {
    calls_per_second * seconds_held
}
