//! Reads that must see the last write, from a store that may not have it yet.

use super::cell::{duration, field, flow_at, maybe, resting_on, text};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{Component, DependencyId, FlowId};
use crate::read::vocabulary::{Access, AnyAttr, Consistency, Replication};

pub(super) const RELATION: Relation = Relation {
    name: "stale_read",
    summary: "A read on the path of a flow that must see its writes, from a copy or store that may be behind.",
    fields: &[
        field("dependency", Type::Dependency, "The read."),
        field("flow", Type::Flow, "The flow; the place is `consistency`."),
        field("consistency", Type::Text(Consistency::WORDS), "What its reads must see."),
        field("store", Type::Component, "The store that may be behind; the place is what says so."),
        field(
            "behind",
            Type::Text(&["replica", "eventual"]),
            "Why: it is a copy of another, or answers with older data.",
        ),
        field("lag", Type::Duration, "How far it may be behind, if that is stated."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let strict = design.flow_ids().filter_map(|flow| {
            let wanted = design.flow(flow).facts.consistency.value().copied()?;
            (wanted != Consistency::Eventual).then_some((flow, wanted))
        });
        let mut rows = Vec::new();
        for (flow, wanted) in strict {
            for id in reads(analysis, flow) {
                rows.extend(row(analysis, flow, wanted, id));
            }
        }
        rows
    },
};

/// Calls between steps of the flow's path that read, or may.
fn reads(analysis: &Analysis, flow: FlowId) -> Vec<DependencyId> {
    let design = &analysis.design;
    let path = &design.flow(flow).path;
    let mut sources = path.clone();
    sources.sort_unstable();
    sources.dedup();
    let counts = |id: &DependencyId| {
        let dependency = design.dependency(*id);
        let facts = &dependency.facts;
        let asks_for_the_last = facts.consistency.value().is_some_and(|asked| *asked != Consistency::Eventual);
        dependency.is_call()
            && dependency.is_used_by(flow)
            && path.contains(&dependency.target)
            && facts.access.value() != Some(&Access::Write)
            && !asks_for_the_last
    };
    sources.iter().flat_map(|source| analysis.graph.outgoing(*source)).copied().filter(counts).collect()
}

fn row(analysis: &Analysis, flow: FlowId, wanted: Consistency, id: DependencyId) -> Option<Row<'_>> {
    let store = analysis.design.dependency(id).target;
    let (behind, attr) = behind(analysis.design.component(store))?;
    let facts = &analysis.design.component(store).facts;
    let consistency = &analysis.design.flow(flow).facts.consistency;
    Some(Row {
        cells: vec![
            Fact::dependency(analysis, id),
            flow_at(analysis, flow, consistency),
            text(wanted.as_str()),
            super::cell::component_at(analysis, store, attr),
            resting_on(text(behind), &[attr]),
            maybe(facts.lag.value(), |lag| resting_on(duration(lag.0), &[&facts.lag])),
        ],
    })
}

fn behind(store: &Component) -> Option<(&'static str, &dyn AnyAttr)> {
    let facts = &store.facts;
    let waits_for_copies = matches!(facts.replication.value(), Some(Replication::Sync | Replication::Quorum));
    if facts.replica_of.value().is_some() && !waits_for_copies {
        return Some(("replica", &facts.replica_of));
    }
    (facts.consistency.value() == Some(&Consistency::Eventual)).then_some(("eventual", &facts.consistency))
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn stale(call: &str, replica: &str, consistency: &str) -> String {
        let design = format!(
            "{{components: {{api: {{uses: {{pg-r: {{{call}}}}}}}, pg: {{kind: database}}, pg-r: {{kind: database, {replica}}}}}, \
             flows: {{profile: {{path: [api, pg-r], consistency: {consistency}}}}}}}"
        );
        table("stale_read", &["dependency", "flow", "consistency", "store", "behind", "lag"], &design)
    }

    #[test]
    fn a_copy_is_behind() {
        assert_eq!(
            stale("access: read", "replica_of: pg, lag: 2s", "read-your-writes"),
            "dependency=api->pg-r flow=profile consistency=read-your-writes store=pg-r behind=replica lag=2 s"
        );
        assert!(stale("access: read", "consistency: eventual", "strong").contains("behind=eventual lag=-"));
        assert!(stale("access: read", "tech: dynamodb", "strong").contains("behind=~eventual"));
    }

    #[test]
    fn whoever_asks_for_the_last_write_gets_it() {
        assert_eq!(stale("access: read, consistency: strong", "consistency: eventual", "strong"), "");
        assert_eq!(stale("access: write", "consistency: eventual", "strong"), "");
        assert_eq!(stale("access: read", "replica_of: pg", "eventual"), "");
        assert_eq!(stale("access: read", "replica_of: pg, replication: sync", "strong"), "");
    }
}
