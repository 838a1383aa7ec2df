//! The page of a rule: the one text that `explain`, editors and machine formats show.

use super::pack::{Packs, Rule};
use super::profile::{Level, Profile};
use super::rule::{ParamRule, ParamValue};
use crate::analyse::relations;
use crate::finding::Severity;
use std::fmt;

/// Everything to be known about a rule, in the order a reader wants it.
#[derive(Clone, PartialEq, Debug)]
pub struct Page {
    pub id: String,
    pub pack: String,
    pub pack_summary: String,
    /// What it says or asks; `<field>` stands for what the design says.
    pub sentence: String,
    /// What it says where the facts it expects are not described.
    pub unstated: Option<String>,
    /// `warning`, and when it is something else.
    pub severity: Vec<String>,
    /// The relation and its rows.
    pub looks_at: String,
    pub condition: Option<String>,
    /// Facts a design should state.
    pub expects: Vec<String>,
    pub why: String,
    pub fix: Option<String>,
    /// What is said towards the answer of a question, with its condition.
    pub known: Vec<String>,
    /// Facts that answer a question.
    pub answer: Vec<String>,
    pub params: Vec<PageParam>,
    /// Rules this one replaces on the same subject.
    pub folds: Vec<String>,
    pub sources: Vec<String>,
    pub suppressible: bool,
    pub examples: Vec<PageExample>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct PageParam {
    pub name: String,
    pub value: String,
    pub because: String,
}

#[derive(Clone, PartialEq, Debug)]
pub struct PageExample {
    pub bad: bool,
    pub text: String,
    /// What is special about it: its profile, its notation.
    pub note: Option<String>,
}

impl Page {
    pub fn new(rule: &Rule, packs: &Packs) -> Self {
        let definition = &rule.definition;
        let sentence = definition.say.as_ref().or(definition.ask.as_ref());
        let relation = relations::find(&definition.each.value);
        Self {
            id: rule.id().to_owned(),
            pack: rule.pack.clone(),
            pack_summary: packs
                .packs()
                .iter()
                .find(|pack| pack.name.value == rule.pack)
                .map(|pack| pack.summary.clone())
                .unwrap_or_default(),
            sentence: sentence.map(|text| readable(&text.value)).unwrap_or_default(),
            unstated: definition.say_unstated.as_ref().map(|text| readable(&text.value)),
            severity: severity(rule),
            looks_at: relation.map_or_else(
                || definition.each.value.clone(),
                |relation| format!("`{}`: {}", relation.name, relation.summary),
            ),
            condition: definition.test.as_ref().map(|test| test.value.trim().to_owned()),
            expects: definition.expects.iter().map(|expected| expected.fact.value.clone()).collect(),
            why: readable(definition.why.value.trim()),
            fix: definition.fix.as_ref().map(|fix| readable(fix.value.trim_end())),
            known: definition.known.iter().map(known).collect(),
            answer: definition.answer.iter().map(|fact| fact.value.clone()).collect(),
            params: definition
                .params
                .iter()
                .map(|(name, param)| PageParam {
                    name: name.clone(),
                    value: shown_param(param),
                    because: param.because.clone(),
                })
                .collect(),
            folds: definition.fold.iter().map(|id| id.value.clone()).collect(),
            sources: definition.source.clone(),
            suppressible: definition.suppressible,
            examples: rule.examples().iter().filter_map(example).collect(),
        }
    }
}

fn known(known: &super::rule::Known) -> String {
    let say = readable(known.say.value.trim());
    match &known.test {
        Some(test) => format!("{say}, if `{}`", test.value.trim()),
        None => say,
    }
}

fn example(example: &super::rule::Example) -> Option<PageExample> {
    let (bad, text) = match (&example.bad, &example.good) {
        (Some(text), _) => (true, text),
        (None, Some(text)) => (false, text),
        (None, None) => return None,
    };
    let profile = example.profile.map(|profile| format!("profile `{}`", profile.as_str()));
    let notation = example.notation.as_ref().map(|notation| format!("notation `{}`", notation.value));
    let note = profile.into_iter().chain(notation).collect::<Vec<_>>().join(", ");
    Some(PageExample { bad, text: text.value.clone(), note: (!note.is_empty()).then_some(note) })
}

fn severity(rule: &Rule) -> Vec<String> {
    let severity = &rule.definition.severity;
    let word = |severity: Severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
    };
    let cases = severity.when.iter().map(|case| format!("{} if `{}`", word(case.is), case.test.value.trim()));
    let profiles = severity.profiles.iter().map(|(profile, level)| match level {
        Level::Off => format!("off in profile `{}`", profile.as_str()),
        level => format!("{} in profile `{}`", level.severity().map_or("off", word), profile.as_str()),
    });
    std::iter::once(word(severity.default).to_owned()).chain(cases).chain(profiles).collect()
}

/// Braces of the sentence language as a reader sees them: `{component}` is `<component>`, `{{` is a brace.
fn readable(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            shown.push_str(&rest[..1]);
            rest = &rest[2..];
        } else if let Some(end) = rest.find('}').filter(|_| rest.starts_with('{')) {
            shown.push('<');
            shown.push_str(&rest[1..end]);
            shown.push('>');
            rest = &rest[end + 1..];
        } else {
            shown.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    shown + rest
}

/// `4, in profile strict 3`.
fn shown_param(param: &ParamRule) -> String {
    let in_profile = |profile: Profile| {
        let value = &param.in_profile(profile)?.value;
        Some(format!(", in profile {} {value}", profile.as_str()))
    };
    std::iter::once(param.is.value.to_string()).chain(Profile::ALL.into_iter().filter_map(in_profile)).collect()
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
            Self::Texts(texts) => f.write_str(&texts.join(", ")),
        }
    }
}

impl fmt::Display for Page {
    /// Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# {}\n", self.id)?;
        writeln!(f, "{}\n", self.sentence)?;
        if let Some(unstated) = &self.unstated {
            writeln!(f, "Where that is not described: {unstated}\n")?;
        }
        writeln!(f, "{}: {}", self.pack, self.severity.join("; "))?;
        writeln!(f, "\n## Why\n\n{}", self.why)?;
        if let Some(fix) = &self.fix {
            writeln!(f, "\n## What to do\n\n{fix}")?;
        }
        if !self.known.is_empty() {
            writeln!(f, "\n## What the design may say already\n")?;
            for known in &self.known {
                writeln!(f, "- {known}")?;
            }
        }
        if self.sentence.ends_with('?') {
            let facts: Vec<String> = self.answer.iter().map(|fact| format!("`{fact}`")).collect();
            let stated = match facts.as_slice() {
                [] => String::new(),
                facts => format!("State {}, or write", super::sentence::join(facts)),
            };
            let write = if stated.is_empty() { "Write" } else { &stated };
            writeln!(f, "\n{write} the answer where the subject is: `accept: {{{}: the answer}}`.", self.id)?;
        } else if self.suppressible {
            writeln!(f, "\nOr accept it, with a reason: `accept: {{{}: why it is acceptable}}`.", self.id)?;
        }
        writeln!(f, "\n## What it looks at\n\n{}", self.looks_at)?;
        if let Some(condition) = &self.condition {
            writeln!(f, "\n    {condition}")?;
        }
        if !self.expects.is_empty() {
            let facts: Vec<String> = self.expects.iter().map(|fact| format!("`{fact}`")).collect();
            writeln!(f, "\nA design should state {}.", super::sentence::join(&facts))?;
        }
        if !self.params.is_empty() {
            writeln!(f, "\n## Params\n")?;
            for param in &self.params {
                writeln!(f, "- `{}`: {}. {}", param.name, param.value, param.because)?;
            }
        }
        if !self.folds.is_empty() {
            writeln!(f, "\nReplaces {} on the same subject.", self.folds.join(", "))?;
        }
        writeln!(f, "\n## Examples")?;
        for example in &self.examples {
            let title = if example.bad { "Bad" } else { "Good" };
            let note = example.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
            writeln!(f, "\n{title}{note}:\n\n```yaml\n{}\n```", example.text.trim_end())?;
        }
        if !self.sources.is_empty() {
            writeln!(f, "\nSources: {}", self.sources.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_complete_and_shows_no_raw_placeholder() {
        let packs = Packs::shipped();
        for rule in packs.rules() {
            let page = Page::new(rule, &packs);
            let text = page.to_string();
            assert!(!page.sentence.is_empty() && !page.pack_summary.is_empty() && !page.looks_at.is_empty(), "{text}");
            assert!(!page.sentence.contains('{') && !page.why.contains('{'), "{text}");
            assert!(text.contains(page.examples[0].text.trim_end()), "{text}");
        }
    }

    #[test]
    fn placeholders_and_braces() {
        assert_eq!(readable("`{a.b}` is {{c}} and {{{d}}}"), "`<a.b>` is {c} and {<d>}");
        assert_eq!(readable("{open } close"), "<open > close");
        assert_eq!(readable("a } b"), "a } b");
    }
}
