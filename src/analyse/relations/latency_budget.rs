//! Promised response times against those of the parts.

use super::cell::{ARITHMETIC, component_at, duration, field, resting_on, text};
use super::target;
use crate::analyse::Analysis;
use crate::analyse::latency::{LatencyTerm, ResponseTime};
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::FlowId;
use crate::read::vocabulary::{Duration, Short};

pub(super) const RELATION: Relation = Relation {
    name: "latency_budget",
    summary: "A flow that promises answers faster than the parts on its path allow, or are likely to.",
    fields: &[
        field("flow", Type::Flow, "The flow."),
        field("budget", Type::Duration, "What is promised; the place is `p99`."),
        field(
            "lower",
            Type::Duration,
            "No faster than its slowest part: true whatever the parts have to do with each other.",
        ),
        field("likely", Type::Duration, "One part slow at a time, the others as usual."),
        field("cautious", Type::Duration, "All parts slow at once."),
        field("slowest", Type::Component, "The slowest part; the place is its `latency`."),
        field("parts", Type::List(&Type::Component), "All parts that say how long they take; the place is `latency`."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| analysis.design.flow_ids().filter_map(|flow| row(analysis, flow)).collect(),
};

fn row(analysis: &Analysis, flow: FlowId) -> Option<Row<'_>> {
    let (stated, budget) = target::p99(analysis, flow)?;
    let found = analysis.failure().response_time(flow)?;
    if found.cautious <= budget * (1.0 + 1e-9) {
        return None;
    }
    let slow = slow_part(&found)?;
    let at = |term: &LatencyTerm| {
        component_at(analysis, term.component, &analysis.design.component(term.component).facts.latency)
    };
    Some(Row {
        cells: vec![
            Fact::flow(analysis, flow),
            resting_on(duration(budget), &[stated]),
            duration(found.lower),
            duration(found.likely),
            duration(found.cautious),
            at(slow),
            Fact::list(found.terms.iter().map(at)),
            text(if found.likely > budget { arithmetic(analysis, &found, slow) } else { all_slow(analysis, &found) }),
        ],
    })
}

/// The part whose p99 is the largest, the first of equals.
fn slow_part(found: &ResponseTime) -> Option<&LatencyTerm> {
    let mut slowest: Option<&LatencyTerm> = None;
    for term in &found.terms {
        if slowest.is_none_or(|slowest| term.p99 - term.p50 > slowest.p99 - slowest.p50) {
            slowest = Some(term);
        }
    }
    slowest
}

/// `pricing 200 ms + api 20 ms + pg 3 × 5 ms = 235 ms`, the slow part with its p99 and the others as usual.
fn arithmetic(analysis: &Analysis, found: &ResponseTime, slow: &LatencyTerm) -> String {
    let name = |term: &LatencyTerm| &analysis.design.component(term.component).name;
    let mut parts = vec![format!("{} {}", name(slow), Duration(slow.p99))];
    for term in &found.terms {
        let calls = if term.component == slow.component { term.calls - 1.0 } else { term.calls };
        if calls > 0.0 && term.p50 > 0.0 {
            let times = if calls > 1.0 { format!("{} × ", Short(calls)) } else { String::new() };
            parts.push(format!("{} {times}{}", name(term), Duration(term.p50)));
        }
    }
    let beside = found.terms.iter().any(|term| term.beside.is_some());
    if beside || parts.len() > 5 {
        parts.first().cloned().unwrap_or_default()
    } else {
        format!("{} = {}", parts.join(" + "), Duration(found.likely))
    }
}

/// `pricing 200 ms + api 80 ms = 280 ms`, every part with its p99.
fn all_slow(analysis: &Analysis, found: &ResponseTime) -> String {
    let term = |term: &LatencyTerm| {
        let times = if term.calls > 1.0 { format!("{} × ", Short(term.calls)) } else { String::new() };
        format!("{} {times}{}", analysis.design.component(term.component).name, Duration(term.p99))
    };
    let parts: Vec<String> = found.terms.iter().map(term).collect();
    if parts.len() > 5 || found.terms.iter().any(|term| term.beside.is_some()) {
        return Duration(found.cautious).to_string();
    }
    format!("{} = {}", parts.join(" + "), Duration(found.cautious))
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn budget(p99: &str) -> String {
        let design = format!(
            "{{components: {{api: {{latency: {{p50: 20ms, p99: 80ms}}, uses: [pricing, db]}}, \
             pricing: {{latency: {{p50: 30ms, p99: 200ms}}}}, db: {{kind: database, latency: {{p50: 5ms, p99: 40ms}}}}}}, \
             flows: {{buy: {{path: [api, pricing, db], p99: {p99}}}}}}}"
        );
        table("latency_budget", &["budget", "lower", "likely", "cautious", "slowest", "arithmetic"], &design)
    }

    #[test]
    fn three_bounds() {
        // lower 200, likely 200 + 20 + 5, cautious 320
        assert_eq!(
            budget("150ms"),
            "budget=150 ms lower=200 ms likely=225 ms cautious=320 ms slowest=pricing \
             arithmetic=pricing 200 ms + api 20 ms + db 5 ms = 225 ms"
        );
        assert!(budget("250ms").ends_with("arithmetic=api 80 ms + pricing 200 ms + db 40 ms = 320 ms"));
        assert_eq!(budget("330ms"), "");
    }
}
