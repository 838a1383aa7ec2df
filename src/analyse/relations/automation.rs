//! What acts on components without a person.

use super::cell::{field, text_at};
use crate::analyse::entity;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::read::Notation;
use crate::read::vocabulary::{Many, Setting, Word};

pub(super) const RELATION: Relation = Relation {
    name: "automation",
    summary: "An entry of a component's `automation`: something that acts on it without a person.",
    fields: &[
        field("component", Type::Component, "What it acts on."),
        field("actor", Type::Text(&[]), "Its name: `autoscaler`, `ejection`, `cleanup`."),
        field("acts_on", entity::type_of::<Many<Word>>(), "What it changes."),
        field("at_most", entity::type_of::<Setting>(), "How much it changes at once."),
        field("floor", entity::type_of::<Setting>(), "What it always leaves standing."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let mut rows = Vec::new();
        for id in design.component_ids() {
            let component = design.component(id);
            let native = component.notation == Notation::Native;
            for (name, acts) in component.facts.automation.value().iter().flat_map(|automation| automation.iter()) {
                rows.push(Row {
                    cells: vec![
                        Fact::component(analysis, id),
                        text_at(name.value.as_str(), name.span),
                        Fact::attr(&acts.acts_on, Some(name.span), native),
                        Fact::attr(&acts.at_most, Some(name.span), native),
                        Fact::attr(&acts.floor, Some(name.span), native),
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
    fn one_row_per_actor() {
        let design = "components: {api: {automation: {autoscaler: {acts_on: replicas, at_most: 2, floor: 3}, \
                      ejection: {floor: none}}}}";
        assert_eq!(
            table("automation", &["component", "actor", "acts_on", "at_most", "floor"], design),
            "component=api actor=autoscaler acts_on=[replicas] at_most=2 floor=3\n\
             component=api actor=ejection acts_on=- at_most=- floor=-"
        );
    }
}
