//! What stores do while their copies cannot reach each other, against what flows must see.

use super::cell::{field, flow_at, text};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, DependencyId, FlowId};
use crate::read::vocabulary::{Access, Consistency, Kind, PartitionBehaviour};

pub(super) const RELATION: Relation = Relation {
    name: "partition",
    summary: "A store with copies: with each flow that must see the last write and uses it, or with the first critical flow that cannot work without it.",
    fields: &[
        field("component", Type::Component, "The store."),
        field("flow", Type::Flow, "The flow; the place is its `consistency`."),
        field("strict", Type::Bool, "The flow must see the last write, and its calls ask the store for nothing else."),
        field(
            "behaviour",
            Type::Text(PartitionBehaviour::WORDS),
            "What the store does while its copies cannot reach each other; the place is `on_partition`.",
        ),
        field("spread", Type::Bool, "Its copies are in several zones."),
        field("call", Type::Dependency, "The call that uses it, if the flow is strict."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let wanted = |flow: &FlowId| design.flow(*flow).facts.consistency.value() == Some(&Consistency::Strong);
        let strict: Vec<FlowId> = design.flow_ids().filter(wanted).collect();
        let may_part = |id: &ComponentId| {
            let component = design.component(*id);
            is_store(component.kind) && component.replicas_max() != Some(1)
        };
        let stores = design.component_ids().filter(may_part);
        stores.flat_map(|store| of_store(analysis, store, &strict)).collect()
    },
};

fn is_store(kind: Kind) -> bool {
    matches!(kind, Kind::Database | Kind::Search | Kind::ObjectStore)
}

fn of_store<'a>(analysis: &'a Analysis, store: ComponentId, strict: &[FlowId]) -> Vec<Row<'a>> {
    let design = &analysis.design;
    let facts = &design.component(store).facts;
    let mut rows = Vec::new();
    for flow in strict {
        let call = analysis.graph.incoming(store).iter().copied().find(|id| uses(analysis, *flow, *id));
        rows.extend(call.map(|call| row(analysis, store, *flow, Some(call))));
    }
    if rows.is_empty()
        && !is_answered(analysis, store)
        && facts.zones.value().is_some_and(|zones| zones.names().count() > 1)
    {
        let critical = analysis.graph.critical_flows_of(store).next();
        rows.extend(critical.map(|flow| row(analysis, store, flow, None)));
    }
    rows
}

fn is_answered(analysis: &Analysis, store: ComponentId) -> bool {
    !analysis.design.component(store).facts.on_partition.is_absent()
}

/// The call belongs to the flow and leaves it to the store how new the answer is.
fn uses(analysis: &Analysis, flow: FlowId, id: DependencyId) -> bool {
    let design = &analysis.design;
    let dependency = design.dependency(id);
    let path = &design.flow(flow).path;
    let writes_only = dependency.facts.access.value() == Some(&Access::Write);
    let behaviour = design.component(dependency.target).facts.on_partition.value();
    let stale = behaviour == Some(&PartitionBehaviour::ServeStale);
    dependency.is_call()
        && dependency.is_used_by(flow)
        && path.contains(&dependency.source)
        && path.contains(&dependency.target)
        && dependency.facts.consistency.is_absent()
        && !(writes_only && stale)
}

fn row(analysis: &Analysis, store: ComponentId, flow: FlowId, call: Option<DependencyId>) -> Row<'_> {
    let component = analysis.design.component(store);
    let facts = &component.facts;
    let behaviour =
        Fact::attr(&facts.on_partition, Some(component.place), component.notation == crate::read::Notation::Native);
    Row {
        cells: vec![
            Fact::component(analysis, store),
            flow_at(analysis, flow, &analysis.design.flow(flow).facts.consistency),
            super::cell::yes(call.is_some()),
            match facts.on_partition.value() {
                Some(word) => Fact { value: text(word.as_str()).value, ..behaviour },
                None => behaviour,
            },
            super::cell::yes(facts.zones.value().is_some_and(|zones| zones.names().count() > 1)),
            super::cell::maybe(call, |call| Fact::dependency(analysis, call)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn partition(call: &str, store: &str, consistency: &str) -> String {
        let design = format!(
            "{{components: {{api: {{uses: {{pg: {{{call}}}}}}}, pg: {{kind: database, {store}}}}}, \
             flows: {{f: {{path: [api, pg], critical: true, consistency: {consistency}}}}}}}"
        );
        table("partition", &["component", "flow", "strict", "behaviour", "spread", "call"], &design)
    }

    #[test]
    fn a_strict_flow_meets_the_choice_of_the_store() {
        assert_eq!(
            partition("timeout: 1s", "on_partition: serve-stale", "strong"),
            "component=pg flow=f strict=true behaviour=serve-stale spread=false call=api->pg"
        );
        assert_eq!(partition("consistency: strong", "on_partition: serve-stale", "strong"), "");
        assert_eq!(partition("timeout: 1s", "on_partition: serve-stale", "eventual"), "");
        assert_eq!(partition("timeout: 1s", "on_partition: serve-stale, replicas: 1", "strong"), "");
        assert_eq!(partition("access: write", "on_partition: serve-stale", "strong"), "");
        assert!(partition("access: write", "on_partition: accept-and-merge", "strong").contains("strict=true"));
    }

    #[test]
    fn copies_in_several_zones_without_an_answer() {
        assert_eq!(
            partition("timeout: 1s", "zones: [a, b]", "eventual"),
            "component=pg flow=f strict=false behaviour=- spread=true call=-"
        );
        assert_eq!(partition("timeout: 1s", "replicas: 2", "eventual"), "");
        assert_eq!(partition("timeout: 1s", "zones: [a, b], on_partition: reject", "eventual"), "");
    }
}
