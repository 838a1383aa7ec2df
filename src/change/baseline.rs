//! A baseline: the findings a design had when somebody began to look, so that what comes on top is seen.
//!
//! It holds what nobody has decided about yet. What is accepted for good is said in the design with a reason, and never
//! gets here. One line per entry, sorted: changes of two branches rarely meet.

use super::delta::Known;
use crate::finding::{Finding, Severity, Subject};
use crate::parse::{Limits, Spanned, deserialize, parse};
use crate::problem::{Problem, ProblemSeverity};
use crate::read::structure::Shape;
use crate::rules::{Packs, unknown_rule};
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
    #[schemars(extend("enum" = [VERSION]))]
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
}

/// Findings of one rule about one subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Legacy {
    /// The worst.
    pub severity: Severity,
    pub count: usize,
}

/// Known findings by rule and subject.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Baseline {
    entries: BTreeMap<(String, Subject), Legacy>,
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

    /// Of findings that nobody accepts.
    pub fn of(findings: &[Finding]) -> Self {
        let mut baseline = Self::default();
        baseline.extend(findings);
        baseline
    }

    /// Adds findings to what is known.
    pub fn extend(&mut self, findings: &[Finding]) {
        let found = found(findings);
        for (key, new) in found {
            let known = self.entries.entry(key).or_insert_with(|| new.clone());
            known.severity = known.severity.min(new.severity);
            known.count = known.count.max(new.count);
        }
    }

    /// Forgets what is found no more by the rules that `ran`, and that there is less of it. Returns how much was forgotten.
    pub fn prune(&mut self, findings: &[Finding], ran: &BTreeSet<String>) -> usize {
        let found = found(findings);
        let before = self.len();
        self.entries.retain(|key, known| {
            if !ran.contains(&key.0) {
                return true;
            }
            let Some(now) = found.get(key) else { return false };
            known.count = known.count.min(now.count);
            known.severity = known.severity.max(now.severity);
            true
        });
        before - self.len()
    }

    /// What rules that `ran` should find.
    pub fn known(&self, ran: &BTreeSet<String>) -> Vec<Known> {
        let judged = self.entries.iter().filter(|((rule, _), _)| ran.contains(rule));
        let known = judged.map(|((rule, subject), legacy)| Known {
            rule: rule.clone(),
            subject: subject.clone(),
            severity: legacy.severity,
            count: legacy.count,
            file: None,
            message: None,
        });
        known.collect()
    }

    /// How many findings are known.
    pub fn len(&self) -> usize {
        self.entries.values().map(|legacy| legacy.count).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The file, as [`Baseline::read`] reads it.
    pub fn to_text(&self) -> String {
        let mut text = String::from(HEAD);
        text.push_str(if self.is_empty() { "legacy: []\n" } else { "legacy:\n" });
        for ((rule, subject), legacy) in &self.entries {
            let subject = match subject {
                Subject::Design => "design: true".to_owned(),
                named => format!("{}: {}", named.kind(), quoted(named.id())),
            };
            let count = if legacy.count > 1 { format!(", count: {}", legacy.count) } else { String::new() };
            let severity = legacy.severity.name();
            let line = writeln!(text, "  - {{rule: {}, {subject}, severity: {severity}{count}}}", quoted(rule));
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
        let new = Legacy { severity: entry.severity, count: entry.count.unwrap_or(1) };
        // Two branches may have added the same.
        let known = self.entries.entry((entry.rule.value.clone(), subject)).or_insert_with(|| new.clone());
        known.severity = known.severity.min(new.severity);
        known.count = known.count.max(new.count);
    }
}

/// Findings by what a baseline remembers of them.
fn found(findings: &[Finding]) -> BTreeMap<(String, Subject), Legacy> {
    let mut found: BTreeMap<(String, Subject), Legacy> = BTreeMap::new();
    for finding in findings {
        let key = (finding.rule.clone(), finding.subject.clone());
        let known = found.entry(key).or_insert(Legacy { severity: finding.severity, count: 0 });
        known.severity = known.severity.min(finding.severity);
        known.count += finding.count();
    }
    found
}

/// What an entry is about, or how many things it names.
fn subject(entry: &Entry) -> Result<Subject, usize> {
    let named = [
        entry.component.clone().map(Subject::Component),
        entry.dependency.clone().map(Subject::Dependency),
        entry.group.clone().map(Subject::Group),
        entry.flow.clone().map(Subject::Flow),
        entry.team.clone().map(Subject::Team),
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
            name.clone().prop_map(Subject::Component),
            name.clone().prop_map(Subject::Dependency),
            name.clone().prop_map(Subject::Group),
            name.clone().prop_map(Subject::Flow),
            name.prop_map(Subject::Team),
            Just(Subject::Design),
        ]
    }

    fn baseline() -> impl Strategy<Value = Baseline> {
        let severity = prop_oneof![Just(Severity::Error), Just(Severity::Warning), Just(Severity::Advice)];
        let rule = prop_oneof![Just("no-owner".to_owned()), "[a-z]{1,8}(-[a-z0-9]{1,8}){0,3}"];
        let legacy = (severity, 1usize..4).prop_map(|(severity, count)| Legacy { severity, count });
        prop::collection::btree_map((rule, subject()), legacy, 0..12).prop_map(|entries| Baseline { entries })
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
        let entry =
            |rule: &str, subject| ((rule.to_owned(), subject), Legacy { severity: Severity::Warning, count: 1 });
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
            (baseline.len(), said.collect::<Vec<_>>())
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
