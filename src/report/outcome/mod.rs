//! The answers of `premortem fail`, for people and for programs: one file per question.

mod damage;
mod json;
mod outage;
mod suspects;
mod words;

use crate::analyse::Analysis;
use crate::analyse::answer::Outage;
use crate::analyse::damage::Damage;
use crate::analyse::failure::Verdict;
use crate::analyse::scenario::Scenario;
use crate::analyse::suspect::{Suspects, Symptom};
use crate::report::Style;
use crate::sources::Sources;
use std::io::{self, Write};

pub use json::schema;

/// What was asked, with the answer.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// What breaks when this fails?
    Outage(&'a Outage),
    /// What could explain this?
    Suspects {
        symptoms: &'a [Symptom],
        found: &'a Suspects,
        /// How long an event lasts and how the unsaid is taken.
        asked: &'a Scenario,
    },
    /// What does each event do by itself?
    All {
        /// Most damage first.
        damages: &'a [Damage],
        /// How long an event lasts and how the unsaid is taken.
        asked: &'a Scenario,
    },
}

/// For people.
pub fn write_text(
    analysis: &Analysis,
    answer: Answer<'_>,
    sources: &Sources,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = words::Page { analysis, sources, style };
    match answer {
        Answer::Outage(outage) => outage::write(&page, outage, out),
        Answer::Suspects { symptoms, found, asked } => suspects::write(&page, symptoms, found, asked, out),
        Answer::All { damages, asked } => damage::write(&page, damages, asked, out),
    }
}

/// In one sentence: `If redis stops for 1 h: browse is degraded, checkout goes on.`
pub fn headline(analysis: &Analysis, scenario: &Scenario, verdicts: &[Verdict]) -> String {
    // The sentence has no places in it.
    let page = words::Page { analysis, sources: &Sources::default(), style: &Style::PLAIN };
    outage::headline(&page, scenario, verdicts)
}

/// For programs; `premortem schema outcome` describes it.
pub fn write_json(analysis: &Analysis, answer: Answer<'_>, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &json::document(analysis, answer, sources))?;
    writeln!(out)
}
