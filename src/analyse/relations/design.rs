//! One row: the design as a whole.

use crate::analyse::relation::{Fact, Field, Relation, Row, Type, Value};

pub(super) const RELATION: Relation = Relation {
    name: "design",
    summary: "The design as a whole: one row.",
    fields: &[Field { name: "design", summary: "The design.", ty: Type::Design }],
    subject: 0,
    rows: |analysis| vec![Row { cells: vec![Fact::at(Value::Design, Some(analysis.design.place))] }],
};
