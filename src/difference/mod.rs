//! Two versions of an architecture: what got worse, what got better, and what is drawn differently.

mod outages;
mod parts;

pub use outages::{Cause, FlowChange, Outages, SinglePoint};
pub use parts::{Changed, FactChange, Parts};

use crate::analyse::Analysis;
use crate::change::{Designs, Fixed, Known, compare};
use crate::finding::{Finding, Subject};
use crate::review::Review;
use crate::sources::{Source, Span};
use parts::Names;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// One version.
#[derive(Debug)]
pub struct Side {
    /// As the user named it, such as `main` or `shop.arch.yaml`.
    pub name: String,
    /// The full name of the commit, if it is one.
    pub commit: Option<String>,
    pub review: Review,
    pub designs: Vec<Version>,
}

/// One design of a side.
#[derive(Debug)]
pub struct Version {
    /// Below what the user named.
    pub path: String,
    /// Its files, as seen from the top of their repository.
    pub files: Vec<String>,
    /// What stands for it in [`Review::designs`].
    pub root: PathBuf,
    pub analysis: Analysis,
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
        let pairs = pairs(&old.designs, &new.designs);
        let path = |side: &Side, index: usize| side.designs[index].path.clone();
        let missing = |side: &Side, paired: &[usize]| {
            let missing = (0..side.designs.len()).filter(|index| !paired.contains(index));
            missing.map(|index| path(side, index)).collect::<Vec<_>>()
        };
        let added = missing(&new, &pairs.iter().map(|(_, new)| *new).collect::<Vec<_>>());
        let gone = missing(&old, &pairs.iter().map(|(old, _)| *old).collect::<Vec<_>>());
        let renamed = Renamed::between(&old.designs, &new.designs);
        let no_names = Names::default();
        let mut designs = Vec::new();
        for (before, after) in pairs {
            let Version { path, analysis: now, .. } = &new.designs[after];
            let Version { root, analysis: then, .. } = &old.designs[before];
            let names = renamed.by_root.get(root).map_or(&no_names, |heir| &heir.names);
            let outages = Outages::new(then, now, names);
            let parts = Parts::new(&then.design, &now.design, names);
            designs.push(DesignChange { path: path.clone(), outages, parts });
        }
        let known = renamed.known(&old.review);
        let today = designs_of(&new.review, &new.designs, &|_| false);
        let sources = &new.review.sources;
        let file = |finding: &Finding| Some(sources.file_of(finding.primary()).path_in_repository().to_owned());
        let (fixed, unchanged) = compare(&mut new.review.findings, &known, &today, file);
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

impl Version {
    /// The designs of a review that were read, each with the path that stands for it. `path` is where that lies below what
    /// the user named.
    pub fn all(review: &Review, designs: Vec<(PathBuf, Analysis)>, path: impl Fn(&Path) -> String) -> Vec<Self> {
        let located = |source: &Source| (source.name().to_owned(), source.path_in_repository().to_owned());
        let located: HashMap<String, String> = review.sources.iter().map(located).collect();
        let mut files: HashMap<&Path, Vec<String>> = HashMap::new();
        for (file, root) in &review.designs {
            files.entry(root).or_default().extend(file.to_str().and_then(|name| located.get(name)).cloned());
        }
        let version = |(root, analysis): (PathBuf, Analysis)| {
            let files = files.get(&*root).cloned().unwrap_or_default();
            Self { path: path(&root), files, root, analysis }
        };
        designs.into_iter().map(version).collect()
    }
}

/// Where the findings of a review can lie. `is_there` tells whether a file exists, judged or not.
pub fn designs_of<'d>(review: &Review, versions: &[Version], is_there: &'d dyn Fn(&str) -> bool) -> Designs<'d> {
    let mut designs = Designs::new(is_there);
    for version in versions {
        designs.add(version.files.iter().cloned(), Some(&version.analysis));
    }
    // Of what could not be read nobody knows what it draws.
    let is_unread = |root: &PathBuf| versions.iter().all(|version| version.root != *root);
    let unread = review.designs.iter().filter(|(_, root)| is_unread(root)).filter_map(|(file, _)| file.to_str());
    let unread: BTreeSet<&str> = unread.collect();
    let located = |source: &Source| source.path_in_repository().to_owned();
    if !unread.is_empty() {
        designs.add(review.sources.iter().filter(|source| unread.contains(source.name())).map(located), None);
    }
    designs.add_files(review.sources.iter().map(located));
    designs
}

/// What the designs of the old side have become.
#[derive(Debug, Default)]
pub struct Renamed {
    by_root: BTreeMap<PathBuf, Heir>,
    /// Every file of the new side.
    files: BTreeSet<String>,
}

/// The design on the new side.
#[derive(Debug)]
struct Heir {
    names: Names,
    file: Option<String>,
}

impl Renamed {
    /// Compares the designs that are on both sides.
    pub fn between(old: &[Version], new: &[Version]) -> Self {
        let heir = |(before, after): (usize, usize)| {
            let (old, new) = (&old[before], &new[after]);
            let names = Names::new(&old.analysis.design, &new.analysis.design);
            (old.root.clone(), Heir { names, file: new.files.first().cloned() })
        };
        Self {
            by_root: pairs(old, new).into_iter().map(heir).collect(),
            files: new.iter().flat_map(|design| design.files.iter().cloned()).collect(),
        }
    }

    /// The findings of the old side, as they would be called on the new one.
    pub fn known(&self, old: &Review) -> Vec<Known> {
        let known = |finding: &Finding| {
            let mut all = Known::of(finding, old.sources.file_of(finding.primary()).path_in_repository());
            if let Some(heir) = self.heir(old, finding.primary()) {
                for known in &mut all {
                    known.subject = heir.names.subject(&finding.subject);
                    let is_kept = known.file.as_ref().is_some_and(|file| self.files.contains(file));
                    known.file = if is_kept { known.file.take() } else { heir.file.clone().or(known.file.take()) };
                }
            }
            all
        };
        old.findings.iter().flat_map(known).collect()
    }

    /// What something at a place of the old side is about, as it would be called on the new one.
    pub fn subject(&self, old: &Review, at: Span, subject: &Subject) -> Subject {
        self.heir(old, at).map_or_else(|| subject.clone(), |heir| heir.names.subject(subject))
    }

    fn heir(&self, old: &Review, at: Span) -> Option<&Heir> {
        let root = old.designs.get(Path::new(old.sources.file_of(at).name()))?;
        self.by_root.get(root)
    }
}

/// Positions of designs that are versions of each other: those of the same path, then the only ones that are left.
fn pairs(old: &[Version], new: &[Version]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (after, design) in new.iter().enumerate() {
        let before = old.iter().position(|known| known.path == design.path);
        pairs.extend(before.map(|before| (before, after)));
    }
    let mut left_old = (0..old.len()).filter(|index| !pairs.iter().any(|(before, _)| before == index));
    let mut left_new = (0..new.len()).filter(|index| !pairs.iter().any(|(_, after)| after == index));
    let last = match (left_old.next(), left_new.next(), left_old.next(), left_new.next()) {
        (Some(before), Some(after), None, None) => Some((before, after)),
        _ => None,
    };
    drop((left_old, left_new));
    pairs.extend(last);
    pairs
}
