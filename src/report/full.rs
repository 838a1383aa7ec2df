//! The format for people: what is wrong, where, why it matters and what to do, then what remains open.

use super::Style;
use super::group::{Group, MARKED, groups};
use super::ink::Ink;
use super::snippet::{Place, draw};
use super::text::{escape, paragraphs, wrap};
use crate::finding::{ALSO, Finding, Question};
use crate::problem::Problem;
use crate::review::Review;
use std::io::{self, Write};

pub(super) fn write(review: &Review, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for problem in &review.problems {
        out.write_all(problem_block(problem).render(review, style).as_bytes())?;
    }
    for group in groups(&review.findings) {
        out.write_all(group_block(&group).render(review, style).as_bytes())?;
    }
    if style.accepted {
        write_accepted(review, style, out)?;
    }
    write_questions(review, style, out)?;
    super::summary::write(review, style, out)
}

/// Places drawn of one finding. More of them say nothing new, and the machine formats have them all.
const PLACES: usize = 12;
/// Places drawn of one finding that say the same.
const SAME: usize = 5;
/// Notes printed of one group.
const NOTES: usize = 5;
/// Open questions printed.
const QUESTIONS: usize = 5;

/// One diagnostic as it is printed.
struct Block<'a> {
    ink: Ink,
    severity: &'static str,
    code: &'a str,
    url: Option<&'a str>,
    message: &'a str,
    places: Vec<Place<'a>>,
    /// A keyword and what it says.
    entries: Vec<(&'static str, String)>,
}

fn problem_block(problem: &Problem) -> Block<'_> {
    Block {
        ink: problem.severity.into(),
        severity: problem.severity.name(),
        code: problem.code,
        url: None,
        message: &problem.message,
        places: places(problem.labels.iter().map(|(span, text)| (*span, text.as_str()))),
        entries: problem.help.iter().map(|help| ("help", help.clone())).collect(),
    }
}

fn group_block<'a>(group: &Group<'a>) -> Block<'a> {
    let first = group.first();
    let alone = group.findings.len() == 1;
    let places = if alone {
        places(first.labels.iter().map(|label| (label.span, &*label.text)))
    } else {
        let primary = |finding: &&'a Finding| {
            let label = &finding.labels[0];
            Place { span: label.span, text: &label.text, primary: true }
        };
        group.findings.iter().take(MARKED).map(primary).collect()
    };
    let mut entries: Vec<(&'static str, String)> = Vec::new();
    if alone && first.labels.len() > places.len() {
        let left = super::text::count(first.labels.len() - places.len(), "more place");
        entries.push(("note", format!("{left} in `--format json`")));
    }
    entries.extend(group.others().into_iter().map(|message| ("also", message)));
    entries.extend(first.path_in_words().filter(|_| alone).map(|path| ("path", path)));
    let mut notes: Vec<&String> = Vec::new();
    for note in group.findings.iter().take(MARKED).flat_map(|finding| &finding.notes) {
        // What else holds for one of several subjects says little without the subject's own message.
        let shown = alone || !note.starts_with(ALSO);
        if shown && !notes.contains(&note) && notes.len() < NOTES {
            notes.push(note);
        }
    }
    entries.extend(notes.iter().filter_map(|note| Some(("also", note.strip_prefix(ALSO)?.to_owned()))));
    entries.push(("why", first.why.to_string()));
    entries.push(("fix", first.fix.to_string()));
    entries.extend(notes.iter().filter(|note| !note.starts_with(ALSO)).map(|note| ("note", (*note).clone())));
    entries.retain(|(_, text)| !text.trim().is_empty());
    Block {
        ink: first.severity.into(),
        severity: first.severity.name(),
        code: &first.rule,
        url: first.url.as_deref(),
        message: &first.message,
        places,
        entries,
    }
}

/// The first is primary.
fn places<'a>(labels: impl Iterator<Item = (crate::sources::Span, &'a str)>) -> Vec<Place<'a>> {
    let mut places: Vec<Place<'a>> = Vec::new();
    for (span, text) in labels {
        let same = places.iter().filter(|place| place.text == text).count();
        if places.len() < PLACES && same < SAME {
            places.push(Place { span, text, primary: places.is_empty() });
        }
    }
    places
}

impl Block<'_> {
    fn render(&self, review: &Review, style: &Style) -> String {
        let mut text = self.heading(style);
        text.push_str(&draw(&review.sources, &self.places, self.ink, style));
        for (keyword, said) in &self.entries {
            text.push_str(&entry(keyword, said, style));
        }
        text.push('\n');
        text
    }

    /// `severity[code]: message`, the severity and the code always on the first line.
    fn heading(&self, style: &Style) -> String {
        let code = escape(self.code);
        let label = format!("{}[{code}]", self.severity);
        let mut heading = String::new();
        for (index, line) in
            wrap(&format!("{label}: {}", self.message), style.width.saturating_sub(2)).iter().enumerate()
        {
            match line.strip_prefix(&*label) {
                Some(rest) if index == 0 => {
                    let label = format!("{}[{}]", self.severity, style.link(self.url, &code));
                    heading.push_str(&style.paint(self.ink, &label));
                    heading.push_str(&style.paint(Ink::Strong, rest));
                }
                _ => {
                    heading.push_str(if index == 0 { "" } else { "  " });
                    heading.push_str(&style.paint(Ink::Strong, line));
                }
            }
            heading.push('\n');
        }
        heading
    }
}

/// `  keyword: text`, with further lines under the text.
fn entry(keyword: &str, said: &str, style: &Style) -> String {
    let indent = keyword.len() + 4;
    let mut lines = paragraphs(said, style.width.saturating_sub(indent)).into_iter();
    let first = lines.next().unwrap_or_default();
    let mut entry = format!("  {} {first}\n", style.paint(Ink::Strong, &format!("{keyword}:")));
    for line in lines {
        let line = format!("{:indent$}{line}", "");
        entry.push_str(line.trim_end());
        entry.push('\n');
    }
    entry
}

fn write_accepted(review: &Review, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if review.accepted.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", style.paint(Ink::Strong, "Accepted"))?;
    for finding in &review.accepted {
        let place = review.sources.place(finding.primary());
        write_item(&format!("{}: {} ({place})", finding.rule, finding.message), style, out)?;
        let accepted_at = finding.accepted.as_ref().map(|accepted| review.sources.place(accepted.place));
        let accepted_at = accepted_at.map(|place| format!(" ({place})")).unwrap_or_default();
        let because = format!("because: {}{accepted_at}", super::summary::reason(finding));
        for line in wrap(&because, style.width.saturating_sub(4)) {
            writeln!(out, "    {line}")?;
        }
    }
    writeln!(out)
}

fn write_questions(review: &Review, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if review.questions.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", style.paint(Ink::Strong, "Open questions (answer in the file to switch more rules on)"))?;
    for question in review.questions.iter().take(QUESTIONS) {
        write_item(&question_text(review, question), style, out)?;
    }
    if review.questions.len() > QUESTIONS {
        let more = review.questions.len() - QUESTIONS;
        write_item(&format!("and {more} more: `--format json` lists them"), style, out)?;
    }
    writeln!(out)
}

fn question_text(review: &Review, question: &Question) -> String {
    let place = question.labels.first().map(|label| review.sources.place(label.span));
    match place {
        Some(place) => format!("{} ({place})", question.message),
        None => question.message.clone(),
    }
}

fn write_item(text: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (index, line) in wrap(text, style.width.saturating_sub(4)).iter().enumerate() {
        writeln!(out, "{}{line}", if index == 0 { "  - " } else { "    " })?;
    }
    Ok(())
}
