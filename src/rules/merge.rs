//! One rule says one thing about one subject; more rows add their places and, as notes, their words.

use super::judge::{Judgement, Verdict};
use crate::finding::{ALSO, Finding, Subject};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What one rule says of the rows of its relation, with one finding of each subject at most, where its first one was.
pub(crate) fn merge(judgements: Vec<Judgement>) -> Vec<Judgement> {
    let mut merged: Vec<Judgement> = Vec::with_capacity(judgements.len());
    let mut known: HashMap<Subject, usize> = HashMap::with_capacity(judgements.len());
    for judgement in judgements {
        let Verdict::Finding(_) = judgement.verdict else {
            merged.push(judgement);
            continue;
        };
        match known.entry(judgement.subject.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(merged.len());
                merged.push(judgement);
            }
            Entry::Occupied(entry) => merged[*entry.get()].absorb(judgement),
        }
    }
    merged
}

impl Judgement {
    fn absorb(&mut self, other: Self) {
        let (Verdict::Finding(known), Verdict::Finding(mut extra)) = (&mut self.verdict, other.verdict) else { return };
        if self.flow != other.flow {
            self.flow = None;
        }
        let rank = |finding: &Finding| (finding.severity, finding.certainty);
        if rank(&extra) < rank(known) {
            std::mem::swap(known, &mut extra);
        }
        for label in extra.labels {
            if !known.labels.iter().any(|other| other.span == label.span) {
                known.labels.push(label);
            }
        }
        let also = (extra.message != known.message).then(|| format!("{ALSO}{}", extra.message));
        for note in also.into_iter().chain(extra.notes) {
            if !known.notes.contains(&note) {
                known.notes.push(note);
            }
        }
    }
}
