//! What fills up before users notice, and is measured nowhere.
//!
//! Names of metrics are free: a resource counts as watched as soon as one name contains a word that speaks of it.

use super::cell::{field, integer, maybe, text_at};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::model::{Component, ComponentId};
use crate::read::vocabulary::{Attr, Kind, Many, Word};

pub(super) const RELATION: Relation = Relation {
    name: "unwatched",
    summary: "Resources that fill up and that no metric or alert speaks of: one row, if the design names metrics and leaves one out.",
    fields: &[
        field("design", Type::Design, "The design."),
        field(
            "resources",
            Type::List(&Type::Text(&[])),
            "What is not watched, such as connections of `pg`; the place is the component.",
        ),
        field("count", Type::Integer, "How many."),
        field("metrics", Type::Integer, "How many metrics the design as a whole names; the place is their list."),
    ],
    subject: 0,
    rows: |analysis| row(analysis).into_iter().collect(),
};

/// What of it is measured, in words of a message, and parts of names that speak of it.
struct Gauge {
    what: &'static str,
    words: &'static [&'static str],
    exists: fn(&Analysis, ComponentId, &Component) -> bool,
}

const GAUGES: &[Gauge] = &[
    Gauge {
        what: "age or depth",
        words: &["age", "depth", "lag", "oldest", "backlog", "length", "waiting", "queue", "messages"],
        exists: |_, _, component| component.kind.is_queue(),
    },
    Gauge {
        what: "connections",
        words: &["connection", "conns", "pool"],
        exists: |analysis, id, component| {
            let mut users = analysis.graph.incoming(id).iter().map(|id| &analysis.design.dependency(*id).facts);
            component.kind == Kind::Database && users.any(|facts| facts.pool.value().is_some())
        },
    },
    Gauge {
        what: "slow queries",
        words: &["slow", "quer", "statement"],
        exists: |_, _, component| component.kind == Kind::Database && component.facts.replica_of.value().is_none(),
    },
    Gauge {
        what: "busy workers",
        words: &["worker", "thread", "busy", "concurren", "flight", "saturation", "utili"],
        exists: |_, _, component| component.facts.workers.value().is_some(),
    },
    Gauge {
        what: "lag",
        words: &["lag", "replica", "behind", "delay"],
        exists: |_, _, component| component.facts.replica_of.value().is_some(),
    },
    Gauge {
        what: "hit ratio",
        words: &["hit", "miss", "evict"],
        exists: |_, _, component| component.kind == Kind::Cache && component.facts.of.value().is_some(),
    },
];

fn row(analysis: &Analysis) -> Option<Row<'_>> {
    let design = &analysis.design;
    let whole = design.facts.observability.value();
    let named = whole.is_some_and(|said| said.metrics.value().is_some())
        || design.components.iter().any(|component| component.facts.metrics.value().is_some());
    if !named {
        return None;
    }
    let mut everywhere: Vec<&str> = Vec::new();
    everywhere.extend(whole.into_iter().flat_map(|said| words(&said.metrics).chain(words(&said.alerts))));
    everywhere.extend(design.flows.iter().flat_map(|flow| words(&flow.facts.alerts)));
    let watched: Vec<bool> = GAUGES.iter().map(|gauge| speak_of(&everywhere, gauge)).collect();
    let mut resources = Vec::new();
    for id in design.component_ids() {
        let component = design.component(id);
        let facts = &component.facts;
        let dead_letters = facts.dlq.value().into_iter().flat_map(|dlq| words(&dlq.alerts));
        let own: Vec<&str> = words(&facts.metrics).chain(words(&facts.alerts)).chain(dead_letters).collect();
        for (gauge, watched) in GAUGES.iter().zip(&watched) {
            if !watched
                && component.kind != Kind::External
                && (gauge.exists)(analysis, id, component)
                && !speak_of(&own, gauge)
            {
                resources.push(text_at(format!("{} of `{}`", gauge.what, component.name), component.place));
            }
        }
    }
    let metrics =
        whole.map(|said| &said.metrics).and_then(|metrics| Some((metrics.value()?.iter().count(), metrics.span())));
    (!resources.is_empty()).then(|| Row {
        cells: vec![
            Fact::at(Value::Design, Some(design.place)),
            Fact::list(resources.clone()),
            integer(u64::try_from(resources.len()).unwrap_or(u64::MAX)),
            maybe(metrics, |(count, place)| Fact { place, ..integer(u64::try_from(count).unwrap_or(u64::MAX)) }),
        ],
    })
}

fn words(names: &Attr<Many<Word>>) -> impl Iterator<Item = &str> {
    names.value().into_iter().flat_map(|names| names.iter().map(|name| name.value.0.as_str()))
}

fn speak_of(names: &[&str], gauge: &Gauge) -> bool {
    names.iter().any(|name| {
        let name = name.to_lowercase();
        gauge.words.iter().any(|word| name.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn unwatched(metrics: &str, jobs: &str) -> String {
        let design = format!(
            "{{observability: {{metrics: {metrics}}}, components: {{api: {{workers: 8, uses: {{pg: {{pool: 10}}}}}}, \
             pg: {{kind: database}}, pg-r: {{kind: database, replica_of: pg}}, jobs: {{kind: queue{jobs}}}, \
             redis: {{kind: cache, of: pg}}, stripe: {{kind: external}}}}}}"
        );
        table("unwatched", &["resources"], &design)
    }

    #[test]
    fn every_resource_has_its_own_measure() {
        assert_eq!(
            unwatched("[error_rate, latency_p99]", ""),
            "resources=[busy workers of `api`, connections of `pg`, slow queries of `pg`, lag of `pg-r`, \
             age or depth of `jobs`, hit ratio of `redis`]"
        );
        assert_eq!(
            unwatched("[DB-connections, slow_query_count, queue_depth, workers_busy, cache_hit_ratio]", ""),
            "resources=[lag of `pg-r`]"
        );
    }

    #[test]
    fn a_component_may_be_watched_by_itself() {
        let rest = "[slow_queries, db_connections, threads, replication_delay, evictions]";
        assert_eq!(unwatched(rest, ""), "resources=[age or depth of `jobs`]");
        assert_eq!(unwatched(rest, ", dlq: {alerts: [dlq_depth]}"), "");
        assert_eq!(unwatched(rest, ", metrics: [oldest_message]"), "");
    }

    #[test]
    fn who_names_no_metrics_is_asked_nothing() {
        assert_eq!(unwatched("todo", ""), "");
    }
}
