//! `check --since`.

use crate::command::{Ran, premortem, premortem_with};
use crate::repository::has_git;
use crate::{FILE, SHOP, repository::Repository};
use std::fs;

fn since(repository: &Repository, arguments: &[&str]) -> Ran {
    repository.check(&[&["--since", "main"], arguments].concat())
}

/// On a branch of its own.
fn branch(files: &[(&str, &str)]) -> Option<Repository> {
    has_git().then(|| {
        let repository = Repository::with(files);
        repository.git(&["switch", "--quiet", "--create", "change"]);
        repository
    })
}

#[test]
fn a_change_that_makes_one_thing_worse_gives_exactly_that() {
    let Some(repository) = branch(&[(FILE, SHOP)]) else { return };
    let same = since(&repository, &[]);
    assert_eq!((same.status, same.found(), same.fixed()), (0, vec![], vec![]));
    let all = repository.check(&[]).found().len();
    assert_eq!(same.json()["summary"]["unchanged"], all);

    // Committed or not.
    repository.edit(FILE, "timeout: 300ms", "timeout: none");
    for _ in 0..2 {
        let worse = since(&repository, &[]);
        assert_eq!((worse.status, worse.found()), (1, vec!["soft-call-can-hang-caller api->mail".to_owned()]));
        assert_eq!(worse.json()["compared"]["commit"], repository.git(&["rev-parse", "main"]));
        repository.commit(&[]);
    }
    let text = repository.premortem(&["check", "--since", "main"]).out;
    assert!(text.contains("1 new warning") && text.contains("`main`"), "{text}");
    let comment = repository.premortem(&["check", "--since", "main", "--format", "markdown"]).out;
    let (head, rest) = comment.split_once("<details>").unwrap();
    assert!(head.contains("1 new warning") && head.contains(&format!("{all} unchanged")), "{head}");
    assert!(rest.contains("soft-call-can-hang-caller"), "{rest}");

    // What main gained meanwhile is not held against the branch.
    repository.git(&["switch", "--quiet", "main"]);
    repository.commit(&[(FILE, &SHOP.replace("  redis: {tech: redis}", "  redis: {tech: redis, owner: core}"))]);
    repository.git(&["switch", "--quiet", "change"]);
    assert_eq!(since(&repository, &[]).found(), ["soft-call-can-hang-caller api->mail"]);
}

#[test]
fn what_is_mended_is_said() {
    let Some(repository) = branch(&[(FILE, &SHOP.replace("timeout: 300ms", "timeout: none"))]) else { return };
    repository.commit(&[(FILE, SHOP)]);
    let ran = since(&repository, &[]);
    assert_eq!(
        (ran.status, ran.found(), ran.fixed()),
        (0, vec![], vec!["soft-call-can-hang-caller api->mail".to_owned()])
    );
    let json = ran.json();
    assert!(json["fixed"][0]["message"].as_str().unwrap().contains("`mail`"), "{json:#}");
}

#[test]
fn a_renamed_component_is_the_same_in_its_own_design() {
    let files = [("bank/bank.arch.yaml", SHOP), ("shop/shop.arch.yaml", SHOP)];
    let Some(repository) = branch(&files) else { return };
    let renamed = SHOP.replace("postgres:", "orders:").replace("postgres]", "orders]");
    repository.write("bank/bank.arch.yaml", &renamed);
    let ran = since(&repository, &[]);
    assert_eq!((ran.status, ran.found(), ran.fixed()), (0, vec![], vec![]));
    // The namesake in the other design keeps its name and what is known about it.
    let diff = repository.premortem(&["diff", "main", "--format", "json"]).json();
    assert_eq!(diff["findings"]["new"].as_array().unwrap().len(), 0, "{diff:#}");
    assert_eq!(diff["designs"][0]["renamed"][0]["after"], "orders");
    // Renamed and moved.
    repository.git(&["mv", "bank", "house"]);
    let ran = since(&repository, &[]);
    assert_eq!((ran.status, ran.found(), ran.fixed()), (0, vec![], vec![]));
}

#[test]
fn what_one_design_mends_does_not_excuse_another() {
    let worse = SHOP.replace("timeout: 300ms", "timeout: none");
    let Some(repository) = branch(&[("bank/bank.arch.yaml", &worse), ("shop/shop.arch.yaml", SHOP)]) else { return };
    repository.write("bank/bank.arch.yaml", SHOP);
    repository.write("shop/shop.arch.yaml", &worse);
    let ran = since(&repository, &[]);
    assert_eq!(ran.found(), ["soft-call-can-hang-caller api->mail"]);
    assert_eq!(ran.fixed(), ["soft-call-can-hang-caller api->mail"]);
    // A part that is drawn in another design from now on has only moved.
    repository.git(&["reset", "--quiet", "--hard"]);
    let part = "  mail: {kind: external}\n";
    let caller = "  worker: {replicas: 2, uses: {mail: {timeout: none}}}\n";
    repository.git(&["switch", "--quiet", "main"]);
    repository.commit(&[("bank/bank.arch.yaml", &SHOP.replace(part, &format!("{part}{caller}")))]);
    repository.git(&["switch", "--quiet", "--create", "split"]);
    repository.write("bank/bank.arch.yaml", SHOP);
    repository.write("shop/shop.arch.yaml", &SHOP.replace(part, &format!("{part}{caller}")));
    let ran = since(&repository, &["--select", "call-without-timeout"]);
    assert_eq!((ran.found(), ran.fixed()), (vec![], vec![]));
    assert!(ran.json()["summary"]["unchanged"].as_u64().unwrap() > 0);
}

#[test]
fn who_stops_accepting_something_makes_it_new() {
    let worse = SHOP.replace("timeout: 300ms", "timeout: none");
    let entry = |rule| format!("  - {{rule: {rule}, subject: api->mail, because: nobody waits}}\n");
    let config = format!("accept:\n{}{}", entry("soft-call-can-hang-caller"), entry("call-without-timeout"));
    let Some(repository) = branch(&[("design/shop.arch.yaml", &worse), ("premortem.yaml", &config)]) else { return };
    let ran = since(&repository, &[]);
    assert_eq!((ran.status, ran.found()), (0, vec![]));
    repository.write("premortem.yaml", "profile: production\n");
    assert_eq!(since(&repository, &[]).found(), ["soft-call-can-hang-caller api->mail"]);
    // What runs out while nothing changes is no change.
    repository.git(&["switch", "--quiet", "main"]);
    let until = |until| config.replace("nobody waits", &format!("nobody waits, until: {until}"));
    repository.commit(&[("premortem.yaml", &until("2026-05-31"))]);
    repository.git(&["switch", "--quiet", "--force-create", "late"]);
    assert_eq!(repository.check(&[]).found().iter().filter(|found| found.contains("expired")).count(), 1);
    assert_eq!(since(&repository, &[]).found(), Vec::<String>::new());
}

#[test]
fn what_is_excluded_is_not_fixed() {
    let Some(repository) = branch(&[(FILE, SHOP), ("old/old.arch.yaml", SHOP)]) else { return };
    repository.write("premortem.yaml", "paths: {exclude: [old]}\n");
    let ran = since(&repository, &[]);
    assert_eq!((ran.status, ran.found(), ran.fixed()), (0, vec![], vec![]));
}

#[test]
fn renamed_and_moved_files_are_the_same_design() {
    let Some(repository) = branch(&[(FILE, SHOP), ("other/notes.yaml", "a: 1\n")]) else { return };
    repository.git(&["mv", FILE, "store.arch.yaml"]);
    for paths in [&[][..], &["store.arch.yaml"]] {
        let ran = since(&repository, paths);
        assert_eq!((ran.status, ran.found(), ran.fixed()), (0, vec![], vec![]), "{paths:?}");
    }
    fs::create_dir_all(repository.path().join("deep/design")).unwrap();
    repository.git(&["mv", "store.arch.yaml", "deep/design/store.arch.yaml"]);
    repository.edit("deep/design/store.arch.yaml", "timeout: 300ms", "timeout: none");
    repository.commit(&[]);
    for paths in [&[][..], &["deep"], &["deep/design/store.arch.yaml"]] {
        let ran = since(&repository, paths);
        assert_eq!(ran.found(), ["soft-call-can-hang-caller api->mail"], "{paths:?}");
        assert!(ran.fixed().is_empty());
    }
    // From inside the folder, too.
    let inside = repository.path().join("deep/design");
    let arguments = ["check", "--format", "json", "--since", "main", "--today", "2026-06-01"];
    assert_eq!(premortem(&inside, &arguments).found(), ["soft-call-can-hang-caller api->mail"]);
}

#[test]
fn includes_overrides_and_links_are_those_of_the_time() {
    let storage = "components:\n  postgres: {tech: postgresql}\n";
    let shop = SHOP.replace("  postgres: {tech: postgresql}\n", "");
    let files = [
        ("design/shop.arch.yaml", &*format!("include: ../parts/storage.yaml\n{shop}")),
        ("parts/storage.yaml", storage),
    ];
    let Some(repository) = branch(&files) else { return };
    assert_eq!(since(&repository, &[]).found(), Vec::<String>::new());
    // The included file moves along.
    repository.git(&["mv", "parts/storage.yaml", "design/storage.yaml"]);
    repository.edit("design/shop.arch.yaml", "../parts/storage.yaml", "storage.yaml");
    let ran = since(&repository, &[]);
    assert_eq!((ran.status, ran.found(), ran.fixed()), (0, vec![], vec![]));

    let compose = "services:\n  web: {image: example/web, depends_on: {db: {condition: service_healthy}}}\n  db: {image: postgres:16}\n";
    let check = |test: &str| format!("services:\n  db: {{healthcheck: {{test: [CMD, {test}]}}}}\n");
    let proper = check("pg_isready");
    let Some(repository) = branch(&[("compose.yaml", compose), ("compose.override.yaml", &proper)]) else { return };
    assert_eq!(since(&repository, &[]).found(), Vec::<String>::new());
    repository.write("compose.override.yaml", &check("\"true\""));
    assert_eq!(since(&repository, &[]).found(), ["health-check-proves-nothing db"]);

    #[cfg(unix)]
    {
        let Some(repository) = branch(&[("real/shop.yaml", SHOP)]) else { return };
        repository.git(&["switch", "--quiet", "main"]);
        std::os::unix::fs::symlink("real/shop.yaml", repository.path().join(FILE)).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", repository.path().join("out.yaml")).unwrap();
        std::os::unix::fs::symlink("loop.yaml", repository.path().join("loop.yaml")).unwrap();
        repository.commit(&[]);
        repository.git(&["switch", "--quiet", "--create", "linked"]);
        assert_eq!(since(&repository, &[FILE]).found(), Vec::<String>::new());
        repository.edit("real/shop.yaml", "timeout: 300ms", "timeout: none");
        assert_eq!(since(&repository, &[FILE]).found(), ["soft-call-can-hang-caller api->mail"]);
        // What a link of the past leads to outside is not read.
        fs::remove_file(repository.path().join("out.yaml")).unwrap();
        fs::remove_file(repository.path().join("loop.yaml")).unwrap();
        repository.write("out.yaml", SHOP);
        repository.write("loop.yaml", SHOP);
        for file in ["out.yaml", "loop.yaml"] {
            let ran = since(&repository, &[file]);
            assert!(!ran.out.contains("root:") && ran.json()["summary"]["unchanged"] == 0, "{}", ran.out);
        }
    }
}

#[test]
fn line_endings_do_not_count() {
    let Some(repository) = branch(&[(FILE, SHOP)]) else { return };
    repository.write(FILE, &SHOP.replace('\n', "\r\n"));
    let ran = since(&repository, &[]);
    assert_eq!((ran.status, ran.found(), ran.fixed()), (0, vec![], vec![]));
}

#[test]
fn namesakes_of_other_designs_do_not_hide_anything() {
    let Some(repository) = branch(&[("a/a.arch.yaml", &SHOP.replace("300ms", "none")), ("b/b.arch.yaml", SHOP)]) else {
        return;
    };
    repository.edit("b/b.arch.yaml", "300ms", "none");
    let ran = since(&repository, &[]);
    assert_eq!(ran.found(), ["soft-call-can-hang-caller api->mail"]);
    assert_eq!(ran.json()["findings"][0]["labels"][0]["file"], "b/b.arch.yaml");
}

#[test]
fn where_there_was_no_design_everything_is_new() {
    let Some(repository) = branch(&[("README.md", "nothing yet\n")]) else { return };
    repository.write(FILE, SHOP);
    let ran = since(&repository, &[]);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.found(), repository.check(&[]).found());
    assert!(ran.out.contains("no design was found in `main` where these files lie"), "{}", ran.out);
}

#[test]
fn a_design_that_was_broken_is_said() {
    let Some(repository) = branch(&[(FILE, &SHOP.replace("kind: client", "kidn: client"))]) else { return };
    repository.commit(&[(FILE, SHOP)]);
    let ran = since(&repository, &[]);
    assert!(ran.out.contains("could not be read whole in `main`"), "{}", ran.out);
    assert_ne!(ran.status, 2, "that the past was broken is no mistake of today");
}

#[test]
fn bad_revisions_get_clear_errors() {
    let Some(repository) = branch(&[(FILE, SHOP)]) else { return };
    let marker = repository.path().join("marker");
    let shell = format!("$(touch {0});`touch {0}`", marker.display());
    let output = format!("--output={}", marker.display());
    repository.git(&["branch", "twice"]);
    repository.commit(&[]);
    repository.git(&["tag", "twice"]);
    assert_eq!(repository.check(&["--since", "refs/tags/twice"]).status, 0);
    let cases: &[(&str, &str)] = &[
        ("mian", "Did you mean `main`?"),
        ("no-such-branch-at-all", "git branch --all"),
        ("", "no revision ``"),
        ("-h", "no revision `-h`"),
        ("--all", "no revision"),
        (&output, "no revision"),
        (&shell, "no revision"),
        ("main..change", "instead of a range: `main`"),
        ("...change", "instead of a range: `change`"),
        ("main~7", "There is `main`, but its history does not go that far: see `git log --oneline main`"),
        ("twice", "`twice` is ambiguous\nhelp: Say which is meant: `refs/heads/NAME`"),
        ("HEAD:shop.arch.yaml", "no revision"),
        ("a\nb", "no revision"),
    ];
    for (revision, says) in cases {
        let ran = repository.premortem(&["check", &format!("--since={revision}")]);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{revision}");
        assert!(ran.err.contains(says), "{revision}: {}", ran.err);
    }
    assert!(!marker.exists());

    let status = |folder: &std::path::Path, arguments: &[&str]| {
        let ran = premortem(folder, arguments);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        ran.err
    };
    let main = ["check", "--since", "main", FILE];
    let nowhere = tempfile::tempdir().unwrap();
    fs::write(nowhere.path().join(FILE), SHOP).unwrap();
    assert!(status(nowhere.path(), &main).contains("in no git repository"));
    assert!(
        status(repository.path(), &["check", "--since", "main", "-"]).contains("help: Save the text and name the file")
    );

    repository.git(&["checkout", "--quiet", "--orphan", "stranger"]);
    repository.commit(&[("README.md", "another history\n")]);
    assert!(status(repository.path(), &main).contains("no common commit"));

    let young = Repository { folder: tempfile::tempdir().unwrap() };
    young.git(&["init", "--quiet"]);
    young.write(FILE, SHOP);
    assert!(status(young.path(), &main).contains("no commit yet"));

    let path = tempfile::tempdir().unwrap();
    let ran = premortem_with(repository.path(), &main, "", &[("PATH", path.path().to_str().unwrap())]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("not installed"), "{}", ran.err);
}

#[test]
fn a_shallow_clone_is_told_to_fetch_more() {
    let Some(repository) = branch(&[(FILE, SHOP)]) else { return };
    repository.commit(&[]);
    repository.git(&["switch", "--quiet", "main"]);
    repository.commit(&[("README.md", "more\n")]);
    let clone = Repository { folder: tempfile::tempdir().unwrap() };
    let url = format!("file://{}", repository.path().display());
    clone.git(&["clone", "--quiet", "--depth", "1", "--branch", "change", &url, "."]);
    let ran = clone.premortem(&["check", "--since", "origin/main"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("fetch-depth: 0"), "{}", ran.err);
    clone.git(&["fetch", "--quiet", "--depth", "1", "origin", "main:refs/remotes/origin/main"]);
    let ran = clone.premortem(&["check", "--since", "origin/main"]);
    assert!(ran.status == 2 && ran.err.contains("fetch-depth: 0"), "{}", ran.err);
    clone.git(&["fetch", "--quiet", "--unshallow", "origin"]);
    assert_eq!(clone.check(&["--since", "origin/main"]).found(), Vec::<String>::new());
}

/// A repository of a stranger may be set up to run things.
#[cfg(unix)]
#[test]
fn nothing_of_the_repository_is_run() {
    use std::os::unix::fs::PermissionsExt;
    let Some(repository) = branch(&[(FILE, SHOP), (".gitattributes", "* filter=evil diff=evil\n")]) else { return };
    let marker = repository.path().join(".git/marker");
    let script = repository.path().join(".git/evil.sh");
    fs::write(&script, format!("#!/bin/sh\ntouch '{}'\ncat\n", marker.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    for key in ["core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command", "core.pager"] {
        repository.git(&["config", key, script]);
    }
    for key in ["filter.evil.clean", "filter.evil.smudge"] {
        repository.git(&["config", key, script]);
    }
    for hook in ["post-checkout", "reference-transaction", "post-index-change"] {
        fs::create_dir_all(repository.path().join(".git/hooks")).unwrap();
        fs::copy(script, repository.path().join(".git/hooks").join(hook)).unwrap();
    }
    repository.edit(FILE, "300ms", "none");
    assert_eq!(since(&repository, &[]).found(), ["soft-call-can-hang-caller api->mail"]);
    assert!(!marker.exists(), "something was run");
    assert_eq!(repository.read(FILE), SHOP.replace("300ms", "none"), "the working tree is as it was");
}
