//! Critical flows that fail when one zone fails.

use super::evidence::{CHAIN, PATH, chain, path};
use crate::analyse::outage::Outages;
use crate::analyse::relation::{Fact, Field, Relation, Row, Type, Value};
use crate::analyse::{Analysis, Event, Scenario};
use crate::model::ComponentId;
use std::collections::BTreeMap;

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
    let mut stranded: BTreeMap<usize, Vec<ComponentId>> = BTreeMap::new();
    let stopped = Outages::new(analysis).stopped_by(&zones);
    let rows = stopped.into_iter().map(|(flow, stopping)| {
        let names = stopping.iter().map(|(zone, _)| analysis.failure().event_name(zones[*zone]).name);
        let names: Vec<Fact<'_>> = names.map(|zone| Fact::computed(Value::Text(zone.into()))).collect();
        let (zone, witness) = stopping.into_iter().next().unwrap_or_default();
        let stranded = stranded.entry(zone).or_insert_with(|| self::stranded(analysis, zones[zone]));
        Row {
            cells: vec![
                Fact::flow(analysis, flow),
                Fact::list(names),
                Fact::list(stranded.iter().map(|id| {
                    let component = analysis.design.component(*id);
                    Fact::at(Value::Component(*id), component.facts.zones.span().or(Some(component.place)))
                })),
                Fact::computed(Value::Bool(spread)),
                path(analysis, &witness),
                chain(analysis, &witness),
            ],
        }
    });
    rows.collect()
}

/// What is down by its own loss, not dragged along nor down anyway: its explanation is the event alone.
fn stranded(analysis: &Analysis, zone: Event) -> Vec<ComponentId> {
    let failure = analysis.failure();
    let impact = failure.impact(&Scenario::new([zone]), None);
    impact.failing().filter(|id| failure.falls_alone(&impact, *id) == Some(zone)).collect()
}
