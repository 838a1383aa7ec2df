//! The fewest failures to inject that show every way in which flows can break.

use super::cell::{field, integer, text};
use crate::analyse::failure::Outcome;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use std::collections::BTreeSet;

pub(super) const RELATION: Relation = Relation {
    name: "game_day",
    summary: "The design, if single events break its flows: one event for each way in which they do.",
    fields: &[
        field("design", Type::Design, "The design."),
        field("events", Type::List(&Type::Text(&[])), "The events as `premortem fail` takes them, the worst first."),
        field("breaking", Type::Integer, "Single events that fail or degrade a flow."),
        field("looked_at", Type::Integer, "Single events in all."),
    ],
    subject: 0,
    rows: |analysis| {
        let outcomes = &analysis.event_outcomes().events;
        let breaking = outcomes.iter().filter(|(_, outcomes)| outcomes.iter().any(|outcome| *outcome != Outcome::Ok));
        let mut seen: BTreeSet<Vec<&str>> = BTreeSet::new();
        let mut kinds =
            breaking.clone().filter(|(_, outcomes)| seen.insert(outcomes.iter().map(|o| o.as_str()).collect()));
        let mut kinds: Vec<_> = kinds.by_ref().collect();
        kinds.sort_by_key(|(_, outcomes)| std::cmp::Reverse(crate::analyse::event_outcome::weight(analysis, outcomes)));
        if kinds.is_empty() {
            return Vec::new();
        }
        let count = |count: usize| integer(count.try_into().unwrap_or(u64::MAX));
        vec![Row {
            cells: vec![
                Fact::at(Value::Design, Some(analysis.design.place)),
                Fact::list(kinds.iter().map(|(event, _)| text(analysis.failure().event_name(*event).to_string()))),
                count(breaking.count()),
                count(outcomes.len()),
            ],
        }]
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn one_event_for_each_way_to_break() {
        let design = "{components: {api: {uses: {pg: {}, recs: {need: soft, fallback: omit}}}, pg: {}, recs: {}}, \
                      flows: {buy: {path: [api, recs]}}}";
        assert_eq!(
            table("game_day", &["events", "breaking", "looked_at"], design),
            "events=[stop:api, stop:recs] breaking=6 looked_at=9"
        );
        assert_eq!(
            table("game_day", &["events"], "{components: {shopper: {kind: client}}, flows: {f: {path: [shopper]}}}"),
            ""
        );
    }
}
