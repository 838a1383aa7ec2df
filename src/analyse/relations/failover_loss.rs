//! Writes that a failover forgets.

use super::cell::{ARITHMETIC, field, flow_at, maybe, number, resting_on, text, yes};
use super::target;
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::model::{ComponentId, DependencyId, FlowId};
use crate::read::vocabulary::{Access, Answer, Consistency, Duration, FailoverMode, Kind, Rate, Replication, Short};

pub(super) const RELATION: Relation = Relation {
    name: "failover_loss",
    summary: "A store of record that fails over by itself to a copy that may be behind, and what may be lost.",
    fields: &[
        field("component", Type::Component, "The store."),
        field("flows", Type::List(&Type::Flow), "Flows with effects that write to it; the place is `effects`."),
        field("strong", Type::Bool, "One of these flows must always see the last write."),
        field("zero", Type::Bool, "The design promises to lose nothing: `rpo: 0`."),
        field("rpo", Type::Duration, "What may be lost, as time; the place is `rpo`."),
        field("writes", Type::Number, "Acknowledged writes that may be lost; nothing if `lag` or `writes` is unsaid."),
        field("replication", Type::Text(Replication::WORDS), "How copies are kept."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| analysis.design.component_ids().filter_map(|id| row(analysis, id)).collect(),
};

fn row(analysis: &Analysis, id: ComponentId) -> Option<Row<'_>> {
    let design = &analysis.design;
    let component = design.component(id);
    let facts = &component.facts;
    let automatic = facts.failover.value()?.how.value() == Some(&FailoverMode::Automatic);
    let replication = facts.replication.value()?;
    if component.kind != Kind::Database || !automatic || *replication != Replication::Async {
        return None;
    }
    let flows: Vec<FlowId> = writing_flows(analysis, id);
    let rpo = target::whole(analysis).map(|targets| &targets.rpo);
    let zero = rpo.is_some_and(|rpo| rpo.value().is_some_and(|rpo| rpo.0 == 0.0));
    if flows.is_empty() && !zero {
        return None;
    }
    let is_strong = |flow: &FlowId| design.flow(*flow).facts.consistency.value() == Some(&Consistency::Strong);
    let lost = analysis.failure().writes_at_risk(id);
    let arithmetic = match (facts.lag.value(), facts.writes.value(), lost) {
        (Some(lag), Some(writes), Some(lost)) => {
            format!("{} × {} = {} writes", Duration(lag.0), Rate(writes.0), Short(lost))
        }
        (Some(lag), None, _) => format!("the last {}", Duration(lag.0)),
        _ => "whatever the copy has not got yet".to_owned(),
    };
    let rpo_cell = rpo.and_then(|rpo| Some(resting_on(Fact::computed(Value::Duration(rpo.value()?.0)), &[rpo])));
    Some(Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::list(flows.iter().map(|flow| flow_at(analysis, *flow, &design.flow(*flow).facts.effects))),
            yes(flows.iter().any(is_strong)),
            yes(zero),
            rpo_cell.unwrap_or_else(Fact::null),
            maybe(lost, |lost| resting_on(number(lost), &[&facts.lag])),
            resting_on(text(replication.as_str()), &[&facts.replication]),
            text(arithmetic),
        ],
    })
}

/// Flows with effects on whose path somebody writes to the store.
fn writing_flows(analysis: &Analysis, id: ComponentId) -> Vec<FlowId> {
    let design = &analysis.design;
    let takes_writes = design.component(id).facts.writes.value().is_some();
    let writes = |edge: &DependencyId| match design.dependency(*edge).facts.access.answer() {
        Answer::Value(access) => *access != Access::Read,
        _ => takes_writes,
    };
    let writers: Vec<DependencyId> = analysis.graph.incoming(id).iter().copied().filter(writes).collect();
    let has_effects = |flow: &FlowId| design.flow(*flow).facts.effects.value().is_some();
    let uses = |flow: &FlowId| {
        let path = &design.flow(*flow).path;
        writers
            .iter()
            .map(|edge| design.dependency(*edge))
            .any(|edge| edge.is_used_by(*flow) && path.contains(&edge.source))
    };
    if writers.is_empty() { Vec::new() } else { design.flow_ids().filter(has_effects).filter(uses).collect() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn loss(targets: &str, store: &str, access: &str) -> String {
        let design = format!(
            "{{targets: {targets}, components: {{api: {{uses: {{pg: {{access: {access}}}}}}}, \
             pg: {{kind: database, replicas: 2, failover: automatic, {store}}}}}, \
             flows: {{buy: {{path: [api, pg], effects: payment}}}}}}"
        );
        table("failover_loss", &["component", "flows", "zero", "writes", "replication", "arithmetic"], &design)
    }

    #[test]
    fn lag_times_writes() {
        assert_eq!(
            loss("{rpo: 0}", "replication: async, lag: 5s, writes: 200rps", "read"),
            "component=pg flows=[] zero=true writes=1000 replication=async arithmetic=5 s × 200 rps = 1000 writes"
        );
        assert_eq!(
            loss("{rpo: 5m}", "replication: async", "both"),
            "component=pg flows=[buy] zero=false writes=- replication=async \
             arithmetic=whatever the copy has not got yet"
        );
    }

    #[test]
    fn nothing_is_lost_where_a_copy_confirms_or_nobody_writes() {
        assert_eq!(loss("{rpo: 0}", "replication: quorum", "both"), "");
        assert_eq!(loss("{rpo: 5m}", "replication: async", "read"), "");
    }
}
