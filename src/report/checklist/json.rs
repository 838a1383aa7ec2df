//! A checklist for programs.

use crate::checklist::{AnswerPlace, Checklist, Item};
use crate::report::place::Place;
use crate::sources::Sources;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// The schema of the JSON checklist.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

/// Writes the questions to some designs, at most so many each.
pub fn write(checklists: &[Checklist], most: usize, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let designs = checklists.iter().map(|checklist| Design {
        name: &checklist.name,
        path: checklist.root.display().to_string(),
        questions: checklist.items.iter().take(most).map(|item| Question::new(item, sources)).collect(),
        more: checklist.items.len().saturating_sub(most),
        not_judged: &checklist.not_judged,
    });
    serde_json::to_writer_pretty(&mut *out, &Document { version: 1, designs: designs.collect() })?;
    writeln!(out)
}

/// The questions of a review that only people can decide.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "premortem checklist", deny_unknown_fields)]
struct Document<'c> {
    /// Version of this shape.
    version: u32,
    /// The designs, in the order of their paths.
    designs: Vec<Design<'c>>,
}

/// The questions to one design.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Design<'c> {
    /// The system, else the file or the folder.
    name: &'c str,
    /// What to name on the command line.
    path: String,
    /// The widest blast radius first.
    questions: Vec<Question<'c>>,
    /// How many more there are.
    more: usize,
    /// What was broken off because the design is large: questions may be missing.
    not_judged: &'c [crate::finding::NotJudged],
}

/// One question. Rule and subject together are unique within a design.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Question<'c> {
    /// The rule that asks.
    rule: &'c str,
    /// The pack of the rule.
    pack: &'c str,
    /// What to answer.
    #[serde(rename = "question")]
    asks: &'c str,
    /// Why somebody should know the answer.
    why: &'c str,
    /// What it is about.
    subject: Subject<'c>,
    /// What fails without the subject: a failed flow counts three times a degraded one, a critical one three times another.
    weight: u64,
    /// What the design says already, as clauses.
    known: Vec<&'c str>,
    /// Facts that would answer it and are not stated.
    open: Vec<Open<'c>>,
    /// Where to write an answer that is no such fact.
    answer: Answer,
    /// What raised it; the first is the primary place.
    raised_by: Vec<Raised<'c>>,
}

/// What a question is about.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Subject<'c> {
    /// Its kind.
    #[schemars(extend("enum" = ["component", "dependency", "group", "flow", "team", "design"]))]
    kind: &'static str,
    /// Its name; `from->to` for a dependency, `component/group` for a group.
    id: &'c str,
}

/// A fact that nobody has stated.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Open<'c> {
    /// The key, such as `owner` or `deploy.rollback`.
    key: &'c str,
    /// It is there and says `todo`.
    todo: bool,
    /// Where it is or belongs.
    place: Place,
}

/// Where an answer is written.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Answer {
    /// `accept: {RULE: the answer}` of what is written there, or the comment `# premortem: ignore[RULE] the answer`.
    #[schemars(extend("enum" = ["accept", "comment"]))]
    how: &'static str,
    /// Where.
    place: Place,
}

/// A fact that raised a question.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Raised<'c> {
    /// A few words.
    text: &'c str,
    /// Where it is written.
    place: Place,
}

impl<'c> Question<'c> {
    fn new(item: &'c Item, sources: &Sources) -> Self {
        let pre_answer = &item.pre_answer;
        let place = |at| Place::new(at, sources);
        let open = |fact: &'c crate::finding::OpenFact| Open { key: &fact.key, todo: fact.todo, place: place(fact.at) };
        Self {
            rule: &item.rule,
            pack: &pre_answer.pack,
            asks: &item.question,
            why: &pre_answer.why,
            subject: Subject { kind: item.subject.kind(), id: item.subject.id() },
            weight: item.weight,
            known: pre_answer.known.iter().map(String::as_str).collect(),
            open: pre_answer.open.iter().map(open).collect(),
            answer: match item.place {
                AnswerPlace::Accept(at) => Answer { how: "accept", place: place(at) },
                AnswerPlace::Comment(at) => Answer { how: "comment", place: place(at) },
            },
            raised_by: item.labels.iter().map(|label| Raised { text: &label.text, place: place(label.span) }).collect(),
        }
    }
}
