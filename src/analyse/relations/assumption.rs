//! What the answers of the failure model take for granted.

use super::cell::{field, integer, text_at};
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};

/// The most valuable ones.
const MOST: usize = 5;

pub(super) const RELATION: Relation = Relation {
    name: "assumption",
    summary: "The design, with the unsaid facts on which outcomes of failures hang: one row, if there are any.",
    fields: &[
        field("design", Type::Design, "The design."),
        field("open", Type::List(&Type::Text(&[])), "The five questions worth most, each where its answer belongs."),
        field("facts", Type::Integer, "How many facts there are on which an outcome hangs."),
    ],
    subject: 0,
    rows: |analysis| {
        if !analysis.design.native {
            return Vec::new();
        }
        let failure = analysis.failure();
        let found = failure.open_questions().questions;
        if found.is_empty() {
            return Vec::new();
        }
        let open = found.iter().take(MOST).map(|question| {
            let unknown = question.unknown;
            text_at(unknown.sentence(failure), unknown.place(failure))
        });
        vec![Row {
            cells: vec![
                Fact::at(Value::Design, Some(analysis.design.place)),
                Fact::list(open),
                integer(found.len().try_into().unwrap_or(u64::MAX)),
            ],
        }]
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn unsaid_facts_that_matter() {
        let design = "{components: {api: {uses: {recs: {need: soft}}}, recs: {}}, \
                      flows: {buy: {path: [api]}}}";
        assert_eq!(
            table("assumption", &["open", "facts"], design),
            "open=[is `api` more than one copy (`replicas`)?, how long does `api` wait for `recs` (`timeout`)?] facts=2"
        );
        assert_eq!(table("assumption", &["facts"], "{components: {shopper: {kind: client}}}"), "");
    }
}
