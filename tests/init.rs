//! `premortem init`: what it writes, and what it leaves alone.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod command;

use command::{folder, premortem};
use std::fs;

#[test]
fn editors_are_led_to_a_schema_that_describes_the_design() {
    for (arguments, design, line, schema) in [
        (&["--schema"][..], "system.arch.yaml", "design.schema.json", "design.schema.json"),
        (&["--schema", "a/shop.arch.yaml"], "a/shop.arch.yaml", "design.schema.json", "a/design.schema.json"),
        (&["a/b/shop.arch.yaml", "--schema=s.json"], "a/b/shop.arch.yaml", "../../s.json", "s.json"),
        (&["--schema=a/../a/b/s.json"], "system.arch.yaml", "a/b/s.json", "a/b/s.json"),
    ] {
        let folder = folder(&[("a/b/.keep", "")]);
        let ran = premortem(folder.path(), &[&["init"], arguments].concat());
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{arguments:?}");
        let text = fs::read_to_string(folder.path().join(design)).unwrap();
        assert_eq!(text.lines().next().unwrap(), format!("# yaml-language-server: $schema={line}"), "{arguments:?}");
        let plain = premortem(folder.path(), &["init", "-"]).out;
        assert_eq!(text.split_once('\n').unwrap().1, plain, "the rest is the same");
        let written = fs::read_to_string(folder.path().join(schema)).unwrap();
        assert_eq!(written, premortem(folder.path(), &["schema", "design"]).out);
        assert_eq!(premortem(folder.path(), &["check"]).status, 0);
        // The second design shares the schema.
        let ran = premortem(folder.path(), &["init", "other.arch.yaml", &format!("--schema={schema}")]);
        assert_eq!(ran.status, 0, "{}", ran.err);
    }
}

#[test]
fn a_design_and_its_schema_are_written_both_or_not_at_all() {
    for arguments in
        [&["init", "missing/shop.arch.yaml", "--schema=s.json"], &["init", "shop.arch.yaml", "--schema=missing/s.json"]]
    {
        let folder = folder(&[]);
        let ran = premortem(folder.path(), arguments);
        assert_eq!(ran.status, 2, "{}", ran.out);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn what_is_there_stays() {
    let design = "system.arch.yaml";
    let there = folder(&[(design, "components: {}\n"), ("own.json", "{}\n"), ("a b/x", "")]);
    for (arguments, says) in [
        (&["init"][..], "`system.arch.yaml` exists already, and is left as it is\nhelp: Name another file"),
        (&["init", "--schema"], "`system.arch.yaml` exists already"),
        (
            &["init", "new.arch.yaml", "--schema=own.json"],
            "`own.json` exists already, and is left as it is\nhelp: If it",
        ),
        (&["init", "new.arch.yaml", "--schema=a b/s.json"], "up to the first space: `a b/s.json`"),
        (&["init", "new.arch.yaml", "--schema=no/s.json"], "cannot write `no/s.json`: its folder does not exist"),
        (&["init", "no/new.arch.yaml"], "cannot write `no/new.arch.yaml`: its folder does not exist"),
        (&["init", "--schema", "-"], "Name a file"),
    ] {
        let ran = premortem(there.path(), arguments);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
    }
    let mut names: Vec<_> = fs::read_dir(there.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["a b", "own.json", design]);
    assert_eq!(fs::read_to_string(there.path().join("own.json")).unwrap(), "{}\n");
    assert_eq!(fs::read_to_string(there.path().join(design)).unwrap(), "components: {}\n");
}
