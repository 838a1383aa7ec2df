//! The change as JSON, for scripts: a versioned contract whose schema is generated from the types that are written.

use super::verdict::verdict;
use crate::difference::{Changed, DesignChange, Difference, FactChange, FlowChange, SinglePoint};
use crate::finding::Subject;
use crate::report::json::{FindingJson, FixedJson, SubjectJson, TOOL, Tool};
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// Raised when a field changes its meaning or goes away; a new field does not raise it.
const VERSION: u32 = 1;

const SCHEMA_ID: &str = "urn:premortem:schema:diff:1";

/// The JSON Schema of what `diff --format json` prints.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Document).to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$id".to_owned(), SCHEMA_ID.into());
    }
    schema
}

pub(super) fn write(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Document::of(difference))?;
    writeln!(out)
}

/// What `premortem diff --format json` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "premortem diff")]
struct Document<'a> {
    /// Version of this format.
    version: u32,
    tool: Tool,
    old: Side<'a>,
    new: Side<'a>,
    /// A few sentences that say what matters.
    verdict: String,
    /// Designs that are on both sides, in the order of the new one.
    designs: Vec<Design<'a>>,
    /// Paths of designs that are on the new side only.
    added: &'a [String],
    /// Paths of designs that are on the old side only.
    gone: &'a [String],
    findings: Findings<'a>,
}

/// One of the two sides.
#[derive(Serialize, JsonSchema)]
struct Side<'a> {
    /// As the user named it.
    name: &'a str,
    /// The full name of the commit, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
}

/// What changed in one design.
#[derive(Serialize, JsonSchema)]
struct Design<'a> {
    path: &'a str,
    /// Flows that fare differently when one thing fails for an hour, in file order.
    flows: Vec<Flow<'a>>,
    single_points: SinglePoints<'a>,
    /// The design is too large to compute every single failure: `flows` and `single_points` say nothing.
    left_out: bool,
    added: Vec<SubjectJson<'a>>,
    gone: Vec<SubjectJson<'a>>,
    /// Components that have another name and are the same otherwise.
    renamed: Vec<Renamed<'a>>,
    changed: Vec<ChangedPart<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Flow<'a> {
    id: &'a str,
    critical: bool,
    change: Direction,
    /// What fails, as `premortem fail` takes it; `none` if the flow fares differently while nothing fails.
    event: String,
    /// What users got.
    #[schemars(extend("enum" = ["ok", "degraded", "failed"]))]
    before: &'static str,
    /// What users get.
    #[schemars(extend("enum" = ["ok", "degraded", "failed"]))]
    after: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Worse,
    Better,
}

/// Things whose failure alone makes flows fail.
#[derive(Serialize, JsonSchema)]
struct SinglePoints<'a> {
    /// On the new side only.
    became: Vec<Point<'a>>,
    /// On the old side only.
    no_longer: Vec<Point<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Point<'a> {
    #[schemars(extend("enum" = ["component", "zone", "region", "vendor"]))]
    kind: &'static str,
    id: &'a str,
    /// The flows it makes fail, or made fail.
    flows: &'a [String],
}

#[derive(Serialize, JsonSchema)]
struct Renamed<'a> {
    before: &'a str,
    after: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct ChangedPart<'a> {
    subject: SubjectJson<'a>,
    #[schemars(length(min = 1))]
    facts: Vec<Fact<'a>>,
}

/// A fact; without `before` or `after` where nothing was or is said.
#[derive(Serialize, JsonSchema)]
struct Fact<'a> {
    /// Parts of maps as `health.interval`.
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Findings<'a> {
    /// New or worse, by file, place and rule.
    new: Vec<FindingJson<'a>>,
    fixed: Vec<FixedJson<'a>>,
    /// How many are on both sides.
    unchanged: usize,
}

impl<'a> Document<'a> {
    fn of(difference: &'a Difference) -> Self {
        let review = &difference.new.review;
        Self {
            version: VERSION,
            tool: TOOL,
            old: Side { name: &difference.old, commit: difference.old_commit.as_deref() },
            new: Side { name: &difference.new.name, commit: difference.new_commit.as_deref() },
            verdict: verdict(difference),
            designs: difference.designs.iter().map(Design::of).collect(),
            added: &difference.added,
            gone: &difference.gone,
            findings: Findings {
                new: review.findings.iter().map(|finding| FindingJson::of(finding, &review.sources)).collect(),
                fixed: difference.fixed.iter().map(FixedJson::of).collect(),
                unchanged: difference.unchanged,
            },
        }
    }
}

impl<'a> Design<'a> {
    fn of(design: &'a DesignChange) -> Self {
        let subjects = |subjects: &'a [Subject]| subjects.iter().map(SubjectJson::of).collect();
        let (outages, parts) = (&design.outages, &design.parts);
        Self {
            path: &design.path,
            flows: outages.flows.iter().map(Flow::of).collect(),
            single_points: SinglePoints {
                became: outages.became_single_points.iter().map(Point::of).collect(),
                no_longer: outages.no_longer_single_points.iter().map(Point::of).collect(),
            },
            left_out: outages.left_out,
            added: subjects(&parts.added),
            gone: subjects(&parts.gone),
            renamed: parts.renamed.iter().map(|(before, after)| Renamed { before, after }).collect(),
            changed: parts.changed.iter().map(ChangedPart::of).collect(),
        }
    }
}

impl<'a> Flow<'a> {
    fn of(change: &'a FlowChange) -> Self {
        Self {
            id: &change.flow,
            critical: change.critical,
            change: if change.is_worse() { Direction::Worse } else { Direction::Better },
            event: change.cause.event(),
            before: change.before.as_str(),
            after: change.after.as_str(),
        }
    }
}

impl<'a> Point<'a> {
    fn of(point: &'a SinglePoint) -> Self {
        Self { kind: point.kind, id: &point.name, flows: &point.flows }
    }
}

impl<'a> ChangedPart<'a> {
    fn of(changed: &'a Changed) -> Self {
        let fact = |fact: &'a FactChange| Fact {
            name: &fact.name,
            before: fact.before.as_deref(),
            after: fact.after.as_deref(),
        };
        Self { subject: SubjectJson::of(&changed.subject), facts: changed.facts.iter().map(fact).collect() }
    }
}
