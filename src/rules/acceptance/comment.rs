//! `# premortem: ignore[rule-a, rule-b] reason until=2026-12-31 by=@ann`.

use super::{Entry, Scope, acceptable, no_reason};
use crate::analyse::Analysis;
use crate::finding::{Accepted, Subject};
use crate::parse::{Comment, Spanned};
use crate::problem::Problem;
use crate::read::vocabulary::Date;
use crate::rules::gate::Known;
use crate::sources::{Source, Sources, Span};

/// What a comment accepts: each rule on the line it speaks of, and for whatever is described from that line on.
pub(super) fn read(
    analysis: &Analysis,
    sources: &Sources,
    comment: &Comment,
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Entry> {
    let Some(directive) = comment.text.strip_prefix("premortem:") else { return Vec::new() };
    let parts = directive.trim_start().strip_prefix("ignore[").and_then(|rest| rest.split_once(']'));
    let Some((rules, rest)) = parts else {
        problems.push(
            Problem::error("bad-comment", "this comment says nothing premortem knows", comment.span, "not understood")
                .with_help("Write `# premortem: ignore[rule-id] reason`."),
        );
        return Vec::new();
    };
    let rules: Vec<&str> = rules.split(',').map(str::trim).filter(|rule| !rule.is_empty()).collect();
    if rules.is_empty() {
        problems.push(
            Problem::error("bad-comment", "this comment names no rule", comment.span, "accepts nothing")
                .with_help("Name the rules: `# premortem: ignore[rule-id, other-rule] reason`."),
        );
    }
    let said = Said::read(rest, sources, comment.span, problems);
    let file = sources.file_of(comment.span);
    let line = target_line(file, (comment.span.start - file.base()) as usize, comment.own_line);
    let mut scopes = vec![Scope::Line { base: file.base(), line }];
    scopes.extend(described_on(analysis, file, line).map(Scope::Subject));
    let near = nearest(analysis, sources, comment.span);
    let mut entries = Vec::new();
    for rule in rules {
        let place = place_of(sources, comment.span, rule);
        if !acceptable(rule, place, known, problems) {
            continue;
        }
        if said.because.is_empty() {
            problems.push(no_reason(rule, place));
            continue;
        }
        let until = said.until.as_ref().map(|until| until.value.clone());
        let accepted = Accepted { because: said.because.clone(), until, by: said.by.clone(), place };
        entries.push(Entry::new(rule, scopes.clone(), near.clone(), accepted));
    }
    entries
}

/// What follows the rules.
#[derive(Default)]
struct Said {
    because: String,
    until: Option<Spanned<Date>>,
    by: Option<String>,
}

impl Said {
    fn read(text: &str, sources: &Sources, comment: Span, problems: &mut Vec<Problem>) -> Self {
        let mut said = Self::default();
        let mut words = Vec::new();
        for word in text.split_whitespace() {
            if let Some(written) = word.strip_prefix("until=") {
                let place = place_of(sources, comment, word);
                match Date::parse(written) {
                    Some(date) => said.until = Some(Spanned::new(date, place)),
                    None => problems.push(
                        Problem::error("bad-value", format!("`{written}` is no date"), place, "not a date")
                            .with_help("Write it as `until=2026-12-31`."),
                    ),
                }
            } else if let Some(name) = word.strip_prefix("by=").filter(|name| !name.is_empty()) {
                said.by = Some(name.to_owned());
            } else {
                words.push(word);
            }
        }
        said.because = words.join(" ");
        said
    }
}

/// The line a comment speaks of: its own, or the next that is neither empty nor a comment.
fn target_line(file: &Source, offset: usize, own_line: bool) -> usize {
    let mut line = file.line_of(offset);
    if own_line {
        line += 1;
        while line < file.line_count() {
            let text = file.line_text(line).trim_start();
            if !text.is_empty() && !text.starts_with('#') {
                break;
            }
            line += 1;
        }
    }
    line
}

/// The components, dependencies, groups and flows whose description begins on a line.
fn described_on<'a>(analysis: &'a Analysis, file: &'a Source, line: usize) -> impl Iterator<Item = Subject> + 'a {
    let design = &analysis.design;
    let base = file.base() as usize;
    let lines = base + file.line_start(line)..base + file.line_start(line + 1);
    let begins = move |place: Span| lines.contains(&(place.start as usize));
    let components = design.components.iter().map(|part| (part.place, Subject::Component(part.name.as_str().into())));
    let dependencies = design
        .dependency_ids()
        .map(|id| (design.dependency(id).place, Subject::Dependency(design.dependency_name(id).into())));
    let groups = design.groups.iter().map(|group| {
        let name = format!("{}/{}", design.component(group.source).name, group.name);
        (group.place, Subject::Group(name.into()))
    });
    let flows = design.flows.iter().filter(|flow| !flow.implicit);
    let flows = flows.map(|part| (part.place, Subject::Flow(part.name.as_str().into())));
    let parts = components.chain(dependencies).chain(groups).chain(flows);
    parts.filter(move |(place, _)| begins(*place)).map(|(_, subject)| subject)
}

/// The component or flow whose definition starts last before a comment.
fn nearest(analysis: &Analysis, sources: &Sources, comment: Span) -> Subject {
    let base = sources.file_of(comment).base();
    let design = &analysis.design;
    let components = design.components.iter().map(|part| (part.place, Subject::Component(part.name.as_str().into())));
    let flows = design.flows.iter().filter(|flow| !flow.implicit);
    let flows = flows.map(|part| (part.place, Subject::Flow(part.name.as_str().into())));
    let before = |place: &Span| place.start <= comment.start && place.start >= base;
    components
        .chain(flows)
        .filter(|(place, _)| before(place))
        .max_by_key(|(place, _)| place.start)
        .map_or(Subject::Design, |(_, subject)| subject)
}

fn place_of(sources: &Sources, comment: Span, word: &str) -> Span {
    let found = sources.text(comment).find(word).filter(|_| !word.is_empty());
    found.map_or(comment, |at| {
        let start = comment.start + u32::try_from(at).unwrap_or(0);
        Span::new(start, start + u32::try_from(word.len()).unwrap_or(0))
    })
}
