//! How many teams a flow needs at once.

use super::cell::{component_at, field, integer, text};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, FlowId};
use crate::read::vocabulary::Kind;
use std::collections::BTreeMap;

pub(super) const RELATION: Relation = Relation {
    name: "flow_owners",
    summary: "A critical flow and the owners of what it cannot work without; two owners or more. What serves every team is not counted.",
    fields: &[
        field("flow", Type::Flow, "The flow."),
        field("owners", Type::List(&Type::Text(&[])), "The owners, in the order of their components."),
        field("count", Type::Integer, "How many they are."),
        field("components", Type::List(&Type::Component), "The first component of each; the place is `owner`."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let owners: Vec<&str> = design
            .components
            .iter()
            .filter_map(|part| part.facts.owner.value())
            .map(|owner| owner.0.as_str())
            .collect();
        if owners.iter().all(|owner| *owner == owners[0]) {
            return Vec::new();
        }
        let critical = design.flow_ids().filter(|flow| design.flow(*flow).critical && !design.flow(*flow).implicit);
        critical.filter_map(|flow| row(analysis, flow)).collect()
    },
};

fn row(analysis: &Analysis, flow: FlowId) -> Option<Row<'_>> {
    let design = &analysis.design;
    let mut first: BTreeMap<&str, ComponentId> = BTreeMap::new();
    for id in analysis.graph.needed_by(flow) {
        let component = design.component(id);
        if let Some(owner) = component.facts.owner.value().filter(|_| !serves_everybody(component.kind)) {
            first.entry(&owner.0).or_insert(id);
        }
    }
    let mut owners: Vec<(ComponentId, &str)> = first.into_iter().map(|(owner, id)| (id, owner)).collect();
    owners.sort_unstable();
    (owners.len() > 1).then(|| Row {
        cells: vec![
            Fact::flow(analysis, flow),
            Fact::list(owners.iter().map(|(_, owner)| text(*owner))),
            integer(u64::try_from(owners.len()).unwrap_or(u64::MAX)),
            Fact::list(owners.iter().map(|(id, _)| component_at(analysis, *id, &design.component(*id).facts.owner))),
        ],
    })
}

/// What a platform team runs below every flow, and what is not ours to own.
fn serves_everybody(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Orchestrator | Kind::Monitoring | Kind::Dns | Kind::Cdn | Kind::Client | Kind::External | Kind::Deploy
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn owners(components: &str) -> String {
        let design = format!("{{components: {{{components}}}, flows: {{f: {{path: [a], critical: true}}}}}}");
        table("flow_owners", &["owners", "count", "components"], &design)
    }

    #[test]
    fn everybody_a_flow_needs() {
        assert_eq!(
            owners(
                "a: {owner: t2, uses: [b]}, b: {owner: t1, uses: [c, d]}, c: {owner: t1}, d: {kind: database, owner: t3}"
            ),
            "owners=[t2, t1, t3] count=3 components=[a, b, d]"
        );
        assert_eq!(owners("a: {owner: t1, uses: [b]}, b: {owner: t1}"), "");
    }

    #[test]
    fn not_those_it_can_do_without() {
        assert_eq!(
            owners("a: {owner: t1, uses: {b: soft, k: {}}}, b: {owner: t2}, k: {kind: orchestrator, owner: t3}"),
            ""
        );
    }
}
