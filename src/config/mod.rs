//! `premortem.yaml`: what holds for every run in a folder, so that nobody has to type it.
//!
//! A design is under the nearest configuration from its folder up to the root of the repository. Configurations are not
//! merged with each other: what one says, it says whole. A flag goes before the configuration, the configuration before
//! the design's own `profile`, and that before the default.

mod file;
mod glob;
mod lookup;

pub use file::{AcceptEntry, ConfigFile, FailOn, Paths, schema};
pub use lookup::{Config, ConfigId, Configs, NAMES, Source};

use crate::problem::Problem;
use crate::rules::{Level, Listed, Packs, Settings};
use crate::sources::Sources;
use std::path::{Path, PathBuf};

impl Config {
    /// What holds under this configuration where `flags` say nothing else. Who selects rules by a flag means those: what
    /// the configuration selects and ignores is set aside then, and what it switches off by name is on.
    #[must_use]
    pub fn under(&self, flags: &Settings) -> Settings {
        let file = &self.file;
        let mut settings = flags.clone();
        settings.profile = flags.profile.or(file.profile.as_ref().map(|profile| profile.value));
        if flags.select.is_empty() {
            settings.select.clone_from(&file.select);
            settings.ignore.splice(0..0, file.ignore.iter().cloned());
        }
        let by_flag = |rule: &str| flags.select.iter().any(|name| name.value == rule);
        let severities = file.severity.iter().map(|(rule, level)| (rule.clone(), level.value));
        settings.severities.extend(severities.filter(|(rule, level)| *level != Level::Off || !by_flag(&rule.value)));
        for (rule, params) in &file.params {
            settings.params.entry(rule.clone()).or_default().extend(params.clone());
        }
        settings.accept.extend(file.accept.iter().map(AcceptEntry::listed));
        settings
    }

    /// Where the file lies.
    pub fn path(&self) -> PathBuf {
        self.folder.join(Path::new(&self.name).file_name().unwrap_or_default())
    }

    /// What this file accepted when it held these bytes.
    pub fn accepted_in(&self, bytes: &[u8], sources: &mut Sources) -> Vec<Listed> {
        file::read(&self.name, bytes, sources).file.accept.iter().map(AcceptEntry::listed).collect()
    }

    /// Adds the rules of the folders it names; they have to lie in the repository.
    pub fn add_rules(&self, packs: &mut Packs, sources: &mut Sources) -> Vec<Problem> {
        let mut problems = Vec::new();
        for written in &self.file.rules {
            let folder = self.folder.join(&written.value);
            let refused = match std::fs::canonicalize(&folder) {
                Ok(found) if !found.starts_with(&self.root) => {
                    "it lies outside the repository, and nothing there is read"
                }
                Ok(found) if !found.is_dir() => "it is no folder",
                Ok(_) => {
                    let shown = self.beside(&written.value);
                    problems.extend(packs.add_folder_of(sources, &folder, &shown, Some(&self.root)));
                    continue;
                }
                Err(_) => "there is no such folder",
            };
            problems.push(
                Problem::error(
                    "bad-value",
                    format!("cannot read rules from `{}`: {refused}", written.value),
                    written.span,
                    "not read",
                )
                .with_help("Name a folder with a `pack.yaml`, as it is seen from this file."),
            );
        }
        problems
    }
}

impl AcceptEntry {
    fn listed(&self) -> Listed {
        Listed {
            rule: self.rule.clone(),
            subject: self.subject.clone(),
            because: self.because.clone(),
            until: self.until.as_ref().map(|until| until.value.clone()),
            by: self.by.clone(),
        }
    }
}
