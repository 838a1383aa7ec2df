//! Queues that decouple two sides which wait for the same store.

use super::cell::{field, maybe, rate, resting_on, yes};
use crate::analyse::Analysis;
use crate::analyse::failure::Compiled;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, Dependency, DependencyId, FlowId};
use crate::read::vocabulary::Kind;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RELATION: Relation = Relation {
    name: "shared_bottleneck",
    summary: "A queue of a flow, and a store that both the side before it and the side behind it cannot do without.",
    fields: &[
        field("queue", Type::Component, "The queue."),
        field("flow", Type::Flow, "The flow that goes through it."),
        field("store", Type::Component, "What both sides wait for."),
        field("before", Type::Dependency, "The call to the store on the side that answers users."),
        field("behind", Type::Dependency, "The call to the store on the side that works messages off."),
        field("load", Type::Rate, "Load of the store at the target, if traffic is described."),
        field("capacity", Type::Rate, "What the store can serve, if it says so; the place is `capacity`."),
        field("overloaded", Type::Bool, "The load at the target is more than it can serve."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let asynchronous =
            design.flow_ids().filter(|flow| analysis.graph.legs(*flow).iter().any(|leg| leg.queue.is_some()));
        asynchronous.flat_map(|flow| of_flow(analysis, flow)).collect()
    },
};

fn of_flow(analysis: &Analysis, flow: FlowId) -> Vec<Row<'_>> {
    let legs = analysis.graph.legs(flow);
    let before = stores(analysis, flow, legs.iter().filter(|leg| leg.queue.is_none()).map(|leg| leg.component));
    let queues: BTreeSet<ComponentId> = legs.iter().filter_map(|leg| leg.queue).collect();
    let mut rows = Vec::new();
    for queue in queues {
        let behind_it = legs.iter().filter(|leg| leg.queue == Some(queue)).map(|leg| leg.component);
        for (store, behind) in stores(analysis, flow, behind_it) {
            if let Some(before) = before.get(&store).filter(|before| **before != behind) {
                rows.push(row(analysis, flow, queue, store, (*before, behind)));
            }
        }
    }
    rows
}

/// Databases and indexes that the components cannot do without, each with the call that leads to it. Reading a queue
/// does not lead back to what is behind it.
fn stores(
    analysis: &Analysis,
    flow: FlowId,
    from: impl Iterator<Item = ComponentId>,
) -> BTreeMap<ComponentId, DependencyId> {
    let design = &analysis.design;
    let mut open: Vec<ComponentId> = from.collect();
    let mut seen: BTreeSet<ComponentId> = open.iter().copied().collect();
    let mut stores = BTreeMap::new();
    while let Some(component) = open.pop() {
        for id in analysis.graph.outgoing(component) {
            let dependency = design.dependency(*id);
            if !is_needed(dependency) || !dependency.is_used_by(flow) {
                continue;
            }
            if matches!(design.component(dependency.target).kind, Kind::Database | Kind::Search) {
                stores.entry(dependency.target).or_insert(*id);
            }
            if seen.insert(dependency.target) {
                open.push(dependency.target);
            }
        }
    }
    stores
}

fn is_needed(dependency: &Dependency) -> bool {
    let hard = dependency.need == crate::read::vocabulary::Need::Hard;
    dependency.is_call() && hard && dependency.group.is_none() && dependency.facts.fallback.value().is_none()
}

fn row(
    analysis: &Analysis,
    flow: FlowId,
    queue: ComponentId,
    store: ComponentId,
    (before, behind): (DependencyId, DependencyId),
) -> Row<'_> {
    let stated = &analysis.design.component(store).facts.capacity;
    let capacity = stated.value().map(|capacity| capacity.0);
    let load = Some(analysis.target_loads()[store.0]).filter(|load| *load > 0.0);
    let overloaded = load.zip(capacity).is_some_and(|(load, capacity)| Compiled::exceeds(load, capacity));
    Row {
        cells: vec![
            Fact::component(analysis, queue),
            Fact::flow(analysis, flow),
            Fact::component(analysis, store),
            Fact::dependency(analysis, before),
            Fact::dependency(analysis, behind),
            maybe(load, rate),
            maybe(capacity, |capacity| resting_on(rate(capacity), &[stated])),
            yes(overloaded),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn shared(worker: &str, store: &str) -> String {
        let design = format!(
            "{{components: {{api: {{uses: [jobs, pg]}}, jobs: {{kind: queue}}, worker: {{kind: worker, uses: {worker}}}, \
             pg: {{kind: database, {store}}}, pg-r: {{kind: database, replica_of: pg}}}}, \
             flows: {{f: {{path: [api, jobs, worker], rate: 40rps}}}}}}"
        );
        table("shared_bottleneck", &["queue", "flow", "store", "before", "behind", "load", "overloaded"], &design)
    }

    #[test]
    fn both_sides_wait_for_one_store() {
        let plain = "queue=jobs flow=f store=pg before=api->pg behind=worker->pg load=80 rps overloaded=";
        assert_eq!(shared("[jobs, pg]", "backup: 1d"), format!("{plain}false"));
        assert_eq!(shared("[jobs, pg]", "capacity: 60rps"), format!("{plain}true"));
    }

    #[test]
    fn a_store_of_its_own_or_a_soft_call_decouples() {
        assert_eq!(shared("[jobs, pg-r]", "backup: 1d"), "");
        assert_eq!(shared("{jobs: {}, pg: {need: soft}}", "backup: 1d"), "");
    }
}
