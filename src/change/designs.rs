//! Which designs there are today: what tells a namesake in another design from something that has moved.

use crate::analyse::Analysis;
use crate::finding::Subject;
use crate::rules::subjects;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// The designs of a review, by the files they are written in. Files are named as the repository names them.
pub struct Designs<'d> {
    of_file: BTreeMap<String, usize>,
    /// What each draws; `None` where that could not be read.
    drawn: Vec<Option<HashSet<Subject>>>,
    is_there: &'d dyn Fn(&str) -> bool,
}

/// How alike two places are, closest first.
#[derive(Clone, Copy, Debug)]
pub(super) enum Closeness {
    SameFile,
    SameDesign,
    /// What was there may have moved here.
    Moved,
}

impl Closeness {
    pub(super) const ALL: [Self; 3] = [Self::SameFile, Self::SameDesign, Self::Moved];
}

impl<'d> Designs<'d> {
    /// `is_there` tells whether a file exists, judged or not.
    pub fn new(is_there: &'d dyn Fn(&str) -> bool) -> Self {
        Self { of_file: BTreeMap::new(), drawn: Vec::new(), is_there }
    }

    /// Adds a design and every file it is written in.
    pub fn add(&mut self, files: impl IntoIterator<Item = String>, analysis: Option<&Analysis>) {
        let design = self.drawn.len();
        self.of_file.extend(files.into_iter().map(|file| (file, design)));
        self.drawn.push(analysis.map(|analysis| subjects(analysis).into_iter().collect()));
    }

    /// Adds files that belong to no design, such as a configuration.
    pub fn add_files(&mut self, files: impl IntoIterator<Item = String>) {
        let design = self.drawn.len();
        files.into_iter().for_each(|file| {
            self.of_file.entry(file).or_insert(design);
        });
        self.drawn.push(Some(HashSet::new()));
    }

    /// Whether namesakes are possible.
    pub(super) fn are_several(&self) -> bool {
        let draw = |design: &&Option<HashSet<Subject>>| design.as_ref().is_none_or(|drawn| !drawn.is_empty());
        self.drawn.iter().filter(draw).count() > 1
    }

    /// A file that is there and was not judged: nothing is known about what it holds today.
    pub(super) fn is_elsewhere(&self, file: &str) -> bool {
        !self.of_file.contains_key(file) && (self.is_there)(file)
    }

    /// Whether something known in one file can be what is found in another. What has no file can be anywhere.
    pub(super) fn fit(
        &self,
        closeness: Closeness,
        subject: &Subject,
        known: Option<&str>,
        found: Option<&str>,
    ) -> bool {
        let (Some(known), Some(found)) = (known, found) else { return matches!(closeness, Closeness::Moved) };
        match closeness {
            Closeness::SameFile => known == found,
            Closeness::SameDesign => {
                let design = self.of_file.get(known);
                design.is_some() && design == self.of_file.get(found)
            }
            Closeness::Moved => match self.of_file.get(known) {
                // Still drawn there: what is found elsewhere is a namesake.
                Some(design) => self.drawn[*design].as_ref().is_some_and(|drawn| !drawn.contains(subject)),
                None => !(self.is_there)(known),
            },
        }
    }
}

impl fmt::Debug for Designs<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Designs").field("of_file", &self.of_file).finish_non_exhaustive()
    }
}
