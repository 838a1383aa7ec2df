//! What has to work for a queue to get shorter.

use super::cell::{field, maybe, number};
use crate::analyse::Analysis;
use crate::analyse::queue::Drain;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Demand, Scenario};
use crate::model::{ComponentId, DependencyId};
use crate::read::vocabulary::Need;
use std::collections::BTreeSet;

pub(super) const RELATION: Relation = Relation {
    name: "draining",
    summary: "A queue that something takes messages from, with everything its consumers cannot work without.",
    fields: &[
        field("component", Type::Component, "The queue."),
        field("consumers", Type::List(&Type::Component), "Who takes messages from it."),
        field(
            "suspects",
            Type::List(&Type::Component),
            "What the consumers cannot work without, the furthest away first.",
        ),
        field("backlog", Type::Number, "Messages after an hour without consumers, if the traffic is described."),
        field("drain", Type::Duration, "How long these take to work off, if the speed of the consumers is described."),
    ],
    subject: 0,
    rows: |analysis| analysis.design.component_ids().filter_map(|id| row(analysis, id)).collect(),
};

fn row(analysis: &Analysis, id: ComponentId) -> Option<Row<'_>> {
    let design = &analysis.design;
    if !design.component(id).kind.is_queue() {
        return None;
    }
    let incoming = analysis.graph.incoming(id).iter().map(|edge| design.dependency(*edge));
    let consumers: Vec<ComponentId> = incoming.filter(|edge| edge.consumes).map(|edge| edge.source).collect();
    if consumers.is_empty() {
        return None;
    }
    let needed = |edge: &&DependencyId| {
        let dependency = design.dependency(**edge);
        dependency.need == Need::Hard && !dependency.consumes && dependency.group.is_none() && dependency.is_call()
    };
    let mut seen: BTreeSet<ComponentId> = consumers.iter().copied().collect();
    let (mut suspects, mut layer) = (Vec::new(), consumers.clone());
    while !layer.is_empty() {
        let edges = layer.iter().flat_map(|id| analysis.graph.outgoing(*id)).filter(needed);
        let targets = edges.map(|edge| design.dependency(*edge).target);
        layer = targets.filter(|target| seen.insert(*target)).collect();
        suspects.extend(layer.iter().copied());
    }
    suspects.reverse();
    let found = analysis.failure().backlog(id, Scenario::DEFAULT_SECONDS, Demand::Now);
    let drain = if let Drain::Seconds(seconds) = found.drain() { Some(seconds) } else { None };
    Some(Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::list(consumers.iter().map(|id| Fact::component(analysis, *id))),
            Fact::list(suspects.iter().map(|id| Fact::component(analysis, *id))),
            maybe(Some(found.messages()).filter(|messages| *messages > 0.0), number),
            maybe(drain.filter(|seconds| *seconds > 0.0), super::cell::duration),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn furthest_away_first() {
        let design = "{components: {api: {uses: {mails: {access: write}}}, mails: {kind: queue}, \
                      worker: {kind: worker, capacity: 20rps, uses: {mails: {}, smtp: {}, log: {need: soft}}}, \
                      smtp: {uses: [dns]}, dns: {}, log: {}}, flows: {f: {path: [api, mails, worker], rate: 10rps}}}";
        assert_eq!(
            table("draining", &["component", "consumers", "suspects", "backlog", "drain"], design),
            "component=mails consumers=[worker] suspects=[dns, smtp] backlog=36 000 drain=1 h"
        );
    }
}
