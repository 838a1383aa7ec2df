//! Findings about acceptances: what has run out, and what accepts nothing.

use super::{EXPIRED, PACK};
use crate::finding::{Accepted, Certainty, Finding, Label, Severity, Subject};

/// An acceptance that is no more than that.
pub(super) struct About<'a> {
    pub(super) rule: &'a str,
    pub(super) accepted: &'a Accepted,
    /// What it is for, where its place does not say so, and what may be wrong with it.
    pub(super) listed: Option<(&'a str, String)>,
}

/// One finding about acceptances of one subject; `entries` is not empty.
pub(super) fn finding(rule: &'static str, subject: Subject, entries: &[About<'_>]) -> Finding {
    let expired = rule == EXPIRED;
    let name = |entry: &About<'_>| match &entry.listed {
        Some((subject, _)) => format!("`{}` for `{subject}`", entry.rule),
        None => format!("`{}`", entry.rule),
    };
    let names: Vec<String> = entries.iter().map(name).collect();
    let names = crate::rules::sentence::join(&names);
    let label = |entry: &About<'_>| Label {
        span: entry.accepted.place,
        text: match (&entry.accepted.until, &entry.listed) {
            (Some(until), _) if expired => format!("accepted until {until}").into(),
            (_, Some((_, hint))) => hint.as_str().into(),
            _ => format!("nothing finds `{}` here", entry.rule).into(),
        },
    };
    let (message, why, fix) = if expired {
        let until = entries.iter().filter_map(|entry| entry.accepted.until.as_ref()).min();
        let since = match (until, entries.len()) {
            (Some(until), 1) => format!("ran out on {until}"),
            (Some(until), _) => format!("ran out, the first on {until}"),
            (None, _) => "ran out".to_owned(),
        };
        (
            format!("the acceptance of {names} {since}"),
            "A risk that was accepted for a while is open again.",
            "Mend what was accepted, or accept it anew with a later `until`.",
        )
    } else {
        (
            format!("the acceptance of {names} accepts nothing"),
            "It would hide the next such weakness in the same place.",
            "Remove the acceptance.",
        )
    };
    Finding {
        rule: rule.to_owned(),
        pack: PACK.to_owned(),
        severity: Severity::Warning,
        certainty: Certainty::Declared,
        subject,
        message,
        why: why.into(),
        fix: fix.into(),
        labels: entries.iter().map(label).collect(),
        notes: Vec::new(),
        path: Vec::new(),
        event: None,
        url: None,
        accepted: None,
        folded: Vec::new(),
        undescribed: Vec::new(),
        acceptable_at: None,
        edits: Vec::new(),
    }
}
