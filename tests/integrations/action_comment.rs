//! The comment on a pull request, written through a `gh` that remembers what it was asked.

use crate::action::Runner;
use crate::{BROKEN, CLEAN, FLAWED, make_executable, path_with, shown, write};
use std::fs;

/// Notes its arguments and keeps the body; answers a question about comments with `EARLIER`. `REFUSED` is what it may not do.
const GH: &str = r#"#!/bin/sh
printf '%s\n' "$*" >>"$ASKED"
case "$*" in *"$REFUSED"*) echo "HTTP 403: Resource not accessible by integration" >&2; exit 1 ;; esac
for argument; do
  case $argument in
    body=@*) cat "${argument#body=@}" >"$BODY" ;;
    .\[\]*) printf '%s' "$EARLIER" ;;
  esac
done
"#;

struct Commented {
    log: String,
    asked: String,
    body: String,
}

fn comment(design: &str, with: &[(&str, &str)]) -> Commented {
    let runner = Runner::new(&[("shop.arch.yaml", design)]);
    let reviewed = runner.review(&[]);
    let bin = runner.folder.path().join("bin");
    write(&bin, "gh", GH);
    make_executable(&bin.join("gh"));
    let mut script = runner.script("comment.sh");
    script.env("PATH", path_with(&[&bin]));
    let kept = |name: &str| runner.folder.path().join(name);
    script.env("ASKED", kept("asked")).env("BODY", kept("body")).env("REFUSED", "nothing").env("EARLIER", "");
    let outputs =
        [("MARKDOWN", "markdown-file"), ("FINDINGS", "findings"), ("STATUS", "exit-status"), ("CATEGORY", "category")];
    for (name, output) in outputs {
        script.env(format!("PREMORTEM_{name}"), &reviewed.outputs[output]);
    }
    script.env("PREMORTEM_COMMENT", "true").env("PREMORTEM_PULL_REQUEST", "7").env("GH_TOKEN", "t");
    script.env("GITHUB_EVENT_NAME", "pull_request");
    let output = script.envs(with.iter().copied()).output().unwrap();
    assert!(output.status.success(), "a comment is no reason to fail: {}", shown(&output));
    let read = |name: &str| fs::read_to_string(kept(name)).unwrap_or_default();
    Commented { log: shown(&output), asked: read("asked"), body: read("body") }
}

#[test]
fn the_first_finding_makes_a_comment() {
    for design in [FLAWED, BROKEN] {
        let commented = comment(design, &[]);
        assert!(commented.asked.contains("--method POST repos/example/shop/issues/7/comments"), "{}", commented.asked);
        assert!(commented.body.starts_with("<!-- premortem -->\n## premortem: "), "{}", commented.body);
    }
}

#[test]
fn a_comment_is_changed_not_repeated() {
    for (design, says) in [(FLAWED, "1 error"), (CLEAN, "nothing")] {
        let commented = comment(design, &[("EARLIER", "41\n42\n")]);
        assert!(
            commented.asked.contains("--method PATCH repos/example/shop/issues/comments/41 "),
            "{}",
            commented.asked
        );
        assert!(!commented.asked.contains("POST"), "{}", commented.asked);
        assert!(commented.body.starts_with(&format!("<!-- premortem -->\n## premortem: {says}")), "{}", commented.body);
    }
}

#[test]
fn nothing_to_say_is_no_comment() {
    assert_eq!(comment(CLEAN, &[]).body, "");
    for with in [
        ("PREMORTEM_COMMENT", "false"),
        ("GITHUB_EVENT_NAME", "push"),
        ("PREMORTEM_PULL_REQUEST", ""),
        ("PREMORTEM_PULL_REQUEST", "7/../../secrets"),
    ] {
        assert_eq!(comment(FLAWED, &[with]).asked, "", "{with:?}");
    }
}

#[test]
fn who_may_not_comment_is_told_where_the_review_is() {
    for with in [("GH_TOKEN", ""), ("REFUSED", "per_page"), ("REFUSED", "POST")] {
        let commented = comment(FLAWED, &[with]);
        assert!(commented.log.contains("::notice title=premortem::"), "{with:?}: {}", commented.log);
        assert!(commented.log.contains("the review is in the job summary"), "{with:?}: {}", commented.log);
        assert_eq!(commented.body, "", "{with:?}");
    }
    let commented = comment(FLAWED, &[("REFUSED", "PATCH"), ("EARLIER", "41")]);
    assert!(commented.log.contains("may not change its comment"), "{}", commented.log);
}
