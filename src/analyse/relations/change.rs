//! The ways changes reach a component.

use super::cell::{field, text_at};
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Analysis, entity};
use crate::model::ComponentId;
use crate::read::Notation;
use crate::read::vocabulary::{Change, ChangeStrategy, Duration, Toggle};
use crate::sources::Span;

pub(super) const RELATION: Relation = Relation {
    name: "change",
    summary: "An entry of a component's `changes`: one kind of change, and how it reaches the component.",
    fields: &[
        field("component", Type::Component, "What is changed."),
        field("path", Type::Text(&[]), "The kind of change: `code`, `config`, `flags`."),
        field("strategy", entity::type_of::<ChangeStrategy>(), "How far it goes at once."),
        field("rollback", entity::type_of::<Duration>(), "How long the way back takes."),
        field("checked", entity::type_of::<Toggle>(), "It is validated before it is pushed."),
        field("gated", Type::List(&Type::Text(&[])), "Other kinds of change of this component that go out in steps."),
        field("many", Type::Bool, "More than one copy, zone or cell get it."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let mut rows = Vec::new();
        for id in design.component_ids() {
            for (name, change) in design.component(id).facts.changes.value().iter().flat_map(|changes| changes.iter()) {
                rows.push(row(analysis, id, (&name.value, name.span), change));
            }
        }
        rows
    },
};

fn row<'a>(analysis: &'a Analysis, id: ComponentId, (name, place): (&'a str, Span), change: &'a Change) -> Row<'a> {
    let component = analysis.design.component(id);
    let facts = &component.facts;
    let native = component.notation == Notation::Native;
    let in_steps =
        |change: &Change| matches!(change.strategy.value(), Some(ChangeStrategy::Staged | ChangeStrategy::Canary));
    let others = facts.changes.value().into_iter().flat_map(crate::read::vocabulary::Named::iter);
    let gated = others.filter(|(other, change)| other.value != name && in_steps(change));
    let many = component.replicas_max().is_some_and(|copies| copies > 1)
        || facts.zones.value().is_some_and(|zones| zones.0.len() > 1)
        || facts.cells.value().is_some_and(|cells| cells.0 > 1);
    Row {
        cells: vec![
            Fact::component(analysis, id),
            text_at(name, place),
            Fact::attr(&change.strategy, Some(place), native),
            Fact::attr(&change.rollback, Some(place), native),
            Fact::attr(&change.checked, Some(place), native),
            Fact::list(
                gated
                    .map(|(other, change)| text_at(other.value.as_str(), change.strategy.span().unwrap_or(other.span))),
            ),
            super::cell::yes(many),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn one_row_per_kind_of_change() {
        let design = "components: {waf: {replicas: 9, changes: {code: {strategy: staged, rollback: 5m}, \
                      data: {strategy: all-at-once, rollback: none, checked: none}}}}";
        assert_eq!(
            table("change", &["component", "path", "strategy", "rollback", "checked", "gated", "many"], design),
            "component=waf path=code strategy=staged rollback=5 min checked=- gated=[] many=true\n\
             component=waf path=data strategy=all-at-once rollback=- checked=- gated=[code] many=true"
        );
    }
}
