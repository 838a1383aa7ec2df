//! The JSON report cut into lines, for streams and log stores: one object a line, told apart by `type`.

use super::Style;
use super::json::{AcceptedJson, FindingJson, ProblemJson, QuestionJson, Summary, TOOL, Tool, VERSION};
use crate::review::Review;
use serde::Serialize;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let sources = &review.sources;
    for finding in &review.findings {
        line(&Line::Finding(FindingJson::of(finding, sources)), out)?;
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
    let summary = Summary::of(review);
    line(&Line::Summary(End { version: VERSION, tool: TOOL, today: &review.today, summary }), out)
}

/// Beside `type`, a line holds what the element of the same kind holds in the JSON report.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(FindingJson<'a>),
    Accepted(AcceptedJson<'a>),
    Question(QuestionJson<'a>),
    Problem(ProblemJson<'a>),
    Summary(End<'a>),
}

/// The last line: a stream without it is not whole.
#[derive(Serialize)]
struct End<'a> {
    version: u32,
    tool: Tool,
    today: &'a str,
    #[serde(flatten)]
    summary: Summary<'a>,
}

fn line(line: &Line, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}
