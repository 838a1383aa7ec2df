//! A baseline: the findings a design had when somebody began to look, so that what comes on top is seen.
//!
//! It holds what nobody has decided about yet. What is accepted for good is said in the design with a reason, and never
//! gets here. One line per entry, sorted: changes of two branches rarely meet.
//!
//! Where several designs are judged together, an entry says in which file it was found, so that namesakes are told apart.
//! A file that is no longer there says nothing: what was known there is known wherever it is found.

use super::delta::{Known, Thing, pair, things};
use super::designs::Designs;
use crate::finding::{Finding, Severity, Subject};
use crate::parse::{Limits, Spanned, deserialize, parse};
use crate::problem::{Problem, ProblemSeverity};
use crate::read::structure::Shape;
use crate::rules::{Packs, Rule, is_acceptable, unknown_rule};
use crate::sources::{Sources, Span};
use schemars::JsonSchema;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Raised when files of before are read no more.
const VERSION: u32 = 1;

const SCHEMA_ID: &str = "urn:premortem:schema:baseline:1";

static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let mut schema = schemars::schema_for!(File).to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$id".to_owned(), SCHEMA_ID.into());
        schema.insert("title".to_owned(), "A premortem baseline".into());
    }
    Shape::new(schema, &[]).expect("the schema is made from our own types; a test compiles it")
});

/// The published schema of a baseline.
pub fn schema() -> &'static serde_json::Value {
    SHAPE.schema()
}

/// What the file says.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    /// Version of this format.
    #[expect(dead_code, reason = "the schema allows one value")]
    #[schemars(extend("enum" = [VERSION], "x-help" = "read it with the premortem that wrote it, or write it anew with `--write-baseline`"))]
    version: u32,
    /// Findings that were there before, by rule and subject.
    legacy: Vec<Entry>,
}

/// One finding: a rule, and one key for what it is about.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The rule's id.
    rule: Spanned<String>,
    component: Option<String>,
    /// `from->to`
    dependency: Option<String>,
    /// `component/group`
    group: Option<String>,
    flow: Option<String>,
    team: Option<String>,
    /// `true`: the finding is about the whole.
    design: Option<bool>,
    /// How bad it was; what is worse is reported.
    severity: Severity,
    /// How many of them there were, if more than one; one more is reported.
    #[schemars(range(min = 1))]
    count: Option<usize>,
    /// Where it was, as seen from the top of the repository: for designs that use the same names.
    file: Option<String>,
}

/// What an entry is found by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    rule: String,
    subject: Subject,
    file: Option<String>,
}

/// Findings of one rule about one subject.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Legacy {
    /// The worst.
    severity: Severity,
    /// How many things they say.
    count: usize,
}

/// Known findings by rule, subject and, where there are namesakes, file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Baseline {
    entries: BTreeMap<Key, Legacy>,
}

/// What a baseline is compared with.
pub struct Found<'f> {
    pub findings: &'f [Finding],
    /// The rules that could have found something.
    pub ran: &'f BTreeSet<String>,
    pub designs: &'f Designs<'f>,
    /// The file of a finding, as seen from the top of the repository.
    pub file_of: &'f dyn Fn(&Finding) -> Option<String>,
}

impl Baseline {
    /// Reads a file. What is wrong with it is a problem each; the entries that can be read are there.
    pub fn read(name: &str, bytes: &[u8], packs: &Packs, sources: &mut Sources) -> (Self, Vec<Problem>) {
        let parsed = parse(sources, name, bytes, &Limits::default());
        let mut problems = parsed.problems;
        let mut baseline = Self::default();
        let Some(document) = parsed.tree.documents().next() else {
            if problems.is_empty() {
                let whole = sources.get(parsed.source).span();
                problems.push(
                    Problem::error("bad-baseline", "this baseline is empty", whole, "no `legacy`")
                        .with_help("Remove the file and write it anew with `--write-baseline`."),
                );
            }
            return (baseline, advised(problems, sources));
        };
        let checked = SHAPE.check(document);
        problems.extend(checked.problems);
        if !checked.skip.holds(document) {
            match deserialize::<File>(document, &checked.skip) {
                Ok(file) => file.legacy.iter().for_each(|entry| baseline.add(entry, packs, &mut problems)),
                Err(mismatch) if problems.is_empty() => problems.push(mismatch.problem(document.span())),
                Err(_) => {}
            }
        }
        (baseline, advised(problems, sources))
    }

    /// Adds findings that may be accepted to what is known, and says how many findings that made. What a finding tells of
    /// other rules is known, too: it is no news when the finding goes.
    pub fn extend(&mut self, found: &Found<'_>, packs: &Packs) -> usize {
        let before = self.count(packs);
        let has_files = self.has_files(found);
        let mut all: BTreeMap<Key, Legacy> = BTreeMap::new();
        for thing in things(found.findings, found.file_of) {
            if is_acceptable(packs, &thing.rule) {
                let legacy = Legacy { severity: thing.severity, count: thing.count };
                add(&mut all, key(thing, has_files), &legacy);
            }
        }
        for (key, legacy) in all {
            self.insert(key, &legacy);
        }
        self.count(packs).saturating_sub(before)
    }

    /// Forgets what is found no more by the rules that ran in the files that were judged, and that there is less of it. Says
    /// how many findings were forgotten.
    pub fn prune(&mut self, found: &Found<'_>, packs: &Packs) -> usize {
        let before = self.count(packs);
        let has_files = self.has_files(found);
        let (keys, known) = self.all(packs, |rule| found.ran.contains(rule));
        let things = things(found.findings, found.file_of);
        let pairs = pair(&things, &known, found.designs);
        let mut kept: BTreeMap<Key, Legacy> = BTreeMap::new();
        let mut is_found = vec![false; known.len()];
        for (thing, partner) in things.into_iter().zip(&pairs.partners) {
            let Some(partner) = partner else { continue };
            is_found[partner.known] = true;
            let severity = thing.severity.max(known[partner.known].severity);
            let legacy = Legacy { severity, count: thing.count.min(partner.room) };
            add(&mut kept, key(thing, has_files), &legacy);
        }
        for (index, key) in keys.into_iter().enumerate() {
            let Some(legacy) = self.entries.remove(&key) else { continue };
            if !is_found[index] && pairs.left[index] == 0 {
                add(&mut kept, key, &legacy);
            }
        }
        for (key, legacy) in kept {
            self.insert(key, &legacy);
        }
        before.saturating_sub(self.count(packs))
    }

    /// What rules that `ran` should find.
    pub fn known(&self, ran: &BTreeSet<String>, packs: &Packs) -> Vec<Known> {
        self.all(packs, |rule| ran.contains(rule)).1
    }

    /// How many findings are known. What one tells of another rule is no finding of its own.
    pub fn count(&self, packs: &Packs) -> usize {
        self.all(packs, |_| true).1.iter().filter(|known| !known.is_note).count()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries of some rules, each as what is known by it.
    fn all(&self, packs: &Packs, is_asked: impl Fn(&str) -> bool) -> (Vec<Key>, Vec<Known>) {
        let folds = |rule: &Rule| !rule.definition.fold.is_empty();
        let folding: Vec<&Rule> = packs.rules().iter().filter(|rule| folds(rule)).collect();
        let is_note = |key: &Key| {
            let folds = |rule: &&&Rule| rule.definition.fold.iter().any(|folded| folded.value == key.rule);
            let folders = folding.iter().filter(folds).map(|rule| Key { rule: rule.id().to_owned(), ..key.clone() });
            folders.into_iter().any(|folder| self.entries.contains_key(&folder))
        };
        let asked = self.entries.iter().filter(|(key, _)| is_asked(&key.rule));
        let known = |key: &Key, legacy: &Legacy| Known {
            rule: key.rule.clone(),
            subject: key.subject.clone(),
            severity: legacy.severity,
            count: legacy.count,
            is_sum: true,
            file: key.file.clone(),
            message: None,
            is_note: is_note(key),
        };
        asked.map(|(key, legacy)| (key.clone(), known(key, legacy))).unzip()
    }

    /// Whether entries say in which file they are. Once some do, all should.
    fn has_files(&self, found: &Found<'_>) -> bool {
        found.designs.are_several() || self.entries.keys().any(|key| key.file.is_some())
    }

    /// Two entries of one key become the larger of both: two branches may have added the same.
    fn insert(&mut self, key: Key, legacy: &Legacy) {
        let known = self.entries.entry(key).or_insert_with(|| legacy.clone());
        known.severity = known.severity.min(legacy.severity);
        known.count = known.count.max(legacy.count);
    }

    /// The file, as [`Baseline::read`] reads it.
    pub fn to_text(&self) -> String {
        let mut text = String::from(HEAD);
        text.push_str(if self.is_empty() { "legacy: []\n" } else { "legacy:\n" });
        for (Key { rule, subject, file }, legacy) in &self.entries {
            let subject = match subject {
                Subject::Design => "design: true".to_owned(),
                named => format!("{}: {}", named.kind(), quoted(named.id())),
            };
            let count = if legacy.count > 1 { format!(", count: {}", legacy.count) } else { String::new() };
            let severity = legacy.severity.name();
            let file = file.as_ref().map(|file| format!(", file: {}", quoted(file))).unwrap_or_default();
            let line = writeln!(text, "  - {{rule: {}, {subject}, severity: {severity}{count}{file}}}", quoted(rule));
            line.expect("a string takes any text");
        }
        text
    }

    fn add(&mut self, entry: &Entry, packs: &Packs, problems: &mut Vec<Problem>) {
        let at = entry.rule.span;
        let subject = match subject(entry) {
            Ok(subject) => subject,
            Err(named) => {
                let message = if named == 0 { "this entry is about nothing" } else { "this entry is about two things" };
                problems.push(Problem::error("bad-baseline", message, at, "found about what?").with_help(
                    "Name one thing: `component`, `dependency`, `group`, `flow`, `team`, or `design: true`.",
                ));
                return;
            }
        };
        // The rule may be one of a folder that is not loaded today: the entry stays.
        if let Some(unknown) = unknown_rule(packs, &entry.rule) {
            let help = unknown.help.unwrap_or_default();
            let help = format!("{help} A rule of your own is known with `--rules DIR`; else remove the line.");
            problems.push(Problem { severity: ProblemSeverity::Warning, help: Some(help), ..unknown });
        }
        if !is_acceptable(packs, &entry.rule.value) {
            problems.push(
                Problem::warning(
                    "bad-baseline",
                    format!("a baseline cannot hold `{}`", entry.rule.value),
                    at,
                    "not read",
                )
                .with_help("Remove the line, and mend what the finding points at."),
            );
            return;
        }
        let legacy = Legacy { severity: entry.severity, count: entry.count.unwrap_or(1) };
        self.insert(Key { rule: entry.rule.value.clone(), subject, file: entry.file.clone() }, &legacy);
    }
}

/// How something is written down.
fn key(thing: Thing, has_files: bool) -> Key {
    Key { rule: thing.rule, subject: thing.subject, file: thing.file.filter(|_| has_files) }
}

/// Findings of one key are one entry, as bad as the worst of them.
fn add(entries: &mut BTreeMap<Key, Legacy>, key: Key, legacy: &Legacy) {
    let known = entries.entry(key).or_insert(Legacy { severity: legacy.severity, count: 0 });
    known.severity = known.severity.min(legacy.severity);
    known.count += legacy.count;
}

/// What an entry is about, or how many things it names.
fn subject(entry: &Entry) -> Result<Subject, usize> {
    let named = [
        entry.component.as_deref().map(|name| Subject::Component(name.into())),
        entry.dependency.as_deref().map(|name| Subject::Dependency(name.into())),
        entry.group.as_deref().map(|name| Subject::Group(name.into())),
        entry.flow.as_deref().map(|name| Subject::Flow(name.into())),
        entry.team.as_deref().map(|name| Subject::Team(name.into())),
        entry.design.filter(|whole| *whole).map(|_| Subject::Design),
    ];
    let mut named: Vec<Subject> = named.into_iter().flatten().collect();
    match (named.pop(), named.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(0),
        (Some(_), others) => Err(others + 1),
    }
}

/// Says what to do about a merge that somebody has to finish.
fn advised(mut problems: Vec<Problem>, sources: &Sources) -> Vec<Problem> {
    for problem in &mut problems {
        let file = sources.file_of(problem.primary());
        let conflict = (0..file.line_count()).find(|line| file.line_text(*line).starts_with("<<<<<<< "));
        if let Some(line) = conflict {
            let start = file.base() + u32::try_from(file.line_start(line)).unwrap_or(0);
            problem.labels = vec![(Span::new(start, start + 7), "a merge nobody finished".to_owned())];
            problem.help = Some(
                "Keep the lines of both sides and run `premortem check` with `--write-baseline`: it removes what is \
                 found no more."
                    .to_owned(),
            );
        }
    }
    problems.dedup();
    problems
}

const HEAD: &str = "\
# Findings that were there before. `premortem check --baseline THIS-FILE` reports what is not among them;
# with `--write-baseline` it removes those that are mended. What you accept for good belongs into the design,
# with a reason: `accept: {rule-id: reason}`.
version: 1
";

/// As a YAML scalar inside a flow map.
fn quoted(text: &str) -> String {
    let mut chars = text.chars();
    let plain = chars.next().is_some_and(|char| char.is_ascii_alphabetic())
        && chars.all(|char| char.is_ascii_alphanumeric() || "-_./>".contains(char))
        && !["null", "true", "false"].contains(&text.to_ascii_lowercase().as_str());
    // JSON strings are YAML strings; what YAML forbids unescaped is escaped here.
    if plain { text.to_owned() } else { ascii(&serde_json::Value::from(text).to_string()) }
}

/// A JSON string with nothing in it that an editor or a terminal might not show.
fn ascii(json: &str) -> String {
    let mut text = String::new();
    for char in json.chars() {
        let is_shown = !char.is_control()
            && !matches!(char, '\u{80}'..='\u{a0}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if is_shown {
            text.push(char);
        } else {
            let mut units = [0; 2];
            for unit in char.encode_utf16(&mut units) {
                write!(text, "\\u{unit:04x}").expect("a string takes any text");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn subject() -> impl Strategy<Value = Subject> {
        let name = prop_oneof!["[a-z]{1,6}", "\\PC{1,8}", ".{1,6}", Just("null".to_owned()), Just("1".to_owned())];
        prop_oneof![
            name.clone().prop_map(|name| Subject::Component(name.into())),
            name.clone().prop_map(|name| Subject::Dependency(name.into())),
            name.clone().prop_map(|name| Subject::Group(name.into())),
            name.clone().prop_map(|name| Subject::Flow(name.into())),
            name.prop_map(|name| Subject::Team(name.into())),
            Just(Subject::Design),
        ]
    }

    fn baseline() -> impl Strategy<Value = Baseline> {
        let severity = prop_oneof![Just(Severity::Error), Just(Severity::Warning), Just(Severity::Advice)];
        let rule = prop_oneof![Just("no-owner".to_owned()), "[a-z]{1,8}(-[a-z0-9]{1,8}){0,3}"];
        let legacy = (severity, 1usize..4).prop_map(|(severity, count)| Legacy { severity, count });
        let file = prop::option::of(prop_oneof!["[a-z/]{1,9}", "\\PC{1,8}", ".{1,6}"]);
        let key = (rule, subject(), file).prop_map(|(rule, subject, file)| Key { rule, subject, file });
        prop::collection::btree_map(key, legacy, 0..12).prop_map(|entries| Baseline { entries })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(baseline in baseline()) {
            let text = baseline.to_text();
            let mut sources = Sources::default();
            let (read, problems) = Baseline::read("b.yaml", text.as_bytes(), &Packs::default(), &mut sources);
            let errors: Vec<_> = problems.iter().filter(|problem| problem.severity == ProblemSeverity::Error).collect();
            prop_assert!(errors.is_empty(), "{:?}\n{}", errors, text);
            prop_assert_eq!(&read, &baseline);
            prop_assert_eq!(read.to_text(), text);
        }

        #[test]
        fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..60), keep in 0usize..200) {
            let good = Baseline::default().to_text();
            let mut text = good.as_bytes()[..keep.min(good.len())].to_vec();
            text.extend(bytes);
            let mut sources = Sources::default();
            let (read, problems) = Baseline::read("b.yaml", &text, &Packs::default(), &mut sources);
            if problems.is_empty() {
                let again = Baseline::read("b.yaml", read.to_text().as_bytes(), &Packs::default(), &mut sources);
                prop_assert_eq!(again, (read, vec![]));
            }
        }
    }

    #[test]
    fn each_entry_has_a_line_of_its_own() {
        let entry = |rule: &str, subject| {
            (Key { rule: rule.to_owned(), subject, file: None }, Legacy { severity: Severity::Warning, count: 1 })
        };
        let entries = [
            entry("b-rule", Subject::Dependency("api->pg".into())),
            entry("a-rule", Subject::Design),
            entry("a-rule", Subject::Flow("check out".into())),
        ];
        let mut baseline = Baseline { entries: entries.into() };
        baseline.entries.values_mut().last().unwrap().count = 2;
        let text = baseline.to_text();
        let lines: Vec<&str> = text.lines().skip_while(|line| *line != "legacy:").collect();
        assert_eq!(
            lines,
            [
                "legacy:",
                "  - {rule: a-rule, flow: \"check out\", severity: warning}",
                "  - {rule: a-rule, design: true, severity: warning}",
                "  - {rule: b-rule, dependency: api->pg, severity: warning, count: 2}",
            ]
        );
    }

    #[test]
    fn mistakes_point_at_their_place_and_leave_the_rest() {
        let packs = Packs::shipped();
        let read = |text: &str| {
            let mut sources = Sources::default();
            let (baseline, problems) = Baseline::read("b.yaml", text.as_bytes(), &packs, &mut sources);
            let said = problems.iter().map(|problem| {
                let help = problem.help.clone().unwrap_or_default();
                format!("{} {}: {}. {help}", sources.place(problem.primary()), problem.severity.name(), problem.message)
            });
            (baseline.entries.len(), said.collect::<Vec<_>>())
        };
        let rule = packs.rules()[0].id();
        let good = format!("  - {{rule: {rule}, component: api, severity: warning}}\n");
        let with = |line: &str| read(&format!("version: 1\nlegacy:\n{line}\n{good}"));
        let misspelt = format!("{}x", &rule[..rule.len() - 1]);
        for (line, place, says) in [
            ("  - {rule: x-y, component: b, severity: warning}".to_owned(), "3:12 warning", "no rule `x-y`"),
            (format!("  - {{rule: {misspelt}, component: b, severity: advice}}"), "3:12 warning", rule),
            (format!("  - {{rule: {rule}, severity: warning}}"), "3:12 error", "about nothing"),
            (format!("  - {{rule: {rule}, flow: a, team: b, severity: warning}}"), "3:12 error", "two things"),
            (format!("  - {{rule: {rule}, compnent: a, severity: warning}}"), "3:", "component"),
            (format!("  - {{rule: {rule}, flow: a, severity: bad}}"), "3:", "severity"),
            (format!("  - {{rule: {rule}, flow: a, severity: error, count: 0}}"), "3:", "0"),
        ] {
            let (entries, said) = with(&line);
            assert!(entries >= 1, "{line}");
            assert!(said.iter().any(|said| said.contains(place) && said.contains(says)), "{line}: {said:#?}");
        }
        for text in ["", "version: 2\nlegacy: []\n", "legacy: []\n", "[]\n", "version: 1\nlegacy: [\n", "\u{0}"] {
            assert!(!read(text).1.is_empty(), "{text:?}");
        }
        let (_, said) = read(&format!("version: 1\nlegacy:\n<<<<<<< HEAD\n{good}=======\n{good}>>>>>>> x\n"));
        assert!(said[0].contains("3:1") && said[0].contains("both sides"), "{said:#?}");
    }
}
