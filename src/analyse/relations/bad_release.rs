//! What one bad release costs against what a flow may be away.

use super::cell::{ARITHMETIC, duration, field, percent, resting_on, text};
use super::target;
use crate::analyse::Analysis;
use crate::analyse::error_budget::{BUDGET_DAYS, error_budget};
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, FlowId};
use crate::read::vocabulary::{AnyAttr, DeployStrategy, Duration, Percent};

pub(super) const RELATION: Relation = Relation {
    name: "bad_release",
    summary: "A component with a timed way back, for each critical flow with a target: what one bad release takes of a month's error budget.",
    fields: &[
        field("component", Type::Component, "What is released."),
        field("flow", Type::Flow, "A critical flow that cannot work without it."),
        field("cost", Type::Duration, "Until it is noticed and undone, for the share of users that get it."),
        field("rollback", Type::Duration, "How long the way back takes; the place is `rollback`."),
        field("target", Type::Percent, "What the flow promises; the place is `slo`."),
        field("budget", Type::Duration, "What that allows in 30 days."),
        field("share", Type::Percent, "The share of the budget that one bad release takes."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let mut rows = Vec::new();
        for id in design.component_ids().filter(|id| analysis.is_critical(*id)) {
            if let Some(cost) = cost(analysis, id) {
                rows.extend(analysis.graph.critical_flows_of(id).filter_map(|flow| row(analysis, id, flow, &cost)));
            }
        }
        rows
    },
};

struct Cost<'a> {
    seconds: f64,
    rollback: f64,
    place: &'a dyn AnyAttr,
    arithmetic: String,
}

/// `None` if the way back is not timed, or a canary does not say how many users it serves.
fn cost(analysis: &Analysis, id: ComponentId) -> Option<Cost<'_>> {
    let deploy = analysis.design.component(id).facts.deploy.value()?;
    let time = &deploy.rollback.value()?.time;
    let rollback = time.value()?.0;
    let detection = analysis.failure().detection(id).map(|detection| detection.seconds());
    let canary = deploy.strategy.value() == Some(&DeployStrategy::Canary);
    let share = if canary { deploy.share.value()?.0 } else { 1.0 };
    let whole = detection.unwrap_or(0.0) + rollback;
    let mut terms = Duration(rollback).to_string();
    if let Some(detection) = detection {
        terms = format!("{} to notice + {terms} to undo", Duration(detection));
    }
    let arithmetic = match (detection, canary) {
        (None, false) => format!("{terms} to undo, not counting the time to notice"),
        (Some(_), false) => format!("{terms} = {}", Duration(whole)),
        (_, true) => format!("({terms}) × {} of the users = {}", Percent(share), Duration(whole * share)),
    };
    Some(Cost { seconds: whole * share, rollback, place: time, arithmetic })
}

fn row<'a>(analysis: &'a Analysis, id: ComponentId, flow: FlowId, cost: &Cost<'a>) -> Option<Row<'a>> {
    let (slo, promised) = target::slo(analysis, flow)?;
    let budget = error_budget(promised, BUDGET_DAYS);
    // Half of the budget for one release is the least worth mentioning.
    (cost.seconds > budget / 2.0).then(|| Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::flow(analysis, flow),
            duration(cost.seconds),
            resting_on(duration(cost.rollback), &[cost.place]),
            resting_on(percent(promised), &[slo]),
            duration(budget),
            percent((cost.seconds / budget * 1000.0).round() / 1000.0),
            text(cost.arithmetic.clone()),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn bad_release(api: &str) -> String {
        let design =
            format!("{{components: {{api: {{{api}}}}}, flows: {{f: {{path: [api], critical: true, slo: 99.9%}}}}}}");
        table("bad_release", &["component", "flow", "cost", "budget", "share", "arithmetic"], &design)
    }

    #[test]
    fn noticing_counts() {
        // 155 s + 41 min = 43.6 min > 43.2 min, although 41 min alone fit.
        assert_eq!(
            bad_release("health: {interval: 30s, after: 5, timeout: 5s}, deploy: {rollback: {time: 41m}}"),
            "component=api flow=f cost=43.6 min budget=43.2 min share=100.9 % \
             arithmetic=2.58 min to notice + 41 min to undo = 43.6 min"
        );
        assert!(bad_release("deploy: {rollback: {time: 41m}}").contains("share=94.9 %"));
        assert_eq!(bad_release("deploy: {rollback: {time: 20m}}"), "");
    }

    #[test]
    fn a_canary_hurts_only_its_share() {
        let canary = "deploy: {strategy: canary, share: 5%, rollback: {time: 50m}}";
        assert_eq!(bad_release(canary), "");
        assert!(bad_release(&canary.replace("5%", "90%")).contains("cost=45 min"));
        assert_eq!(bad_release("deploy: {strategy: canary, rollback: {time: 50m}}"), "");
    }
}
