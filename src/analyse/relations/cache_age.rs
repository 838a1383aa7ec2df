//! Flows that read through a cache older data than they allow.

use super::cell::{duration, field, flow_at, maybe, resting_on, text, yes};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, DependencyId, FlowId};
use crate::read::vocabulary::{AnyAttr, Attr, Consistency, Duration, Kind};

pub(super) const RELATION: Relation = Relation {
    name: "cache_age",
    summary: "A cache on the path of a flow that limits how old its data may be, where nothing removes entries on a change.",
    fields: &[
        field("component", Type::Component, "The cache."),
        field("flow", Type::Flow, "The flow; the place is `staleness` or `consistency`."),
        field("ttl", Type::Duration, "How old entries get, if they expire; the place is `ttl`."),
        field("allowed", Type::Duration, "How old they may be, if a time is stated; the place is `staleness`."),
        field("endless", Type::Bool, "Entries never expire."),
        field("consistency", Type::Text(Consistency::WORDS), "What the flow's reads must see, if that is stated."),
        field("contrast", Type::Text(&[]), "Both in words: `3 d old where 1 min is allowed`."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let mut rows = Vec::new();
        for flow in design.flow_ids() {
            let path = &design.flow(flow).path;
            for (step, id) in path.iter().enumerate().filter(|(_, id)| design.component(**id).kind == Kind::Cache) {
                if !path[..step].contains(id) {
                    rows.extend(row(analysis, flow, *id));
                }
            }
        }
        rows
    },
};

fn row(analysis: &Analysis, flow: FlowId, cache: ComponentId) -> Option<Row<'_>> {
    let design = &analysis.design;
    let facts = &design.component(cache).facts;
    let endless = facts.ttl.is_none();
    // An invalidation that is not described may exist.
    let removes = facts.invalidation.value().is_some();
    let removes_maybe = facts.invalidation.is_unknown() && facts.ttl.is_unknown();
    if removes || removes_maybe || (facts.ttl.value().is_none() && !endless) {
        return None;
    }
    let flow_facts = &design.flow(flow).facts;
    let allowed = allowed(analysis, flow, cache);
    let strict = flow_facts.consistency.value().filter(|wanted| **wanted != Consistency::Eventual);
    let demands: &dyn AnyAttr = match (allowed, strict) {
        (Some(_), _) => &flow_facts.staleness,
        (None, Some(_)) => &flow_facts.consistency,
        (None, None) => return None,
    };
    let age = facts.ttl.value().map_or_else(|| "of any age".to_owned(), |ttl| format!("{ttl} old"));
    let contrast = match (allowed.and_then(Attr::value), strict) {
        (Some(allowed), _) => format!("{age} where {allowed} is allowed"),
        (None, Some(strict)) => format!("{age} where `{strict}` reads are promised"),
        (None, None) => age,
    };
    Some(Row {
        cells: vec![
            Fact::component(analysis, cache),
            flow_at(analysis, flow, demands),
            maybe(facts.ttl.value(), |ttl| resting_on(duration(ttl.0), &[&facts.ttl])),
            maybe(allowed, |stated| maybe(stated.value(), |allowed| resting_on(duration(allowed.0), &[stated]))),
            yes(endless),
            maybe(strict, |strict| resting_on(text(strict.as_str()), &[&flow_facts.consistency])),
            text(contrast),
        ],
    })
}

/// What the call to the cache allows, else the flow.
fn allowed(analysis: &Analysis, flow: FlowId, cache: ComponentId) -> Option<&Attr<Duration>> {
    let design = &analysis.design;
    let path = &design.flow(flow).path;
    let calls = analysis.graph.incoming(cache).iter().filter(|id: &&DependencyId| {
        let dependency = design.dependency(**id);
        path.contains(&dependency.source) && dependency.is_used_by(flow)
    });
    let stated = calls.map(|id| &design.dependency(*id).facts.staleness).find(|stated| stated.value().is_some());
    stated.or_else(|| Some(&design.flow(flow).facts.staleness).filter(|stated| stated.value().is_some()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn age(redis: &str, flow: &str) -> String {
        let design = format!(
            "{{components: {{api: {{uses: [redis, pg]}}, redis: {{kind: cache, of: pg, {redis}}}, pg: {{kind: database}}}}, \
             flows: {{buy: {{path: [api, redis], {flow}}}}}}}"
        );
        table("cache_age", &["component", "flow", "ttl", "allowed", "endless", "contrast"], &design)
    }

    #[test]
    fn entries_outlive_what_the_flow_allows() {
        assert_eq!(
            age("ttl: 72h", "staleness: 1m"),
            "component=redis flow=buy ttl=3 d allowed=1 min endless=false contrast=3 d old where 1 min is allowed"
        );
        assert!(
            age("ttl: none, invalidation: none", "staleness: 1m")
                .contains("ttl=- allowed=1 min endless=true contrast=of any age where")
        );
        assert!(
            age("ttl: 5m", "consistency: strong").ends_with("contrast=5 min old where `strong` reads are promised")
        );
    }

    #[test]
    fn what_removes_entries_on_a_change_is_fresh() {
        assert_eq!(age("ttl: 72h, invalidation: event", "staleness: 1m"), "");
        assert_eq!(age("hit_ratio: 90%", "staleness: 1m"), "");
        assert_eq!(age("ttl: 72h", "rate: 5rps"), "");
    }
}
