//! Soft calls whose hang takes the caller with it.

use super::evidence::{CHAIN, PATH, chain, path};
use crate::analyse::failure::{Run, State, Witness};
use crate::analyse::outage::Outages;
use crate::analyse::relation::{Fact, Field, Relation, Row, Type};
use crate::analyse::{Analysis, Event, Scenario};
use crate::model::{ComponentId, Dependency, DependencyId, FlowId};
use crate::read::vocabulary::{Fallback, Need};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Targets looked at with the same working memory, which is as large as the design.
const AT_LEAST: usize = 100;

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
        let worst = vec![State::Hung; design.components.len()];
        let soft = design.dependency_ids().filter(|id| is_soft_on_paper(design.dependency(*id)));
        let mut by_target: BTreeMap<ComponentId, Vec<DependencyId>> = BTreeMap::new();
        for id in soft.filter(|id| analysis.failure().compiled().can_fail(*id, &worst)) {
            by_target.entry(design.dependency(id).target).or_default().push(id);
        }
        // What no hang can do differently from a stop is out before working memory is asked for.
        by_target.retain(|target, calls| {
            !analysis.spread().hangs_as_it_stops(*target)
                || calls.iter().any(|id| falls_with_a_stop(analysis, design.dependency(*id)))
        });
        let by_target: Vec<(ComponentId, Vec<DependencyId>)> = by_target.into_iter().collect();
        let memory = || (analysis.failure().runner(), Outages::new(analysis));
        let mut rows: Vec<(DependencyId, Row<'_>)> = by_target
            .par_iter()
            .with_min_len(AT_LEAST)
            .map_init(memory, |(run, outages), (target, calls)| of_target(analysis, *target, calls, run, outages))
            .flatten_iter()
            .collect();
        rows.sort_by_key(|(id, _)| *id);
        rows.into_iter().map(|(_, row)| row).collect()
    },
};

fn of_target<'a>(
    analysis: &'a Analysis,
    target: ComponentId,
    calls: &[DependencyId],
    run: &mut Run<'a>,
    outages: &mut Outages<'a>,
) -> Vec<(DependencyId, Row<'a>)> {
    let failure = analysis.failure();
    let event = Event::Hang(target);
    let scenario = Scenario::new([event]);
    run.run(&scenario, None, &[]);
    if !calls.iter().any(|id| run.states[analysis.design.dependency(*id).source.0].fails()) {
        return Vec::new();
    }
    let impact = run.outcome(&scenario, None);
    let mut failing: Option<Vec<FlowId>> = None;
    let mut rows = Vec::new();
    for id in calls {
        let source = analysis.design.dependency(*id).source;
        if !impact.state(source).fails() {
            continue;
        }
        let witness = failure.witness(&impact, source);
        if !goes_through(&witness, *id) {
            continue;
        }
        let failing = failing.get_or_insert_with(|| {
            analysis.design.flow_ids().filter(|flow| outages.failed(*flow, event).is_some()).collect()
        });
        let row = Row {
            cells: vec![
                Fact::dependency(analysis, *id),
                Fact::list(failing.iter().map(|flow| Fact::flow(analysis, *flow))),
                path(analysis, &witness),
                chain(analysis, &witness),
            ],
        };
        rows.push((*id, row));
    }
    rows
}

/// The stop of the target takes the caller and, if the call has one, the component to fall back on.
fn falls_with_a_stop(analysis: &Analysis, call: &Dependency) -> bool {
    let falls = |component| analysis.spread().may_fell(analysis, call.target, component).unwrap_or(true);
    falls(call.source) && call.fallback_to.is_none_or(falls)
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
