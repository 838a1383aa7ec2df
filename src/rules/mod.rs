//! Relations and packs to findings.
//!
//! A rule is data: one YAML file in the folder of its pack, `rules/<pack>/<id>.yaml`. It reads like a query: for each row
//! of a relation where a condition holds, say a sentence, mark the facts, tell why it matters and what to do.
//!
//! # Writing a rule
//!
//! ```yaml
//! id: store-without-backup                 # the file's name; reads after "allow"
//! severity: warning                        # error | warning | advice, or a map (below)
//! each: component                          # a relation; `premortem relations` lists them with their fields
//! where: component.kind == 'database' && stated_none(component.backup)
//! expects: [{fact: component.backup, noun: backups}]
//! say: "`{component}` has no backup"
//! say_unstated: "the design does not say how `{component}` is backed up"
//! mark:                                    # the first is the primary place
//!   - component.backup: no backup
//!   - component.users: writes here         # a list gives one label per item; `{item}` is the item
//! why: Replicas protect against a lost machine, not against a mistake.
//! fix: |-
//!   Save the data elsewhere, and restore it once to learn how long it takes:
//!
//!       backup: {{every: 1d, pitr: true, restore: 40m}}
//! source: [azure-re-09]
//! examples:                                # the last key of the file
//!   - bad: |
//!       components:
//!         pg: {kind: database, backup: none}  # here
//!   - good: |
//!       components:
//!         pg: {kind: database, backup: 1d}
//! ```
//!
//! **Conditions** are CEL over the fields of a row, checked for names and types when the rule loads. A field of type
//! component, dependency, group, flow, team or design has fields of its own (`dependency.target.kind`), and so has a map
//! of the vocabulary (`component.deploy.rollback.time`).
//!
//! - Operators: `== != < <= > >= && || ! + - * / in ?:`; `null`, `true`, `'text'`, `3`, `0.5`, `['a', 'b']`.
//! - Which of the four answers a fact is: `stated(x)` (it has a value), `stated_none(x)`, `todo(x)`, `unstated(x)`.
//! - Units: `duration("30s")`, `rate("40rps")`, `percent("99.9%")`. A duration times a rate is a number, a share of
//!   something is something, `1 - component.hit_ratio` is a share; unlike things are not compared.
//! - Lists: `x in list`, `list.exists(i, …)`, `all`, `exists_one`, `filter`, `map`, `size()`; two levels at most. What needs
//!   more of a search is a relation.
//! - Texts: `contains`, `startsWith`, `endsWith`. Numbers: `min(a, b)`, `max(a, b)`. Dates:
//!   `age(component.backup.tested) > duration("365d")`.
//! - `params.name` is a threshold of the rule: `params: {most: {is: 30s, because: …}}`; `strict: 10s` beside `is` goes before
//!   it in that profile.
//!
//! **The unknown.** What is `none`, `todo` or not described has no value. A comparison with it does not hold, so `a < b`
//! asks "known to be less" and `!(a < b)` "not known to be less"; `a != 'x'` asks "known to differ". `x == null` asks whether
//! it is unknown. A yes-or-no fact holds only if it is stated, `!fact` only if it is stated `none` (or false). So where a
//! fact may be missing: to accuse, write what is known (`stated_none(x)`, `x < y`); to excuse, `!(x >= y)`.
//!
//! **What is not described.** `expects` names facts that `where` reads and that a design should state. Where the condition
//! does not hold as it is, but would if those of them that are not described were `none`, the rule says `say_unstated`: as a
//! finding (never above warning) about what a critical flow needs in profile `production`, and about everything in `strict`;
//! else as a question. `todo` is always a question. What another notation has no words for is counted: "not judged:
//! backups". The primary label then says which facts are missing, by itself.
//!
//! **Severity**: `{default: warning, when: [{if: component.replicas > 5, is: error}], startup: advice, sketch: off}`. The
//! first `when` that holds decides; else the profile's entry; else `default`. `when` sees the facts as they are: one that is
//! not described is not `none` there. A finding that rests on the technology catalogue is never above warning and says so by
//! itself.
//!
//! **Sentences** (`say`, `say_unstated`, `ask`, `why`, `fix`, the texts of `mark`): `{component.ttl}` is replaced by what the
//! row says, with its unit; `{size(component.users)}` and other expressions work, too; `{{` and `}}` are braces. Names go
//! into backticks: "`{flows}`" becomes "`a`, `b` and `c`". `say` is one clause without a final period that names the subject;
//! `why` and `fix` are sentences; `fix` may lead to an indented block of YAML after an empty line.
//!
//! **Marks**: `- field: text`, where the field may be an expression of lists (`component.users.filter(u, u.consumes): …`).
//! The primary mark points at the fact, or, if it is not written, at what it is unsaid about. The others are left out where
//! nothing is written. Two marks of one place become one label.
//!
//! **Questions**: `ask: who owns `{component}` at night?` instead of `say` and `fix`. `premortem checklist` asks them, `check`
//! does not. `known` lists what the design says already, each a clause, or `{if: condition, say: clause}`; a clause that
//! names something unknown, or a list with nothing in it, is left out. `answer: [component.owner]` names the facts that answer the question: when all
//! of them are stated, or `none`, it is not asked any more. Accepting a question answers it, too: `accept: {the-id: …}`.
//!
//! **`fold: [other-rule]`** turns what the other rule finds on the same subject (and flow) into a note of this one.
//!
//! **Examples**: `bad` designs mark each line on which the rule must find something with `# here`, where the primary label
//! begins; in `good` ones it finds nothing. `profile: strict` and `notation: compose` say how they are reviewed; only the rule
//! itself runs. `cargo test rules` and `premortem rules test` run them all.

mod acceptance;
mod condition;
mod evaluation;
mod gate;
mod judge;
mod merge;
mod pack;
pub mod page;
mod path;
mod profile;
mod program;
mod rule;
mod sentence;
pub mod testing;

pub(crate) use acceptance::subjects;
pub use acceptance::{Listed, ListedUse};
pub use pack::{PackFile, Packs, Rule, schema};
pub use profile::{Level, Profile};
pub use program::Params;
pub use rule::{
    Example, Expected, Known as KnownClause, Mark, ParamRule, ParamValue, RuleFile, SeverityCase, SeverityRule,
};

use crate::analyse::{Analysis, LeftOut};
use crate::finding::{Finding, NotJudged, Question};
use crate::model::to_f64;
use crate::parse::{Comment, Spanned};
use crate::problem::{Problem, did_you_mean};
use crate::read::vocabulary::{Date, Short};
use crate::sources::Sources;
use acceptance::Acceptances;
use evaluation::Evaluation;
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
    /// Findings accepted outside of the design.
    pub accept: Vec<Listed>,
    /// Decides what has run out.
    pub today: Date,
    pub judges: Judges,
}

/// Which kind of rules run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Judges {
    /// Rules that find something, and questions selected by their id.
    #[default]
    Findings,
    Questions,
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
            accept: Vec::new(),
            today,
            judges: Judges::default(),
        }
    }
}

impl Settings {
    /// Names that name no rule and no pack, params and acceptances that cannot be.
    pub fn problems(&self, packs: &Packs) -> Vec<Problem> {
        Gate::new(self, packs, Profile::default()).problems()
    }

    /// Whether a shipped question that was not read is needed: to ask it, or to know its params.
    pub fn need_questions(&self, packs: &Packs) -> bool {
        let mut named = self.select.iter().chain(self.params.keys());
        let asks = self.judges == Judges::Questions && !packs.unread().is_empty();
        asks || named.any(|name| packs.unread().contains(&name.value.as_str()))
    }

    /// The severity of each rule where none of its own cases decides, in the order of the packs.
    pub fn levels<'p>(&self, packs: &'p Packs, profile: Profile) -> Vec<(&'p Rule, Level)> {
        let gate = Gate::new(self, packs, profile);
        packs.rules().iter().map(|rule| (rule, gate.level(rule))).collect()
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
    /// The rules that could have found something, those of the engine included.
    pub ran: BTreeSet<String>,
    /// What became of each of [`Settings::accept`].
    pub listed: Vec<ListedUse>,
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
    let evaluation = Evaluation { analysis, packs, settings, sources, profile, gate: &gate };
    let known = Known(packs);
    let collect = || Acceptances::collect(analysis, sources, comments, &settings.accept, &known, &settings.today);
    let (mut evaluated, (mut acceptances, problems)) = rayon::join(|| evaluation.run(&enabled), collect);
    judged.problems.extend(problems);
    let mut broken = BTreeSet::new();
    for evaluated in &mut evaluated {
        judged.problems.append(&mut evaluated.problems);
        broken.extend(evaluated.broken.drain(..));
    }
    let ran: BTreeSet<&str> = enabled.iter().map(|rule| rule.id()).filter(|id| !broken.contains(id)).collect();
    judged.rules = ran.len();
    judged.ran = ran.iter().map(|id| (*id).to_owned()).chain(gate.own_rules().map(str::to_owned)).collect();
    let judgements = evaluated.into_iter().flat_map(|evaluated| evaluated.judgements);
    gate.pass(judgements, &ran, &mut acceptances, sources, &mut judged);
    judged.listed = acceptances.listed(analysis, &settings.accept, |id| ran.contains(id));
    judged.not_judged.extend(analysis.left_out().iter().map(in_part));
    judged
}

/// A name that is no rule's, as a mistake at its place.
pub(crate) fn unknown_rule(packs: &Packs, name: &Spanned<String>) -> Option<Problem> {
    let known = Known(packs);
    known.rule(&name.value).is_none().then(|| known.unknown(&name.value, name.span))
}

/// Whether somebody may live with what a rule finds. A rule that is not known here may be fine elsewhere.
pub(crate) fn is_acceptable(packs: &Packs, rule: &str) -> bool {
    Known(packs).rule(rule) != Some(false)
}

/// What is said about [`Settings::accept`] once the designs are judged: what ran out, and what accepts nothing. `uses` is
/// what became of each in all designs together; `is_whole` says that no design it is for was left out.
pub fn settle(settings: &Settings, packs: &Packs, uses: &[ListedUse], is_whole: bool) -> Vec<Finding> {
    let gate = Gate::new(settings, packs, Profile::default());
    let leftovers = acceptance::leftovers(&settings.accept, uses, &settings.today, is_whole);
    gate.about_acceptances(leftovers).collect()
}

/// What was broken off because all of it would take too long.
pub(crate) fn in_part(left_out: &LeftOut) -> NotJudged {
    let count = |count: usize| Short(to_f64(count.try_into().unwrap_or(u64::MAX)));
    let LeftOut { what, looked_at, of, cases } = *left_out;
    let why = format!("only {} of {} {cases} were looked at, to stay fast", count(looked_at), count(of));
    NotJudged { what: what.to_owned(), why }
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
