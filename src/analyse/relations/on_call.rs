//! Whether somebody answers when what a team owns fails, against what its flows promise.

use super::cell::{duration, field, flow_at, maybe, percent, yes};
use crate::analyse::Analysis;
use crate::analyse::error_budget::{BUDGET_DAYS, error_budget};
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, FlowId, TeamId};
use std::collections::BTreeSet;

pub(super) const RELATION: Relation = Relation {
    name: "on_call",
    summary: "A team that owns something a critical flow cannot work without; one team owns what names no owner.",
    fields: &[
        field("team", Type::Team, "The team."),
        field("components", Type::List(&Type::Component), "What it owns there and what has no `oncall` of its own."),
        field("flow", Type::Flow, "The critical flow among them that promises most; the place is its `slo`."),
        field("slo", Type::Percent, "Its `slo`, else that of the design."),
        field("budget", Type::Duration, "What that allows to be away in 30 days."),
        field("said", Type::Bool, "The team says something about `oncall`."),
    ],
    subject: 0,
    rows: |analysis| analysis.design.team_ids().filter_map(|team| row(analysis, team)).collect(),
};

fn row(analysis: &Analysis, team: TeamId) -> Option<Row<'_>> {
    let design = &analysis.design;
    let name = design.team(team).name.as_str();
    let owned = |id: &ComponentId| {
        let component = design.component(*id);
        let facts = &component.facts;
        let is_owner = match facts.owner.value() {
            Some(owner) => owner.0 == name,
            None => facts.owner.is_absent() && design.teams.len() == 1 && component.kind.is_own_process(),
        };
        is_owner && facts.oncall.is_absent() && analysis.is_critical(*id)
    };
    let components: Vec<ComponentId> = design.component_ids().filter(owned).collect();
    if components.is_empty() {
        return None;
    }
    let flows: BTreeSet<FlowId> = components.iter().flat_map(|id| analysis.graph.critical_flows_of(*id)).collect();
    let whole = design.facts.targets.value().and_then(|targets| targets.slo.value());
    let promised = |flow: &FlowId| design.flow(*flow).facts.slo.value().or(whole).map(|slo| slo.0);
    let promises = flows.into_iter().filter_map(|flow| Some((promised(&flow)?, flow)));
    let strictest = promises.reduce(|best, other| if other.0 > best.0 { other } else { best });
    Some(Row {
        cells: vec![
            Fact::team(analysis, team),
            Fact::list(components.into_iter().map(|id| Fact::component(analysis, id))),
            maybe(strictest, |(_, flow)| flow_at(analysis, flow, &design.flow(flow).facts.slo)),
            maybe(strictest, |(slo, _)| percent(slo)),
            maybe(strictest, |(slo, _)| duration(error_budget(slo, BUDGET_DAYS))),
            yes(!design.team(team).facts.oncall.is_absent()),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn on_call(teams: &str, a: &str) -> String {
        let design = format!(
            "{{{teams}, components: {{a: {{{a}, uses: [b]}}, b: {{owner: core}}}}, \
             flows: {{f: {{path: [a], critical: true, slo: 99%}}, g: {{path: [a], critical: true, slo: 99.9%}}}}}}"
        );
        table("on_call", &["team", "components", "flow", "slo", "budget", "said"], &design)
    }

    #[test]
    fn the_strictest_promise_counts() {
        assert_eq!(
            on_call("teams: {core: {oncall: none}, other: {}}", "owner: core"),
            "team=core components=[a, b] flow=g slo=99.9 % budget=43.2 min said=true"
        );
    }

    #[test]
    fn who_owns_nothing_critical_may_sleep() {
        assert!(on_call("teams: {core: {}, other: {}}", "kind: service").starts_with("team=core components=[b]"));
        assert!(on_call("team: {name: core}", "kind: service").starts_with("team=core components=[a, b]"));
        assert!(on_call("team: {name: core}", "oncall: 24x7").starts_with("team=core components=[b]"));
    }
}
