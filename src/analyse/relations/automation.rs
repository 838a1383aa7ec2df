//! What acts on components without a person.

use super::cell::{entries, field};
use crate::analyse::entity;
use crate::analyse::relation::{Relation, Type};
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
        let of = |id| {
            let automation = &analysis.design.component(id).facts.automation;
            entries(analysis, id, automation, |entry, acts| {
                vec![entry.attr(&acts.acts_on), entry.attr(&acts.at_most), entry.attr(&acts.floor)]
            })
        };
        analysis.design.component_ids().flat_map(of).collect()
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
