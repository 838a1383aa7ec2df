//! One row per team.

use crate::analyse::relation::{Fact, Field, Relation, Row, Type};

pub(super) const RELATION: Relation = Relation {
    name: "team",
    summary: "Every team.",
    fields: &[Field { name: "team", summary: "The team.", ty: Type::Team }],
    subject: 0,
    rows: |analysis| analysis.design.team_ids().map(|id| Row { cells: vec![Fact::team(analysis, id)] }).collect(),
};
