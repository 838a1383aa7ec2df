//! Rules prove themselves: every example of every rule is reviewed, and every rule file is read like an editor would.

use super::pack::{Packs, Rule};
use super::profile::Profile;
use super::rule::Example;
use super::{Judged, Settings, check};
use crate::analyse::Analysis;
use crate::parse::Spanned;
use crate::problem::{Problem, ProblemSeverity};
use crate::read::Notation;
use crate::read::vocabulary::Date;
use crate::sources::{Sources, Span};
use std::collections::BTreeSet;

/// The mark of the line on which a bad example's finding has its primary label.
const HERE: &str = "# here";

/// What a runner makes of a text: its file, what is wrong with it, and the design, if there is one.
pub type Ran = (Sources, Vec<Problem>, Option<Analysis>);

/// Reads a text of a notation as far as the analysis.
pub type Runner<'r> = &'r dyn Fn(&str, Notation) -> Ran;

/// How one example went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExampleResult {
    pub rule: String,
    /// Counted from 1, over bad and good ones.
    pub number: usize,
    pub bad: bool,
    /// What was expected, what came, and where; nothing if the example holds.
    pub failures: Vec<String>,
    /// The example in its rule file.
    pub place: Span,
}

/// Reviews every example of every rule, each with its own rule alone.
pub fn run_examples(packs: &Packs, runner: Runner<'_>) -> Vec<ExampleResult> {
    packs.rules().iter().flat_map(|rule| run_examples_of(rule, packs, runner)).collect()
}

/// Reviews every example of one rule.
pub fn run_examples_of(rule: &Rule, packs: &Packs, runner: Runner<'_>) -> Vec<ExampleResult> {
    let examples = rule.examples();
    examples.iter().enumerate().map(|(index, example)| run(rule, index + 1, example, packs, runner)).collect()
}

fn run(rule: &Rule, number: usize, example: &Example, packs: &Packs, runner: Runner<'_>) -> ExampleResult {
    let (text, bad) = match (&example.bad, &example.good) {
        (Some(text), None) => (text, true),
        (None, Some(text)) => (text, false),
        _ => {
            let failures = vec!["an example is either `bad` or `good`".to_owned()];
            return ExampleResult { rule: rule.id().to_owned(), number, bad: false, failures, place: rule.place };
        }
    };
    let mut failures = Vec::new();
    match notation_of(example) {
        None => failures.push("its `notation` is neither `native` nor `compose`".to_owned()),
        Some(notation) => {
            let (sources, problems, analysis) = runner(&text.value, notation);
            for problem in problems.iter().filter(|problem| problem.severity == ProblemSeverity::Error) {
                failures.push(format!("the example is wrong: {}", shown(problem, &sources)));
            }
            match analysis {
                None => failures.push("the example is no design".to_owned()),
                Some(analysis) => {
                    let judged = judge(rule, example, packs, &sources, &analysis);
                    compare(&text.value, bad, &judged, &sources, &mut failures);
                }
            }
        }
    }
    ExampleResult { rule: rule.id().to_owned(), number, bad, failures, place: text.span }
}

fn judge(rule: &Rule, example: &Example, packs: &Packs, sources: &Sources, analysis: &Analysis) -> Judged {
    let mut settings = Settings::new(Date::parse("2026-06-01").expect("a date"));
    settings.profile = example.profile.or_else(|| {
        let declares = analysis.design.facts.profile.value().is_some();
        (!declares).then_some(Profile::Production)
    });
    settings.select = vec![Spanned::new(rule.id().to_owned(), rule.place)];
    check(analysis, packs, &settings, sources, &[])
}

/// Each `# here` line is the primary place of a finding, and there is no other.
fn compare(text: &str, bad: bool, judged: &Judged, sources: &Sources, failures: &mut Vec<String>) {
    for problem in &judged.problems {
        failures.push(format!("the rule is wrong: {}", problem.message));
    }
    let here: BTreeSet<usize> =
        text.lines().enumerate().filter(|(_, line)| line.contains(HERE)).map(|(index, _)| index + 1).collect();
    if bad && here.is_empty() {
        failures.push(format!("no line of a bad example is marked `{HERE}`"));
    }
    if !bad && !here.is_empty() {
        failures.push(format!("a good example marks a line with `{HERE}`"));
    }
    let line_of = |span: Span| sources.positions(span).0.line;
    let mut found = BTreeSet::new();
    for (message, primary) in judged
        .findings
        .iter()
        .map(|finding| (finding.message.as_str(), finding.primary()))
        .chain(judged.questions.iter().filter(|_| judged.findings.is_empty()).map(asked))
    {
        let line = line_of(primary);
        found.insert(line);
        if !here.contains(&line) {
            let source = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim_end();
            failures.push(format!("unexpected in line {line}: {message}\n    {line} | {source}"));
        }
    }
    for line in here.difference(&found) {
        let source = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim_end();
        let came = if found.is_empty() { "nothing was found" } else { "it was found elsewhere" };
        failures.push(format!("expected in line {line}, and {came}\n    {line} | {source}"));
    }
}

fn asked(question: &crate::finding::Question) -> (&str, Span) {
    (question.message.as_str(), question.labels[0].span)
}

fn notation_of(example: &Example) -> Option<Notation> {
    match example.notation.as_ref().map_or("native", |word| word.value.as_str()) {
        "native" => Some(Notation::Native),
        "compose" => Some(Notation::Compose),
        _ => None,
    }
}

fn shown(problem: &Problem, sources: &Sources) -> String {
    format!("{} ({})", problem.message, sources.place(problem.primary()))
}

/// What an editor would send back: style that no schema can check. One line per complaint.
pub fn lint(packs: &Packs) -> Vec<String> {
    let mut complaints = Vec::new();
    for rule in packs.rules() {
        let mut complain = |what: String| complaints.push(format!("{}: {what}", rule.file));
        let definition = &rule.definition;
        let stem = std::path::Path::new(&rule.file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        if stem.as_deref() != Some(rule.id()) {
            complain(format!("`{}` is not the name of its file", rule.id()));
        }
        if !is_kebab(rule.id()) {
            complain(format!("`{}` is not kebab-case", rule.id()));
        }
        let ends =
            |text: &Option<Spanned<String>>, end: &str| text.as_ref().is_none_or(|text| text.value.ends_with(end));
        if definition.say.is_some() && ends(&definition.say, ".") {
            complain("`say` ends with a period; it is one clause".to_owned());
        }
        if definition.say_unstated.is_some() && ends(&definition.say_unstated, ".") {
            complain("`say_unstated` ends with a period; it is one clause".to_owned());
        }
        if !ends(&definition.ask, "?") {
            complain("`ask` does not end with a question mark".to_owned());
        }
        if !definition.why.value.ends_with(['.', '!', '?']) {
            complain("`why` does not end with a period".to_owned());
        }
        if !definition.fix.as_ref().is_none_or(|fix| is_command(&fix.value)) {
            complain("`fix` ends neither with a period nor with an indented block".to_owned());
        }
        let examples = rule.examples();
        if !examples.iter().any(|example| example.bad.is_some()) {
            complain("no `bad` example".to_owned());
        }
        if !examples.iter().any(|example| example.good.is_some()) {
            complain("no `good` example".to_owned());
        }
        for (name, param) in &definition.params {
            if param.because.trim().is_empty() {
                complain(format!("param `{name}` gives no reason"));
            }
        }
        for folded in definition.fold.iter().filter(|id| packs.find(&id.value).is_none()) {
            complain(format!("`fold` names no rule: `{}`", folded.value));
        }
    }
    complaints
}

/// Sentences, or sentences that lead to a block of YAML.
fn is_command(fix: &str) -> bool {
    match fix.trim_end().split_once("\n\n") {
        Some((sentences, block)) => {
            sentences.ends_with([':', '.']) && block.lines().all(|line| line.is_empty() || line.starts_with("    "))
        }
        None => fix.trim_end().ends_with('.'),
    }
}

fn is_kebab(id: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    id.starts_with(|first: char| first.is_ascii_lowercase()) && id.split('-').all(is_word)
}

#[cfg(test)]
pub(super) fn opened(text: &str, notation: Notation) -> Ran {
    let name = match notation {
        Notation::Native => "example.arch.yaml",
        Notation::Compose => "compose.yaml",
    };
    let files = crate::discover::InMemory([(name.into(), text.as_bytes().to_vec())].into());
    let project = crate::discover::Project::named(name);
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let opened = crate::review::open(&project, &files, &crate::parse::Limits::default(), &mut sources, &mut problems);
    (sources, problems, opened.analysis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_rules_are_well_formed() {
        let (packs, problems) = Packs::shipped_with_problems();
        assert_eq!(problems, []);
        assert_eq!(lint(&packs), Vec::<String>::new());
    }

    #[test]
    fn shipped_rules_fit_their_schema() {
        let mut packs = Packs::default();
        let mut sources = Sources::default();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let problems = packs.add_folder(&mut sources, &folder);
        let shown: Vec<String> = problems.iter().map(|problem| shown(problem, &sources)).collect();
        assert_eq!(shown, Vec::<String>::new());
        assert_eq!(packs.rules().len(), Packs::shipped().rules().len());
    }

    #[test]
    fn shipped_rules_keep_what_their_examples_promise() {
        let packs = Packs::shipped();
        let results = run_examples(&packs, &opened);
        let failed: Vec<String> = results
            .iter()
            .filter(|result| !result.failures.is_empty())
            .map(|result| format!("{} example {}:\n  {}", result.rule, result.number, result.failures.join("\n  ")))
            .collect();
        assert!(failed.is_empty(), "{}", failed.join("\n"));
        assert!(!results.is_empty());
    }
}
