//! Tables of small designs as text.

use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Value};
use crate::model::link;
use crate::parse::{Limits, Skip, deserialize, parse};
use crate::problem::ProblemSeverity;
use crate::read::vocabulary::{Duration, Percent, Rate, Short};
use crate::read::{Fragment, Notation};
use crate::sources::Sources;

pub(super) fn analyse(design: &str) -> Analysis {
    let mut sources = Sources::default();
    let parsed = parse(&mut sources, "test.arch.yaml", design.as_bytes(), &Limits::default());
    assert_eq!(parsed.problems, [], "{design}");
    let node = parsed.tree.documents().next().expect("the test writes a document");
    let facts = deserialize(node, &Skip::default()).unwrap_or_else(|mismatch| panic!("{mismatch}\n{design}"));
    let place = node.entry("components").map_or_else(|| node.span(), |entry| entry.key.span);
    let linked = link(vec![Fragment { notation: Notation::Native, source: parsed.source, place, facts }]);
    let errors: Vec<_> = linked.problems.iter().filter(|problem| problem.severity == ProblemSeverity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}\n{design}");
    Analysis::new(linked.design)
}

/// The given columns of every row of a table, `name=value`, one row per line.
pub(super) fn table(relation: &str, columns: &[&str], design: &str) -> String {
    let analysis = analyse(design);
    let relation = super::find(relation).expect("a relation");
    let rows = (relation.rows)(&analysis);
    let lines = rows.iter().map(|row| {
        assert_eq!(row.cells.len(), relation.fields.len(), "one cell per column");
        let cells = columns.iter().map(|column| {
            let at = relation.fields.iter().position(|field| field.name == *column).expect("a column");
            format!("{column}={}", shown(&analysis, &row.cells[at]))
        });
        cells.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn shown(analysis: &Analysis, fact: &Fact<'_>) -> String {
    let design = &analysis.design;
    let value = match &fact.value {
        Value::Null => "-".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Number(value) => Short(*value).to_string(),
        Value::Duration(value) => Duration(*value).to_string(),
        Value::Rate(value) => Rate(*value).to_string(),
        Value::Percent(value) => Percent(*value).to_string(),
        Value::Text(text) => text.clone().into_owned(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| shown(analysis, item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Component(id) => design.component(*id).name.clone(),
        Value::Dependency(id) => design.dependency_name(*id),
        Value::Group(id) => design.group(*id).name.clone(),
        Value::Flow(id) => design.flow(*id).name.clone(),
        Value::Team(id) => design.team(*id).name.clone(),
        Value::Design | Value::Record(_) => "…".to_owned(),
    };
    if fact.inferred.is_some() { format!("~{value}") } else { value }
}
