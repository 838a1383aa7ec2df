//! One row per dependency.

use crate::analyse::relation::{Fact, Field, Relation, Row, Type};

pub(super) const RELATION: Relation = Relation {
    name: "dependency",
    summary: "Every dependency, alternatives and start-up included.",
    fields: &[Field { name: "dependency", summary: "The dependency.", ty: Type::Dependency }],
    subject: 0,
    rows: |analysis| {
        analysis.design.dependency_ids().map(|id| Row { cells: vec![Fact::dependency(analysis, id)] }).collect()
    },
};
