//! Critical flows that fail when one copy of a component is lost.

use super::evidence::{CHAIN, PATH, chain, path};
use crate::analyse::outage::Outages;
use crate::analyse::relation::{Fact, Field, Relation, Row, Type, Value};
use crate::analyse::{Analysis, Event};
use crate::model::{Component, ComponentId, FlowId};
use crate::read::vocabulary::{Kind, Stage};

pub(super) const RELATION: Relation = Relation {
    name: "instance_loss",
    summary: "A component that goes with one copy, or does not say how many run, for each critical flow that can need it; \
              what the flow does then.",
    fields: &[
        Field { name: "component", summary: "What loses a copy.", ty: Type::Component },
        Field { name: "flow", summary: "A critical flow that cannot work without the component.", ty: Type::Flow },
        Field { name: "fails", summary: "The flow fails when the component is gone, as drawn.", ty: Type::Bool },
        Field {
            name: "takes_all",
            summary: "Losing one copy takes the whole component: it is the only one, or nobody takes over.",
            ty: Type::Bool,
        },
        Field {
            name: "relaxed",
            summary: "The design is a prototype, or the flow may be down for 1 % of the time.",
            ty: Type::Bool,
        },
        PATH,
        CHAIN,
    ],
    subject: 0,
    rows,
};

fn rows(analysis: &Analysis) -> Vec<Row<'_>> {
    let design = &analysis.design;
    let mut outages = Outages::new(analysis);
    let mut rows = Vec::new();
    for id in design.component_ids().filter(|id| can_lose_a_copy(design.component(*id))) {
        let takes_all = analysis.failure().compiled().loss(id, Event::Instance(id)).0.fails();
        if takes_all || design.component(id).facts.replicas.value().is_none() {
            for flow in analysis.graph.critical_flows_of(id) {
                rows.push(row(analysis, id, flow, takes_all, &mut outages));
            }
        }
    }
    rows
}

fn row<'a>(
    analysis: &'a Analysis,
    id: ComponentId,
    flow: FlowId,
    takes_all: bool,
    outages: &mut Outages<'a>,
) -> Row<'a> {
    let found = outages.failed(flow, Event::Stop(id));
    let fails = found.is_some();
    let witness = found.unwrap_or_default();
    Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::flow(analysis, flow),
            Fact::computed(Value::Bool(fails)),
            Fact::computed(Value::Bool(takes_all)),
            Fact::computed(Value::Bool(is_relaxed(analysis, flow))),
            path(analysis, &witness),
            chain(analysis, &witness),
        ],
    }
}

/// Nobody promised that it stays up.
fn is_relaxed(analysis: &Analysis, flow: FlowId) -> bool {
    let is_prototype = analysis.design.facts.stage.value() == Some(&Stage::Prototype);
    let slo = analysis.design.flow(flow).facts.slo.value();
    is_prototype || slo.is_some_and(|slo| slo.0 <= 0.99)
}

/// Whoever operates a managed or external part hides the loss of a copy; a client is not part of the system.
fn can_lose_a_copy(component: &Component) -> bool {
    let outside = matches!(component.kind, Kind::Client | Kind::External | Kind::Cdn | Kind::Dns);
    !outside && !component.is_managed()
}
