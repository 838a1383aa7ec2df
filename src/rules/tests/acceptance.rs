//! What designs, comments and settings accept.

use super::*;

#[test]
fn acceptance_needs_a_reason_and_a_match_and_can_run_out() {
    let accepted = |accept: &str| {
        let design = format!(
            "components:\n  pg:\n    kind: database\n    backup: none\n    accept: {accept}\n  api: {{uses: [pg]}}\n"
        );
        review(&design, &[BACKUP], &settings())
    };
    let plain = accepted("{no-backup: test data}");
    assert_eq!(plain.messages(), Vec::<&str>::new());
    assert_eq!(plain.judged.accepted[0].accepted.as_ref().unwrap().because, "test data");

    let until = accepted("{no-backup: {because: moving, until: 2026-06-01, by: sam}}");
    assert_eq!(until.messages(), Vec::<&str>::new(), "the last day counts");
    let accepted_by = until.judged.accepted[0].accepted.as_ref().unwrap();
    assert_eq!((accepted_by.by.as_deref(), &accepted_by.until), (Some("sam"), &Date::parse("2026-06-01")));
    assert_eq!(until.text(accepted_by.place), "no-backup");

    let expired = accepted("{no-backup: {because: moving, until: 2026-05-31}}");
    assert_eq!(expired.messages(), ["`pg` has no backup", "the acceptance of `no-backup` ran out on 2026-05-31"]);
    assert_eq!(expired.text(expired.judged.findings[1].primary()), "no-backup");
    assert_eq!(expired.judged.findings[1].severity, Severity::Warning);
    assert_eq!(&*expired.judged.findings[1].labels[0].text, "accepted until 2026-05-31");

    let unknown = accepted("{no-bakup: test data}");
    assert_eq!(unknown.messages(), ["`pg` has no backup"]);
    assert_eq!(unknown.problems(), [("there is no rule `no-bakup`".to_owned(), "no-bakup".to_owned())]);
    assert_eq!(unknown.judged.problems[0].help.as_deref(), Some("Did you mean `no-backup`?"));
}

#[test]
fn an_acceptance_that_accepts_nothing_is_a_finding_if_its_rule_ran() {
    let design = "components:\n  pg: {kind: database, backup: 1d, accept: {no-backup: test data}}\n";
    let unused = review(design, &[BACKUP], &settings());
    assert_eq!(unused.messages(), ["the acceptance of `no-backup` accepts nothing"]);
    assert_eq!(unused.only().fingerprint(), "unused-acceptance:component:pg");
    let mut settings = settings();
    settings.ignore = vec![name("no-backup")];
    assert_eq!(review(design, &[BACKUP], &settings).messages(), Vec::<&str>::new());
    settings.ignore = vec![name("unused-acceptance")];
    assert_eq!(review(design, &[BACKUP], &settings).messages(), Vec::<&str>::new());
}

#[test]
fn comments_accept_on_their_line_or_the_next() {
    let with = |trailing: &str, above: &str| {
        let design = format!("components:\n  pg:\n    kind: database\n{above}    backup: none{trailing}\n");
        review(&design, &[BACKUP], &settings())
    };
    for (trailing, above) in [
        ("  # premortem: ignore[no-backup] test data", ""),
        ("  # premortem: ignore[no-backup] test until=2026-06-01 by=@ann data", ""),
        ("", "    # premortem: ignore[no-backup] test data\n"),
        ("", "    # premortem: ignore[no-backup] test data\n    # and more words\n\n"),
    ] {
        let reviewed = with(trailing, above);
        let reasons: Vec<_> = reviewed
            .judged
            .accepted
            .iter()
            .map(|finding| finding.accepted.as_ref().unwrap().because.as_str())
            .collect();
        assert_eq!(reasons, ["test data"], "{trailing} {above}");
    }
    let expired = with("  # premortem: ignore[no-backup] until=2026-05-31 test", "");
    assert_eq!(expired.messages(), ["`pg` has no backup", "the acceptance of `no-backup` ran out on 2026-05-31"]);
    let no_date = with("  # premortem: ignore[no-backup] test until=tomorrow", "");
    assert_eq!(no_date.problems(), [("`tomorrow` is no date".to_owned(), "until=tomorrow".to_owned())]);
    let no_rule = with("  # premortem: ignore[ ] test", "");
    assert_eq!(no_rule.judged.problems[0].message, "this comment names no rule");
    let without_reason = with("  # premortem: ignore[no-backup]", "");
    assert_eq!(without_reason.messages(), ["`pg` has no backup"]);
    assert_eq!(
        without_reason.problems(),
        [("`no-backup` is accepted without a reason".to_owned(), "no-backup".to_owned())]
    );
    let unknown = with("  # premortem: ignored[no-backup] x", "");
    assert_eq!(unknown.judged.problems[0].message, "this comment says nothing premortem knows");
    let elsewhere = review(
        "# premortem: ignore[no-backup] x\ncomponents:\n  pg:\n    kind: database\n    backup: none\n",
        &[BACKUP],
        &settings(),
    );
    assert_eq!(elsewhere.messages(), ["the acceptance of `no-backup` accepts nothing", "`pg` has no backup"]);
}

#[test]
fn a_comment_where_something_is_named_is_about_all_of_it() {
    for design in [
        "components:\n  pg: # premortem: ignore[no-backup] test data\n    kind: database\n    backup: none\n",
        "components:\n  # premortem: ignore[no-backup] test data\n  pg:\n    kind: database\n    backup: none\n",
    ] {
        let reviewed = review(design, &[BACKUP], &settings());
        assert_eq!((reviewed.messages(), reviewed.judged.accepted.len()), (vec![], 1), "{design}");
    }
    // Not about what stands below it.
    let design = "components: # premortem: ignore[no-backup] test data\n  pg:\n    kind: database\n    backup: none\n";
    assert_eq!(review(design, &[BACKUP], &settings()).judged.accepted.len(), 0);
}

#[test]
fn a_new_component_with_an_accepted_weakness_is_a_finding() {
    let design = "components:\n  pg: {kind: database, backup: none, accept: {no-backup: test data}}\n  new: {kind: database, backup: none}\n";
    assert_eq!(review(design, &[BACKUP], &settings()).messages(), ["`new` has no backup"]);
}

#[test]
fn what_is_said_about_acceptances_and_what_a_rule_forbids_is_not_accepted() {
    let strict = BACKUP.replace("each:", "suppressible: false\neach:");
    let design =
        "components:\n  pg: {kind: database, backup: none, accept: {no-backup: test data, unused-acceptance: x}}\n";
    let reviewed = review(design, &[&strict], &settings());
    assert_eq!(reviewed.messages(), ["`pg` has no backup"]);
    let problems = [
        ("`no-backup` cannot be accepted".to_owned(), "no-backup".to_owned()),
        ("`unused-acceptance` cannot be accepted".to_owned(), "unused-acceptance".to_owned()),
    ];
    assert_eq!(reviewed.problems(), problems);
}

#[test]
fn the_settings_accept_by_rule_and_subject() {
    let listed = |rule: &str, subject: &str, until: Option<&str>| Listed {
        rule: name(rule),
        subject: name(subject),
        because: "vendored".to_owned(),
        until: until.and_then(Date::parse),
        by: None,
    };
    let mut settings = settings();
    settings.accept = vec![
        listed("slow-call", "api->pg", None),
        listed("slow-call", "api->dbb", None),
        listed("slow-call", "api", None),
        listed("slow-call", "api->mq", Some("2026-05-31")),
        listed("no-such-rule", "api", None),
    ];
    let design = "components:\n  api: {uses: {pg: {timeout: 5s}, db: {timeout: 9s}, mq: {timeout: 7s}}}\n  pg: {}\n  db: {}\n  mq: {}\n";
    let reviewed = review(design, &[CALL], &settings);
    assert_eq!(reviewed.messages(), ["`api` waits 9 s for `db`", "`api` waits 7 s for `mq`"]);
    let mut sources = Sources::default();
    let packs = packs(&[CALL], &mut sources);
    let about = |whole| -> Vec<(String, String)> {
        let found = settle(&settings, &packs, &reviewed.judged.listed, whole);
        found.into_iter().map(|finding| (finding.message, finding.labels[0].text.to_string())).collect()
    };
    let pair = |message: &str, label: &str| (message.to_owned(), label.to_owned());
    let rest = [
        pair("the acceptance of `slow-call` for `api` accepts nothing", "nothing finds `slow-call` in `api`"),
        pair("the acceptance of `slow-call` for `api->mq` ran out on 2026-05-31", "accepted until 2026-05-31"),
    ];
    assert_eq!(about(false), rest, "`api->dbb` may be in a design that was not reviewed");
    let missing = "the acceptance of `slow-call` for `api->dbb` accepts nothing";
    assert_eq!(about(true)[..2], rest);
    assert_eq!(about(true)[2], pair(missing, "there is no `api->dbb`; did you mean `api->db`?"));
}

#[test]
fn a_component_accepts_for_what_it_uses() {
    let design = "components:\n  api: {accept: {slow-call: batch}, uses: {pg: {timeout: 5s}, db: {timeout: 9s}}}\n  pg: {}\n  db: {}\n";
    let reviewed = review(design, &[CALL], &settings());
    assert_eq!(reviewed.messages(), Vec::<&str>::new());
    assert_eq!(reviewed.judged.accepted.len(), 2);
    let other = "components:\n  ap: {accept: {slow-call: batch}}\n  api: {uses: {pg: {timeout: 5s}}}\n  pg: {}\n";
    let reviewed = review(other, &[CALL], &settings());
    assert_eq!(reviewed.messages(), ["the acceptance of `slow-call` accepts nothing", "`api` waits 5 s for `pg`"]);
}
