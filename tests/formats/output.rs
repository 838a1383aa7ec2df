//! `--format` on the command line: files, standard output, the summary of a job, and paths.

use crate::command::{self, Ran, premortem_with};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A repository whose design lies in a folder and warns.
fn repository() -> TempDir {
    let text = "components:\n  web: {uses: [api]}\n  api: {}\nflows:\n  home: {path: [web, api]}\n";
    command::repository(&[("design/shop.arch.yaml", text)])
}

fn check(folder: &Path, arguments: &[&str], summary: Option<&Path>) -> Ran {
    let summary = summary.map(|path| ("GITHUB_STEP_SUMMARY", path.to_str().unwrap()));
    premortem_with(folder, &[&["check"], arguments].concat(), "", summary.as_slice())
}

fn uri(folder: &Path, path: &str) -> String {
    let ran = check(folder, &["--format", "sarif", path], None);
    let log: Value = serde_json::from_str(&ran.out).unwrap();
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    location.as_str().unwrap().to_owned()
}

#[test]
fn paths_are_those_of_the_repository_wherever_we_are() {
    let folder = repository();
    let design = folder.path().join("design");
    let absolute = design.join("shop.arch.yaml");
    for (here, path) in [
        (folder.path(), "."),
        (folder.path(), "./design/../design/shop.arch.yaml"),
        (&design, "."),
        (&design, "../design"),
        (Path::new("/"), absolute.to_str().unwrap()),
    ] {
        assert_eq!(uri(here, path), "design/shop.arch.yaml", "{path}");
    }
    // Outside of any repository, from the folder we are in, and never with the folders above.
    fs::remove_dir(folder.path().join(".git")).unwrap();
    assert_eq!(uri(folder.path(), "design"), "design/shop.arch.yaml");
    assert_eq!(uri(&design, "."), "shop.arch.yaml");
    assert_eq!(uri(Path::new("/usr"), absolute.to_str().unwrap()), "shop.arch.yaml");
}

#[test]
fn several_formats_go_to_several_files() {
    let folder = repository();
    let files = ["--format", "sarif=a.sarif", "--format", "junit=design/b.xml", "--format", "gitlab=c.json"];
    let quiet = check(folder.path(), &files, None);
    assert_eq!((quiet.status, quiet.out.as_str()), (1, ""));
    assert!(
        quiet.err.starts_with("Found ") && quiet.err.contains("`a.sarif`, `design/b.xml`, `c.json`"),
        "{}",
        quiet.err
    );
    let first = fs::read(folder.path().join("a.sarif")).unwrap();
    let loud = check(folder.path(), &[&files[..], &["--format", "full"]].concat(), None);
    assert!(loud.out.contains("Found ") && loud.err.is_empty(), "{}", loud.err);
    assert_eq!(fs::read(folder.path().join("a.sarif")).unwrap(), first);
    assert!(fs::read_to_string(folder.path().join("design/b.xml")).unwrap().ends_with("</testsuites>\n"));
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, [".git", "a.sarif", "c.json", "design"], "nothing else is left behind");
    assert_eq!(
        check(folder.path(), &["--format", "gitlab=-"], None).out,
        fs::read_to_string(folder.path().join("c.json")).unwrap()
    );
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = repository();
    for (arguments, says) in [
        (&["--format", "sarf"][..], "there is no format `sarf`; did you mean `sarif`?\nformats: full, "),
        (&["--format", "xyz"], "there is no format `xyz`\nformats: full, "),
        (&["--format", "sarif="], "names no file"),
        (&["--format", "sarif", "--format", "json"], "`sarif` and `json` both go to standard output"),
        (&["--format", "sarif=a", "--format", "json=a"], "two formats go to `a`"),
        (&["--format", "sarif=nowhere/a.sarif"], "cannot write `nowhere/a.sarif`: its folder does not exist"),
        (&["--format", "sarif=design"], "cannot write `design`: it is a folder"),
    ] {
        let ran = check(folder.path(), arguments, None);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn links_and_devices_are_written_through() {
    let folder = repository();
    fs::write(folder.path().join("target"), "old").unwrap();
    std::os::unix::fs::symlink("target", folder.path().join("link")).unwrap();
    let ran = check(folder.path(), &["--format", "gitlab=link", "--format", "junit=/dev/null"], None);
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(folder.path().join("link").is_symlink());
    assert!(fs::read_to_string(folder.path().join("target")).unwrap().starts_with('['));
}

#[test]
fn the_job_summary_holds_what_annotations_cannot() {
    let folder = repository();
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "# before\n").unwrap();
    let few = check(folder.path(), &["--format", "github"], Some(&summary));
    assert!(few.out.starts_with("::warning file=design/shop.arch.yaml,"), "{}", few.out);
    assert_eq!(fs::read_to_string(&summary).unwrap(), "# before\n", "annotations hold them all");
    let mut services = String::new();
    for number in 0..60 {
        writeln!(services, "  s{number}: {{uses: [db{number}]}}\n  db{number}: {{kind: database, backup: none}}")
            .unwrap();
    }
    fs::write(folder.path().join("design/shop.arch.yaml"), format!("components:\n{services}")).unwrap();
    let many = check(folder.path(), &["--format", "github"], Some(&summary));
    assert!(many.out.lines().count() <= 31 && many.out.contains("see the job summary"), "{}", many.out);
    let written = fs::read_to_string(&summary).unwrap();
    assert!(written.starts_with("# before\n\n## premortem: "), "{written}");
    for number in 0..60 {
        assert!(written.contains(&format!("| `db{number}` has no backup")), "db{number} is in no row");
    }
    fs::write(&summary, vec![b'x'; (1 << 20) - 500]).unwrap();
    let full = check(folder.path(), &["--format", "github"], Some(&summary));
    assert!(!full.out.contains("job summary"), "{}", full.out);
    assert_eq!(fs::metadata(&summary).unwrap().len(), (1 << 20) - 500, "more would be refused");
    let without = check(folder.path(), &["--format", "github"], None);
    assert!(without.out.contains("see the output of `premortem check`"), "{}", without.out);
    let lost = check(folder.path(), &["--format", "github"], Some(Path::new("/nonexistent/summary")));
    assert_eq!((lost.status, lost.out.as_str()), (2, ""));
    assert!(lost.err.contains("GITHUB_STEP_SUMMARY"), "{}", lost.err);
}

#[test]
fn the_help_lists_every_format() {
    let help = check(Path::new("."), &["--help"], None).out;
    for format in premortem::report::FORMATS {
        assert!(help.contains(&format!("{} ", format.name)) && help.contains(format.summary), "{}", format.name);
    }
}
