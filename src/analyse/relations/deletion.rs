//! What tools and jobs can destroy.

use super::cell::{field, yes};
use crate::analyse::entity;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::read::Notation;
use crate::read::vocabulary::{Kind, Many, Word};
use std::collections::HashMap;

pub(super) const RELATION: Relation = Relation {
    name: "deletion",
    summary: "A component that a tool or job can destroy (`deletes`), and what stands in between.",
    fields: &[
        field("tool", Type::Component, "What destroys."),
        field("component", Type::Component, "What it can destroy; the place is the entry of `deletes`."),
        field("guard", entity::type_of::<Many<Word>>(), "What stands between a mistake and the destruction."),
        field("only_copy", Type::Bool, "The data exists nowhere else."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let names: HashMap<&str, _> =
            design.component_ids().map(|id| (design.component(id).name.as_str(), id)).collect();
        let mut rows = Vec::new();
        for tool in design.component_ids() {
            let component = design.component(tool);
            let native = component.notation == Notation::Native;
            for name in component.facts.deletes.value().iter().flat_map(|names| names.iter()) {
                let Some(deleted) = names.get(name.value.0.as_str()) else { continue };
                let facts = &design.component(*deleted).facts;
                let is_store = matches!(design.component(*deleted).kind, Kind::Database | Kind::ObjectStore);
                let only_copy = is_store && facts.replica_of.value().is_none() && facts.rebuild_from.value().is_none();
                rows.push(Row {
                    cells: vec![
                        Fact::component(analysis, tool),
                        Fact::at(Value::Component(*deleted), Some(name.span)),
                        Fact::attr(&component.facts.guard, Some(component.place), native),
                        yes(only_copy),
                    ],
                });
            }
        }
        rows
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn stores_and_copies() {
        let design = "components: {cleanup: {kind: job, deletes: [pg, index], guard: [dry-run]}, pg: {kind: database}, \
                      index: {kind: database, rebuild_from: pg}}";
        assert_eq!(
            table("deletion", &["tool", "component", "guard", "only_copy"], design),
            "tool=cleanup component=pg guard=[dry-run] only_copy=true\n\
             tool=cleanup component=index guard=[dry-run] only_copy=false"
        );
    }
}
