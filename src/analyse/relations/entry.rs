//! Where critical flows enter, and what ten times their traffic would do there.

use super::cell::{field, maybe, rate, resting_on, yes};
use crate::analyse::Analysis;
use crate::analyse::failure::Compiled;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, FlowId, to_f64};
use crate::read::vocabulary::Kind;

/// Traffic of a very good day, in days like today.
const SURGE: f64 = 10.0;

pub(super) const RELATION: Relation = Relation {
    name: "entry",
    summary: "The first process of your own on the path of a critical flow, and what ten times today's traffic would do there.",
    fields: &[
        field("component", Type::Component, "The process."),
        field("flow", Type::Flow, "The flow."),
        field("load", Type::Rate, "Load today, if traffic is described."),
        field("surge", Type::Rate, "Ten times that."),
        field("capacity", Type::Rate, "What it can serve with all copies it may run; the place is `capacity`."),
        field("drowns", Type::Bool, "Ten times today's load is more than that."),
        field("way_in", Type::List(&Type::Component), "What requests pass on the way to it, itself included."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let critical = design.flow_ids().filter(|flow| design.flow(*flow).critical && !design.flow(*flow).implicit);
        critical.filter_map(|flow| row(analysis, flow)).collect()
    },
};

fn row(analysis: &Analysis, flow: FlowId) -> Option<Row<'_>> {
    let design = &analysis.design;
    let path = &design.flow(flow).path;
    let is_in_front = |id: &ComponentId| {
        matches!(design.component(*id).kind, Kind::Client | Kind::Cdn | Kind::Dns | Kind::Balancer | Kind::External)
    };
    let at = path.iter().position(|id| !is_in_front(id))?;
    let component = design.component(path[at]);
    let stated = &component.facts.capacity;
    let copies = |count: Option<u64>| to_f64(count.unwrap_or(1).max(1));
    let grows = copies(component.replicas_max()) / copies(component.replicas());
    let capacity = stated.value().map(|capacity| capacity.0 * grows);
    let load = Some(analysis.failure().compiled().calm[path[at].0]).filter(|load| *load > 0.0);
    let drowns = load.zip(capacity).is_some_and(|(load, capacity)| Compiled::exceeds(load * SURGE, capacity));
    Some(Row {
        cells: vec![
            Fact::component(analysis, path[at]),
            Fact::flow(analysis, flow),
            maybe(load, rate),
            maybe(load, |load| rate(load * SURGE)),
            maybe(capacity, |capacity| resting_on(rate(capacity), &[stated])),
            yes(drowns),
            Fact::list(path[..=at].iter().map(|id| Fact::component(analysis, *id))),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn the_first_process_of_ones_own() {
        let design = "{components: {web: {kind: client, uses: [lb]}, lb: {kind: balancer, uses: [api]}, \
                      api: {replicas: {min: 1, max: 2}, capacity: 150rps}}, \
                      flows: {f: {path: [web, lb, api], critical: true, rate: 40rps}}}";
        assert_eq!(
            table("entry", &["component", "flow", "load", "surge", "capacity", "drowns", "way_in"], design),
            "component=api flow=f load=40 rps surge=400 rps capacity=300 rps drowns=true way_in=[web, lb, api]"
        );
    }
}
