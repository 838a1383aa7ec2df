//! Designs too large to be looked at whole: what was left out is said.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../benches/layered/mod.rs"]
mod layered;

use layered::{Facts, layered};
use premortem::discover::{InMemory, Project};
use premortem::parse::Limits;
use premortem::read::vocabulary::Date;
use premortem::review::{Review, judge, open};
use premortem::rules::{Packs, Settings};
use std::path::PathBuf;

fn review(components: usize, facts: Facts) -> Review {
    let name = PathBuf::from("large.arch.yaml");
    let files = InMemory([(name.clone(), layered(components, facts).into_bytes())].into());
    let mut review = Review::default();
    let project = Project::named(name);
    let opened = open(&project, &files, &Limits::default(), &mut review.sources, &mut review.problems);
    judge(opened, &Packs::shipped(), &Settings::new(Date::parse("2026-06-01").unwrap()), &mut review);
    review
}

#[test]
fn what_is_broken_off_is_said() {
    for facts in [Facts::Plain, Facts::Numbers] {
        let review = review(1000, facts);
        assert_eq!(review.problems, []);
        let said = review.not_judged.iter().find(|part| part.what == "what open facts are worth").unwrap();
        assert!(said.why.starts_with("only ") && said.why.ends_with(" were looked at, to stay fast"), "{}", said.why);
        assert!(said.why.contains(" of 300"), "of three events per component: {}", said.why);
    }
}
