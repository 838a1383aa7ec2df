//! One row: the team, and the processes it runs.

use crate::analyse::relation::{Fact, Field, Relation, Row, Type, Value};
use crate::model::{Component, Design};

pub(super) const RELATION: Relation = Relation {
    name: "staffing",
    summary: "The team and the processes of its own that it releases: one row, if the number of engineers is stated.",
    fields: &[
        Field { name: "design", summary: "The design.", ty: Type::Design },
        Field { name: "engineers", summary: "People in all teams.", ty: Type::Integer },
        Field { name: "deployables", summary: "Processes of your own.", ty: Type::List(&Type::Component) },
        Field { name: "processes", summary: "How many processes of your own.", ty: Type::Integer },
        Field { name: "explained", summary: "How many of them say `why` they are separate.", ty: Type::Integer },
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let Some(engineers) = engineers(design) else { return Vec::new() };
        let is_deployable = |component: &Component| component.kind.is_own_process() && !component.is_managed();
        let deployables: Vec<_> = design.component_ids().filter(|id| is_deployable(design.component(*id))).collect();
        let explained = deployables.iter().filter(|id| design.component(**id).facts.why.value().is_some()).count();
        let count = |count: usize| Fact::computed(Value::Integer(i64::try_from(count).unwrap_or(i64::MAX)));
        vec![Row {
            cells: vec![
                Fact::at(Value::Design, Some(design.place)),
                engineers,
                Fact::list(deployables.iter().map(|id| Fact::component(analysis, *id))),
                count(deployables.len()),
                count(explained),
            ],
        }]
    },
};

/// People in all teams, if any team says how many; the place is the first of these numbers.
pub(super) fn engineers(design: &Design) -> Option<Fact<'static>> {
    let stated = design.teams.iter().filter_map(|team| team.facts.engineers.value().map(|count| (count.0, team)));
    let (mut engineers, mut place) = (0_u64, None);
    for (count, team) in stated {
        engineers = engineers.saturating_add(count);
        place = place.or(team.facts.engineers.span());
    }
    place.map(|place| Fact::at(Value::Integer(i64::try_from(engineers).unwrap_or(i64::MAX)), Some(place)))
}
