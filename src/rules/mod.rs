//! Relations and packs to findings.

mod acceptance;
mod condition;
mod gate;
mod judge;
mod pack;
pub mod page;
mod path;
mod profile;
mod program;
mod rule;
mod sentence;
pub mod testing;

pub use pack::{PackFile, Packs, Rule, schema};
pub use profile::{Level, Profile};
pub use program::Params;
pub use rule::{Example, Expected, Mark, ParamRule, ParamValue, RuleFile, SeverityCase, SeverityRule};

use crate::analyse::Analysis;
use crate::analyse::relation::Row;
use crate::finding::{Finding, NotJudged, Question};
use crate::parse::{Comment, Spanned};
use crate::problem::{Problem, did_you_mean};
use crate::read::vocabulary::Date;
use crate::sources::Sources;
use acceptance::Acceptances;
use gate::{Gate, Known};
use std::collections::BTreeSet;

/// What the user wants judged, and how. Names carry the place where the user wrote them, a configuration file or an
/// argument kept as a source of its own.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Goes before the profile the design names.
    pub profile: Option<Profile>,
    /// Rule ids, pack names or `ALL`; everything if empty.
    pub select: Vec<Spanned<String>>,
    pub ignore: Vec<Spanned<String>>,
    /// By rule id; goes before what the rule says.
    pub severities: Vec<(Spanned<String>, Level)>,
    /// By rule id and param.
    pub params: Params,
    /// Decides what has run out.
    pub today: Date,
}

impl Settings {
    /// What holds where nothing is set.
    pub fn new(today: Date) -> Self {
        Self {
            profile: None,
            select: Vec::new(),
            ignore: Vec::new(),
            severities: Vec::new(),
            params: Params::new(),
            today,
        }
    }
}

/// What the rules say about a design.
#[derive(Debug, Default)]
pub struct Judged {
    /// Sorted by place and rule.
    pub findings: Vec<Finding>,
    /// Findings the design accepts, with the reason.
    pub accepted: Vec<Finding>,
    /// Worth answering first comes first.
    pub questions: Vec<Question>,
    pub not_judged: Vec<NotJudged>,
    /// Bad rules, unknown names in settings and acceptances.
    pub problems: Vec<Problem>,
    /// How many rules ran.
    pub rules: usize,
}

/// Judges a design by every rule that is on. `comments` are those of the design's files.
pub fn check(
    analysis: &Analysis,
    packs: &Packs,
    settings: &Settings,
    sources: &Sources,
    comments: &[Comment],
) -> Judged {
    let mut judged = Judged::default();
    let profile = settings.profile.unwrap_or_else(|| declared_profile(analysis, &mut judged.problems));
    let gate = Gate::new(settings, packs, profile);
    judged.problems.extend(gate.problems());
    let enabled: Vec<&Rule> = packs.rules().iter().filter(|rule| gate.level(rule) != Level::Off).collect();
    let mut tables: Vec<(&str, Vec<Row<'_>>)> = Vec::new();
    for relation in crate::analyse::relations::RELATIONS {
        if enabled.iter().any(|rule| rule.definition.each.value == relation.name) {
            tables.push((relation.name, (relation.rows)(analysis)));
        }
    }
    // A shipped rule without rows has nothing to say; a user's is compiled for what may be wrong with it.
    let is_needed = |rule: &&Rule| {
        let has_rows = tables.iter().any(|(name, rows)| *name == rule.definition.each.value && !rows.is_empty());
        has_rows || !rule.shipped || settings.params.contains_key(rule.id())
    };
    let needed: Vec<&Rule> = enabled.iter().copied().filter(is_needed).collect();
    let (programs, problems) = program::compile_all(&needed, packs, &settings.params, sources);
    judged.problems.extend(problems);
    let mut judgements = Vec::new();
    for (name, rows) in &tables {
        for program in programs.iter().filter(|program| program.relation.name == *name) {
            let verdicts = judge::judge(program, analysis, rows, profile, gate.level(program.rule));
            judgements.extend(verdicts.into_iter().map(|verdict| (program.rule, verdict)));
        }
    }
    let known = Known(packs);
    let mut acceptances =
        Acceptances::collect(analysis, sources, comments, &known, &settings.today, &mut judged.problems);
    let broken = |rule: &&&Rule| !rule.shipped && !programs.iter().any(|program| program.rule.id() == rule.id());
    let ran: BTreeSet<&str> = enabled.iter().filter(|rule| !broken(rule)).map(|rule| rule.id()).collect();
    judged.rules = ran.len();
    gate.pass(judgements, &ran, &mut acceptances, sources, &mut judged);
    judged
}

fn declared_profile(analysis: &Analysis, problems: &mut Vec<Problem>) -> Profile {
    let declared = &analysis.design.facts.profile;
    let Some(word) = declared.value() else { return Profile::default() };
    Profile::parse(&word.0).unwrap_or_else(|| {
        let names = Profile::ALL.map(Profile::as_str);
        let help = match did_you_mean(&word.0, names) {
            Some(meant) => format!("Did you mean `{meant}`?"),
            None => "Choose `production`, `startup`, `sketch` or `strict`.".to_owned(),
        };
        let at = declared.span().unwrap_or(analysis.design.place);
        problems.push(
            Problem::error("bad-value", format!("there is no profile `{}`", word.0), at, "unknown").with_help(help),
        );
        Profile::default()
    })
}

#[cfg(test)]
mod tests;
