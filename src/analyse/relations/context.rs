//! What a review has to know before it can judge: how much traffic, how many people, what matters.

use super::cell::{field, integer, text};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};

pub(super) const RELATION: Relation = Relation {
    name: "context",
    summary: "What the design says about its circumstances: one row, for designs in premortem's own notation.",
    fields: &[
        field("design", Type::Design, "The design."),
        field("missing", Type::List(&Type::Text(&[])), "What is not stated of traffic and people."),
        field("flows", Type::List(&Type::Flow), "The flows that are drawn."),
        field("count", Type::Integer, "How many flows are drawn."),
        field("marked", Type::Integer, "How many of them say whether they are critical."),
    ],
    subject: 0,
    rows: |analysis| if analysis.design.native { vec![row(analysis)] } else { Vec::new() },
};

fn row(analysis: &Analysis) -> Row<'_> {
    let design = &analysis.design;
    let facts = &design.facts;
    let scale = facts.scale.value();
    let rates = || design.flows.iter().filter_map(|flow| flow.facts.rate.value());
    let now = scale.is_some_and(|scale| !scale.now.is_absent()) || rates().any(|rate| rate.now_rate().is_some());
    let target = scale.is_some_and(|scale| !scale.target.is_absent()) || rates().any(|rate| !rate.target.is_absent());
    let people = design.teams.iter().any(|team| !team.facts.engineers.is_absent());
    let mut missing = Vec::new();
    for (said, what) in [(now, "current traffic"), (target, "target traffic"), (people, "team size")] {
        missing.extend((!said).then_some(what));
    }
    let flows: Vec<_> = design.flow_ids().filter(|flow| !design.flow(*flow).implicit).collect();
    let marked = flows.iter().filter(|flow| !design.flow(**flow).facts.critical.is_absent()).count();
    let count = |count: usize| integer(u64::try_from(count).unwrap_or(u64::MAX));
    Row {
        cells: vec![
            Fact::at(Value::Design, Some(design.place)),
            Fact::list(missing.into_iter().map(text)),
            Fact::list(flows.iter().map(|flow| Fact::flow(analysis, *flow))),
            count(flows.len()),
            count(marked),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn context(head: &str, flow: &str) -> String {
        let design = format!("{{{head}components: {{a: {{}}}}, flows: {{f: {{path: [a]{flow}}}}}}}");
        table("context", &["missing", "count", "marked"], &design)
    }

    #[test]
    fn traffic_may_be_stated_by_flow() {
        assert_eq!(context("", ""), "missing=[current traffic, target traffic, team size] count=1 marked=0");
        assert_eq!(
            context("team: {engineers: 3}, ", ", rate: {now: 4rps, target: 40rps}, critical: true"),
            "missing=[] count=1 marked=1"
        );
    }

    #[test]
    fn open_is_stated() {
        assert!(context("scale: {now: 2rps, target: todo}, team: {engineers: 3}, ", "").starts_with("missing=[] "));
    }
}
