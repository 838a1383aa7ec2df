//! Parts that make a design more complicated, and whether it says what for.

use super::cell::{field, integer};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::model::{Component, ComponentId};
use crate::read::Notation;
use crate::read::vocabulary::Kind;
use std::collections::BTreeSet;

pub(super) const RELATION: Relation = Relation {
    name: "unexplained",
    summary: "Caches, queues, streams, indexes, meshes and databases beside the first that say neither `why` nor what was `measured`: one row, if there are any.",
    fields: &[
        field("design", Type::Design, "The design."),
        field("components", Type::List(&Type::Component), "These."),
        field("explained", Type::Integer, "How many components of the design say why they are there."),
    ],
    subject: 0,
    rows: |analysis| row(analysis).into_iter().collect(),
};

fn row(analysis: &Analysis) -> Option<Row<'_>> {
    let design = &analysis.design;
    let native = design.component_ids().filter(|id| design.component(*id).notation == Notation::Native);
    let decided: BTreeSet<&str> = design
        .facts
        .decisions
        .iter()
        .filter_map(|decision| decision.about.value())
        .flat_map(|about| about.iter().map(|name| name.value.0.as_str()))
        .collect();
    let mut databases = 0;
    let mut components: Vec<ComponentId> = Vec::new();
    let mut explained = 0;
    for id in native {
        let component = design.component(id);
        let facts = &component.facts;
        let is_copy = facts.replica_of.value().is_some();
        if component.kind == Kind::Database && !is_copy {
            databases += 1;
        }
        let says = [&facts.why, &facts.measured].iter().any(|reason| reason.value().is_some());
        if says || decided.contains(component.name.as_str()) {
            explained += 1;
        } else if complicates(component) || (component.kind == Kind::Database && !is_copy && databases > 1) {
            components.push(id);
        }
    }
    (!components.is_empty()).then(|| Row {
        cells: vec![
            Fact::at(Value::Design, Some(design.place)),
            Fact::list(components.into_iter().map(|id| Fact::component(analysis, id))),
            integer(explained),
        ],
    })
}

/// Many designs do without one.
fn complicates(component: &Component) -> bool {
    matches!(component.kind, Kind::Cache | Kind::Queue | Kind::Stream | Kind::Search | Kind::Mesh)
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn unexplained(components: &str) -> String {
        let design = format!("{{components: {{{components}}}, decisions: [{{about: decided, why: needed}}]}}");
        table("unexplained", &["components", "explained"], &design)
    }

    #[test]
    fn what_many_designs_do_without() {
        assert_eq!(
            unexplained(
                "api: {}, pg: {kind: database}, pg-r: {kind: database, replica_of: pg}, mongo: {kind: database}, \
                 redis: {kind: cache}, jobs: {kind: queue, why: slow mail}, decided: {kind: stream}, x: {kind: external}"
            ),
            "components=[mongo, redis] explained=2"
        );
        assert_eq!(unexplained("api: {}, pg: {kind: database}, decided: {kind: search}"), "");
    }
}
