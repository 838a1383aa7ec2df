//! The JSON report cut into lines, for streams and log stores: one object a line, told apart by `type`.

use super::Style;
use super::json::{
    AcceptedJson, Compared, FindingJson, FixedJson, ProblemJson, QuestionJson, Summary, TOOL, Tool, VERSION,
};
use crate::review::Review;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let sources = &review.sources;
    for finding in &review.findings {
        line(&Line::Finding(FindingJson::of(finding, sources)), out)?;
    }
    for fixed in review.delta.iter().flat_map(|delta| &delta.fixed) {
        line(&Line::Fixed(FixedJson::of(fixed)), out)?;
    }
    for finding in &review.accepted {
        line(&Line::Accepted(AcceptedJson::of(finding, sources)), out)?;
    }
    for question in &review.questions {
        line(&Line::Question(QuestionJson::of(question, sources)), out)?;
    }
    for problem in &review.problems {
        line(&Line::Problem(ProblemJson::of(problem, sources)), out)?;
    }
    let compared = review.delta.as_ref().map(Compared::of);
    let end = End { version: VERSION, tool: TOOL, today: &review.today, summary: Summary::of(review), compared };
    line(&Line::Summary(end), out)
}

/// The JSON Schema of each line.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Line).to_value()
}

/// What a line of `premortem check --format jsonl` holds: beside `type`, what the element of the same kind holds in the JSON
/// report.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "A line of premortem findings")]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(FindingJson<'a>),
    /// Where the review was compared with something.
    Fixed(FixedJson<'a>),
    Accepted(AcceptedJson<'a>),
    Question(QuestionJson<'a>),
    Problem(ProblemJson<'a>),
    Summary(End<'a>),
}

/// The last line: a stream without it is not whole.
#[derive(Serialize, JsonSchema)]
struct End<'a> {
    /// Version of this format.
    version: u32,
    tool: Tool,
    /// ISO date that decided expiry and age.
    today: &'a str,
    #[serde(flatten)]
    summary: Summary<'a>,
    /// What the review was compared with; then `finding` lines are the new ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Compared<'a>>,
}

fn line(line: &Line, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}
