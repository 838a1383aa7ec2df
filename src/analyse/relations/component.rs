//! One row per component.

use crate::analyse::relation::{Fact, Field, Relation, Row, Type};

pub(super) const RELATION: Relation = Relation {
    name: "component",
    summary: "Every component.",
    fields: &[Field { name: "component", summary: "The component.", ty: Type::Component }],
    subject: 0,
    rows: |analysis| {
        analysis.design.component_ids().map(|id| Row { cells: vec![Fact::component(analysis, id)] }).collect()
    },
};
