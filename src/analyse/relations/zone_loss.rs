//! Critical flows that fail when one zone fails.

use super::evidence::{CHAIN, PATH, chain, failed, path};
use crate::analyse::failure::Witness;
use crate::analyse::relation::{Fact, Field, Relation, Row, Type, Value};
use crate::analyse::{Analysis, Event, Scenario};
use crate::model::{ComponentId, FlowId};

pub(super) const RELATION: Relation = Relation {
    name: "zone_loss",
    summary: "A critical flow, and the zones each of which stops it alone; only where some component lists zones.",
    fields: &[
        Field { name: "flow", summary: "The flow that fails.", ty: Type::Flow },
        Field { name: "zones", summary: "The zones that stop it.", ty: Type::List(&Type::Text(&[])) },
        Field {
            name: "stranded",
            summary: "What has too little left outside the first of these zones; the place is its `zones`.",
            ty: Type::List(&Type::Component),
        },
        Field { name: "spread", summary: "Some component is spread over two zones or more.", ty: Type::Bool },
        PATH,
        CHAIN,
    ],
    subject: 0,
    rows,
};

fn rows(analysis: &Analysis) -> Vec<Row<'_>> {
    let design = &analysis.design;
    let zones: Vec<Event> =
        analysis.failure().events().into_iter().filter(|event| matches!(event, Event::Zone(_))).collect();
    let spread = design.components.iter().any(|c| c.facts.zones.value().is_some_and(|zones| zones.0.len() > 1));
    let critical = design.flow_ids().filter(|flow| design.flow(*flow).critical);
    critical.filter_map(|flow| row(analysis, flow, &zones, spread)).collect()
}

fn row<'a>(analysis: &'a Analysis, flow: FlowId, zones: &[Event], spread: bool) -> Option<Row<'a>> {
    let mut stopping = Vec::new();
    let mut first: Option<(Event, Witness)> = None;
    for zone in zones {
        if let Some(verdict) = failed(analysis, flow, *zone) {
            stopping.push(analysis.failure().event_name(*zone).name);
            first.get_or_insert((*zone, verdict.witness));
        }
    }
    let (zone, witness) = first?;
    Some(Row {
        cells: vec![
            Fact::flow(analysis, flow),
            Fact::list(stopping.into_iter().map(|zone| Fact::computed(Value::Text(zone.into())))),
            Fact::list(stranded(analysis, zone).map(|id| {
                let component = analysis.design.component(id);
                Fact::at(Value::Component(id), component.facts.zones.span().or(Some(component.place)))
            })),
            Fact::computed(Value::Bool(spread)),
            path(analysis, &witness),
            chain(analysis, &witness),
        ],
    })
}

/// What is down by its own loss, not dragged along nor down anyway: its explanation is the event alone.
fn stranded(analysis: &Analysis, zone: Event) -> impl Iterator<Item = ComponentId> + '_ {
    let failure = analysis.failure();
    let impact = failure.impact(&Scenario::new([zone]), None);
    let alone = move |id: &ComponentId| {
        let witness = failure.witness(&impact, *id);
        impact.state(*id).fails() && witness.steps.len() == 1 && witness.event() == Some(zone)
    };
    analysis.design.component_ids().filter(alone)
}
