//! The shipped tables: one file each.

mod cell;
mod change;
mod automation;
mod limit;
mod deletion;
mod foundation;
mod region_loss;

mod target;
mod availability;
mod backlog;
mod shared_bottleneck;
mod cold_start;
mod shared_fate;
mod failover_loss;
mod latency_budget;
mod bad_release;
mod detection;
mod recovery_target;
mod cache_age;
mod stale_read;
mod entry;

#[cfg(test)]
mod testing;
mod amplified;
mod unexplained;
mod technology;
mod public_entry;
mod partition;
mod on_call;
mod dual_write;
mod derived_copy;
mod custody;
mod context;
mod caching;
mod call_chain;
mod cross_shard;
mod entanglement;
mod flow_owners;
mod health_cascade;
mod oversized;
mod traceability;
mod unwatched;
mod upkeep;
mod inversion;
mod exhaustion;
mod pool_use;
mod pool_need;
mod utilisation;
mod cache_loss;
mod survivor;
mod stuck;
mod assumption;
mod copy;
mod degradation;
mod draining;
mod game_day;
mod growth;
mod journey;
mod outage;
mod component;
mod claim;
mod dependency;
mod evidence;
mod external_loss;
mod instance_loss;
mod soft_hang;
mod tooling;
mod zone_loss;
mod design;
mod flow;
mod group;
mod staffing;
mod team;

use super::relation::Relation;

/// Every table a rule can name in `each`.
pub const RELATIONS: &[Relation] = &[
    component::RELATION,
    dependency::RELATION,
    group::RELATION,
    flow::RELATION,
    team::RELATION,
    design::RELATION,
    instance_loss::RELATION,
    zone_loss::RELATION,
    external_loss::RELATION,
    claim::RELATION,
    soft_hang::RELATION,
    tooling::RELATION,
    staffing::RELATION,
    change::RELATION,
    automation::RELATION,
    limit::RELATION,
    deletion::RELATION,
    foundation::RELATION,
    region_loss::RELATION,
    availability::RELATION,
    backlog::RELATION,
    shared_bottleneck::RELATION,
    cold_start::RELATION,
    shared_fate::RELATION,
    failover_loss::RELATION,
    latency_budget::RELATION,
    bad_release::RELATION,
    detection::RELATION,
    recovery_target::RELATION,
    cache_age::RELATION,
    stale_read::RELATION,
    entry::RELATION,
    amplified::RELATION,
    inversion::RELATION,
    exhaustion::RELATION,
    pool_use::RELATION,
    pool_need::RELATION,
    utilisation::RELATION,
    cache_loss::RELATION,
    survivor::RELATION,
    stuck::RELATION,
    call_chain::RELATION,
    cross_shard::RELATION,
    entanglement::RELATION,
    flow_owners::RELATION,
    health_cascade::RELATION,
    oversized::RELATION,
    traceability::RELATION,
    unwatched::RELATION,
    upkeep::RELATION,
    caching::RELATION,
    context::RELATION,
    custody::RELATION,
    derived_copy::RELATION,
    dual_write::RELATION,
    on_call::RELATION,
    partition::RELATION,
    public_entry::RELATION,
    technology::DUPLICATES,
    technology::INNOVATION,
    unexplained::RELATION,
    outage::RELATION,
    degradation::RELATION,
    game_day::RELATION,
    assumption::RELATION,
    growth::RELATION,
    journey::RELATION,
    copy::RELATION,
    draining::RELATION,
];

/// The table of that name.
pub fn find(name: &str) -> Option<&'static Relation> {
    RELATIONS.iter().find(|relation| relation.name == name)
}
