//! What users get that is less than they came for.

use super::cell::{field, text};
use crate::analyse::Analysis;
use crate::analyse::failure::Outcome;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{DependencyId, FlowId};
use crate::read::vocabulary::Need;

pub(super) const RELATION: Relation = Relation {
    name: "degradation",
    summary: "A flow that some single event degrades and does not fail.",
    fields: &[
        field("flow", Type::Flow, "The flow."),
        field("events", Type::List(&Type::Text(&[])), "What degrades it, as clauses: `redis` stops."),
        field(
            "choices",
            Type::List(&Type::Dependency),
            "The calls it makes that are drawn as not needed, or with a fallback.",
        ),
    ],
    subject: 0,
    rows: |analysis| analysis.design.flow_ids().filter_map(|flow| row(analysis, flow)).collect(),
};

fn row(analysis: &Analysis, flow: FlowId) -> Option<Row<'_>> {
    let design = &analysis.design;
    let events = analysis.event_outcomes().events.iter().filter(|(_, outcomes)| outcomes[flow.0] == Outcome::Degraded);
    let clause = |event| text(analysis.failure().event_name(event).clause());
    let events: Vec<Fact<'_>> = events.map(|(event, _)| clause(*event)).collect();
    if events.is_empty() {
        return None;
    }
    let is_choice = |id: &DependencyId| {
        let dependency = design.dependency(*id);
        let on_path = design.flow(flow).path.contains(&dependency.source) && dependency.is_used_by(flow);
        on_path && (dependency.need == Need::Soft || dependency.facts.fallback.value().is_some())
    };
    let choices = design.dependency_ids().filter(is_choice);
    Some(Row {
        cells: vec![
            Fact::flow(analysis, flow),
            Fact::list(events),
            Fact::list(choices.map(|id| Fact::dependency(analysis, id))),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn a_soft_call_degrades() {
        let design = "{components: {api: {uses: {recs: {need: soft, fallback: omit}}}, recs: {}}, \
                      flows: {buy: {path: [api, recs]}, other: {path: [recs]}}}";
        assert_eq!(
            table("degradation", &["flow", "events", "choices"], design),
            "flow=buy events=[`recs` stops, `recs` hangs] choices=[api->recs]"
        );
    }
}
