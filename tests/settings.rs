//! `premortem.yaml`: which one holds, what it sets, what goes before it, and what is said about a bad one.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod command;

use command::{Ran, folder, premortem, repository};
use std::fs;
use std::path::Path;

/// `pg` has no backup, `web` waits for ever; both are found in every profile.
const SHOP: &str = "components:
  web: {replicas: 2, uses: {pg: {timeout: none}}}
  pg: {kind: database, backup: none, replicas: 2, failover: automatic}
flows:
  buy: {path: [web, pg]}
";

#[test]
fn who_excludes_everything_hears_so() {
    let folder = repository(&[("design/shop.arch.yaml", SHOP), ("premortem.yaml", "paths: {exclude: [design]}\n")]);
    let ran = check(folder.path(), &[]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("what the configuration excludes\nhelp: Look at `paths`"), "{}", ran.err);
    assert_eq!(check(folder.path(), &["design/shop.arch.yaml"]).status, 1, "what is named is read");
}

fn check(folder: &Path, arguments: &[&str]) -> Ran {
    premortem(folder, &[&["check", "--format", "concise", "--today", "2026-06-01"], arguments].concat())
}

/// The rules that found something, by file.
fn rules(ran: &Ran) -> Vec<String> {
    let rule = |line: &str| {
        let file = line.split(':').next()?;
        let rule = line.split_once('[')?.1.split_once(']')?.0;
        Some(format!("{file} {rule}"))
    };
    ran.out.lines().filter_map(rule).collect()
}

fn shown(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let ran = premortem(folder, &[&["check", "--show-settings", "--today", "2026-06-01"], arguments].concat());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

const BACKUP: &str = "select: [store-without-backup]\n";
const TIMEOUT: &str = "select: [call-without-timeout]\n";

#[test]
fn the_nearest_configuration_holds_and_nothing_is_merged() {
    let folder = repository(&[
        ("premortem.yaml", BACKUP),
        ("a/shop.arch.yaml", SHOP),
        ("b/premortem.yml", TIMEOUT),
        ("b/c/shop.arch.yaml", SHOP),
    ]);
    let both = ["a/shop.arch.yaml store-without-backup", "b/c/shop.arch.yaml call-without-timeout"];
    assert_eq!(rules(&check(folder.path(), &[])), both);
    assert_eq!(rules(&check(folder.path(), &["a/shop.arch.yaml", "b"])), both);
    assert_eq!(rules(&check(&folder.path().join("b/c"), &[])), ["shop.arch.yaml call-without-timeout"]);
    assert_eq!(
        rules(&check(folder.path(), &["--config", "b/premortem.yml", "a"])),
        ["a/shop.arch.yaml call-without-timeout"]
    );
    assert!(rules(&check(folder.path(), &["--no-config", "a"])).len() > 2);
    // The first of the two names wins.
    fs::write(folder.path().join("b/premortem.yaml"), BACKUP).unwrap();
    assert_eq!(rules(&check(folder.path(), &["b"])), ["b/c/shop.arch.yaml store-without-backup"]);
}

#[test]
fn nothing_above_the_repository_or_the_given_folder_is_read() {
    let outer = folder(&[("premortem.yaml", BACKUP), ("in/repo/.git/HEAD", ""), ("in/repo/d/shop.arch.yaml", SHOP)]);
    let inner = outer.path().join("in/repo");
    assert!(rules(&check(&inner, &["d"])).len() > 2, "the repository ends there");
    // Without a repository the folder that was named ends it; a file stands for its folder.
    let outer = folder(&[("premortem.yaml", BACKUP), ("a/b/shop.arch.yaml", SHOP)]);
    assert_eq!(rules(&check(outer.path(), &[])), ["a/b/shop.arch.yaml store-without-backup"]);
    assert!(rules(&check(outer.path(), &["a"])).len() > 2);
    assert!(rules(&check(outer.path(), &["a/b/shop.arch.yaml"])).len() > 2);
    fs::write(outer.path().join("a/b/premortem.yaml"), TIMEOUT).unwrap();
    assert_eq!(rules(&check(outer.path(), &["a/b/shop.arch.yaml"])), ["a/b/shop.arch.yaml call-without-timeout"]);
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out_of_the_repository() {
    let outer = folder(&[
        ("secret.yaml", "token: hunter2\n"),
        ("rules/pack.yaml", "name: hunter2\nsummary: x\nx: y\n"),
        ("in/.git/HEAD", ""),
        ("in/shop.arch.yaml", SHOP),
        ("in/lint/pack.yaml", "name: ours\nsummary: Ours.\n"),
    ]);
    let inner = outer.path().join("in");
    std::os::unix::fs::symlink(outer.path().join("secret.yaml"), inner.join("premortem.yaml")).unwrap();
    let ran = check(&inner, &[]);
    assert_eq!(ran.status, 2);
    assert!(ran.out.contains("outside the repository") && !ran.out.contains("hunter2"), "{}", ran.out);
    fs::remove_file(inner.join("premortem.yaml")).unwrap();
    fs::write(inner.join("premortem.yaml"), "rules: [../rules]\n").unwrap();
    let ran = check(&inner, &[]);
    assert_eq!(ran.status, 2);
    assert!(ran.out.contains("outside the repository") && !ran.out.contains("hunter2"), "{}", ran.out);
    std::os::unix::fs::symlink(outer.path().join("secret.yaml"), inner.join("lint/secret.yaml")).unwrap();
    fs::write(inner.join("premortem.yaml"), "rules: [lint]\n").unwrap();
    assert!(!check(&inner, &[]).out.contains("hunter2"));
}

#[test]
fn a_walk_passes_by_what_is_excluded() {
    let folder = repository(&[
        (
            "premortem.yaml",
            "paths: {exclude: [draft, '*.old.arch.yaml', /x/compose.yaml]}\nselect: [store-without-backup]\n",
        ),
        ("a/shop.arch.yaml", SHOP),
        ("a/shop.old.arch.yaml", "components: [broken\n"),
        ("a/draft/shop.arch.yaml", SHOP),
        ("x/compose.yaml", "services: {a: {image: [}}"),
        ("nested/premortem.yaml", BACKUP),
        ("nested/draft/shop.arch.yaml", SHOP),
    ]);
    let found = ["a/shop.arch.yaml store-without-backup", "nested/draft/shop.arch.yaml store-without-backup"];
    let ran = check(folder.path(), &[]);
    assert_eq!((ran.status, rules(&ran)), (1, found.map(str::to_owned).to_vec()));
    // Who names a file or folder means it.
    assert_eq!(check(folder.path(), &["a/shop.old.arch.yaml"]).status, 2);
    assert_eq!(rules(&check(folder.path(), &["a/draft"])), ["a/draft/shop.arch.yaml store-without-backup"]);
}

#[test]
fn a_flag_goes_before_the_configuration_and_that_before_the_design() {
    let folder = repository(&[("shop.arch.yaml", &format!("profile: sketch\n{SHOP}"))]);
    let config = |text: &str| fs::write(folder.path().join("premortem.yaml"), text).unwrap();
    let line = |arguments: &[&str], name: &str| {
        shown(folder.path(), arguments).into_iter().find(|line| line.starts_with(name)).unwrap()
    };
    assert_eq!(line(&[], "profile"), "profile sketch shop.arch.yaml:1:10");
    assert_eq!(line(&["--no-config"], "config"), "config none --no-config");
    config("profile: strict\nfail-on: never\n");
    assert_eq!(line(&[], "profile"), "profile strict premortem.yaml:1:10");
    assert_eq!(line(&["--profile", "startup"], "profile"), "profile startup --profile");
    assert_eq!(line(&["--no-config"], "profile"), "profile sketch shop.arch.yaml:1:10");
    assert_eq!(line(&[], "fail-on"), "fail-on never premortem.yaml:2:10");
    assert_eq!(check(folder.path(), &[]).status, 0);
    assert_eq!(check(folder.path(), &["--fail-on", "warning"]).status, 1);

    config("select: [store-without-backup, call-without-timeout]\nignore: [call-without-timeout]\n");
    let rules_of = |arguments: &[&str]| -> Vec<String> {
        rules(&check(folder.path(), arguments)).iter().map(|line| line["shop.arch.yaml ".len()..].to_owned()).collect()
    };
    assert_eq!(rules_of(&[]), ["store-without-backup"]);
    assert_eq!(rules_of(&["--ignore", "store-without-backup"]), [""; 0]);
    assert_eq!(rules_of(&["--select", "call-without-timeout"]), ["call-without-timeout"]);
    config("severity: {call-without-timeout: off, store-without-backup: advice}\n");
    assert!(!rules_of(&[]).contains(&"call-without-timeout".to_owned()));
    assert_eq!(rules_of(&["--select", "call-without-timeout"]), ["call-without-timeout"]);
    assert!(check(folder.path(), &[]).out.contains("advice[store-without-backup]"));
}

#[test]
fn each_design_has_its_own_settings_in_one_run() {
    let folder = repository(&[
        ("a/premortem.yaml", "fail-on: never\nselect: [store-without-backup]\n"),
        ("a/shop.arch.yaml", SHOP),
        (
            "b/premortem.yaml",
            "fail-on: error\nselect: [call-without-timeout]\nseverity: {call-without-timeout: warning}\n",
        ),
        ("b/shop.arch.yaml", SHOP),
    ]);
    assert_eq!(check(folder.path(), &[]).status, 0);
    assert_eq!(check(folder.path(), &["--fail-on", "warning"]).status, 1);
    fs::write(folder.path().join("b/premortem.yaml"), "select: [call-without-timeout]\n").unwrap();
    assert_eq!(check(folder.path(), &[]).status, 1);
    assert_eq!(check(folder.path(), &["a"]).status, 0);
}

const RULE: &str = r#"id: no-cache
severity: advice
each: component
where: component.kind == 'cache'
say: "`{component}` is a cache"
mark: [{component: here}]
why: We have none.
fix: Do without.
params: {most: {is: 5s, because: so}}
examples: [{bad: "components: {c: {kind: cache}}  # here"}, {good: "components: {c: {}}"}]
"#;

#[test]
fn folders_of_rules_are_seen_from_the_configuration() {
    let design = "components: {c: {kind: cache}}\n";
    let folder = repository(&[
        ("premortem.yaml", "rules: [lint]\nselect: [no-cache]\n"),
        ("lint/pack.yaml", "name: ours\nsummary: Ours.\n"),
        ("lint/no-cache.yaml", RULE),
        ("a/b/c.arch.yaml", design),
        ("other/premortem.yaml", "select: [ours]\n"),
        ("other/c.arch.yaml", design),
    ]);
    assert_eq!(rules(&check(&folder.path().join("a"), &[])), ["b/c.arch.yaml no-cache"]);
    // Another configuration does not know them.
    let ran = check(folder.path(), &["other"]);
    assert_eq!(ran.status, 2);
    assert!(ran.out.contains("there is no rule `ours`"), "{}", ran.out);
    let explained = premortem(folder.path(), &["explain", "no-cache"]);
    assert!(explained.status == 0 && explained.out.contains("is a cache"), "{}", explained.err);
    assert!(premortem(folder.path(), &["rules"]).out.contains("no-cache"));
    assert!(!premortem(folder.path(), &["rules", "--no-config"]).out.contains("no-cache"));
    let json = premortem(folder.path(), &["check", "a", "--format", "sarif"]);
    assert!(json.out.contains("We have none."), "the page of the rule is in the report");
}

/// Everything that can be wrong in one file is said in one run.
#[test]
fn every_mistake_is_told_at_once() {
    let text = "\
profile: strikt
fail_on: warning
rules: [nowhere, 5]
select: [store-without-bakup]
ignore: [simplicty]
severity:
  no-rollback: fatal
  no-rolback: error
params:
  retry-amplification: {mots: 3}
  retry-amplifcation: {most: 3}
  call-without-timeout: {most: 3}
paths: {exclude: [../a, vendor], include: x}
accept:
  - {rule: no-rollback, subject: api}
  - {rule: no-rollback, subject: api, because: ' '}
  - {rule: no-rollback, because: why not}
  - {rule: no-rollback, subject: api, because: why not, until: tomorrow}
  - {rule: no-rolback, entity: api, because: why not}
  - {rule: unused-acceptance, subject: api, because: why not}
colour: red
";
    let folder = repository(&[("premortem.yaml", text), ("shop.arch.yaml", SHOP)]);
    let ran = premortem(folder.path(), &["check", "--today", "2026-06-01", "--select", "store-without-backup"]);
    assert_eq!((ran.status, ran.err.as_str()), (2, ""));
    insta::assert_snapshot!(ran.out);
}

#[test]
fn a_bad_configuration_is_no_review() {
    for (text, says) in [
        (&b"profile: [\n"[..], "premortem.yaml:"),
        (b"- strict\n", "premortem.yaml:1:3: error[bad-value] a configuration is a map"),
        (b"strict\n", "premortem.yaml:1:1: error[not-a-map]"),
        (
            b"profile: strict\n---\nprofile: sketch\n",
            "premortem.yaml:3:1: error[bad-value] a configuration is one document",
        ),
        (b"profile: \xff\xfe\n", "premortem.yaml:1:10"),
        (b"profile: strict\nprofile: sketch\n", "premortem.yaml:2:1: error[duplicate-key]"),
        (b"profile:\n", "premortem.yaml:1:1: error"),
        (b"select:\n", "premortem.yaml:1:1: error"),
        (b"profile: {{ profile }}\n", "premortem.yaml:1:"),
        (b"components: {}\n", "premortem.yaml:1:1: error[unknown-key]"),
    ] {
        let folder = repository(&[("shop.arch.yaml", SHOP)]);
        fs::write(folder.path().join("premortem.yaml"), text).unwrap();
        for arguments in [&[][..], &["--fail-on", "never"]] {
            let ran = check(folder.path(), arguments);
            assert_eq!((ran.status, ran.err.as_str()), (2, ""), "{}", String::from_utf8_lossy(text));
            assert!(ran.out.contains(says), "{}\n{}", String::from_utf8_lossy(text), ran.out);
        }
        let shown = premortem(folder.path(), &["check", "--show-settings"]);
        assert_eq!(shown.status, 2);
        assert!(shown.err.contains(says), "{}", shown.err);
        assert_eq!(check(folder.path(), &["--no-config"]).status, 1);
    }
    // What sets nothing is no mistake.
    for text in ["", "# profile: strict\n", "{}\n", "---\n", "\u{feff}profile: production\n", "x-note: [1, {a: b}]\n"] {
        let folder = repository(&[("shop.arch.yaml", SHOP), ("premortem.yaml", text)]);
        let ran = check(folder.path(), &[]);
        assert_eq!(ran.status, 1, "{text:?}: {}", ran.out);
        assert!(!ran.out.contains("premortem.yaml"), "{}", ran.out);
    }
    let folder = repository(&[("shop.arch.yaml", SHOP)]);
    let ran = check(folder.path(), &["--config", "nowhere.yaml"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("there is no configuration `nowhere.yaml`"), "{}", ran.err);
    assert_eq!(check(folder.path(), &["--config", "x", "--no-config"]).status, 2);
}

#[test]
fn params_have_the_type_of_the_rule_and_make_sense() {
    let folder = repository(&[
        ("shop.arch.yaml", "components: {c: {kind: cache}}\n"),
        ("lint/pack.yaml", "name: ours\nsummary: Ours.\n"),
        ("lint/no-cache.yaml", &RULE.replace("'cache'", "'cache' && params.most > duration('1s')")),
    ]);
    for (value, says) in [
        ("10s", ""),
        ("5", "`most` of `no-cache` is a duration"),
        ("soon", "`most` of `no-cache` is a duration"),
        ("[5s]", "`most` of `no-cache` is a duration"),
    ] {
        let config = format!("rules: [lint]\nselect: [no-cache]\nparams: {{no-cache: {{most: {value}}}}}\n");
        fs::write(folder.path().join("premortem.yaml"), config).unwrap();
        let ran = check(folder.path(), &[]);
        assert_eq!(ran.status, if says.is_empty() { 0 } else { 2 }, "{value}: {}", ran.out);
        assert!(ran.out.contains(says), "{}", ran.out);
        // A rule that does not run is checked, too.
        assert_eq!(
            check(folder.path(), &["--select", "retry-amplification"]).status,
            if says.is_empty() { 0 } else { 2 }
        );
    }
}

#[test]
fn questions_are_asked_where_they_are_selected_by_their_id() {
    let asked = |ran: &Ran| -> Vec<String> {
        let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let ids = json["questions"].as_array().unwrap().iter();
        ids.map(|question| question["rule"].as_str().unwrap().to_owned()).collect()
    };
    let folder = repository(&[("shop.arch.yaml", SHOP)]);
    let json = |arguments: &[&str]| premortem(folder.path(), &[&["check", "--format", "json"], arguments].concat());
    let is_asked = |ran: &Ran| asked(ran).contains(&"query-at-ten-times".to_owned());
    assert!(is_asked(&json(&["--select", "query-at-ten-times"])));
    for silent in [&[][..], &["--select", "checklist"], &["--ignore", "query-at-ten-times,checklist"]] {
        let ran = json(silent);
        assert!(ran.status < 2 && !is_asked(&ran), "{}", ran.out);
    }
    assert!(premortem(folder.path(), &["checklist", "--all"]).out.contains("query-at-ten-times"));

    let with = |config: &str| {
        fs::write(folder.path().join("premortem.yaml"), config).unwrap();
        premortem(folder.path(), &["check"])
    };
    with("select: [query-at-ten-times]\n");
    assert!(is_asked(&json(&[])));
    // What is said of a question is known or wrong, asked or not.
    for config in ["ignore: [query-at-ten-times]", "severity: {query-at-ten-times: off}", "ignore: [checklist]"] {
        assert_eq!(with(config).status, 1, "{config}");
        assert!(!is_asked(&json(&[])), "{config}");
    }
    for (config, says) in [
        ("params: {query-at-ten-times: {most: 3}}", "`query-at-ten-times` has no param `most`"),
        ("select: [query-at-ten-tims]", "Did you mean `query-at-ten-times`?"),
        ("rules: [lint]", "there is already a rule `query-at-ten-times`"),
    ] {
        let lint = folder.path().join("lint");
        fs::create_dir_all(&lint).unwrap();
        fs::write(lint.join("pack.yaml"), "name: ours\nsummary: Ours.\n").unwrap();
        fs::write(lint.join("a.yaml"), RULE.replace("id: no-cache", "id: query-at-ten-times")).unwrap();
        let ran = with(config);
        assert!(ran.status == 2 && ran.out.contains(says), "{}", ran.out);
    }
}

#[test]
fn settings_are_shown_with_their_places() {
    let config = "\
profile: strict
rules: [lint]
ignore: [simplicity]
severity: {no-rollback: advice, call-without-timeout: off}
params: {no-cache: {most: 12s}}
paths: {exclude: [draft]}
accept:
  - {rule: store-without-backup, subject: pg, because: it is a copy, until: 2026-12-31, by: '@ann'}
";
    let folder = repository(&[
        ("premortem.yaml", config),
        ("lint/pack.yaml", "name: ours\nsummary: Ours.\n"),
        ("lint/no-cache.yaml", RULE),
        ("a/shop.arch.yaml", SHOP),
        ("b/shop.arch.yaml", SHOP),
        ("c/premortem.yml", "# nothing\n"),
        ("c/shop.arch.yaml", SHOP),
    ]);
    let arguments = ["check", "--show-settings", "--today", "2026-06-01", "--ignore", "cache"];
    let ran = premortem(folder.path(), &arguments);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    // How many rules there are changes more often than how they are counted.
    let counted = |line: &str| line.trim_start().starts_with("judged by");
    assert_eq!(ran.out.lines().filter(|line| counted(line)).count(), 2);
    let lines: Vec<&str> = ran.out.lines().filter(|line| !counted(line)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn the_published_schema_is_current_and_as_strict_as_the_reader() {
    let current = format!("{:#}\n", premortem::config::schema());
    let file = "schema/config.schema.json";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, &current).unwrap();
    }
    assert_eq!(fs::read_to_string(file).unwrap_or_default(), current, "run the tests with UPDATE=1");
    assert!(jsonschema::meta::is_valid(premortem::config::schema()));
    assert_eq!(premortem(Path::new("."), &["schema", "config"]).out, current);
    for (key, property) in premortem::config::schema()["properties"].as_object().unwrap() {
        let text = property["description"].as_str().unwrap_or_default();
        assert!(text.ends_with(['.', '`']), "{key}: {text}");
    }
}
