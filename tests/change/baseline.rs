//! `check --baseline`.

use crate::command::{self, Ran, assert_schema_is_current, premortem};
use crate::repository::has_git;
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

/// Two designs with the same names and the same weaknesses.
fn namesakes() -> Repository {
    let shop = SHOP.replace("timeout: 300ms", "timeout: none");
    Repository::with(&[("bank/bank.arch.yaml", &shop), ("shop/shop.arch.yaml", &shop)])
}

#[test]
fn namesakes_of_two_designs_are_told_apart() {
    if !has_git() {
        return;
    }
    let repository = namesakes();
    with_baseline(&repository, &["--write-baseline"]);
    let text = repository.read(BASELINE);
    let entry = "  - {rule: soft-call-can-hang-caller, dependency: api->mail, severity: warning, count: 2, file: ";
    for file in ["bank/bank.arch.yaml", "shop/shop.arch.yaml"] {
        assert!(text.contains(&format!("{entry}{file}}}\n")), "{text}");
    }
    let green = with_baseline(&repository, &[]);
    assert_eq!((green.status, green.found(), green.fixed()), (0, vec![], vec![]));

    // What one mends does not excuse the other.
    let worse = "redis: {timeout: none}";
    repository.edit("bank/bank.arch.yaml", "timeout: none", "timeout: 300ms");
    repository.edit("shop/shop.arch.yaml", "redis: {timeout: 50ms}", worse);
    let ran = with_baseline(&repository, &[]);
    assert_eq!(ran.found(), ["soft-call-can-hang-caller api->redis"]);
    assert_eq!(ran.fixed(), ["soft-call-can-hang-caller api->mail"]);
    with_baseline(&repository, &["--write-baseline=all"]);
    repository.edit("bank/bank.arch.yaml", "redis: {timeout: 50ms}", worse);
    let ran = with_baseline(&repository, &[]);
    assert_eq!(ran.found(), ["soft-call-can-hang-caller api->redis"]);
    assert_eq!(ran.json()["findings"][0]["labels"][0]["file"], "bank/bank.arch.yaml");
}

#[test]
fn files_tell_namesakes_apart_and_may_still_move() {
    if !has_git() {
        return;
    }
    let repository = namesakes();
    with_baseline(&repository, &["--write-baseline"]);
    fs::create_dir(repository.path().join("new")).unwrap();
    repository.git(&["mv", "shop/shop.arch.yaml", "new/store.arch.yaml"]);
    let moved = with_baseline(&repository, &["--write-baseline"]);
    assert_eq!((moved.status, moved.found(), moved.fixed()), (0, vec![], vec![]));
    let text = repository.read(BASELINE);
    assert!(text.contains("new/store.arch.yaml") && !text.contains("shop/shop.arch.yaml"), "{text}");

    // A part that moves into a file of its own is known there.
    repository.edit("new/store.arch.yaml", "  mail: {kind: external}\n", "");
    repository.edit("new/store.arch.yaml", "components:", "include: parts/mail.yaml\ncomponents:");
    repository.write("new/parts/mail.yaml", "components:\n  mail: {kind: external}\n");
    let split = with_baseline(&repository, &[]);
    assert_eq!((split.status, split.found(), split.fixed()), (0, vec![], vec![]));

    // A copy is new, and it is new where it is.
    repository.write("a/copy.arch.yaml", &repository.read("bank/bank.arch.yaml"));
    let copied = with_baseline(&repository, &[]).json();
    let files: Vec<&str> = copied["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["labels"][0]["file"].as_str().unwrap())
        .collect();
    assert!(files.len() > 5 && files.iter().all(|file| *file == "a/copy.arch.yaml"), "{files:?}");
}

#[test]
fn a_run_from_anywhere_keeps_what_is_known_of_the_rest() {
    let shop = SHOP.replace("timeout: 300ms", "timeout: none");
    let files = [("top/bank/bank.arch.yaml", shop.as_str()), ("top/shop/shop.arch.yaml", &shop), ("out/.keep", "")];
    for is_repository in [true, false] {
        let folder = command::folder(&files);
        if is_repository {
            fs::create_dir(folder.path().join("top/.git")).unwrap();
        }
        let run =
            |from: &str, arguments: &[&str]| premortem(&folder.path().join(from), &[&["check"], arguments].concat());
        run("top", &["--baseline", "known.yaml", "--write-baseline"]);
        let known = || fs::read_to_string(folder.path().join("top/known.yaml")).unwrap();
        let before = known();
        assert!(before.contains("bank/bank.arch.yaml"), "{before}");
        for (from, design, baseline) in [
            ("out", "../top/shop", "../top/known.yaml"),
            ("top/shop", ".", "../known.yaml"),
            ("top", "shop", "known.yaml"),
        ] {
            let ran = run(from, &[design, "--baseline", baseline, "--write-baseline"]);
            for line in before.lines().filter(|line| line.contains("bank.arch.yaml")) {
                assert!(known().contains(line), "{from}: {line}\n{}", ran.err);
            }
        }
        // What another design has does not excuse this one.
        let worse = shop.replace("redis: {timeout: 50ms}", "redis: {timeout: none}");
        fs::write(folder.path().join("top/bank/bank.arch.yaml"), &worse).unwrap();
        run("top", &["--baseline", "known.yaml", "--write-baseline=all"]);
        fs::write(folder.path().join("top/shop/shop.arch.yaml"), &worse).unwrap();
        for (from, design, baseline) in
            [("out", "../top/shop", "../top/known.yaml"), ("top/shop", ".", "../known.yaml")]
        {
            let ran = run(from, &[design, "--baseline", baseline]);
            assert!(ran.status == 1 && ran.out.contains("soft-call-can-hang-caller"), "{from}: {}", ran.out);
        }
    }
}

#[test]
fn a_run_over_a_part_keeps_what_is_known_of_the_rest() {
    if !has_git() {
        return;
    }
    let repository = namesakes();
    with_baseline(&repository, &["--write-baseline"]);
    let before = repository.read(BASELINE);
    let part = with_baseline(&repository, &["shop", "--write-baseline"]);
    assert_eq!((part.status, part.found(), part.fixed()), (0, vec![], vec![]));
    assert_eq!(repository.read(BASELINE), before);
    assert!(part.err.contains("is up to date"), "{}", part.err);
    // What is gone from the disk is gone.
    repository.git(&["rm", "--quiet", "bank/bank.arch.yaml"]);
    assert!(!with_baseline(&repository, &["shop"]).fixed().is_empty());
    with_baseline(&repository, &["shop", "--write-baseline"]);
    assert!(!repository.read(BASELINE).contains("bank"));
}

#[test]
fn a_repository_in_the_repository_has_files_of_its_own() {
    if !has_git() {
        return;
    }
    // Both call their design the same.
    let repository = Repository::with(&[(FILE, SHOP), (".gitignore", "vendored\n")]);
    command::write(repository.path(), &format!("vendored/{FILE}"), SHOP);
    fs::create_dir(repository.path().join("vendored/.git")).unwrap();
    with_baseline(&repository, &["--write-baseline"]);
    let before = repository.read(BASELINE);
    assert!(before.contains("file: vendored/shop.arch.yaml}") && before.contains("file: shop.arch.yaml}"), "{before}");
    for part in [FILE, "vendored"] {
        let ran = with_baseline(&repository, &[part, "--write-baseline"]);
        assert_eq!((ran.status, ran.found()), (0, vec![]), "{part}");
        assert_eq!(repository.read(BASELINE), before, "{part}");
    }
    let since = repository.check(&["--since", "main"]);
    assert!(!since.found().is_empty());
    let remark = since.json()["compared"]["remarks"][0].as_str().unwrap().to_owned();
    assert!(remark.starts_with("`vendored` is a repository of its own, so that everything in it"), "{remark}");
}

#[test]
fn what_runs_out_cannot_be_hidden() {
    if !has_git() {
        return;
    }
    let accepted = "timeout: none, accept: {soft-call-can-hang-caller: {because: a pilot, until: 2026-05-31}}";
    let repository = Repository::with(&[(FILE, &SHOP.replace("timeout: 300ms", accepted))]);
    for arguments in [&["--write-baseline"][..], &["--write-baseline=all"]] {
        let ran = with_baseline(&repository, arguments);
        assert_eq!((ran.status, ran.found()), (1, vec!["expired-acceptance api->mail".to_owned()]));
        assert!(!repository.read(BASELINE).contains("expired"));
    }
    let text = repository.read(BASELINE);
    repository.write(
        BASELINE,
        &format!("{text}  - {{rule: expired-acceptance, dependency: api->mail, severity: warning}}\n"),
    );
    let ran = repository.premortem(&["check", "--baseline", BASELINE, "--today", "2026-06-01"]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("a baseline cannot hold `expired-acceptance`"), "{}", ran.out);
}

#[test]
fn a_weakness_that_another_finding_tells_stays_known() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, &SHOP.replace("timeout: 300ms", "timeout: none"))]);
    with_baseline(&repository, &["--select", "call-without-timeout", "--write-baseline"]);
    let entry = "{rule: call-without-timeout, dependency: api->mail";
    assert!(repository.read(BASELINE).contains(entry));
    let folded = with_baseline(&repository, &["--select", "call-without-timeout,soft-call-can-hang-caller"]);
    assert_eq!(folded.found(), ["soft-call-can-hang-caller api->mail"]);
    assert_eq!(folded.fixed(), Vec::<String>::new());
    let note = &folded.json()["findings"][0]["notes"][0];
    assert_eq!(note, "also: `api` waits for `mail` for ever (call-without-timeout)");
    with_baseline(&repository, &["--select", "call-without-timeout,soft-call-can-hang-caller", "--write-baseline"]);
    assert!(repository.read(BASELINE).contains(entry));
}

#[test]
fn who_accepts_what_was_known_hears_nothing_new() {
    if !has_git() {
        return;
    }
    let worse = SHOP.replace("timeout: 300ms", "timeout: none");
    let accepted = "timeout: none, accept: {soft-call-can-hang-caller: nobody waits}";
    let repository = Repository::with(&[(FILE, &worse)]);
    with_baseline(&repository, &["--write-baseline"]);
    repository.edit(FILE, "timeout: none", accepted);
    for arguments in [["--baseline", BASELINE], ["--since", "main"]] {
        // The call without a timeout was told as a note before.
        let ran = repository.check(&arguments);
        assert_eq!((ran.status, ran.found(), ran.fixed()), (0, vec![], vec![]), "{arguments:?}");
        assert_eq!(ran.json()["summary"]["accepted"], 1);
    }
    with_baseline(&repository, &["--write-baseline"]);
    let text = repository.read(BASELINE);
    assert!(
        text.contains("{rule: call-without-timeout, dependency: api->mail") && !text.contains("soft-call"),
        "{text}"
    );
    // Who mends both has mended one finding.
    repository.git(&["checkout", "--quiet", "."]);
    repository.edit(FILE, "timeout: none", "timeout: 300ms");
    let mended = repository.check(&["--since", "main"]);
    assert_eq!(mended.fixed(), ["soft-call-can-hang-caller api->mail"]);
    assert_eq!(mended.json()["summary"]["fixed"], 1);
}

#[test]
fn what_is_told_counts_findings() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, &SHOP.replace("timeout: 300ms", "timeout: none"))]);
    let all = repository.check(&[]).found().len();
    let written = with_baseline(&repository, &["--write-baseline"]);
    assert_eq!(written.err, format!("Wrote {all} findings to `{BASELINE}`\n"));
    assert_eq!(written.json()["summary"]["unchanged"], all);
    // No finding less, but a milder one.
    let severity = "severity: {soft-call-can-hang-caller: advice}\n";
    repository.write("premortem.yaml", severity);
    let milder = with_baseline(&repository, &["--write-baseline"]);
    assert_eq!(milder.err, format!("Brought `{BASELINE}` up to date\n"));
    fs::remove_file(repository.path().join("premortem.yaml")).unwrap();
    assert_eq!(with_baseline(&repository, &[]).found(), ["soft-call-can-hang-caller api->mail"]);
}

#[test]
fn bad_baselines_are_said_and_left_alone() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, SHOP)]);
    let missing = with_baseline(&repository, &[]);
    assert_eq!((missing.status, missing.out.as_str()), (2, ""));
    assert!(missing.err.contains("`premortem check --baseline baseline.yaml --write-baseline`"), "{}", missing.err);
    let missing = with_baseline(&repository, &[FILE]);
    assert!(missing.err.contains("`premortem check shop.arch.yaml --baseline baseline.yaml"), "{}", missing.err);
    repository.write("broken.arch.yaml", "components: [\n");
    let broken = with_baseline(&repository, &["broken.arch.yaml", "--write-baseline"]);
    assert!(broken.err.contains("`baseline.yaml` is not written: the design could not be read"), "{}", broken.err);
    fs::remove_file(repository.path().join("broken.arch.yaml")).unwrap();

    with_baseline(&repository, &["--write-baseline"]);
    let good = repository.read(BASELINE);
    let first = good.lines().find(|line| line.starts_with("  - ")).unwrap();
    for (broken, says) in [
        (String::new(), "empty"),
        (good.replacen("rule:", "rlue:", 1), "rule"),
        (good.replacen("version: 1", "version: 7", 1), "with the premortem that wrote it"),
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
            let told: String = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(told.contains("could not be read whole, so that too much may count as new"), "{told}");
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
        let ran = premortem(repository.path(), arguments);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn the_published_schema_is_current_and_fits_what_is_written() {
    assert_schema_is_current(schema(), SCHEMA, "baseline");
}
