mod acceptance;

use super::gate::Known;
use super::testing::opened;
use super::{Judged, Judges, Level, Listed, Packs, ParamValue, Profile, Rule, Settings, check, settle};
use crate::finding::{Certainty, Finding, Severity};
use crate::parse::{Limits, Spanned, parse};
use crate::problem::Problem;
use crate::read::Notation;
use crate::read::vocabulary::Date;
use crate::sources::{Sources, Span};
use std::collections::BTreeSet;

/// A rule over dependencies.
const CALL: &str = "
id: slow-call
severity: warning
each: dependency
where: dependency.timeout > duration('1s')
say: \"`{dependency.source}` waits {dependency.timeout} for `{dependency.target}`\"
mark: [{dependency.timeout: 'up to {dependency.timeout}'}]
why: Users leave.
fix: Wait less.
examples: [{bad: x}]
";

/// A rule over components that expects a backup.
const BACKUP: &str = "
id: no-backup
severity: {default: error, when: [{if: component.replicas > 5, is: advice}], startup: advice}
each: component
where: component.kind == 'database' && stated_none(component.backup)
expects: [{fact: component.backup, noun: backups}]
say: \"`{component}` has no backup\"
say_unstated: \"nothing says how `{component}` is backed up\"
mark:
  - component.backup: none
  - component.users: writes to it
why: Data is lost.
fix: Add one.
examples: [{bad: x}]
";

fn packs(rules: &[&str], sources: &mut Sources) -> Packs {
    let (packs, problems) = packs_with_problems(rules, sources);
    assert_eq!(problems, []);
    packs
}

fn packs_with_problems(rules: &[&str], sources: &mut Sources) -> (Packs, Vec<Problem>) {
    let mut files = vec![("ours/pack.yaml".to_owned(), b"name: ours\nsummary: Ours.\n".as_slice())];
    files.extend(rules.iter().enumerate().map(|(at, rule)| (format!("ours/{at}.yaml"), rule.as_bytes())));
    let (mut packs, mut problems) = (Packs::default(), Vec::new());
    packs.add(sources, &files, &mut problems);
    (packs, problems)
}

struct Reviewed {
    sources: Sources,
    judged: Judged,
}

impl Reviewed {
    fn text(&self, span: Span) -> &str {
        self.sources.text(span)
    }

    fn problems(&self) -> Vec<(String, String)> {
        let shown = |problem: &Problem| (problem.message.clone(), self.text(problem.primary()).to_owned());
        self.judged.problems.iter().map(shown).collect()
    }

    fn messages(&self) -> Vec<&str> {
        self.judged.findings.iter().map(|finding| finding.message.as_str()).collect()
    }

    fn only(&self) -> &Finding {
        assert_eq!(self.judged.findings.len(), 1, "{:?}", self.messages());
        &self.judged.findings[0]
    }
}

fn settings() -> Settings {
    Settings::new(Date::parse("2026-06-01").unwrap())
}

fn review_as(notation: Notation, design: &str, rules: &[&str], settings: &Settings) -> Reviewed {
    let (mut sources, problems, analysis) = opened(design, notation);
    assert_eq!(problems, []);
    let comments = parse(&mut Sources::default(), "d", design.as_bytes(), &Limits::default()).tree.comments().to_vec();
    let packs = packs(rules, &mut sources);
    let judged = check(&analysis.unwrap(), &packs, settings, &sources, &comments);
    Reviewed { sources, judged }
}

fn review(design: &str, rules: &[&str], settings: &Settings) -> Reviewed {
    review_as(Notation::Native, design, rules, settings)
}

fn name(text: &str) -> Spanned<String> {
    Spanned::new(text.to_owned(), Span::new(0, 1))
}

/// `api` needs `pg`, whose backup is as given; `critical` says whether a critical flow needs them.
fn design(backup: &str, critical: bool) -> String {
    let flow =
        if critical { "buy: {path: [api, pg], critical: true}" } else { "other: {path: [idle], critical: true}" };
    format!(
        "components:\n  api: {{uses: {{pg: {{timeout: 1s}}}}}}\n  idle: {{}}\n  pg: {{kind: database{backup}}}\nflows: {{{flow}}}\n"
    )
}

#[test]
fn what_is_not_described_depends_on_profile_and_criticality() {
    use Certainty::{Declared, Undescribed};
    // (backup, critical, profile) -> finding, question
    let finding = |certainty, severity| (Some((certainty, severity)), false);
    let question = (None, true);
    let nothing = (None, false);
    let cases = [
        (", backup: none", true, Profile::Production, finding(Declared, Severity::Error)),
        (", backup: none", false, Profile::Sketch, finding(Declared, Severity::Error)),
        (", backup: none", true, Profile::Startup, finding(Declared, Severity::Advice)),
        (", backup: none, replicas: 7", true, Profile::Startup, finding(Declared, Severity::Advice)),
        (", backup: none, replicas: 7", true, Profile::Strict, finding(Declared, Severity::Advice)),
        ("", true, Profile::Production, finding(Undescribed, Severity::Warning)),
        ("", true, Profile::Strict, finding(Undescribed, Severity::Warning)),
        ("", false, Profile::Strict, finding(Undescribed, Severity::Warning)),
        ("", false, Profile::Production, question),
        ("", true, Profile::Sketch, question),
        ("", true, Profile::Startup, question),
        (", backup: todo", true, Profile::Production, question),
        (", backup: todo", true, Profile::Strict, question),
        (", backup: 1d", true, Profile::Strict, nothing),
    ];
    for (backup, critical, profile, (finding, asked)) in cases {
        let mut settings = settings();
        settings.profile = Some(profile);
        let reviewed = review(&design(backup, critical), &[BACKUP], &settings);
        let found = reviewed.judged.findings.first().map(|finding| (finding.certainty, finding.severity));
        let case = format!("backup `{backup}`, critical {critical}, {profile:?}");
        assert_eq!(found, finding, "{case}");
        assert_eq!(!reviewed.judged.questions.is_empty(), asked, "{case}");
        assert_eq!(reviewed.judged.not_judged, [], "{case}");
    }
}

#[test]
fn words_and_labels_fit_what_is_known() {
    let stated = review(&design(", backup: none", true), &[BACKUP], &settings());
    let finding = stated.only();
    assert_eq!(finding.message, "`pg` has no backup");
    let labels: Vec<_> = finding.labels.iter().map(|label| (stated.text(label.span), &*label.text)).collect();
    assert_eq!(labels, [("none", "none"), ("pg", "writes to it")]);
    let unstated = review(&design("", true), &[BACKUP], &settings());
    let finding = unstated.only();
    assert_eq!(finding.message, "nothing says how `pg` is backed up");
    let labels: Vec<_> = finding.labels.iter().map(|label| (unstated.text(label.span), &*label.text)).collect();
    assert_eq!(labels, [("pg", "`backup` not described"), ("pg", "writes to it")]);
    let open = review(&design(", backup: todo", true), &[BACKUP], &settings());
    assert_eq!(&*open.judged.questions[0].labels[0].text, "`backup` still open");
}

#[test]
fn what_a_notation_cannot_say_is_counted() {
    let compose = "services:\n  api: {image: example/api, depends_on: [pg]}\n  pg: {image: 'postgres:16'}\n  my: {image: 'mysql:8'}\n";
    for profile in Profile::ALL {
        let mut settings = settings();
        settings.profile = Some(profile);
        let reviewed = review_as(Notation::Compose, compose, &[BACKUP], &settings);
        assert_eq!(reviewed.messages(), Vec::<&str>::new());
        assert_eq!(reviewed.judged.questions, []);
        let counted: Vec<_> =
            reviewed.judged.not_judged.iter().map(|one| (one.what.as_str(), one.why.as_str())).collect();
        assert_eq!(counted, [("backups", "the Compose file does not say (2 components)")], "{profile:?}");
    }
}

#[test]
fn inferred_values_soften_a_finding_and_are_named() {
    let rule = "
id: few-connections
severity: error
each: component
where: component.max_connections < 1000
say: \"`{component}` accepts {component.max_connections} connections\"
mark: [{component.max_connections: few}]
why: It is not enough.
fix: Raise it.
examples: [{bad: x}]
";
    let inferred = review("components: {pg: {tech: postgresql}}\n", &[rule], &settings());
    let finding = inferred.only();
    assert_eq!((finding.severity, finding.certainty), (Severity::Warning, Certainty::Inferred));
    assert_eq!(finding.message, "`pg` accepts 100 connections");
    assert_eq!(finding.notes.len(), 1);
    assert!(finding.notes[0].ends_with("; declare `max_connections` to be exact"), "{:?}", finding.notes);
    assert_eq!(inferred.text(finding.primary()), "pg");
    let declared = review("components: {pg: {tech: postgresql, max_connections: 100}}\n", &[rule], &settings());
    assert_eq!((declared.only().severity, declared.only().certainty), (Severity::Error, Certainty::Declared));
    assert_eq!(declared.text(declared.only().primary()), "100");
}

#[test]
fn folded_findings_become_notes_of_the_one_that_folds() {
    let outer = CALL
        .replace("id: slow-call", "id: very-slow-call\nfold: [slow-call]")
        .replace("'1s'", "'8s'")
        .replace("waits", "sleeps");
    let design = "components:\n  api: {uses: {pg: {timeout: 5s}, db: {timeout: 9s}}}\n  pg: {}\n  db: {}\n";
    let reviewed = review(design, &[CALL, &outer], &settings());
    assert_eq!(reviewed.messages(), ["`api` waits 5 s for `pg`", "`api` sleeps 9 s for `db`"]);
    assert_eq!(reviewed.judged.findings[1].notes, ["also: `api` waits 9 s for `db` (slow-call)"]);
    // What is accepted folds nothing: the other weakness is still there.
    let accepted = design.replace("timeout: 9s", "timeout: 9s, accept: {very-slow-call: ok}");
    assert_eq!(
        review(&accepted, &[CALL, &outer], &settings()).messages(),
        ["`api` waits 5 s for `pg`", "`api` waits 9 s for `db`"]
    );
    // Rules that fold each other fold nothing.
    let inner = CALL.replace("id: slow-call", "id: slow-call\nfold: [very-slow-call]");
    assert_eq!(review(design, &[&inner, &outer], &settings()).messages().len(), 3);
}

#[test]
fn one_rule_says_one_thing_about_one_subject() {
    let rule = CALL.replace("each: dependency", "each: component").replace(
        "where: dependency.timeout > duration('1s')\nsay: \"`{dependency.source}` waits {dependency.timeout} for `{dependency.target}`\"\nmark: [{dependency.timeout: 'up to {dependency.timeout}'}]",
        "where: component.uses.exists(u, u.timeout > duration('1s'))\nsay: \"`{component}` waits for `{component.uses.filter(u, u.timeout > duration('1s')).map(u, u.target)}`\"\nmark: [{component.uses: 'up to {item.timeout} for `{item.target}`'}, {component: slow}]",
    );
    let design = "components:\n  api: {uses: {a: {timeout: 5s}, b: {timeout: 9s}, c: {timeout: 3s}, d: {timeout: 3s}, e: {timeout: 3s}, f: {timeout: 3s}, g: {timeout: 3s}}}\n  a: {}\n  b: {}\n  c: {}\n  d: {}\n  e: {}\n  f: {}\n  g: {}\n";
    let reviewed = review(design, &[&rule], &settings());
    let finding = reviewed.only();
    assert_eq!(finding.message, "`api` waits for `a`, `b`, `c`, `d`, `e` and 2 more");
    assert_eq!(finding.labels.len(), 8);
    assert_eq!(&*finding.labels[1].text, "up to 9 s for `b`");
    assert_eq!(reviewed.text(finding.labels[7].span), "api");
}

#[test]
fn settings_select_ignore_and_grade() {
    let design = "components:\n  api: {uses: {pg: {timeout: 5s}}}\n  pg: {kind: database, backup: none}\n";
    let run = |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings();
        change(&mut settings);
        let reviewed = review(design, &[BACKUP, CALL], &settings);
        let found: Vec<_> = reviewed.judged.findings.iter().map(|f| (f.rule.clone(), f.severity)).collect();
        (found, reviewed.judged.rules, reviewed.judged.problems)
    };
    let both = [("slow-call".to_owned(), Severity::Warning), ("no-backup".to_owned(), Severity::Error)];
    assert_eq!(run(&|_| {}), (both.to_vec(), 2, vec![]));
    assert_eq!(run(&|s| s.select = vec![name("ours")]).0, both);
    assert_eq!(run(&|s| s.select = vec![name("ALL")]).0, both);
    assert_eq!(run(&|s| s.select = vec![name("slow-call")]), (both[..1].to_vec(), 1, vec![]));
    assert_eq!(run(&|s| s.ignore = vec![name("slow-call")]), (both[1..].to_vec(), 1, vec![]));
    assert_eq!(run(&|s| s.ignore = vec![name("ours")]).0, []);
    assert_eq!(
        run(&|s| {
            s.ignore = vec![name("ours")];
            s.select = vec![name("no-backup")];
        })
        .0,
        both[1..]
    );
    assert_eq!(run(&|s| s.severities = vec![(name("slow-call"), Level::Off)]).0, both[1..]);
    let graded = run(&|s| s.severities = vec![(name("no-backup"), Level::Advice)]).0;
    assert_eq!(graded[1].1, Severity::Advice);
    for wrong in [
        &(|s: &mut Settings| s.select = vec![name("slow-cal")]) as &dyn Fn(&mut Settings),
        &|s| s.ignore = vec![name("slow-cal")],
        &|s| s.severities = vec![(name("slow-cal"), Level::Off)],
        &|s| {
            s.params
                .insert(name("slow-cal"), [(name("x"), Spanned::new(ParamValue::Number(1.0), Span::new(0, 1)))].into());
        },
    ] {
        let problems = run(wrong).2;
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].message, "there is no rule `slow-cal`");
        assert_eq!(problems[0].help.as_deref(), Some("Did you mean `slow-call`?"));
    }
}

#[test]
fn thresholds_can_be_changed_but_not_their_type() {
    let rule = CALL
        .replace("duration('1s')", "params.most")
        .replace("why:", "params: {most: {is: 1s, because: users leave}}\nwhy:");
    let design = "components:\n  api: {uses: {pg: {timeout: 5s}}}\n  pg: {}\n";
    let run = |param: &str, value: ParamValue| {
        let mut settings = settings();
        let value = Spanned::new(value, Span::new(0, 1));
        settings.params.insert(name("slow-call"), [(name(param), value)].into());
        review(design, &[&rule], &settings)
    };
    assert_eq!(review(design, &[&rule], &settings()).messages().len(), 1);
    assert_eq!(run("most", ParamValue::Text("10s".to_owned())).messages().len(), 0);
    assert_eq!(run("most", ParamValue::Number(10.0)).judged.problems[0].message, "`most` of `slow-call` is a duration");
    let unknown = run("mots", ParamValue::Number(10.0));
    assert_eq!(unknown.judged.problems[0].help.as_deref(), Some("Did you mean `most`?"));
}

#[test]
fn a_profile_may_have_a_threshold_of_its_own() {
    let design = "components:\n  api: {uses: {pg: {timeout: 5s}}}\n  pg: {}\n";
    let rule = |strict: &str| {
        let params = format!("params: {{most: {{is: 10s, strict: {strict}, because: users leave}}}}\nwhy:");
        CALL.replace("duration('1s')", "params.most").replace("why:", &params)
    };
    let strict = Settings { profile: Some(Profile::Strict), ..settings() };
    assert_eq!(review(design, &[&rule("1s")], &settings()).messages().len(), 0);
    assert_eq!(review(design, &[&rule("1s")], &strict).messages().len(), 1);
    // What the user says goes before both.
    let value = Spanned::new(ParamValue::Text("20s".to_owned()), Span::new(0, 1));
    let params = [(name("slow-call"), [(name("most"), value)].into())].into();
    assert_eq!(review(design, &[&rule("1s")], &Settings { params, ..strict.clone() }).messages().len(), 0);
    let wrong = &review(design, &[&rule("80%")], &strict).judged.problems;
    assert_eq!((wrong[0].code, wrong[0].message.as_str()), ("bad-rule", "`most` of `slow-call` is a duration"));
}

#[test]
fn the_design_names_its_profile() {
    let design = format!("profile: sketch\n{}", design("", true));
    let reviewed = review(&design, &[BACKUP], &settings());
    assert_eq!((reviewed.judged.findings.len(), reviewed.judged.questions.len()), (0, 1));
    let (sources, _, analysis) = opened(&format!("profile: skech\n{}", self::design("", true)), Notation::Native);
    let judged = check(&analysis.unwrap(), &Packs::default(), &settings(), &sources, &[]);
    assert_eq!(judged.problems[0].message, "there is no profile `skech`");
    assert_eq!(sources.text(judged.problems[0].primary()), "skech");
}

#[test]
fn bad_rules_are_problems_in_their_file() {
    let cases = [
        (CALL.replace("severity: warning", "severity: fatal"), "fatal"),
        (CALL.replace("each: dependency", "each: dependancy"), "dependancy"),
        (CALL.replace("why:", "wy:"), "wy"),
        (CALL.replace("dependency.timeout >", "dependency.timeot >"), "timeot"),
        (CALL.replace("where: dependency.timeout >", "where: >-\n  true &&\n  dependency.timeot\n  >"), "timeot"),
        (
            CALL.replace("where: dependency.timeout > duration('1s')", "where: 'dependency.timeot > duration(\"1s\")'"),
            "timeot",
        ),
        (CALL.replace("waits {dependency.timeout}", "waits {dependency.timeot}"), "timeot"),
        (CALL.replace("waits {dependency.timeout}", "waits {dependency.retries}"), "dependency.retries"),
        (CALL.replace("fix: Wait less.", "fix: 'Wait `uses: {pg: {timeout: 1s}}`.'"), "pg: {timeout: 1s"),
        (CALL.replace("mark: [{dependency.timeout", "mark: [{dependency.timeot"), "timeot"),
        (CALL.replace("why:", "expects: [dependency.retries]\nsay_unstated: x\nwhy:"), "dependency.retries"),
        (CALL.replace("why:", "expects: [dependency.timeout]\nwhy:"), "slow-call"),
        (CALL.replace("fix: Wait less.\n", ""), "slow-call"),
        (CALL.replace("why:", "ask: why?\nwhy:"), "slow-call"),
    ];
    for (rule, covered) in cases {
        let (mut sources, _, analysis) = opened("components: {a: {}}\n", Notation::Native);
        let (packs, mut problems) = packs_with_problems(&[&rule], &mut sources);
        let judged = check(&analysis.unwrap(), &packs, &settings(), &sources, &[]);
        problems.extend(judged.problems);
        assert_eq!(problems.len(), 1, "{rule}: {problems:?}");
        assert_eq!(sources.text(problems[0].primary()), covered, "{rule}: {problems:?}");
        assert!(judged.findings.is_empty());
    }
}

#[test]
fn a_rule_is_defined_once() {
    let mut sources = Sources::default();
    let (packs, problems) = packs_with_problems(&[CALL, CALL], &mut sources);
    assert_eq!(packs.rules().len(), 1);
    assert_eq!(problems[0].message, "there is already a rule `slow-call`");
    let (mut shipped, mut problems) = (Packs::shipped(), Vec::new());
    let rule = CALL.replace("slow-call", "store-without-backup");
    let files = [
        ("ours/pack.yaml".to_owned(), b"name: ours\nsummary: Ours.\n".as_slice()),
        ("ours/a.yaml".to_owned(), rule.as_bytes()),
    ];
    shipped.add(&mut sources, &files, &mut problems);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].labels.len(), 1, "the shipped file is no file of the user's");
}

#[test]
fn questions_can_be_read_later() {
    let (all, mut packs) = (Packs::shipped(), Packs::shipped_without_questions());
    let ids = |packs: &Packs, asks: bool| -> BTreeSet<String> {
        let rules = packs.rules().iter().filter(|rule| rule.definition.ask.is_some() == asks);
        rules.map(|rule| rule.id().to_owned()).collect()
    };
    let names = |packs: &Packs| packs.packs().iter().map(|pack| pack.name.value.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&packs, true), BTreeSet::new());
    assert_eq!(ids(&packs, false), ids(&all, false), "no other pack asks");
    let unread: BTreeSet<String> = packs.unread().iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(unread, ids(&all, true), "a file is called as its rule is");
    assert_eq!(names(&packs), names(&all), "the name of their pack may be in settings");
    let unlike = |rule: &&Rule| Known(&packs).rule(rule.id()) != Known(&all).rule(rule.id());
    assert_eq!(all.rules().iter().filter(unlike).map(Rule::id).collect::<Vec<_>>(), Vec::<&str>::new());

    let asking = Settings { judges: Judges::Questions, ..settings() };
    let (sources, _, analysis) = opened("components: {a: {kind: database}, b: {uses: [a]}}\n", Notation::Native);
    let analysis = analysis.unwrap();
    let expected = check(&analysis, &all, &asking, &sources, &[]).questions;
    assert!(asking.need_questions(&packs) && !settings().need_questions(&packs) && !expected.is_empty());
    for _ in 0..2 {
        packs.read_questions();
        assert_eq!(check(&analysis, &packs, &asking, &sources, &[]).questions, expected);
        assert_eq!((names(&packs), packs.rules().len()), (names(&all), all.rules().len()));
        assert!(!asking.need_questions(&packs));
    }
    let question = packs.rules().iter().find(|rule| rule.definition.ask.is_some()).unwrap();
    assert!(packs.sources_of(question, &sources).text(question.place).contains("\nask:"));
}

#[test]
fn questions_are_asked_most_important_first() {
    let ask = CALL
        .replace(
            "say: \"`{dependency.source}` waits {dependency.timeout} for `{dependency.target}`\"",
            "ask: must `{dependency.source}` wait {dependency.timeout}?",
        )
        .replace("fix: Wait less.\n", "");
    let design = "components:\n  idle: {uses: {pg: {timeout: 3s}}}\n  api: {uses: {pg: {timeout: 5s}}}\n  pg: {}\nflows: {buy: {path: [api, pg], critical: true}}\n";
    let asking = Settings { judges: Judges::Questions, ..settings() };
    assert_eq!(review(design, &[&ask], &settings()).judged.questions, [], "a check does not ask");
    let reviewed = review(design, &[&ask], &asking);
    assert_eq!(reviewed.messages(), Vec::<&str>::new());
    let asked: Vec<_> = reviewed.judged.questions.iter().map(|question| question.message.as_str()).collect();
    assert_eq!(asked, ["must `api` wait 5 s?", "must `idle` wait 3 s?"]);
    let accepted = review(&design.replace("api: {", "api: {accept: {slow-call: yes we must}, "), &[&ask], &asking);
    assert_eq!(accepted.judged.questions.len(), 1);
    assert_eq!(accepted.messages(), Vec::<&str>::new(), "an acceptance that answers a question is used");
}

#[test]
fn nothing_depends_on_the_order_of_rules() {
    let design = "components:\n  api: {uses: {pg: {timeout: 5s}}}\n  pg: {kind: database, backup: none}\n";
    let one = review(design, &[BACKUP, CALL], &settings()).judged.findings;
    assert_eq!(one, review(design, &[CALL, BACKUP], &settings()).judged.findings);
    for finding in one {
        assert!(!finding.labels.is_empty() && finding.labels.iter().all(|label| !label.text.is_empty()));
    }
}
