//! Data that follows other data, and whether anybody would notice if it stopped.

use super::cell::{component_at, field, text, yes};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::ComponentId;
use crate::read::vocabulary::{Attr, Many, Word};

pub(super) const RELATION: Relation = Relation {
    name: "derived_copy",
    summary: "A replica or something that can be rebuilt from another store, and whether a metric or alert speaks of its lag.",
    fields: &[
        field("component", Type::Component, "The copy."),
        field("source", Type::Text(&[]), "The store it follows; the place is where that is said."),
        field("how", Type::Text(&["replica", "derived"]), "The store copies itself, or something else feeds it."),
        field("used", Type::Bool, "A critical flow uses it."),
        field("watched", Type::Bool, "A metric or alert of its own, or of the design, speaks of how far it is behind."),
    ],
    subject: 0,
    rows: |analysis| {
        let whole = analysis.design.facts.observability.value();
        let watched = whole.is_some_and(|said| speaks_of_lag(&said.metrics) || speaks_of_lag(&said.alerts));
        analysis.design.component_ids().filter_map(|id| row(analysis, id, watched)).collect()
    },
};

fn row(analysis: &Analysis, id: ComponentId, watched: bool) -> Option<Row<'_>> {
    let facts = &analysis.design.component(id).facts;
    let (how, attr) = match (facts.replica_of.value(), facts.rebuild_from.value()) {
        (Some(_), _) => ("replica", &facts.replica_of),
        (_, Some(_)) => ("derived", &facts.rebuild_from),
        _ => return None,
    };
    let source = Fact { place: attr.span(), ..text(attr.value().map_or("", |source| source.0.as_str())) };
    let used = analysis.graph.incoming(id).iter().any(|user| analysis.graph.is_critical_dependency(*user));
    let watched = watched || speaks_of_lag(&facts.metrics) || speaks_of_lag(&facts.alerts);
    Some(Row {
        cells: vec![
            component_at(analysis, id, &facts.reconcile),
            source,
            text(how),
            yes(used || analysis.is_critical(id)),
            yes(watched),
        ],
    })
}

/// Names of metrics are free; these words speak of a distance.
fn speaks_of_lag(names: &Attr<Many<Word>>) -> bool {
    names.value().is_some_and(|names| {
        names.iter().any(|name| {
            let name = name.value.0.to_lowercase();
            ["lag", "behind", "drift", "delay", "fresh"].iter().any(|word| name.contains(word))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn copies(whole: &str, search: &str) -> String {
        let design = format!(
            "{{{whole}components: {{api: {{uses: {{search: soft}}}}, search: {{kind: search, {search}}}, pg: {{kind: database}}}}, \
             flows: {{f: {{path: [api], critical: true}}}}}}"
        );
        table("derived_copy", &["component", "source", "how", "used", "watched"], &design)
    }

    #[test]
    fn what_follows_a_store() {
        assert_eq!(copies("", "rebuild_from: pg"), "component=search source=pg how=derived used=true watched=false");
        assert_eq!(copies("", "replica_of: pg"), "component=search source=pg how=replica used=true watched=false");
        assert_eq!(copies("", "consistency: eventual"), "");
    }

    #[test]
    fn lag_may_be_watched_in_one_place_for_all() {
        assert!(copies("", "rebuild_from: pg, alerts: [index_lag]").ends_with("watched=true"));
        assert!(copies("observability: {metrics: [Replication-Lag]}, ", "rebuild_from: pg").ends_with("watched=true"));
        assert!(copies("observability: {metrics: [rate]}, ", "rebuild_from: pg").ends_with("watched=false"));
    }
}
