//! How long a dead copy gets traffic against what a flow may be away.

use super::cell::{ARITHMETIC, duration, field, integer, maybe, percent, resting_on, text};
use super::target;
use crate::analyse::Analysis;
use crate::analyse::error_budget::{BUDGET_DAYS, error_budget};
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, FlowId, to_f64};
use crate::read::vocabulary::{Duration, Short};

/// A probe that needs longer than this leaves the work to people.
const LONG: f64 = 120.0;

pub(super) const RELATION: Relation = Relation {
    name: "detection",
    summary: "A probed component of a critical flow, if noticing a dead copy takes a tenth of the error budget, or two minutes.",
    fields: &[
        field("component", Type::Component, "What is probed."),
        field("flow", Type::Flow, "A critical flow that cannot work without it."),
        field("seconds", Type::Duration, "Until a probe has shown that a copy is dead; the place is `interval`."),
        field("copies", Type::Integer, "Copies that share the traffic; the place is `replicas`."),
        field("lost", Type::Duration, "The same, for the share of the traffic that one copy gets."),
        field("target", Type::Percent, "What the flow promises, if it does; the place is `slo`."),
        field("budget", Type::Duration, "What that allows in 30 days."),
        field("share", Type::Percent, "The share of the budget that goes by unnoticed."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        let mut rows = Vec::new();
        for id in analysis.design.component_ids().filter(|id| analysis.is_critical(*id)) {
            if analysis.failure().detection(id).is_some() {
                rows.extend(analysis.graph.critical_flows_of(id).filter_map(|flow| row(analysis, id, flow)));
            }
        }
        rows
    },
};

fn row(analysis: &Analysis, id: ComponentId, flow: FlowId) -> Option<Row<'_>> {
    let component = analysis.design.component(id);
    let health = component.facts.health.value()?;
    let found = analysis.failure().detection(id)?;
    let copies = component.replicas().unwrap_or(1).max(1);
    let lost = found.seconds() / to_f64(copies);
    let target = target::slo(analysis, flow);
    let budget = target.map(|(_, promised)| error_budget(promised, BUDGET_DAYS));
    let share = budget.filter(|budget| *budget > 0.0).map(|budget| lost / budget);
    if found.seconds() <= LONG && share.is_none_or(|share| share <= 0.1) {
        return None;
    }
    let mut arithmetic = format!("{} × {}", Duration(found.interval), Short(found.after));
    if found.timeout > 0.0 {
        arithmetic = format!("{arithmetic} + {}", Duration(found.timeout));
    }
    arithmetic = format!("{arithmetic} = {}", Duration(found.seconds()));
    Some(Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::flow(analysis, flow),
            resting_on(duration(found.seconds()), &[&health.interval, &health.after]),
            resting_on(integer(copies), &[&component.facts.replicas]),
            duration(lost),
            maybe(target, |(slo, promised)| resting_on(percent(promised), &[slo])),
            maybe(budget, duration),
            maybe(share, |share| percent((share * 1000.0).round() / 1000.0)),
            text(arithmetic),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn detection(api: &str) -> String {
        let design =
            format!("{{components: {{api: {{{api}}}}}, flows: {{f: {{path: [api], critical: true, slo: 99.99%}}}}}}");
        table(
            "detection",
            &["component", "flow", "seconds", "copies", "lost", "budget", "share", "arithmetic"],
            &design,
        )
    }

    #[test]
    fn one_copy_gets_its_share() {
        // 155 s / 2 of 259.2 s
        assert_eq!(
            detection("replicas: 2, health: {interval: 30s, after: 5, timeout: 5s}"),
            "component=api flow=f seconds=2.58 min copies=2 lost=77.5 s budget=4.32 min share=29.9 % \
             arithmetic=30 s × 5 + 5 s = 2.58 min"
        );
        assert_eq!(detection("replicas: 2, health: {interval: 5s, after: 2, timeout: 1s}"), "");
    }
}
