//! Rules put to the rows of their relations.

use super::gate::Gate;
use super::judge::{self, Judgement};
use super::merge::merge;
use super::program::{self, Program};
use super::{Level, Packs, Profile, Rule, Settings};
use crate::analyse::Analysis;
use crate::analyse::relation::{Relation, Row};
use crate::analyse::relations::{self, RELATIONS};
use crate::problem::Problem;
use crate::sources::Sources;
use rayon::prelude::*;

const ROWS_AT_A_TIME: usize = 256;

/// What rules are judged by, relation by relation on all cores.
pub(crate) struct Evaluation<'b, 'p> {
    pub(crate) analysis: &'b Analysis,
    pub(crate) packs: &'p Packs,
    pub(crate) settings: &'b Settings,
    pub(crate) sources: &'b Sources,
    pub(crate) profile: Profile,
    pub(crate) gate: &'b Gate<'b>,
}

/// What the rules of one relation say, in the order of the rules.
pub(crate) struct Evaluated<'p> {
    pub(crate) judgements: Vec<(&'p Rule, Vec<Judgement>)>,
    /// Mistakes in the rules.
    pub(crate) problems: Vec<Problem>,
    /// Users' rules that cannot run.
    pub(crate) broken: Vec<&'p str>,
}

impl<'p> Evaluation<'_, 'p> {
    /// In the order of the relations, and last the rules of relations that there are not.
    pub(crate) fn run(&self, enabled: &[&'p Rule]) -> Vec<Evaluated<'p>> {
        let of = |name: &str| -> Vec<&Rule> {
            enabled.iter().copied().filter(|rule| rule.definition.each.value == name).collect()
        };
        let relations: Vec<(&Relation, Vec<&Rule>)> = RELATIONS
            .iter()
            .map(|relation| (relation, of(relation.name)))
            .filter(|(_, rules)| !rules.is_empty())
            .collect();
        let is_lost = |rule: &&Rule| relations::find(&rule.definition.each.value).is_none();
        let lost: Vec<&Rule> = enabled.iter().copied().filter(is_lost).collect();
        // One at a time: some take a hundred times as long as others.
        let evaluated =
            relations.into_par_iter().with_max_len(1).map(|(relation, rules)| self.of_relation(relation, rules));
        let mut evaluated: Vec<Evaluated<'_>> = evaluated.collect();
        evaluated.push(self.compile(&lost).1);
        evaluated
    }

    fn of_relation(&self, relation: &Relation, rules: Vec<&'p Rule>) -> Evaluated<'p> {
        let rows = (relation.rows)(self.analysis);
        // A shipped rule without rows has nothing to say; a user's is compiled for what may be wrong with it.
        let is_needed =
            |rule: &&Rule| !rows.is_empty() || !rule.shipped || self.settings.params.contains_key(rule.id());
        let needed: Vec<&Rule> = rules.into_iter().filter(is_needed).collect();
        let (programs, mut evaluated) = self.compile(&needed);
        let today = self.settings.today.days();
        let levels: Vec<Level> = programs.iter().map(|program| self.gate.level(program.rule)).collect();
        let judge = |rows: &[Row<'_>]| -> Vec<Vec<Judgement>> {
            let programs = programs.iter().zip(&levels);
            let of = |(program, level): (&Program<'p>, &Level)| {
                judge::judge(program, self.analysis, rows, self.profile, *level, today)
            };
            programs.map(of).collect()
        };
        // By some rows at a time, because what one rule has read of them is near when the next one asks.
        let parts: Vec<Vec<Vec<Judgement>>> = rows.par_chunks(ROWS_AT_A_TIME).map(judge).collect();
        let mut by_rule: Vec<Vec<Judgement>> = programs.iter().map(|_| Vec::new()).collect();
        for part in parts {
            by_rule.iter_mut().zip(part).for_each(|(all, mut some)| all.append(&mut some));
        }
        let merged = programs.par_iter().zip(by_rule).map(|(program, judgements)| (program.rule, merge(judgements)));
        evaluated.judgements = merged.collect();
        evaluated
    }

    fn compile(&self, rules: &[&'p Rule]) -> (Vec<Program<'p>>, Evaluated<'p>) {
        let (programs, problems) =
            program::compile_all(rules, self.packs, &self.settings.params, self.profile, self.sources);
        let runs = |rule: &Rule| programs.iter().any(|program| program.rule.id() == rule.id());
        let broken = rules.iter().filter(|rule| !rule.shipped && !runs(rule)).map(|rule| rule.id()).collect();
        (programs, Evaluated { judgements: Vec::new(), problems, broken })
    }
}
