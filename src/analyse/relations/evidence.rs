//! A witness as cells of a row: the components on the way, and one clause per step at the place that shows it.

use crate::analyse::Analysis;
use crate::analyse::failure::{Step, Witness};
use crate::analyse::relation::{Fact, Field, Type, Value};
use crate::model::ComponentId;

/// The components from the event to what it reaches.
pub(super) const PATH: Field = Field {
    name: "path",
    summary: "The components from the event to the end of the flow; of more than 64 both ends.",
    ty: Type::List(&Type::Component),
};

/// The same, as clauses.
pub(super) const CHAIN: Field = Field {
    name: "chain",
    summary: "One clause per step, from the first component the event takes with it.",
    ty: Type::List(&Type::Text(&[])),
};

/// Of a longer way its two ends are evidence enough; all ways together would grow with the square of the design.
const MOST_STEPS: usize = 64;

pub(super) fn path<'a>(analysis: &'a Analysis, witness: &Witness) -> Fact<'a> {
    let components: Vec<ComponentId> = witness.components().collect();
    Fact::list(ends(&components).map(|id| Fact::component(analysis, *id)))
}

/// Steps after the event itself; the event is what the primary label shows.
pub(super) fn chain<'a>(analysis: &'a Analysis, witness: &Witness) -> Fact<'a> {
    let failure = analysis.failure();
    let clause = |step: &Step| {
        let words = step.clause(failure);
        Fact::at(Value::Text(words.into()), Some(step.place(&analysis.design)))
    };
    Fact::list(ends(witness.steps.get(1..).unwrap_or_default()).map(clause))
}

fn ends<T>(steps: &[T]) -> impl Iterator<Item = &T> {
    let cut = steps.len().saturating_sub(MOST_STEPS);
    let head = (steps.len() - cut) / 2;
    steps[..head].iter().chain(&steps[head + cut..])
}
