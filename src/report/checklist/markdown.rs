//! Task lists: one section a design, one box a question.

use super::kept::{self, Kept, KeptDesign, KeptItem};
use super::marker::{Part, marker};
use crate::checklist::{AnswerPlace, Checklist, Item};
use crate::finding::OpenFact;
use crate::report::markdown_text::inline;
use crate::report::text::{count, list};
use crate::sources::{Sources, Span};
use std::collections::BTreeSet;

/// A page written anew, and what became of the old one.
#[derive(Debug)]
pub struct Updated {
    pub text: String,
    /// Questions that are asked.
    pub open: usize,
    /// Of these, the ticked ones.
    pub ticked: usize,
    /// Questions of the old page that are not asked any more.
    pub settled: usize,
}

/// The page of some designs, with at most so many questions each.
pub fn page(checklists: &[Checklist], most: usize, sources: &Sources) -> String {
    update(checklists, most, sources, "").text
}

/// The page again, with all that people wrote into the old one: ticks and notes stay with their questions, what is not
/// asked any more moves to the end of its design, and designs that were not reviewed stay as they are.
pub fn update(checklists: &[Checklist], most: usize, sources: &Sources, old: &str) -> Updated {
    let kept = kept::read(old);
    let mut page = Page { lines: Vec::new(), sources, open: 0, ticked: 0, settled: 0 };
    page.head(&kept);
    let mut written = BTreeSet::new();
    for checklist in checklists {
        let name = unique(&checklist.name, &written);
        let old = kept.designs.iter().find(|design| design.name == name);
        page.design(checklist, &name, most, old.unwrap_or(&KeptDesign::default()));
        written.insert(name);
    }
    for design in kept.designs.iter().filter(|design| !written.contains(&design.name)) {
        page.blank();
        page.lines.extend(design.lines.iter().cloned());
    }
    page.lines.push(String::new());
    let Page { lines, open, ticked, settled, .. } = page;
    Updated { text: lines.join("\n"), open, ticked, settled }
}

/// Two designs may be called the same.
fn unique(name: &str, known: &BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name} ({number})"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !known.contains(name)).unwrap_or_default()
}

struct Page<'s> {
    lines: Vec<String>,
    sources: &'s Sources,
    open: usize,
    ticked: usize,
    settled: usize,
}

impl Page<'_> {
    fn head(&mut self, kept: &Kept) {
        if !kept.preamble.is_empty() {
            self.lines.extend(kept.preamble.iter().cloned());
            self.blank();
        }
        let about = "Questions only people can answer. Each begins with what the design says, as drawn. Tick what is settled and \
                     write below it what you want to keep: `premortem checklist --update FILE` leaves both alone. Answers \
                     written into the design take a question off the list.";
        self.part("# ", "Review checklist", &Part::Page, &["", about], &kept.page);
    }

    /// A line with its marker, more generated lines, and what people added.
    fn part(&mut self, box_: &str, title: &str, part: &Part, more: &[&str], notes: &[String]) {
        self.wrapped(box_, title, "", part, more, notes);
    }

    fn wrapped(&mut self, before: &str, title: &str, around: &str, part: &Part, more: &[&str], notes: &[String]) {
        let said = std::iter::once(&title).chain(more).filter(|line| !line.is_empty());
        let hashed: Vec<String> = said.map(|line| (*line).to_owned()).collect();
        self.lines.push(format!("{before}{around}{title}{around} {}", marker(part, &hashed)));
        self.lines.extend(more.iter().map(|line| (*line).to_owned()));
        self.lines.extend(notes.iter().cloned());
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    fn design(&mut self, checklist: &Checklist, name: &str, most: usize, old: &KeptDesign) {
        let kept = |item: &Item| {
            let part = Part::item(&item.rule, &item.subject);
            old.items.iter().find(|old| old.part == part)
        };
        let is_touched = |item: &Item| kept(item).is_some_and(|old| old.ticked || !old.notes.is_empty());
        let listed = checklist.items.iter().enumerate().filter(|(at, item)| *at < most || is_touched(item));
        let listed: Vec<&Item> = listed.map(|(_, item)| item).collect();
        self.blank();
        let reasons =
            checklist.not_judged.iter().map(|reason| format!(" Not judged: {}, {}.", reason.what, reason.why));
        let summary = reasons.fold(summary(checklist, listed.len()), |text, reason| text + &reason);
        self.part(
            "## ",
            &inline(&format!("`{name}`"), false),
            &Part::Design(name.to_owned()),
            &["", &summary],
            &old.notes,
        );
        self.blank();
        for item in &listed {
            self.item(item, kept(item));
        }
        let is_asked =
            |old: &KeptItem| checklist.items.iter().any(|item| Part::item(&item.rule, &item.subject) == old.part);
        let settled: Vec<&KeptItem> = old.items.iter().filter(|old| !is_asked(old)).collect();
        if !settled.is_empty() || !old.settled_notes.is_empty() {
            self.blank();
            let why = "Answered in the design, or the design has changed.";
            self.part("### ", "No longer asked", &Part::Settled, &["", why], &old.settled_notes);
            self.blank();
        }
        for item in &settled {
            self.wrapped(tick(item.ticked), &item.title, "~~", &item.part, &[], &item.notes);
        }
        self.open += listed.len();
        self.settled += settled.len();
    }

    fn item(&mut self, item: &Item, old: Option<&KeptItem>) {
        let ticked = old.is_some_and(|old| old.ticked);
        let title = format!("**{}**", inline(&capital(item.question.trim()), false));
        let mut more: Vec<String> = item.pre_answer.known.iter().map(|clause| bullet(&capital(clause))).collect();
        more.extend(self.todo(&item.pre_answer.open));
        more.push(self.answer(item));
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        let notes = old.map(|old| old.notes.as_slice()).unwrap_or_default();
        self.part(tick(ticked), &title, &Part::item(&item.rule, &item.subject), &more, notes);
        self.ticked += usize::from(ticked);
    }

    /// Facts that are there and say `todo`.
    fn todo(&self, open: &[OpenFact]) -> Option<String> {
        let todo = open.iter().filter(|fact| fact.todo);
        let named: Vec<String> = todo
            .map(|fact| format!("{} at `{}`", as_yaml(&[&fact.key]).concat(), place(self.sources, fact.at)))
            .collect();
        (!named.is_empty()).then(|| bullet(&format!("Still `todo`: {}", list(&named))))
    }

    fn answer(&self, item: &Item) -> String {
        let rule = &item.rule;
        let (words, at) = match item.place {
            AnswerPlace::Accept(at) => (format!("`accept: {{{rule}: …}}`"), at),
            AnswerPlace::Comment(at) => (format!("`# premortem: ignore[{rule}] …`"), at),
        };
        let at = place(self.sources, at);
        let mut absent: Vec<(String, Vec<&str>)> = Vec::new();
        for fact in item.pre_answer.open.iter().filter(|fact| !fact.todo) {
            let (at, key) = (place(self.sources, fact.at), fact.key.as_str());
            match absent.iter_mut().find(|(known, _)| *known == at) {
                Some((_, keys)) => keys.push(key),
                None => absent.push((at, vec![key])),
            }
        }
        if absent.is_empty() {
            return bullet(&format!("Write the answer at `{at}`: {words}"));
        }
        let places: Vec<String> =
            absent.iter().map(|(at, keys)| format!("{} at `{at}`", list(&as_yaml(keys)))).collect();
        let elsewhere =
            if absent.iter().all(|(known, _)| *known == at) { String::new() } else { format!(" at `{at}`") };
        bullet(&format!("Not described: write {}, or {words}{elsewhere}", list(&places)))
    }
}

/// Keys as one writes them, with those of the same map together: `owner: …`, `deploy: {rollback: …, migrations: …}`.
fn as_yaml(keys: &[&str]) -> Vec<String> {
    let mut maps: Vec<(&str, Vec<&str>)> = Vec::new();
    for key in keys {
        let (outer, inner) = key.split_once('.').unwrap_or((key, ""));
        match maps.iter_mut().find(|(known, inners)| *known == outer && !inners.is_empty() && !inner.is_empty()) {
            Some((_, inners)) => inners.push(inner),
            None => maps.push((outer, Some(inner).filter(|inner| !inner.is_empty()).into_iter().collect())),
        }
    }
    let written = maps.into_iter().map(|(outer, inners)| match inners.as_slice() {
        [] => format!("`{outer}: …`"),
        inners => {
            let inners: Vec<String> = as_yaml(inners).iter().map(|inner| inner.replace('`', "")).collect();
            format!("`{outer}: {{{}}}`", inners.join(", "))
        }
    });
    written.collect()
}

fn tick(ticked: bool) -> &'static str {
    if ticked { "- [x] " } else { "- [ ] " }
}

fn bullet(text: &str) -> String {
    format!("  - {}", inline(text, false))
}

fn summary(checklist: &Checklist, listed: usize) -> String {
    let all = checklist.items.len();
    match all {
        0 => "No open questions.".to_owned(),
        _ if listed == all => format!("{}, by what breaks without the subject.", count(all, "question")),
        _ => {
            let root = checklist.root.display().to_string();
            let command = inline(&format!("`premortem checklist {root} --all`"), false);
            format!(
                "{listed} of {all} questions, by what breaks without the subject, and {} more: {command}.",
                all - listed
            )
        }
    }
}

/// `shop.arch.yaml:12`
pub(super) fn place(sources: &Sources, at: Span) -> String {
    format!("{}:{}", sources.file_of(at).name(), sources.positions(at).0.line)
}

/// A clause that begins like a sentence; a name stays as it is.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
