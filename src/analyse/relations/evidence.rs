//! A witness as cells of a row: the components on the way, and one clause per step at the place that shows it.

use crate::analyse::Analysis;
use crate::analyse::failure::{Step, Witness};
use crate::analyse::relation::{Fact, Field, Type, Value};
use crate::model::ComponentId;

/// The components from the event to what it reaches.
pub(super) const PATH: Field = Field {
    name: "path",
    summary: "The components from the event to the end of the flow; of more than 64 both ends, and nothing known between them.",
    ty: Type::List(&Type::Component),
};

/// The same, as clauses.
pub(super) const CHAIN: Field = Field {
    name: "chain",
    summary: "One clause per step, from the first component the event takes with it; of more than 64 those of both ends.",
    ty: Type::List(&Type::Text(&[])),
};

/// Of a longer way its two ends are evidence enough; all ways together would grow with the square of the design.
const MOST_STEPS: usize = 64;

pub(super) fn path<'a>(analysis: &'a Analysis, witness: &Witness) -> Fact<'a> {
    let components: Vec<ComponentId> = witness.components().collect();
    let (head, tail) = ends(&components);
    let gap = (head.len() + tail.len() < components.len()).then(Fact::null);
    let named =
        |ids: &[ComponentId]| -> Vec<Fact<'a>> { ids.iter().map(|id| Fact::component(analysis, *id)).collect() };
    Fact::list(named(head).into_iter().chain(gap).chain(named(tail)))
}

/// Steps after the event itself; the event is what the primary label shows.
pub(super) fn chain<'a>(analysis: &'a Analysis, witness: &Witness) -> Fact<'a> {
    let failure = analysis.failure();
    let clause = |step: &Step| {
        let words = step.clause(failure);
        Fact::at(Value::Text(words.into()), Some(step.place(&analysis.design)))
    };
    let (head, tail) = ends(witness.steps.get(1..).unwrap_or_default());
    Fact::list(head.iter().chain(tail).map(clause))
}

fn ends<T>(steps: &[T]) -> (&[T], &[T]) {
    let cut = steps.len().saturating_sub(MOST_STEPS);
    let head = (steps.len() - cut) / 2;
    (&steps[..head], &steps[head + cut..])
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;
    use std::fmt::Write;

    #[test]
    fn of_a_very_long_way_both_ends_are_kept() {
        let mut design = "components:\n".to_owned();
        for index in 0..200 {
            writeln!(design, "  s{index}: {{uses: [s{}]}}", index + 1).unwrap();
        }
        design.push_str("  s200: {kind: external}\nflows: {buy: {path: [s0], critical: true}}\n");
        let found = table("external_loss", &["path", "chain"], &design);
        let (path, chain) = found.split_once("] chain=[").unwrap();
        let path: Vec<&str> = path.trim_start_matches("path=[").split(", ").collect();
        assert_eq!(
            (path.len(), path[0], path[31], path[32], path[33], path[64]),
            (65, "s200", "s169", "-", "s31", "s0")
        );
        assert!(chain.starts_with("`s199` is down without `s200`, ") && chain.ends_with("`s0` is down without `s1`]"));
        assert_eq!(chain.split(", ").count(), 64);
    }
}
