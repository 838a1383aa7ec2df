//! Who can mend what a critical flow cannot work without, and with what in hand.

use super::cell::{field, resting_on, text, yes};
use super::staffing;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{Component, ComponentId, Design};
use crate::read::vocabulary::Kind;

pub(super) const RELATION: Relation = Relation {
    name: "custody",
    summary: "A process of your own or a store that a critical flow cannot work without, and who can mend it.",
    fields: &[
        field("component", Type::Component, "The component."),
        field("runbooks", Type::Bool, "Some component of the design says something about its runbook."),
        field("person", Type::Text(&[]), "The owner, if that is one person or a team of one; the place is `owner`."),
        field("engineers", Type::Integer, "People in all teams, if their number is stated."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let engineers = staffing::engineers(design);
        let runbooks = design.components.iter().any(|component| !component.facts.runbook.is_absent());
        let is_kept = |id: &ComponentId| is_kept(design.component(*id)) && analysis.is_critical(*id);
        let row = |id: ComponentId| Row {
            cells: vec![
                Fact::component(analysis, id),
                yes(runbooks),
                person(design, design.component(id)),
                engineers.clone().unwrap_or_else(Fact::null),
            ],
        };
        design.component_ids().filter(is_kept).map(row).collect()
    },
};

fn is_kept(component: &Component) -> bool {
    let own = component.kind.is_own_process() && !component.is_managed();
    let store = matches!(component.kind, Kind::Database | Kind::ObjectStore);
    own || store
}

fn person<'a>(design: &'a Design, component: &'a Component) -> Fact<'a> {
    let Some(owner) = component.facts.owner.value() else { return Fact::null() };
    let is_team_of_one = || {
        design.teams.iter().any(|team| team.name == owner.0 && team.facts.engineers.value().is_some_and(|e| e.0 == 1))
    };
    if owner.0.starts_with('@') || is_team_of_one() {
        return resting_on(text(owner.0.as_str()), &[&component.facts.owner]);
    }
    Fact::null()
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn one_person() {
        let design = "{teams: {core: {engineers: 4}, solo: {engineers: 1}}, components: {a: {owner: \"@ana\", uses: [b, c, lb]}, \
                      b: {owner: solo, runbook: none}, c: {kind: database, owner: core}, lb: {kind: balancer}, d: {}}, \
                      flows: {f: {path: [a], critical: true}}}";
        assert_eq!(
            table("custody", &["component", "runbooks", "person", "engineers"], design),
            "component=a runbooks=true person=@ana engineers=5\n\
             component=b runbooks=true person=solo engineers=5\n\
             component=c runbooks=true person=- engineers=5"
        );
    }
}
