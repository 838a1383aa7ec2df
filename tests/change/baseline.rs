//! `check --baseline`.

use crate::repository::{Ran, has_git, premortem};
use crate::{FILE, SHOP, repository::Repository};
use premortem::change::schema;
use std::fs;

const BASELINE: &str = "baseline.yaml";
const SCHEMA: &str = "schema/baseline.schema.json";

fn with_baseline(repository: &Repository, more: &[&str]) -> Ran {
    repository.check(&[&["--baseline", BASELINE], more].concat())
}

#[test]
fn a_full_design_passes_until_one_thing_gets_worse() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, SHOP)]);
    let all = repository.check(&[]);
    assert_eq!(all.status, 1);
    assert!(all.found().len() >= 5, "{:?}", all.found());

    let written = with_baseline(&repository, &["--write-baseline"]);
    assert_eq!((written.status, written.found()), (0, vec![]));
    assert!(written.err.starts_with("Wrote ") && written.err.contains(BASELINE), "{}", written.err);
    let text = repository.read(BASELINE);
    assert!(!text.contains(FILE) && text.lines().all(|line| line.len() < 120), "{text}");

    let green = with_baseline(&repository, &[]);
    assert_eq!((green.status, green.found(), green.fixed(), green.err.as_str()), (0, vec![], vec![], ""));
    assert_eq!(green.json()["summary"]["unchanged"], all.found().len());

    repository.edit(FILE, "mail: {need: soft, timeout: 300ms}", "mail: {need: soft, timeout: none}");
    let worse = with_baseline(&repository, &[]);
    assert_eq!(worse.status, 1);
    assert_eq!(worse.found(), ["soft-call-can-hang-caller api->mail"]);
    assert!(worse.fixed().is_empty());
    assert_eq!(repository.read(BASELINE), text, "nothing is written unless told");
}

#[test]
fn lines_names_of_files_and_folders_do_not_count() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, SHOP)]);
    with_baseline(&repository, &["--write-baseline"]);
    let moved = format!("# a comment\n\n{}", SHOP.replace("  redis: {tech: redis}\n", "  redis:\n    tech: redis\n\n"));
    fs::remove_file(repository.path().join(FILE)).unwrap();
    repository.write("design/renamed.arch.yml", &moved);
    let ran = with_baseline(&repository, &[]);
    assert_eq!((ran.status, ran.found(), ran.fixed()), (0, vec![], vec![]));
}

#[test]
fn it_only_shrinks_unless_told() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, SHOP)]);
    with_baseline(&repository, &["--write-baseline"]);
    let before = repository.read(BASELINE);
    let backup = "{tech: postgresql, replicas: 3, failover: automatic, backup: {every: 1d, pitr: true, restore: 40m}}";
    repository.edit(FILE, "{tech: postgresql}", backup);
    repository.edit(FILE, "timeout: 300ms", "timeout: none");

    let ran = with_baseline(&repository, &[]);
    assert_eq!(ran.found(), ["soft-call-can-hang-caller api->mail"]);
    let fixed = ran.fixed();
    assert!(!fixed.is_empty() && fixed.iter().all(|fixed| fixed.ends_with(" postgres")), "{fixed:?}");
    let text = repository.premortem(&["check", "--baseline", BASELINE]).out;
    assert!(text.contains("`--write-baseline` removes"), "{text}");
    assert_eq!(repository.read(BASELINE), before);

    let pruned = with_baseline(&repository, &["--write-baseline"]);
    assert_eq!((pruned.status, pruned.found()), (1, vec!["soft-call-can-hang-caller api->mail".to_owned()]));
    assert!(pruned.err.contains("Removed "), "{}", pruned.err);
    let after = repository.read(BASELINE);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(lines(&after).iter().all(|line| lines(&before).contains(line)), "{after}");
    assert_eq!(lines(&before).len() - lines(&after).len(), fixed.len());

    let grown = with_baseline(&repository, &["--write-baseline=all"]);
    assert_eq!((grown.status, grown.found()), (0, vec![]));
    assert!(repository.read(BASELINE).contains("{rule: soft-call-can-hang-caller, dependency: api->mail, severity:"));
}

#[test]
fn what_was_not_judged_stays_known() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, SHOP)]);
    with_baseline(&repository, &["--write-baseline"]);
    let before = repository.read(BASELINE);
    let one = with_baseline(&repository, &["--select", "soft-call-can-hang-caller", "--write-baseline"]);
    assert_eq!((one.status, one.found(), one.fixed()), (0, vec![], vec![]));
    assert_eq!(repository.read(BASELINE), before);

    // A design of which a part cannot be read proves nothing about that part.
    repository.edit(FILE, "  redis: {tech: redis}", "  redis: {tehc: redis}");
    let broken = with_baseline(&repository, &["--write-baseline"]);
    assert_eq!((broken.status, broken.fixed()), (2, vec![]));
    assert!(broken.err.contains("left as it is"), "{}", broken.err);
    assert_eq!(repository.read(BASELINE), before);
}

#[test]
fn what_the_design_accepts_is_no_legacy() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, &SHOP.replace("timeout: 300ms", "timeout: none"))]);
    with_baseline(&repository, &["--write-baseline"]);
    assert!(repository.read(BASELINE).contains("soft-call-can-hang-caller"));
    let why = "the job waits on purpose";
    repository.edit(
        FILE,
        "timeout: none",
        &format!("timeout: none, accept: {{soft-call-can-hang-caller: {why}, call-without-timeout: {why}}}"),
    );
    let ran = with_baseline(&repository, &["--write-baseline"]);
    assert_eq!((ran.status, ran.found(), ran.fixed()), (0, vec![], vec![]));
    assert_eq!(ran.json()["summary"]["accepted"], 2);
    assert!(!repository.read(BASELINE).contains("soft-call-can-hang-caller"));
}

#[test]
fn bad_baselines_are_said_and_left_alone() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, SHOP)]);
    let missing = with_baseline(&repository, &[]);
    assert_eq!((missing.status, missing.out.as_str()), (2, ""));
    assert!(missing.err.contains("--baseline baseline.yaml --write-baseline"), "{}", missing.err);

    with_baseline(&repository, &["--write-baseline"]);
    let good = repository.read(BASELINE);
    let first = good.lines().find(|line| line.starts_with("  - ")).unwrap();
    for (broken, says) in [
        (String::new(), "empty"),
        (good.replacen("rule:", "rlue:", 1), "rule"),
        (good.replacen("version: 1", "version: 7", 1), "version"),
        (good.replacen(first, &format!("<<<<<<< HEAD\n{first}\n======="), 1), "both sides"),
        ("services: {}\n".to_owned(), "legacy"),
        ("\u{0}\u{1}".to_owned(), "not text"),
    ] {
        repository.write(BASELINE, &broken);
        for arguments in [&[][..], &["--write-baseline"], &["--write-baseline=all"]] {
            let ran = repository.premortem(&[&["check", "--baseline", BASELINE], arguments].concat());
            assert_eq!(ran.status, 2, "{broken}");
            assert!(ran.out.contains(&format!("{BASELINE}:")) && ran.out.contains(says), "{says}: {}", ran.out);
            assert_eq!(repository.read(BASELINE), broken, "nothing is lost");
        }
    }
    repository.write(
        BASELINE,
        &good.replacen(first, "  - {rule: soft-call-can-hang-calller, component: x, severity: warning}", 1),
    );
    let ran = repository.premortem(&["check", "--baseline", BASELINE]);
    assert!(ran.out.contains("soft-call-can-hang-caller") && ran.out.contains(BASELINE), "{}", ran.out);

    for (arguments, says) in [
        (&["check", "--write-baseline"][..], "--baseline"),
        (&["check", "--baseline", "b", "--since", "main"], "--since"),
        (&["check", "--baseline", "no/such/folder/b.yaml", "--write-baseline"], "folder does not exist"),
        (&["check", "--baseline", ".", "--write-baseline"], "folder"),
    ] {
        let ran = premortem(repository.path(), arguments, &[]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn the_published_schema_is_current_and_fits_what_is_written() {
    let current = format!("{:#}\n", schema());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(SCHEMA, &current).unwrap();
    }
    let published = fs::read_to_string(SCHEMA).unwrap_or_default();
    assert!(published == current, "{SCHEMA} is not what the types say; run the tests with UPDATE=1 and review it");
    assert!(jsonschema::meta::is_valid(schema()));
    let ran = premortem(&std::env::current_dir().unwrap(), &["schema", "baseline"], &[]);
    assert_eq!(ran.out, current);
}
