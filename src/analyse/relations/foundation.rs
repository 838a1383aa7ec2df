//! What nearly everything stands on.

use super::cell::{field, integer};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, Dependency, DependencyId};
use crate::read::vocabulary::{Kind, Need};
use std::collections::BTreeSet;

/// Below this many users it is a plain dependency.
const LEAST_USERS: usize = 2;

pub(super) const RELATION: Relation = Relation {
    name: "foundation",
    summary: "A part that half of the critical flows or more cannot work without and that is a step of none of them, asked while serving.",
    fields: &[
        field("component", Type::Component, "The part."),
        field("calls", Type::List(&Type::Dependency), "Who asks it without keeping an answer or having another way."),
        field("users", Type::Integer, "Components that do."),
        field("flows", Type::List(&Type::Flow), "The critical flows that stop with it."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let critical: Vec<_> = design.flow_ids().filter(|flow| design.flow(*flow).critical).collect();
        let on_a_path: BTreeSet<ComponentId> =
            critical.iter().flat_map(|flow| design.flow(*flow).path.iter().copied()).collect();
        let declared = critical.iter().any(|flow| !design.flow(*flow).implicit);
        let candidates = design.component_ids().filter(|id| {
            declared && analysis.is_critical(*id) && can_be(design.component(*id).kind) && !on_a_path.contains(id)
        });
        candidates.filter_map(|id| row(analysis, id, critical.len())).collect()
    },
};

/// Stores are made to be depended on, and control planes on the request path are another matter.
fn can_be(kind: Kind) -> bool {
    matches!(kind, Kind::Dns | Kind::Identity | Kind::Service | Kind::Gateway | Kind::Mesh)
}

fn row(analysis: &Analysis, id: ComponentId, critical: usize) -> Option<Row<'_>> {
    let design = &analysis.design;
    let flows: Vec<_> = analysis.graph.critical_flows_of(id).collect();
    let bare = |edge: &DependencyId| {
        let dependency = design.dependency(*edge);
        is_bare(dependency) && analysis.graph.is_critical_dependency(*edge)
    };
    let calls: Vec<DependencyId> = analysis.graph.incoming(id).iter().copied().filter(bare).collect();
    (calls.len() >= LEAST_USERS && flows.len() * 2 >= critical).then(|| Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::list(calls.iter().map(|edge| Fact::dependency(analysis, *edge))),
            integer(calls.len().try_into().unwrap_or(u64::MAX)),
            Fact::list(flows.into_iter().map(|flow| Fact::flow(analysis, flow))),
        ],
    })
}

/// Needed for every request, with nothing kept and nobody else to ask.
fn is_bare(dependency: &Dependency) -> bool {
    dependency.is_call()
        && dependency.need == Need::Hard
        && dependency.group.is_none()
        && dependency.facts.cached.value().is_none()
        && dependency.facts.fallback.value().is_none()
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn foundation(second: &str) -> String {
        let design = format!(
            "{{components: {{cart: {{uses: {{dns: {{}}}}}}, pay: {{uses: {{dns: {second}}}}}, dns: {{kind: dns}}}}, \
             flows: {{buy: {{path: [cart, pay], critical: true}}, browse: {{path: [cart], critical: true}}}}}}"
        );
        table("foundation", &["component", "calls", "users", "flows"], &design)
    }

    #[test]
    fn asked_by_many_and_kept_by_nobody() {
        assert_eq!(foundation("{}"), "component=dns calls=[cart->dns, pay->dns] users=2 flows=[buy, browse]");
        assert_eq!(foundation("{cached: 1h}"), "");
    }
}
