//! Names that lead nowhere.

use crate::problem::{Problem, did_you_mean};
use crate::sources::Span;

/// A name that is none of those known, and what to do about it.
pub(super) fn dangling(kind: &str, name: &str, at: Span, known: &[&str]) -> Problem {
    let define = match kind {
        "component" => format!("add `{name}` to `components`"),
        "flow" => format!("add `{name}` to `flows`"),
        "zone" => format!("say which components are in it: `zones: [{name}]`"),
        "region" => format!("say which components are in it: `region: {name}`"),
        "vendor" => format!("say which components run on it: `vendor: {name}`"),
        _ => format!("add `{name}` to `components` or `flows`"),
    };
    let help = match did_you_mean(name, known.iter().copied()) {
        _ if matches!(name, "none" | "todo" | "?") => "remove it: this list names only what is there".to_owned(),
        Some(close) => format!("write `{close}`"),
        None if known.is_empty() => define,
        None => {
            let shown: Vec<String> = known.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
            let more = if known.len() > LISTED { ", …" } else { "" };
            let one_of = if shown.len() > 1 { "one of " } else { "" };
            format!("{define}, or name {one_of}{}{more}", shown.join(", "))
        }
    };
    if name.trim().is_empty() {
        return Problem::error("dangling-reference", format!("an empty text names no {kind}"), at, "empty")
            .with_help(format!("write the name of a {kind}, or remove it"));
    }
    let label = format!("not a {kind} of this design");
    Problem::error("dangling-reference", format!("there is no {kind} `{name}`"), at, label).with_help(help)
}

pub(super) fn sorted<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Names listed in full where an unknown one resembles none.
const LISTED: usize = 12;
