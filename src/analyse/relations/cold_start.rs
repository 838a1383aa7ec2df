//! Parts that wait for each other when everything starts from nothing.

use super::cell::{field, text_at};
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Analysis, Assume};
use crate::model::{ComponentId, Dependency, DependencyId};
use crate::read::Notation;
use crate::read::vocabulary::{Mode, Need, Phase};
use std::collections::{BTreeMap, VecDeque};

pub(super) const RELATION: Relation = Relation {
    name: "cold_start",
    summary: "A circle of components that need each other to start: after a full outage none of them comes up.",
    fields: &[
        field("component", Type::Component, "The first of them in the file."),
        field("circle", Type::List(&Type::Text(&[])), "Who waits for whom, one clause per step, each at its place."),
        field("members", Type::List(&Type::Component), "The components of the circle."),
        field("dependencies", Type::List(&Type::Dependency), "Its dependencies."),
    ],
    subject: 0,
    rows,
};

fn rows(analysis: &Analysis) -> Vec<Row<'_>> {
    let design = &analysis.design;
    let counts = |id: DependencyId| keeps_from_starting(design.dependency(id));
    let starts = |id: &DependencyId| design.dependency(*id).phase == Phase::Start;
    if !design.dependency_ids().any(|id| starts(&id)) {
        return Vec::new();
    }
    let mut stuck: Option<Vec<ComponentId>> = None;
    let mut rows = Vec::new();
    for members in analysis.graph.cycles(design, counts) {
        let inside = |id: &DependencyId| members.binary_search(&design.dependency(*id).target).is_ok();
        let own = members.iter().flat_map(|member| analysis.graph.outgoing(*member)).copied();
        let own: Vec<DependencyId> = own.filter(|id| inside(id) && counts(*id)).collect();
        let shortest = own.iter().filter(|id| starts(id)).filter_map(|id| circle_through(analysis, *id, &own));
        let Some(circle) = shortest.min_by_key(Vec::len) else { continue };
        let stuck = stuck.get_or_insert_with(|| analysis.failure().black_start(Assume::Must).stuck);
        if circle.iter().all(|id| stuck.binary_search(&design.dependency(*id).source).is_ok()) {
            rows.push(row(analysis, &circle));
        }
    }
    rows
}

/// Needed to start, or needed while serving with nothing to go on without it. Other notations show who calls whom, not
/// what a process that has just started can do without.
fn keeps_from_starting(dependency: &Dependency) -> bool {
    let running = dependency.notation == Notation::Native
        && dependency.mode == Mode::Sync
        && dependency.need == Need::Hard
        && !dependency.consumes
        && dependency.facts.fallback.value().is_none();
    dependency.group.is_none() && (dependency.phase == Phase::Start || running)
}

/// The shortest way back to the source of a dependency, that dependency first.
fn circle_through(analysis: &Analysis, first: DependencyId, own: &[DependencyId]) -> Option<Vec<DependencyId>> {
    let design = &analysis.design;
    let goal = design.dependency(first).source;
    let start = design.dependency(first).target;
    let mut by_source: BTreeMap<ComponentId, Vec<DependencyId>> = BTreeMap::new();
    for id in own {
        by_source.entry(design.dependency(*id).source).or_default().push(*id);
    }
    let mut reached_by: BTreeMap<ComponentId, DependencyId> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(component) = open.pop_front() {
        if component == goal {
            break;
        }
        for id in by_source.get(&component).into_iter().flatten() {
            let target = design.dependency(*id).target;
            if target != start && !reached_by.contains_key(&target) {
                reached_by.insert(target, *id);
                open.push_back(target);
            }
        }
    }
    let mut back = Vec::new();
    let mut at = goal;
    while at != start {
        let id = *reached_by.get(&at)?;
        back.push(id);
        at = design.dependency(id).source;
    }
    back.push(first);
    back.reverse();
    Some(back)
}

fn row<'a>(analysis: &'a Analysis, circle: &[DependencyId]) -> Row<'a> {
    let design = &analysis.design;
    let clause = |id: &DependencyId| {
        let dependency = design.dependency(*id);
        let name = |id: ComponentId| design.component(id).name.as_str();
        let (source, target) = (name(dependency.source), name(dependency.target));
        let clause = if dependency.phase == Phase::Start {
            format!("`{source}` waits for `{target}` to start")
        } else {
            format!("`{source}` cannot work without `{target}`")
        };
        text_at(clause, dependency.place)
    };
    let members: Vec<ComponentId> = circle.iter().map(|id| design.dependency(*id).source).collect();
    let first = members.iter().min().copied().unwrap_or(ComponentId(0));
    Row {
        cells: vec![
            Fact::component(analysis, first),
            Fact::list(circle.iter().map(clause)),
            Fact::list(members.iter().map(|id| Fact::component(analysis, *id))),
            Fact::list(circle.iter().map(|id| Fact::dependency(analysis, *id))),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn cold_start(design: &str) -> String {
        table("cold_start", &["component", "circle", "members"], design)
    }

    #[test]
    fn two_that_start_only_with_each_other() {
        let design = "components: {k8s: {kind: orchestrator, uses: {vault: {phase: start}}}, \
                      vault: {kind: secrets, uses: {k8s: {phase: start}}}}";
        assert_eq!(
            cold_start(design),
            "component=k8s circle=[`k8s` waits for `vault` to start, `vault` waits for `k8s` to start] members=[k8s, vault]"
        );
    }

    #[test]
    fn the_shortest_circle_through_a_start() {
        let design = "components: {a: {uses: {b: {phase: start}}}, b: {uses: {c: {}, d: {}}}, c: {uses: [a]}, \
                      d: {uses: [c]}}";
        assert_eq!(
            cold_start(design),
            "component=a circle=[`a` waits for `b` to start, `b` cannot work without `c`, `c` cannot work without `a`] \
             members=[a, b, c]"
        );
    }

    #[test]
    fn calls_to_each_other_while_serving_are_no_deadlock() {
        assert_eq!(cold_start("components: {orders: {uses: [users]}, users: {uses: [orders]}}"), "");
        let cached = "components: {a: {uses: {b: {phase: start}}}, b: {uses: {a: {need: soft}}}}";
        assert_eq!(cold_start(cached), "");
    }
}
