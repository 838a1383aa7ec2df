//! A witness as cells of a row: the components on the way, and one clause per step at the place that shows it.

use crate::analyse::Analysis;
use crate::analyse::failure::Witness;
use crate::analyse::relation::{Fact, Field, Type, Value};

/// The components from the event to what it reaches.
pub(super) const PATH: Field = Field {
    name: "path",
    summary: "The components from the event to the end of the flow.",
    ty: Type::List(&Type::Component),
};

/// The same, as clauses.
pub(super) const CHAIN: Field = Field {
    name: "chain",
    summary: "One clause per step, from the first component the event takes with it.",
    ty: Type::List(&Type::Text(&[])),
};

pub(super) fn path<'a>(analysis: &'a Analysis, witness: &Witness) -> Fact<'a> {
    Fact::list(witness.components().map(|id| Fact::component(analysis, id)))
}

/// Steps after the event itself; the event is what the primary label shows.
pub(super) fn chain<'a>(analysis: &'a Analysis, witness: &Witness) -> Fact<'a> {
    let failure = analysis.failure();
    Fact::list(
        witness
            .steps
            .iter()
            .skip(1)
            .map(|step| Fact::at(Value::Text(step.clause(failure).into()), Some(step.place(&analysis.design)))),
    )
}
