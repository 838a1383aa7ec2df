//! One row per flow.

use crate::analyse::relation::{Fact, Field, Relation, Row, Type};

pub(super) const RELATION: Relation = Relation {
    name: "flow",
    summary: "Every flow, or the implicit ones where none is declared.",
    fields: &[Field { name: "flow", summary: "The flow.", ty: Type::Flow }],
    subject: 0,
    rows: |analysis| analysis.design.flow_ids().map(|id| Row { cells: vec![Fact::flow(analysis, id)] }).collect(),
};
