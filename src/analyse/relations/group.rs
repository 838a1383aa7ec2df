//! One row per group of alternatives.

use crate::analyse::relation::{Fact, Field, Relation, Row, Type};

pub(super) const RELATION: Relation = Relation {
    name: "group",
    summary: "Every group of alternatives (`one_of`).",
    fields: &[Field { name: "group", summary: "The group.", ty: Type::Group }],
    subject: 0,
    rows: |analysis| analysis.design.group_ids().map(|id| Row { cells: vec![Fact::group(analysis, id)] }).collect(),
};
