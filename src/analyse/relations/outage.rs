//! What breaks with each component.

use super::cell::{field, yes};
use crate::analyse::failure::Outcome;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Analysis, Event, Scenario};
use crate::model::{ComponentId, FlowId};

pub(super) const RELATION: Relation = Relation {
    name: "outage",
    summary: "A component whose stop or hang fails or degrades a flow, an hour with today's traffic, the unsaid at its best.",
    fields: &[
        field("component", Type::Component, "The component."),
        field("failed", Type::List(&Type::Flow), "The flows that fail when it stops."),
        field("degraded", Type::List(&Type::Flow), "The flows that are degraded when it stops."),
        field("critical", Type::Bool, "A critical flow is among those that fail."),
        field("parts", Type::List(&Type::Component), "The other components that fail when it stops."),
        field("hang_fails", Type::List(&Type::Flow), "The flows that fail when it hangs, and do not when it stops."),
        field("stays_down", Type::List(&Type::Component), "What does not come back by itself afterwards."),
    ],
    subject: 0,
    rows: |analysis| {
        let outcomes = analysis.event_outcomes();
        let stops = outcomes.events.iter().filter_map(|(event, stop)| match event {
            Event::Stop(id) => Some((*id, stop.as_slice())),
            _ => None,
        });
        stops.filter_map(|(id, stop)| row(analysis, id, stop)).collect()
    },
};

fn row<'a>(analysis: &'a Analysis, id: ComponentId, stop: &[Outcome]) -> Option<Row<'a>> {
    let (design, failure) = (&analysis.design, analysis.failure());
    let hang = analysis.event_outcomes().of(Event::Hang(id)).unwrap_or(stop);
    let all_ok = stop.iter().chain(hang).all(|outcome| *outcome == Outcome::Ok);
    if all_ok {
        return None;
    }
    let flows = |fits: &dyn Fn(FlowId) -> bool| {
        let flows = design.flow_ids().filter(|flow| fits(*flow));
        Fact::list(flows.map(|flow| Fact::flow(analysis, flow)))
    };
    let impact = failure.impact(&Scenario::new([Event::Stop(id)]), None);
    let parts = impact.failing().filter(|part| *part != id);
    let stuck = failure.recovery(&impact).stuck;
    let fails = |flow: FlowId| stop[flow.0] == Outcome::Failed;
    Some(Row {
        cells: vec![
            Fact::component(analysis, id),
            flows(&fails),
            flows(&|flow| stop[flow.0] == Outcome::Degraded),
            yes(design.flow_ids().any(|flow| fails(flow) && design.flow(flow).critical)),
            Fact::list(parts.map(|part| Fact::component(analysis, part))),
            flows(&|flow| hang[flow.0] == Outcome::Failed && !fails(flow)),
            Fact::list(stuck.iter().map(|part| Fact::component(analysis, *part))),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn stops_and_hangs_are_told_apart() {
        let design = "{components: {api: {workers: 1, uses: {pg: {}, recs: {need: soft, fallback: omit}}}, pg: {kind: database}, \
                      recs: {}, idle: {}}, flows: {buy: {path: [api, recs], critical: true, rate: 10rps}}}";
        let columns = ["component", "failed", "degraded", "critical", "parts", "hang_fails", "stays_down"];
        assert_eq!(
            table("outage", &columns, design),
            "component=api failed=[buy] degraded=[] critical=true parts=[] hang_fails=[] stays_down=[]\n\
             component=pg failed=[buy] degraded=[] critical=true parts=[api] hang_fails=[] stays_down=[]\n\
             component=recs failed=[] degraded=[buy] critical=false parts=[] hang_fails=[] stays_down=[]"
        );
    }
}
