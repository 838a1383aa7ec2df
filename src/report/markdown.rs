//! A comment on a pull request: what was found in one line, then every rule that found something, folded, the worst first.

use super::Style;
use super::entry::Entry;
use super::group::{Group, groups};
use super::markdown_text::{blocks, html, inline};
use super::region::Region;
use super::summary;
use super::text::count;
use crate::review::Review;
use std::collections::BTreeSet;
use std::io::{self, Write};

pub(super) fn write(review: &Review, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(page(review, COMMENT).as_bytes())
}

/// Bytes of a comment. GitHub takes 65 536 characters and refuses what is longer.
const COMMENT: usize = 65_000;
/// Subjects listed of one rule, unless the page is larger than a comment and has room for all.
const ROWS: usize = 50;
/// Open questions listed.
const QUESTIONS: usize = 5;
/// Room kept for the line that says what is missing.
const RESERVE: usize = 300;

/// Bytes below which there is no page.
pub const LEAST: usize = 1000;

/// The comment in at most so many bytes, [`LEAST`] at the least: what does not fit is counted.
pub fn page(review: &Review, most: usize) -> String {
    let mut page = Page { text: String::new(), most: most.max(LEAST) - RESERVE };
    page.push(&head(review));
    page.push(&change(review));
    let problems: Vec<Entry> = review.problems.iter().map(Entry::Problem).collect();
    let problems_fit = problems.is_empty() || page.push(&input(&problems, review));
    let mut groups = groups(&review.findings);
    groups.sort_by_key(|group| group.first().severity);
    let briefs: Vec<String> = groups.iter().map(brief).collect();
    let mut briefs_left: usize = briefs.iter().map(String::len).sum();
    let sections: Vec<String> = groups.iter().map(|group| section(group, ROWS, review)).collect();
    let mut sections_left: usize = sections.iter().map(String::len).sum();
    let (mut rules, mut findings) = (BTreeSet::new(), 0);
    for ((group, brief), cut) in groups.iter().zip(&briefs).zip(&sections) {
        briefs_left -= brief.len();
        sections_left -= cut.len();
        let is_cut = most > COMMENT && group.findings.len() > ROWS;
        if is_cut && page.push_keeping(&section(group, usize::MAX, review), sections_left.min(page.most / 2)) {
            continue;
        }
        // Naming the milder rules is worth more than all details of the worse ones, up to half of the page.
        let kept = briefs_left.min(page.most / 2);
        if !page.push_keeping(cut, kept) && !page.push(brief) {
            rules.insert(&group.first().rule);
            findings += group.findings.len();
        }
    }
    page.push(&questions(review));
    page.push(&not_judged(review));
    let mut missing = Vec::new();
    if !problems_fit {
        missing.push(count(problems.len(), "mistake") + " in the input");
    }
    if findings > 0 {
        missing.push(format!("{} of {}", count(findings, "finding"), count(rules.len(), "rule")));
    }
    if !missing.is_empty() {
        let missing = super::text::list(&missing);
        page.text.extend(["… and ", &missing, " more than fit here: `premortem check` prints them.\n"]);
    }
    page.text
}

struct Page {
    text: String,
    most: usize,
}

impl Page {
    /// Adds a part, if there is room for all of it.
    fn push(&mut self, part: &str) -> bool {
        self.push_keeping(part, 0)
    }

    /// The same, where so many bytes must stay free.
    fn push_keeping(&mut self, part: &str, kept: usize) -> bool {
        let fits = self.text.len() + part.len() + kept <= self.most;
        if fits {
            self.text.push_str(part);
        }
        fits
    }
}

fn head(review: &Review) -> String {
    format!("## premortem: {}\n\nJudged {}.\n\n", inline(&summary::found(review), false), summary::judged(review))
}

/// What the change mends, and what it leaves as it was.
fn change(review: &Review) -> String {
    let Some(compared) = summary::compared(review) else { return String::new() };
    let mut text = format!("Compared {}.\n\n", inline(&compared, false));
    for remark in summary::remarks(review) {
        text.extend(["> ", &inline(&remark, false), ".\n\n"]);
    }
    let fixed = summary::fixed(review, ROWS);
    if !fixed.is_empty() {
        text.push_str("<details>\n<summary>Fixed</summary>\n\n");
        for fixed in fixed {
            text.extend(["- ", &inline(&fixed, false), "\n"]);
        }
        text.push_str("\n</details>\n\n");
    }
    text
}

fn input(problems: &[Entry], review: &Review) -> String {
    let mut text = String::from("### Mistakes in the input\n\nWhat could not be read was not judged.\n\n");
    text.push_str(&table(problems, ROWS, review));
    text
}

/// Everything about one rule, folded.
fn section(group: &Group, rows: usize, review: &Review) -> String {
    let first = group.first();
    let mut text = format!("<details>\n<summary>{}</summary>\n\n", title(group));
    let entries: Vec<Entry> = group.findings.iter().map(|finding| Entry::Finding(finding)).collect();
    text.push_str(&table(&entries, rows, review));
    for (keyword, said) in [("Why", &first.why), ("Fix", &first.fix)] {
        if !said.trim().is_empty() {
            text.extend(["**", keyword, ":** ", &blocks(said), "\n\n"]);
        }
    }
    text.push_str("</details>\n\n");
    text
}

/// One rule where there is no room for more.
fn brief(group: &Group) -> String {
    format!("<p>{}</p>\n\n", title(group))
}

/// As HTML.
fn title(group: &Group) -> String {
    let first = group.first();
    let others = match group.findings.len() - 1 {
        0 => String::new(),
        others => format!(", and {others} more"),
    };
    format!("<b>{}</b> <code>{}</code> {}{others}", first.severity.name(), html(&first.rule), html(&first.message))
}

fn table(entries: &[Entry], rows: usize, review: &Review) -> String {
    let mut text = String::from("| Where | What |\n|---|---|\n");
    for entry in entries.iter().take(rows) {
        let place = Region::of(&review.sources, entry.at()).place();
        // A name that holds a backtick cannot be code.
        let place = if place.contains('`') { place } else { format!("`{place}`") };
        text.extend(["| ", &inline(&place, true), " | ", &inline(&entry.message(), true), " |\n"]);
    }
    if entries.len() > rows {
        text.extend(["| | and ", &(entries.len() - rows).to_string(), " more |\n"]);
    }
    text.push('\n');
    text
}

fn questions(review: &Review) -> String {
    let number = review.questions.len();
    if number == 0 {
        return String::new();
    }
    let mut text = format!("<details>\n<summary>{}</summary>\n\n", count(number, "open question"));
    for question in review.questions.iter().take(QUESTIONS) {
        text.extend(["- ", &inline(&question.message, false), "\n"]);
    }
    if number > QUESTIONS {
        text.extend(["- and ", &(number - QUESTIONS).to_string(), " more\n"]);
    }
    text.push_str("\n</details>\n\n");
    text
}

fn not_judged(review: &Review) -> String {
    let reasons = summary::not_judged(review);
    if reasons.is_empty() {
        return String::new();
    }
    let mut text = String::from("<details>\n<summary>Not judged</summary>\n\n");
    for reason in reasons {
        text.extend(["- ", &inline(&reason, false), "\n"]);
    }
    text.push_str("\n</details>\n\n");
    text
}
