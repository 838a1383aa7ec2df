//! SARIF 2.1.0, within what GitHub's code scanning accepts.
//!
//! Findings the design accepts are left out: code scanning opens an alert for every result, suppressed or not.

use super::Style;
use super::entry::{Entry, fingerprints, worst_first};
use super::region::{Region, uri};
use super::sarif_fix::SarifFix;
use super::sarif_rule::{Rule, rules};
use super::text::{count, escape};
use crate::finding::{Finding, Severity};
use crate::problem::{Problem, ProblemSeverity};
use crate::review::Review;
use crate::sources::{Sources, Span};
use serde::Serialize;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Log::of(review))?;
    writeln!(out)
}

/// Results of a run that GitHub keeps; more than five times as many and it refuses the file.
const RESULTS: usize = 5_000;
/// Locations of a result that GitHub keeps.
const LOCATIONS: usize = 100;
/// Places linked from a message.
const LINKS: usize = 5;
/// What stands for the repository, wherever it is checked out.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    automation_details: AutomationDetails,
    invocations: [Invocation<'a>; 1],
    original_uri_base_ids: serde_json::Value,
    column_kind: &'static str,
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct AutomationDetails {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification<'a>>,
}

/// Something to know about the run itself: a mistake in the files.
#[derive(Serialize)]
struct Notification<'a> {
    descriptor: Descriptor<'a>,
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location<'a>>,
}

#[derive(Serialize)]
struct Descriptor<'a> {
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<CodeFlow<'a>>,
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<SarifFix>,
    properties: Properties<'a>,
}

#[derive(Serialize)]
pub(super) struct Text {
    pub text: String,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "premortem/v1")]
    first: String,
}

#[derive(Serialize)]
struct Properties<'a> {
    certainty: crate::finding::Certainty,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are SARIF's")]
struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: SarifRegion,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

impl ArtifactLocation {
    pub(super) fn of(path: &str) -> Self {
        Self { uri: uri(path), uri_base_id: ROOT }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifRegion {
    pub(super) start_line: usize,
    pub(super) start_column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation<'a> {
    fully_qualified_name: &'a str,
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeFlow<'a> {
    message: Text,
    thread_flows: [ThreadFlow<'a>; 1],
}

#[derive(Serialize)]
struct ThreadFlow<'a> {
    locations: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    location: Location<'a>,
}

/// SARIF's words for our severities.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

impl<'a> Log<'a> {
    fn of(review: &'a Review) -> Self {
        let findings: Vec<Entry> =
            worst_first(review).into_iter().filter(|entry| matches!(entry, Entry::Finding(_))).collect();
        let fingerprints = fingerprints(&findings);
        let rules = rules(review);
        let results = findings.iter().zip(fingerprints).take(RESULTS).filter_map(|(entry, fingerprint)| match entry {
            Entry::Finding(finding) => Some(SarifResult::of(finding, fingerprint, &rules, &review.sources)),
            Entry::Problem(_) => None,
        });
        let results = results.collect();
        let run = Run {
            tool: Tool { driver: Driver { name: "premortem", semantic_version: env!("CARGO_PKG_VERSION"), rules } },
            automation_details: AutomationDetails { id: "premortem/" },
            invocations: [Invocation::of(review, findings.len().saturating_sub(RESULTS))],
            original_uri_base_ids: serde_json::json!({ ROOT: { "description": { "text": "the root of the repository" } } }),
            column_kind: "unicodeCodePoints",
            results,
        };
        Self { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }
    }
}

impl<'a> Invocation<'a> {
    fn of(review: &'a Review, left_out: usize) -> Self {
        let problems = review.problems.iter().map(|problem| notification(problem, &review.sources));
        let left_out = (left_out > 0).then(|| Notification {
            descriptor: Descriptor { id: "too-many-results" },
            level: "warning",
            message: plain(&format!("{}: the worst {RESULTS} are in this file", count(left_out, "more finding"))),
            locations: vec![],
        });
        Self {
            execution_successful: review.problems.iter().all(|problem| problem.severity != ProblemSeverity::Error),
            tool_execution_notifications: problems.chain(left_out).collect(),
        }
    }
}

fn notification<'a>(problem: &'a Problem, sources: &Sources) -> Notification<'a> {
    let locations = problem.labels.iter().take(LOCATIONS);
    Notification {
        descriptor: Descriptor { id: problem.code },
        level: match problem.severity {
            ProblemSeverity::Error => "error",
            ProblemSeverity::Warning => "warning",
        },
        message: plain(&Entry::Problem(problem).body()),
        locations: locations.map(|(span, text)| location(sources, *span, None, Some(text))).collect(),
    }
}

impl<'a> SarifResult<'a> {
    fn of(finding: &'a Finding, fingerprint: String, rules: &[Rule], sources: &Sources) -> Self {
        let subject = LogicalLocation { fully_qualified_name: finding.subject.id(), kind: finding.subject.kind() };
        let primary = Location {
            logical_locations: vec![subject],
            ..location(sources, finding.primary(), None, Some(&finding.labels[0].text))
        };
        let others = finding.labels.iter().enumerate().skip(1).take(LOCATIONS);
        let related: Vec<_> =
            others.map(|(id, label)| location(sources, label.span, Some(id), Some(&label.text))).collect();
        Self {
            rule_id: &finding.rule,
            rule_index: rules.partition_point(|rule| rule.id < finding.rule.as_str()),
            level: level(finding.severity),
            message: message(finding),
            locations: [primary],
            related_locations: related,
            code_flows: code_flow(finding, sources).into_iter().collect(),
            partial_fingerprints: Fingerprints { first: fingerprint },
            fixes: Entry::Finding(finding).safe_edits().map(|edit| SarifFix::of(edit, sources)).collect(),
            properties: Properties { certainty: finding.certainty, notes: &finding.notes },
        }
    }
}

/// What is wrong, why it matters, and links to the other places. The first sentence becomes the title of an alert.
fn message(finding: &Finding) -> Text {
    let why = finding.why.trim();
    let mut text = plain(&format!("{}.{}{why}", escape(&finding.message), if why.is_empty() { "" } else { "\n" })).text;
    let links: Vec<String> = finding
        .labels
        .iter()
        .enumerate()
        .skip(1)
        .take(LINKS)
        .map(|(id, label)| format!("[{}]({id})", brackets(&escape(&label.text))))
        .collect();
    if !links.is_empty() {
        text.push_str("\nSee also: ");
        text.push_str(&links.join(", "));
    }
    Text { text }
}

/// The marked places of a finding whose evidence is a path, in the order in which they tell it.
fn code_flow<'a>(finding: &Finding, sources: &Sources) -> Option<CodeFlow<'a>> {
    let path = finding.path_in_words()?;
    let steps = finding.labels.iter().take(LOCATIONS);
    let steps = steps.map(|label| Step { location: location(sources, label.span, None, Some(&label.text)) });
    Some(CodeFlow { message: plain(&path), thread_flows: [ThreadFlow { locations: steps.collect() }] })
}

fn location<'a>(sources: &Sources, span: Span, id: Option<usize>, text: Option<&str>) -> Location<'a> {
    let region = Region::of(sources, span);
    Location {
        id,
        message: text.map(plain),
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation::of(region.path),
            region: SarifRegion {
                start_line: region.line,
                start_column: region.columns.0,
                end_line: region.line,
                end_column: region.columns.1,
            },
        },
        logical_locations: vec![],
    }
}

/// Text in which nothing is taken for a link.
fn plain(text: &str) -> Text {
    let text = super::text::escape_lines(text);
    Text { text: if text.contains("](") { brackets(&text) } else { text } }
}

fn brackets(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}
