//! Critical flows that fail when one copy of a component is lost.

use super::evidence::{CHAIN, PATH, chain, failed, path};
use crate::analyse::relation::{Fact, Field, Relation, Row, Type};
use crate::analyse::{Analysis, Event};
use crate::model::{Component, ComponentId};
use crate::read::vocabulary::Kind;

pub(super) const RELATION: Relation = Relation {
    name: "instance_loss",
    summary: "A component of which one copy is lost, for each critical flow that can need it; what the flow does then.",
    fields: &[
        Field { name: "component", summary: "What loses a copy.", ty: Type::Component },
        Field { name: "flow", summary: "A critical flow that cannot work without the component.", ty: Type::Flow },
        Field { name: "fails", summary: "The flow fails, as drawn, with every unknown at its best.", ty: Type::Bool },
        PATH,
        CHAIN,
    ],
    subject: 0,
    rows,
};

fn rows(analysis: &Analysis) -> Vec<Row<'_>> {
    let design = &analysis.design;
    let mut rows = Vec::new();
    for id in design.component_ids().filter(|id| can_lose_a_copy(design.component(*id))) {
        for flow in analysis.graph.critical_flows_of(id) {
            rows.push(row(analysis, id, flow));
        }
    }
    rows
}

fn row(analysis: &Analysis, id: ComponentId, flow: crate::model::FlowId) -> Row<'_> {
    use crate::analyse::relation::Value;
    let verdict = failed(analysis, flow, Event::Instance(id));
    let witness = verdict.as_ref().map(|verdict| verdict.witness.clone()).unwrap_or_default();
    Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::flow(analysis, flow),
            Fact::computed(Value::Bool(verdict.is_some())),
            path(analysis, &witness),
            chain(analysis, &witness),
        ],
    }
}

/// Whoever operates a managed or external part hides the loss of a copy; a client is not part of the system.
fn can_lose_a_copy(component: &Component) -> bool {
    let outside = matches!(component.kind, Kind::Client | Kind::External | Kind::Cdn | Kind::Dns);
    !outside && !component.is_managed()
}
