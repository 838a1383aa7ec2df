//! Queues whose consumers do not keep up, or do not catch up.

use super::cell::{ARITHMETIC, duration, field, flow_at, maybe, number, rate, resting_on, text};
use super::target;
use crate::analyse::Analysis;
use crate::analyse::queue::{Drain, drain};
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::model::{ComponentId, FlowId, to_f64};
use crate::read::vocabulary::{AnyAttr, Duration, Rate, Short};

/// The outage that backlogs are computed for, in seconds.
const OUTAGE: f64 = 3600.0;

pub(super) const RELATION: Relation = Relation {
    name: "backlog",
    summary: "A queue with traffic and consumers that all say what they serve: what an hour without them leaves behind.",
    fields: &[
        field("queue", Type::Component, "The queue."),
        field("flow", Type::Flow, "The flow through it that must finish first; the place is `finish_within`."),
        field("arriving", Type::Rate, "Messages today."),
        field("arriving_later", Type::Rate, "Messages at the target."),
        field(
            "served",
            Type::Rate,
            "Messages all consumers work off, with all copies they may run; the place is `capacity`.",
        ),
        field("outage", Type::Duration, "How long the consumers are away."),
        field("messages", Type::Number, "Messages that wait then."),
        field("drain", Type::Duration, "How long they take to clear; nothing if for ever."),
        field("limit", Type::Duration, "How long they may take: `finish_within`, or the `rto` of the system."),
        field("holds", Type::Duration, "How long the queue can take messages in; the place is what limits it."),
        field("consumers", Type::List(&Type::Component), "Who works them off; the place is `capacity`."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        if !analysis.failure().compiled().load.has_demand() {
            return Vec::new();
        }
        let queues = design.component_ids().filter(|id| design.component(*id).kind.is_queue());
        queues.filter_map(|id| row(analysis, id)).collect()
    },
};

fn row(analysis: &Analysis, queue: ComponentId) -> Option<Row<'_>> {
    let (design, failure) = (&analysis.design, analysis.failure());
    let found = failure.backlog_of(queue, OUTAGE, failure.compiled().calm[queue.0]);
    let served =
        found.consumers.iter().map(|(id, served)| Some((*served)? * growth(analysis, *id))).sum::<Option<f64>>();
    let served = served.filter(|_| !found.consumers.is_empty())?;
    let later = analysis.target_loads()[queue.0];
    if later <= 0.0 {
        return None;
    }
    let messages = found.messages();
    let drained = drain(messages, found.arriving, served);
    let arithmetic = match drained {
        Drain::Seconds(seconds) => format!(
            "{} messages / ({} − {}) = {}",
            Short(messages),
            Rate(served),
            Rate(found.arriving),
            Duration(seconds)
        ),
        _ => format!("{} arrive, {} are served", Rate(found.arriving), Rate(served)),
    };
    let limit = limit(analysis, queue);
    let facts = &design.component(queue).facts;
    let horizon = failure.horizon(queue);
    let by_length =
        horizon.is_some_and(|horizon| horizon.retention.is_none_or(|retention| horizon.seconds < retention));
    let holds: &dyn AnyAttr = if by_length { &facts.max_length } else { &facts.retention };
    let capacities: Vec<&dyn AnyAttr> =
        found.consumers.iter().map(|(id, _)| &design.component(*id).facts.capacity as &dyn AnyAttr).collect();
    let consumers = found
        .consumers
        .iter()
        .map(|(id, _)| super::cell::component_at(analysis, *id, &design.component(*id).facts.capacity));
    Some(Row {
        cells: vec![
            Fact::component(analysis, queue),
            maybe(limit.and_then(|(flow, ..)| flow), |id| flow_at(analysis, id, &design.flow(id).facts.finish_within)),
            rate(found.arriving),
            rate(later),
            resting_on(rate(served), &capacities),
            duration(OUTAGE),
            number(messages),
            match drained {
                Drain::Seconds(seconds) => duration(seconds),
                _ => Fact::null(),
            },
            maybe(limit, |(_, seconds, attr)| resting_on(duration(seconds), &[attr])),
            maybe(horizon, |horizon| resting_on(Fact::computed(Value::Duration(horizon.seconds)), &[holds])),
            Fact::list(consumers),
            text(arithmetic),
        ],
    })
}

/// Copies autoscaling may add: `capacity` is meant at the least number of copies.
fn growth(analysis: &Analysis, id: ComponentId) -> f64 {
    let component = analysis.design.component(id);
    to_f64(component.replicas_max().unwrap_or(1).max(1)) / to_f64(component.replicas().unwrap_or(1).max(1))
}

/// The shortest time a flow through the queue has, else the recovery time of the system.
fn limit(analysis: &Analysis, queue: ComponentId) -> Option<(Option<FlowId>, f64, &dyn AnyAttr)> {
    let design = &analysis.design;
    let mut shortest: Option<(Option<FlowId>, f64, &dyn AnyAttr)> = None;
    for id in design.flow_ids().filter(|id| design.flow(*id).path.contains(&queue)) {
        let stated = &design.flow(id).facts.finish_within;
        if let Some(within) = stated.value()
            && shortest.is_none_or(|(_, seconds, _)| within.0 < seconds)
        {
            shortest = Some((Some(id), within.0, stated));
        }
    }
    shortest.or_else(|| {
        let rto = &target::whole(analysis)?.rto;
        rto.value().map(|seconds| (None, seconds.0, rto as &dyn AnyAttr))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn backlog(worker: &str) -> String {
        let design = format!(
            "{{components: {{api: {{uses: [jobs]}}, jobs: {{kind: queue, retention: 4d, max_length: 100000}}, \
             worker: {{kind: worker, {worker}, uses: [jobs]}}}}, \
             flows: {{resize: {{path: [api, jobs, worker], rate: 100rps, finish_within: 30m}}}}}}"
        );
        let columns = ["queue", "flow", "arriving", "served", "messages", "drain", "limit", "holds", "arithmetic"];
        table("backlog", &columns, &design)
    }

    #[test]
    fn a_backlog_takes_its_time() {
        assert_eq!(
            backlog("capacity: 120rps"),
            "queue=jobs flow=resize arriving=100 rps served=120 rps messages=360000 drain=5 h limit=30 min \
             holds=1000 s arithmetic=360 000 messages / (120 rps − 100 rps) = 5 h"
                .replace("360000", "360 000")
                .replace("1000 s", "16.7 min")
        );
    }

    #[test]
    fn consumers_no_faster_than_producers_never_end() {
        let found = backlog("capacity: 100rps");
        assert!(found.contains("drain=-") && found.ends_with("100 rps arrive, 100 rps are served"), "{found}");
    }

    #[test]
    fn consumers_may_grow() {
        assert!(backlog("replicas: {min: 1, max: 4}, capacity: 120rps").contains("served=480 rps"));
    }

    #[test]
    fn nothing_is_said_about_consumers_that_say_nothing() {
        assert_eq!(backlog("replicas: 2"), "");
    }
}
