//! What somebody has to hold in their head to follow a flow.

use super::cell::{field, integer, text};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, FlowId};
use std::collections::BTreeSet;

pub(super) const RELATION: Relation = Relation {
    name: "journey",
    summary: "Every declared flow, with the processes and the owners it takes to follow it.",
    fields: &[
        field("flow", Type::Flow, "The flow."),
        field("steps", Type::Integer, "Steps of its path."),
        field("services", Type::List(&Type::Component), "Processes of your own on its path and directly behind it."),
        field("processes", Type::Integer, "How many they are."),
        field("owners", Type::List(&Type::Text(&[])), "Who owns them, each once."),
        field("unowned", Type::List(&Type::Component), "Those of them that name no owner."),
        field("outsiders", Type::List(&Type::Component), "Other people's systems on its path."),
    ],
    subject: 0,
    rows: |analysis| {
        let declared = analysis.design.flow_ids().filter(|flow| !analysis.design.flow(*flow).implicit);
        declared.map(|flow| row(analysis, flow)).collect()
    },
};

fn row(analysis: &Analysis, flow: FlowId) -> Row<'_> {
    let design = &analysis.design;
    let path = &design.flow(flow).path;
    let used = path.iter().flat_map(|id| analysis.graph.outgoing(*id)).map(|edge| design.dependency(*edge));
    let used = used.filter(|dependency| dependency.is_used_by(flow)).map(|dependency| dependency.target);
    let parts: BTreeSet<ComponentId> = path.iter().copied().chain(used).collect();
    let is_own = |id: &&ComponentId| {
        let component = design.component(**id);
        component.kind.is_own_process() && !component.is_managed()
    };
    let own: Vec<ComponentId> = parts.iter().filter(is_own).copied().collect();
    let owner = |id: &ComponentId| design.component(*id).facts.owner.value().map(|owner| owner.0.as_str());
    let owners: BTreeSet<&str> = own.iter().filter_map(owner).collect();
    let outsiders = path.iter().filter(|id| design.component(**id).kind == crate::read::vocabulary::Kind::External);
    let count = |count: usize| integer(count.try_into().unwrap_or(u64::MAX));
    Row {
        cells: vec![
            Fact::flow(analysis, flow),
            count(path.len()),
            Fact::list(own.iter().map(|id| Fact::component(analysis, *id))),
            count(own.len()),
            Fact::list(owners.into_iter().map(text)),
            Fact::list(own.iter().filter(|id| owner(id).is_none()).map(|id| Fact::component(analysis, *id))),
            Fact::list(outsiders.collect::<BTreeSet<_>>().into_iter().map(|id| Fact::component(analysis, *id))),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn processes_and_owners() {
        let design = "{components: {shopper: {kind: client, uses: [api]}, api: {owner: a, uses: [tax, pg]}, tax: {owner: b}, \
                      pg: {kind: database}, job: {}}, flows: {buy: {path: [shopper, api, pg, job]}}}";
        assert_eq!(
            table("journey", &["flow", "steps", "services", "processes", "owners", "unowned"], design),
            "flow=buy steps=4 services=[api, tax, job] processes=3 owners=[a, b] unowned=[job]"
        );
    }
}
