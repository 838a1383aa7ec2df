//! The end of a report for people: what was judged, what was found, what was not judged, and what to type next.

use super::Style;
use super::ink::Ink;
use super::text::{count, escape, wrap};
use crate::analyse::event::LASTING;
use crate::change::{Against, Fixed};
use crate::discover::{COMPOSE_NAMES, is_native_name};
use crate::finding::{Finding, Severity, Subject};
use crate::problem::ProblemSeverity;
use crate::review::Review;
use indexmap::IndexMap;
use std::io::{self, Write};
use std::path::Path;

pub(super) fn write(review: &Review, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![("Judged", judged(review))];
    rows.extend(input(review).map(|input| ("Input", input)));
    rows.push(("Found", found(review)));
    rows.extend(compared(review).map(|compared| ("Compared", compared)));
    rows.extend(fixed(review, FIXED).into_iter().map(|fixed| ("Fixed", fixed)));
    rows.extend(remarks(review).map(|remark| ("Note", remark)));
    rows.extend(not_judged(review).into_iter().map(|text| ("Not judged", text)));
    rows.extend(next(review).into_iter().map(|command| ("Next", command)));

    let mut last = "";
    for (keyword, text) in rows {
        let shown = if keyword == last { "" } else { keyword };
        last = keyword;
        // A command that is broken cannot be copied.
        let width = if keyword == "Next" { usize::MAX } else { style.width.saturating_sub(INDENT) };
        for (index, line) in wrap(&text, width).iter().enumerate() {
            let shown = if index == 0 { shown } else { "" };
            let gap = INDENT - shown.len();
            writeln!(out, "{}{:gap$}{line}", style.paint(Ink::Strong, shown), "")?;
        }
    }
    Ok(())
}

/// Columns of the widest keyword and two spaces.
const INDENT: usize = 12;
/// Fixed findings named.
const FIXED: usize = 5;
/// Reasons printed for what was not judged.
const REASONS: usize = 5;

pub(super) fn judged(review: &Review) -> String {
    let scope = &review.scope;
    if scope.components == 0 {
        return format!("nothing: no component in {}", count(scope.files, "file"));
    }
    format!(
        "{}, {}, {} in {}; {}",
        count(scope.components, "component"),
        count(scope.dependencies, "dependency"),
        count(scope.flows, "flow"),
        count(scope.files, "file"),
        count(scope.rules, "rule"),
    )
}

fn input(review: &Review) -> Option<String> {
    let number = |severity| review.problems.iter().filter(|problem| problem.severity == severity).count();
    let (errors, warnings) = (number(ProblemSeverity::Error), number(ProblemSeverity::Warning));
    match (errors, warnings) {
        (0, 0) => None,
        (0, _) => Some(count(warnings, "warning")),
        (_, 0) => Some(format!("{}; what could not be read is left out", count(errors, "error"))),
        _ => Some(format!(
            "{}, {}; what could not be read is left out",
            count(errors, "error"),
            count(warnings, "warning")
        )),
    }
}

pub(super) fn found(review: &Review) -> String {
    let new = if review.delta.is_some() { "new " } else { "" };
    let severity = |severity, name| match (review.count(severity), severity) {
        (0, _) => None,
        // The word has no plural.
        (number, Severity::Advice) => Some(format!("{number} {new}{name}")),
        (number, _) => Some(count(number, &format!("{new}{name}"))),
    };
    let found: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Advice, "advice")]
        .into_iter()
        .filter_map(|(level, name)| severity(level, name))
        .collect();
    let found = match (found.is_empty(), review.scope.files) {
        (true, _) if review.delta.is_some() => "nothing new".to_owned(),
        (true, 1) => "nothing in what the file describes".to_owned(),
        (true, _) => "nothing in what the files describe".to_owned(),
        (false, _) => found.join(", "),
    };
    match review.accepted.len() {
        0 => found,
        accepted => format!("{found}; {accepted} accepted"),
    }
}

/// What the review was compared with, and what is not new.
pub(super) fn compared(review: &Review) -> Option<String> {
    let delta = review.delta.as_ref()?;
    let against = match &delta.against {
        Against::Baseline(file) => format!("the baseline `{file}`"),
        Against::Revision { name, commit } => format!("`{name}` ({})", commit.get(..10).unwrap_or(commit)),
    };
    Some(format!("with {against}: {} unchanged, {} fixed", delta.unchanged, delta.fixed_count()))
}

/// One text for each of the first so many findings that are gone.
pub(super) fn fixed(review: &Review, most: usize) -> Vec<String> {
    let Some(delta) = &review.delta else { return Vec::new() };
    let text = |fixed: &Fixed| {
        let times = if fixed.count > 1 { format!(" ({} of them)", fixed.count) } else { String::new() };
        match (&fixed.message, &fixed.subject) {
            (Some(message), _) => format!("{}: {message}{times}", fixed.rule),
            (None, Subject::Design) => format!("{}{times}", fixed.rule),
            (None, subject) => format!("{} of `{subject}`{times}", fixed.rule),
        }
    };
    let mut texts: Vec<String> = delta.fixed.iter().take(most).map(text).collect();
    if delta.fixed.len() > most {
        texts.push(format!("and {} more", delta.fixed.len() - most));
    }
    texts
}

/// What a reader should know about the comparison.
pub(super) fn remarks(review: &Review) -> impl Iterator<Item = String> + '_ {
    review.delta.iter().flat_map(|delta| delta.remarks.iter().cloned())
}

/// Why somebody lives with a finding, for how long, and who.
pub(super) fn reason(finding: &Finding) -> String {
    let Some(accepted) = &finding.accepted else { return "no reason is known".to_owned() };
    let until = accepted.until.as_ref().map(|until| format!("until {until}"));
    let by = accepted.by.as_ref().map(|by| format!("by {by}"));
    // A reason may be several lines.
    let because = accepted.because.split_whitespace().collect::<Vec<_>>().join(" ");
    [Some(because), by, until].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// One text for each reason, in the order of the review.
pub(super) fn not_judged(review: &Review) -> Vec<String> {
    let mut reasons: IndexMap<&str, Vec<String>> = IndexMap::new();
    for not_judged in &review.not_judged {
        let what = reasons.entry(&not_judged.why).or_default();
        // Several designs of one review lack the same.
        if !what.contains(&not_judged.what) {
            what.push(not_judged.what.clone());
        }
    }
    let hidden = reasons.len().saturating_sub(REASONS);
    let mut texts: Vec<String> =
        reasons.iter().take(REASONS).map(|(why, what)| format!("{}: {why}", super::text::list(what))).collect();
    if hidden > 0 {
        texts.push(format!("and more, for {}: `--format json` lists them", count(hidden, "other reason")));
    }
    texts
}

/// Commands worth typing after this report, most useful first.
fn next(review: &Review) -> Vec<String> {
    // The first among equals: the order of findings is the order of the files.
    let Some(worst) = review.findings.iter().min_by_key(|finding| finding.severity) else { return vec![] };
    let mut commands = vec![format!("premortem explain {}", escape(&worst.rule))];
    if let Some(event) = worst.event.as_deref().or_else(|| failing_component(worst)) {
        let (event, lasting) = event.split_once(LASTING).unwrap_or((event, ""));
        let lasting = if lasting.is_empty() { String::new() } else { format!("{LASTING}{lasting}") };
        if let Some(event) = quoted(event) {
            commands.push(format!("premortem fail {event}{lasting}{}", design_flag(review, worst)));
        }
    }
    commands
}

/// ` --design PATH`, where the folder the reader is in would not do.
fn design_flag(review: &Review, finding: &Finding) -> String {
    let file = review.sources.file_of(finding.primary()).name();
    let Some(root) = review.designs.get(Path::new(file)) else { return String::new() };
    let found_alone = review.designs.values().all(|other| other == root)
        && root.parent().is_none_or(|folder| folder.as_os_str().is_empty())
        && root
            .file_name()
            .is_none_or(|_| is_native_name(root) || COMPOSE_NAMES.iter().any(|name| root == Path::new(name)));
    let typed = root.to_str().and_then(quoted).filter(|_| !found_alone);
    typed.map(|path| format!(" --design {path}")).unwrap_or_default()
}

/// The component whose failure shows what a finding means.
fn failing_component(finding: &Finding) -> Option<&str> {
    match &finding.subject {
        Subject::Component(name) => Some(name),
        Subject::Dependency(id) => id.rsplit_once("->").map(|(_, target)| target),
        Subject::Group(id) => id.rsplit_once('/').map(|(component, _)| component),
        Subject::Flow(_) | Subject::Team(_) | Subject::Design => finding.path.first().map(String::as_str),
    }
}

/// As a shell takes it for one word; none for a name that cannot be typed.
fn quoted(name: &str) -> Option<String> {
    let plain = |char: char| char.is_alphanumeric() || "_-./:@+".contains(char);
    if name.is_empty() || name.starts_with('-') || name.chars().any(super::text::is_unprintable) {
        None
    } else if name.chars().all(plain) {
        Some(name.to_owned())
    } else {
        Some(format!("'{}'", name.replace('\'', r"'\''")))
    }
}
