//! Soft calls whose hang takes the caller with it.

use super::evidence::{CHAIN, PATH, chain, path};
use crate::analyse::failure::Witness;
use crate::analyse::relation::{Fact, Field, Relation, Row, Type};
use crate::analyse::{Analysis, Event, Scenario};
use crate::model::{Dependency, DependencyId};
use crate::read::vocabulary::{Fallback, Need};

pub(super) const RELATION: Relation = Relation {
    name: "soft_hang",
    summary: "A call declared soft, or with a fallback, that takes its caller down when its target hangs.",
    fields: &[
        Field { name: "dependency", summary: "The call.", ty: Type::Dependency },
        Field { name: "flows", summary: "The flows that fail then.", ty: Type::List(&Type::Flow) },
        PATH,
        CHAIN,
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let soft = design.dependency_ids().filter(|id| is_soft_on_paper(design.dependency(*id)));
        soft.filter_map(|id| row(analysis, id)).collect()
    },
};

fn row(analysis: &Analysis, id: DependencyId) -> Option<Row<'_>> {
    let failure = analysis.failure();
    let dependency = analysis.design.dependency(id);
    let scenario = Scenario::new([Event::Hang(dependency.target)]);
    let impact = failure.impact(&scenario, None);
    let witness = failure.witness(&impact, dependency.source);
    let takes_the_caller = impact.state(dependency.source).fails() && goes_through(&witness, id);
    takes_the_caller.then(|| {
        let failing = failure
            .verdicts(&scenario)
            .into_iter()
            .filter(|verdict| verdict.outcome == crate::analyse::failure::Outcome::Failed);
        Row {
            cells: vec![
                Fact::dependency(analysis, id),
                Fact::list(failing.map(|verdict| Fact::flow(analysis, verdict.flow))),
                path(analysis, &witness),
                chain(analysis, &witness),
            ],
        }
    })
}

fn goes_through(witness: &Witness, id: DependencyId) -> bool {
    use crate::analyse::failure::Cause;
    witness.steps.iter().any(|step| step.cause == Cause::Dependency(id))
}

/// The author says that the caller can go on without the target.
fn is_soft_on_paper(dependency: &Dependency) -> bool {
    let has_fallback =
        matches!(dependency.facts.fallback.value(), Some(Fallback::Value(_) | Fallback::Stale(_) | Fallback::To(_)));
    dependency.is_call() && (dependency.need == Need::Soft || has_fallback)
}
