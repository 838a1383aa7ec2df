//! The findings as JSON, for scripts: a versioned contract whose schema is generated from the types that are written.

use super::Style;
use crate::change::{Against, Delta, Fixed};
use crate::finding::{Applicability, Certainty, Edit, Finding, Label, NotJudged, Question, Severity, Subject};
use crate::problem::{Problem, ProblemSeverity};
use crate::review::Review;
use crate::sources::{Position, Sources, Span};
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// Raised when a field changes its meaning or goes away; a new field does not raise it.
pub(super) const VERSION: u32 = 1;

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Report::of(review))?;
    writeln!(out)
}

/// The JSON Schema of what `check --format json` prints.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}

/// What `premortem check --format json` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "premortem findings")]
struct Report<'a> {
    /// Version of this format.
    version: u32,
    tool: Tool,
    /// ISO date that decided expiry and age.
    today: &'a str,
    summary: Summary<'a>,
    /// What the review was compared with; then `findings` are the new ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Compared<'a>>,
    /// By file, place and rule.
    findings: Vec<FindingJson<'a>>,
    /// What is found no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<Vec<FixedJson<'a>>>,
    /// Findings somebody lives with, and why; by file, place and rule.
    accepted: Vec<AcceptedJson<'a>>,
    /// Facts only the authors know; the one worth answering first comes first.
    questions: Vec<QuestionJson<'a>>,
    /// Mistakes in the files, by place.
    problems: Vec<ProblemJson<'a>>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

pub(super) const TOOL: Tool = Tool { name: "premortem", version: env!("CARGO_PKG_VERSION") };

/// Numbers that say what was judged and what was found.
#[derive(Serialize, JsonSchema)]
pub(super) struct Summary<'a> {
    errors: usize,
    warnings: usize,
    advice: usize,
    /// How many findings are accepted, with a reason.
    accepted: usize,
    /// Findings that were known, where the review was compared with something.
    #[serde(skip_serializing_if = "Option::is_none")]
    unchanged: Option<usize>,
    /// Known findings that are found no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<usize>,
    files: usize,
    components: usize,
    dependencies: usize,
    flows: usize,
    not_judged: &'a [NotJudged],
}

/// What a review was compared with.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "with", rename_all = "lowercase")]
pub(super) enum Compared<'a> {
    /// A file of known findings.
    Baseline {
        file: &'a str,
        /// What a reader should know about the comparison.
        remarks: &'a [String],
    },
    /// A commit of the repository.
    Revision {
        /// As the user named it.
        name: &'a str,
        /// Where the working tree left that revision.
        commit: &'a str,
        /// What a reader should know about the comparison.
        remarks: &'a [String],
    },
}

/// Something known that is found no more.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fixed")]
pub(super) struct FixedJson<'a> {
    rule: &'a str,
    subject: SubjectJson<'a>,
    /// What used to be said; a baseline does not hold it.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    /// How many of them.
    count: usize,
}

/// One weakness of one subject.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub(super) struct FindingJson<'a> {
    rule: &'a str,
    pack: &'a str,
    severity: Severity,
    certainty: Certainty,
    message: &'a str,
    /// What happens if it stays.
    why: &'a str,
    /// The smallest edit that mends it.
    fix: &'a str,
    /// Page that explains the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    subject: SubjectJson<'a>,
    /// Exactly one is primary, and it comes first.
    #[schemars(length(min = 1))]
    labels: Vec<LabelJson<'a>>,
    /// Component names from cause to effect, where the evidence is a path; of a very long one both ends, with `…` between.
    path: &'a [String],
    /// Where inferred values came from, and what else was found on the same subject.
    notes: &'a [String],
    /// The same for the same rule and subject, wherever they move.
    fingerprint: String,
    /// Changes to the files that answer the finding; each stands alone.
    edits: Vec<EditJson<'a>>,
}

/// Text to be written in the place of other text.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Edit")]
struct EditJson<'a> {
    /// What it does, as a command.
    title: &'a str,
    file: &'a str,
    start: PositionJson,
    /// The first place that is kept; the same as `start` where text is added.
    end: PositionJson,
    new_text: &'a str,
    applicability: Applicability,
}

/// A finding with the reason for which it does not count.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AcceptedFinding")]
pub(super) struct AcceptedJson<'a> {
    #[serde(flatten)]
    finding: FindingJson<'a>,
    /// Who accepted it, why and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    acceptance: Option<AcceptanceJson<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Acceptance")]
struct AcceptanceJson<'a> {
    because: &'a str,
    /// ISO date of the last day it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    file: &'a str,
    start: PositionJson,
    /// The first place that is not part of it.
    end: PositionJson,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Subject")]
pub(super) struct SubjectJson<'a> {
    kind: SubjectKind,
    /// A dependency is `from->to`, a group `component/group`.
    id: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SubjectKind {
    Component,
    Dependency,
    Group,
    Flow,
    Team,
    Design,
}

/// A marked range of a file.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Label")]
struct LabelJson<'a> {
    primary: bool,
    text: &'a str,
    file: &'a str,
    start: PositionJson,
    /// The first place that is not marked.
    end: PositionJson,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Position")]
struct PositionJson {
    /// From 1.
    #[schemars(range(min = 1))]
    line: usize,
    /// From 1, in Unicode scalar values.
    #[schemars(range(min = 1))]
    column: usize,
    /// From 0, in UTF-8 bytes of the file.
    offset: usize,
}

impl From<Position> for PositionJson {
    fn from(at: Position) -> Self {
        Self { line: at.line, column: at.column, offset: at.offset }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Question")]
pub(super) struct QuestionJson<'a> {
    rule: &'a str,
    message: &'a str,
    labels: Vec<LabelJson<'a>>,
}

/// A mistake in a file.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemJson<'a> {
    /// After an error something was left out; after a warning everything was read.
    severity: ProblemSeverity,
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    labels: Vec<LabelJson<'a>>,
}

impl<'a> Report<'a> {
    fn of(review: &'a Review) -> Self {
        let sources = &review.sources;
        Self {
            version: VERSION,
            tool: TOOL,
            today: &review.today,
            summary: Summary::of(review),
            compared: review.delta.as_ref().map(Compared::of),
            fixed: review.delta.as_ref().map(|delta| delta.fixed.iter().map(FixedJson::of).collect()),
            findings: review.findings.iter().map(|finding| FindingJson::of(finding, sources)).collect(),
            accepted: review.accepted.iter().map(|finding| AcceptedJson::of(finding, sources)).collect(),
            questions: review.questions.iter().map(|question| QuestionJson::of(question, sources)).collect(),
            problems: review.problems.iter().map(|problem| ProblemJson::of(problem, sources)).collect(),
        }
    }
}

impl<'a> Summary<'a> {
    pub(super) fn of(review: &'a Review) -> Self {
        Self {
            errors: review.count(Severity::Error),
            warnings: review.count(Severity::Warning),
            advice: review.count(Severity::Advice),
            accepted: review.accepted.len(),
            unchanged: review.delta.as_ref().map(|delta| delta.unchanged),
            fixed: review.delta.as_ref().map(Delta::fixed_count),
            files: review.scope.files,
            components: review.scope.components,
            dependencies: review.scope.dependencies,
            flows: review.scope.flows,
            not_judged: &review.not_judged,
        }
    }
}

impl<'a> Compared<'a> {
    pub(super) fn of(delta: &'a Delta) -> Self {
        let remarks = &delta.remarks;
        match &delta.against {
            Against::Baseline(file) => Self::Baseline { file, remarks },
            Against::Revision { name, commit } => Self::Revision { name, commit, remarks },
        }
    }
}

impl<'a> FixedJson<'a> {
    pub(super) fn of(fixed: &'a Fixed) -> Self {
        Self {
            rule: &fixed.rule,
            subject: SubjectJson::of(&fixed.subject),
            message: fixed.message.as_deref(),
            count: fixed.count,
        }
    }
}

impl<'a> FindingJson<'a> {
    pub(super) fn of(finding: &'a Finding, sources: &'a Sources) -> Self {
        Self {
            rule: &finding.rule,
            pack: &finding.pack,
            severity: finding.severity,
            certainty: finding.certainty,
            message: &finding.message,
            why: &finding.why,
            fix: &finding.fix,
            url: finding.url.as_deref(),
            subject: SubjectJson::of(&finding.subject),
            labels: finding_labels(&finding.labels, sources),
            path: &finding.path,
            notes: &finding.notes,
            fingerprint: finding.fingerprint(),
            edits: finding.edits.iter().map(|edit| EditJson::of(edit, sources)).collect(),
        }
    }
}

impl<'a> EditJson<'a> {
    fn of(edit: &'a Edit, sources: &'a Sources) -> Self {
        let (start, end) = sources.positions(edit.replaced);
        Self {
            title: &edit.title,
            file: sources.file_of(edit.replaced).name(),
            start: start.into(),
            end: end.into(),
            new_text: &edit.text,
            applicability: edit.applicability,
        }
    }
}

impl<'a> SubjectJson<'a> {
    pub(super) fn of(subject: &'a Subject) -> Self {
        Self { kind: SubjectKind::of(subject), id: subject.id() }
    }
}

impl<'a> AcceptedJson<'a> {
    pub(super) fn of(finding: &'a Finding, sources: &'a Sources) -> Self {
        let acceptance = finding.accepted.as_ref().map(|accepted| {
            let (start, end) = sources.positions(accepted.place);
            AcceptanceJson {
                because: &accepted.because,
                until: accepted.until.as_ref().map(ToString::to_string),
                by: accepted.by.as_deref(),
                file: sources.file_of(accepted.place).name(),
                start: start.into(),
                end: end.into(),
            }
        });
        Self { finding: FindingJson::of(finding, sources), acceptance }
    }
}

impl SubjectKind {
    fn of(subject: &Subject) -> Self {
        match subject {
            Subject::Component(_) => Self::Component,
            Subject::Dependency(_) => Self::Dependency,
            Subject::Group(_) => Self::Group,
            Subject::Flow(_) => Self::Flow,
            Subject::Team(_) => Self::Team,
            Subject::Design => Self::Design,
        }
    }
}

impl<'a> QuestionJson<'a> {
    pub(super) fn of(question: &'a Question, sources: &'a Sources) -> Self {
        Self { rule: &question.rule, message: &question.message, labels: finding_labels(&question.labels, sources) }
    }
}

impl<'a> ProblemJson<'a> {
    pub(super) fn of(problem: &'a Problem, sources: &'a Sources) -> Self {
        Self {
            severity: problem.severity,
            code: problem.code,
            message: &problem.message,
            help: problem.help.as_deref(),
            labels: labels(problem.labels.iter().map(|(span, text)| (*span, text.as_str())), sources),
        }
    }
}

fn finding_labels<'a>(marked: &'a [Label], sources: &'a Sources) -> Vec<LabelJson<'a>> {
    labels(marked.iter().map(|label| (label.span, &*label.text)), sources)
}

/// The first is primary.
fn labels<'a>(marked: impl Iterator<Item = (Span, &'a str)>, sources: &'a Sources) -> Vec<LabelJson<'a>> {
    let label = |(index, (span, text))| {
        let (start, end) = sources.positions(span);
        LabelJson {
            primary: index == 0,
            text,
            file: sources.file_of(span).name(),
            start: start.into(),
            end: end.into(),
        }
    };
    marked.enumerate().map(label).collect()
}
