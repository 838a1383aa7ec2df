//! Writes to two systems that a crash in between leaves apart.

use super::cell::{field, text, yes};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{Component, ComponentId, DependencyId, FlowId};
use crate::read::vocabulary::{Access, Kind};
use std::collections::BTreeSet;

pub(super) const RELATION: Relation = Relation {
    name: "dual_write",
    summary: "A component that writes to several systems in one flow, with neither outbox nor transaction. What takes its work from a queue gets it again after a crash and is not listed.",
    fields: &[
        field("component", Type::Component, "The component."),
        field("writes", Type::List(&Type::Dependency), "Its writes; to a queue, whether or not `access` says so."),
        field("declared", Type::Bool, "`access` says of two of them or more that they write."),
        field("clause", Type::Text(&[]), "The systems written to, as the end of a sentence."),
    ],
    subject: 0,
    rows: |analysis| analysis.design.component_ids().filter_map(|id| row(analysis, id)).collect(),
};

fn row(analysis: &Analysis, id: ComponentId) -> Option<Row<'_>> {
    let design = &analysis.design;
    let edges = analysis.graph.outgoing(id);
    if edges.len() < 2 || edges.iter().any(|edge| design.dependency(*edge).consumes || is_safe(analysis, *edge)) {
        return None;
    }
    let writes: Vec<DependencyId> = edges.iter().copied().filter(|edge| writes(analysis, *edge)).collect();
    let writes = in_one_flow(analysis, &writes)?;
    let declared = writes.iter().filter(|edge| says_so(analysis, **edge)).count() > 1;
    let (queues, stores): (Vec<_>, Vec<_>) = writes
        .iter()
        .map(|edge| design.component(design.dependency(*edge).target))
        .partition(|target| target.kind.is_queue());
    let list = |verb: &str, targets: Vec<&Component>| {
        let names: Vec<String> = targets.iter().map(|target| format!("`{}`", target.name)).collect();
        (!names.is_empty()).then(|| format!("{verb} {}", names.join(" and ")))
    };
    let clauses: Vec<String> = [list("writes", stores), list("publishes to", queues)].into_iter().flatten().collect();
    Some(Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::list(writes.iter().map(|edge| Fact::dependency(analysis, *edge))),
            yes(declared),
            text(clauses.join(" and ")),
        ],
    })
}

fn is_safe(analysis: &Analysis, edge: DependencyId) -> bool {
    let facts = &analysis.design.dependency(edge).facts;
    facts.outbox.value().is_some() || facts.transaction.value().is_some()
}

fn says_so(analysis: &Analysis, edge: DependencyId) -> bool {
    matches!(analysis.design.dependency(edge).facts.access.value(), Some(Access::Write | Access::Both))
}

/// It changes something that stays. What is repaired by itself, or is a copy, does not count.
fn writes(analysis: &Analysis, edge: DependencyId) -> bool {
    let dependency = analysis.design.dependency(edge);
    let target = analysis.design.component(dependency.target);
    let facts = &target.facts;
    let follows =
        facts.reconcile.value().is_some() || facts.rebuild_from.value().is_some() || facts.replica_of.value().is_some();
    let one_of_several = dependency.group.is_some();
    !follows
        && !one_of_several
        && match target.kind {
            Kind::Database | Kind::ObjectStore | Kind::Search | Kind::External => says_so(analysis, edge),
            Kind::Queue | Kind::Stream => dependency.facts.access.value() != Some(&Access::Read),
            _ => false,
        }
}

/// Those that one flow makes together, to two targets or more; flows in file order.
fn in_one_flow(analysis: &Analysis, writes: &[DependencyId]) -> Option<Vec<DependencyId>> {
    let design = &analysis.design;
    let several = |writes: &[DependencyId]| {
        let targets: BTreeSet<ComponentId> = writes.iter().map(|edge| design.dependency(*edge).target).collect();
        targets.len() > 1
    };
    if !several(writes) {
        return None;
    }
    let always: Vec<DependencyId> =
        writes.iter().copied().filter(|edge| design.dependency(*edge).flows.is_none()).collect();
    if several(&always) {
        return Some(always);
    }
    let named: BTreeSet<FlowId> =
        writes.iter().filter_map(|edge| design.dependency(*edge).flows.as_ref()).flatten().copied().collect();
    named.into_iter().find_map(|flow| {
        let used = writes.iter().copied().filter(|edge| design.dependency(*edge).is_used_by(flow));
        let used: Vec<DependencyId> = used.collect();
        several(&used).then_some(used)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn dual(uses: &str) -> String {
        let design = format!(
            "{{components: {{api: {{uses: {uses}}}, pg: {{kind: database}}, events: {{kind: stream}}, jobs: {{kind: queue}}, \
             index: {{kind: search, rebuild_from: pg}}, redis: {{kind: cache}}}}, \
             flows: {{f: {{path: [api]}}, g: {{path: [api]}}}}}}"
        );
        table("dual_write", &["component", "writes", "declared", "clause"], &design)
    }

    #[test]
    fn two_systems_in_one_flow() {
        assert_eq!(
            dual("{pg: {access: write}, events: {access: write}}"),
            "component=api writes=[api->pg, api->events] declared=true clause=writes `pg` and publishes to `events`"
        );
        assert!(dual("{pg: {access: both}, events: {}}").contains("declared=false"));
        assert!(dual("{pg: {access: both, flows: [f]}, events: {flows: [f, g]}}").contains("declared=false"));
    }

    #[test]
    fn no_two_that_can_come_apart() {
        for uses in [
            "{pg: {access: write}, events: {access: write, outbox: true}}",
            "{pg: {access: write, transaction: true}, events: {access: write}}",
            "{pg: {access: write, flows: [f]}, events: {access: write, flows: [g]}}",
            "{pg: {access: read}, events: {access: write}}",
            "{pg: {}, events: {access: write}}",
            "{pg: {access: write}, index: {access: write}, redis: {access: write}}",
            "{jobs: {role: consume}, pg: {access: write}, events: {access: write}}",
        ] {
            assert_eq!(dual(uses), "", "{uses}");
        }
    }
}
