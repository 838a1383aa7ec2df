//! Two versions of an architecture: what got worse, what got better, and what is drawn differently.

mod outages;
mod parts;

pub use outages::{Cause, FlowChange, Outages, SinglePoint};
pub use parts::{Changed, FactChange, Parts};

use crate::analyse::Analysis;
use crate::change::{Fixed, Known, compare};
use crate::finding::Finding;
use crate::review::Review;
use parts::Names;

/// One version.
#[derive(Debug)]
pub struct Side {
    /// As the user named it, such as `main` or `shop.arch.yaml`.
    pub name: String,
    /// The full name of the commit, if it is one.
    pub commit: Option<String>,
    pub review: Review,
    /// Each design by its path below what the user named.
    pub designs: Vec<(String, Analysis)>,
}

/// What differs between two sides.
#[derive(Debug)]
pub struct Difference {
    pub old: String,
    pub old_commit: Option<String>,
    pub new_commit: Option<String>,
    /// The new side; its findings are the new ones.
    pub new: Side,
    /// Designs that are on both sides.
    pub designs: Vec<DesignChange>,
    /// Designs that are on one side only, by path.
    pub added: Vec<String>,
    pub gone: Vec<String>,
    pub fixed: Vec<Fixed>,
    pub unchanged: usize,
}

/// One design.
#[derive(Debug)]
pub struct DesignChange {
    pub path: String,
    pub outages: Outages,
    pub parts: Parts,
}

impl DesignChange {
    pub fn is_empty(&self) -> bool {
        self.outages.is_empty() && !self.outages.left_out && self.parts.is_empty()
    }
}

impl Difference {
    pub fn new(old: Side, mut new: Side) -> Self {
        let pairs = pairs(&old, &new);
        let path = |side: &Side, index: usize| side.designs[index].0.clone();
        let missing = |side: &Side, paired: &[usize]| {
            let missing = (0..side.designs.len()).filter(|index| !paired.contains(index));
            missing.map(|index| path(side, index)).collect::<Vec<_>>()
        };
        let added = missing(&new, &pairs.iter().map(|(_, new)| *new).collect::<Vec<_>>());
        let gone = missing(&old, &pairs.iter().map(|(old, _)| *old).collect::<Vec<_>>());
        let mut renamed = Names::default();
        let mut designs = Vec::new();
        for (before, after) in pairs {
            let (path, now) = &new.designs[after];
            let then = &old.designs[before].1;
            let names = Names::new(&then.design, &now.design);
            let outages = Outages::new(then, now, &names);
            let parts = Parts::new(&then.design, &now.design, &names);
            designs.push(DesignChange { path: path.clone(), outages, parts });
            renamed.extend(names);
        }
        let known: Vec<Known> =
            old.review.findings.iter().map(|finding| known(finding, &old.review, &renamed)).collect();
        let sources = &new.review.sources;
        let file = |finding: &Finding| Some(sources.file_of(finding.primary()).path_in_repository().to_owned());
        let (fixed, unchanged) = compare(&mut new.review.findings, &known, file);
        let (old_commit, new_commit) = (old.commit, new.commit.clone());
        Self { old: old.name, old_commit, new_commit, new, designs, added, gone, fixed, unchanged }
    }

    /// Whether the two sides say the same.
    pub fn is_empty(&self) -> bool {
        self.designs.iter().all(DesignChange::is_empty)
            && self.added.is_empty()
            && self.gone.is_empty()
            && self.fixed.is_empty()
            && self.new.review.findings.is_empty()
    }
}

/// Positions of designs that are versions of each other: those of the same path, then the only ones that are left.
fn pairs(old: &Side, new: &Side) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (after, (path, _)) in new.designs.iter().enumerate() {
        let before = old.designs.iter().position(|(known, _)| known == path);
        pairs.extend(before.map(|before| (before, after)));
    }
    let mut left_old = (0..old.designs.len()).filter(|index| !pairs.iter().any(|(before, _)| before == index));
    let mut left_new = (0..new.designs.len()).filter(|index| !pairs.iter().any(|(_, after)| after == index));
    let last = match (left_old.next(), left_new.next(), left_old.next(), left_new.next()) {
        (Some(before), Some(after), None, None) => Some((before, after)),
        _ => None,
    };
    drop((left_old, left_new));
    pairs.extend(last);
    pairs
}

fn known(finding: &Finding, review: &Review, names: &Names) -> Known {
    Known {
        subject: names.subject(&finding.subject),
        ..Known::of(finding, review.sources.file_of(finding.primary()).path_in_repository())
    }
}
