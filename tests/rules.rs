//! The shipped rules: every example holds, and what each rule says about its first bad example is a snapshot to be read.
//!
//! `INSTA_UPDATE=always cargo test --test rules` writes snapshots anew.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

use premortem::checklist::ask;
use premortem::discover::{InMemory, Project};
use premortem::parse::{Limits, Spanned};
use premortem::read::Notation;
use premortem::read::vocabulary::Date;
use premortem::report::checklist::page;
use premortem::report::{Format, Style, write};
use premortem::review::{Review, judge, open};
use premortem::rules::testing::{Ran, run_examples};
use premortem::rules::{Packs, Profile, Rule, Settings};
use std::path::PathBuf;

fn file_name(notation: Notation) -> PathBuf {
    PathBuf::from(if notation == Notation::Compose { "compose.yaml" } else { "example.arch.yaml" })
}

fn read(text: &str, notation: Notation) -> Ran {
    let name = file_name(notation);
    let files = InMemory([(name.clone(), text.as_bytes().to_vec())].into());
    let mut review = Review::default();
    let project = Project::named(name);
    let opened = open(&project, &files, &Limits::default(), &mut review.sources, &mut review.problems);
    (review.sources, review.problems, opened.analysis)
}

/// The page that asks the first bad example a question.
fn questions(rule: &Rule, packs: &Packs) -> String {
    let text = rule.examples().into_iter().find_map(|example| example.bad).unwrap().value;
    let name = file_name(Notation::Native);
    let files = InMemory([(name.clone(), text.into_bytes())].into());
    let mut review = Review::default();
    let opened = open(&Project::named(name), &files, &Limits::default(), &mut review.sources, &mut review.problems);
    let mut settings = Settings::new(Date::parse("2026-06-01").unwrap());
    settings.select = vec![Spanned::new(rule.id().to_owned(), rule.place)];
    let asked = ask(&opened, packs, &settings, &review.sources).0.into_iter().collect::<Vec<_>>();
    page(&asked, usize::MAX, &review.sources)
}

/// The first bad example, reviewed by its rule alone.
fn review(rule: &Rule, packs: &Packs) -> Review {
    let example = rule.examples().into_iter().find(|example| example.bad.is_some()).unwrap();
    let compose = example.notation.is_some_and(|notation| notation.value == "compose");
    let name = file_name(if compose { Notation::Compose } else { Notation::Native });
    let text = example.bad.unwrap().value;
    let files = InMemory([(name.clone(), text.into_bytes())].into());
    let mut review = Review::default();
    let project = Project::named(name);
    let opened = open(&project, &files, &Limits::default(), &mut review.sources, &mut review.problems);
    let mut settings = Settings::new(Date::parse("2026-06-01").unwrap());
    let declared = opened.analysis.as_ref().is_some_and(|analysis| analysis.design.facts.profile.value().is_some());
    settings.profile = example.profile.or((!declared).then_some(Profile::Production));
    settings.select = vec![Spanned::new(rule.id().to_owned(), rule.place)];
    judge(opened, packs, &settings, &mut review);
    review
}

#[test]
fn every_example_of_every_rule_holds() {
    let packs = Packs::shipped();
    let results = run_examples(&packs, &read);
    let failed: Vec<String> = results
        .iter()
        .filter(|result| !result.failures.is_empty())
        .map(|result| format!("{}, example {}: {}", result.rule, result.number, result.failures.join("; ")))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    for rule in packs.rules() {
        for bad in [true, false] {
            let shown = results.iter().any(|result| result.rule == rule.id() && result.bad == bad);
            assert!(shown, "{} has no {} example", rule.id(), if bad { "bad" } else { "good" });
        }
    }
}

#[test]
fn what_every_rule_says() {
    let packs = Packs::shipped();
    let full = Format::named("full").unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    for rule in packs.rules() {
        let said = if rule.definition.ask.is_some() {
            // What comes before is the same on every page.
            questions(rule, &packs).split_once("subject.\n\n").unwrap().1.to_owned()
        } else {
            let mut report = Vec::new();
            write(full, &review(rule, &packs), &Style::PLAIN, &mut report).unwrap();
            String::from_utf8(report).unwrap()
        };
        insta::assert_snapshot!(format!("rules__{}", rule.id()), said);
    }
}

#[test]
fn no_snapshot_outlives_its_rule() {
    let packs = Packs::shipped();
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "snapshots"].iter().collect();
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(id) = name.strip_prefix("rules__").and_then(|rest| rest.strip_suffix(".snap")) {
            assert!(packs.find(id).is_some(), "{name} is the snapshot of no rule");
        }
    }
}
