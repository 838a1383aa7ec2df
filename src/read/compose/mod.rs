//! Docker Compose files.
//!
//! Facts are imported with the place that shows them. What Compose cannot say stays absent: a file without
//! `update_config` does not mean that there is no way to roll back.

mod command;
mod depends_on;
mod edges;
mod environment;
mod files;
mod health;
mod hosts;
mod image;
mod interpolation;
mod keys;
mod layers;
mod merge;
mod names;
mod overlay;
mod ports;
mod scale;
mod service;
mod variables;
mod volumes;

#[cfg(test)]
mod tests;

pub use files::{Files, Found, NotRead, is_compose};
pub use merge::Profiles;

use super::vocabulary::{Attr, Named, Word};
use super::{Fragment, Notation};
use crate::parse::{Limits, NodeKind, Parsed, Spanned};
use crate::problem::Problem;
use crate::sources::{Sources, Span};
use files::Project;
use layers::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// What is asked of the reader beside the file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Reads the override file that lies beside the file, as `docker compose up` does.
    pub with_override: bool,
    pub profiles: Profiles,
}

/// One Compose project, read.
#[derive(Debug)]
pub struct Reading {
    pub fragment: Fragment,
    /// Sorted by place. What the parser said about the main file is not repeated.
    pub problems: Vec<Problem>,
    /// What a reader of the result has to know about how it came about.
    pub notes: Vec<Note>,
    /// Every Compose file that was read, the main file first.
    pub files: Vec<Parsed>,
}

/// A part of the project that was left out or is read in some way.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Note {
    pub what: String,
    /// Without a final period.
    pub why: String,
}

/// Reads the project that a Compose file starts.
///
/// `path` is where the file lies, as the user would type it. `files` opens what the file names; `.env` and `env_file`s do
/// not become part of `sources`, so that no message can show them.
pub fn read(
    main: Parsed,
    path: &Path,
    options: &Options,
    files: &mut dyn Files,
    sources: &mut Sources,
    limits: &Limits,
) -> Reading {
    let source = main.source;
    let mut project = files::load(main, path, options.with_override, files, sources, limits);
    let mut problems = std::mem::take(&mut project.problems);
    let mut notes = Vec::new();
    let whole = sources.get(source).span();
    let (place, facts) = facts(&project, path, whole, options, &mut problems, &mut notes);
    problems.sort_by_key(Problem::primary);
    problems.dedup();
    let secret = (0..project.files.len()).filter_map(|file| project.root(file)).flat_map(environment::values);
    sources.conceal(secret);
    let fragment = Fragment { notation: Notation::Compose, source, place, facts };
    Reading { fragment, problems, notes, files: project.files.into_iter().map(|file| file.parsed).collect() }
}

fn facts(
    project: &Project,
    path: &Path,
    whole: Span,
    options: &Options,
    problems: &mut Vec<Problem>,
    notes: &mut Vec<Note>,
) -> (Span, super::vocabulary::DesignFacts) {
    let Some(root) = project.root(0) else {
        problems.push(nothing_described(whole));
        return (whole, super::vocabulary::DesignFacts::default());
    };
    if root.node.kind() != NodeKind::Map {
        problems.push(
            Problem::error("compose-shape", "a Compose file is a map", root.span(), "this is not a map")
                .with_help("Start with `services:` and name one service per line."),
        );
        return (root.span(), super::vocabulary::DesignFacts::default());
    }
    let mut services = merge::services(project, problems);
    if services.is_empty() && root.get("services").is_none() && root.get("include").is_none() {
        problems.push(nothing_described(root.span()));
    }
    let left_out = match options.profiles {
        Profiles::All => merge::LeftOut::default(),
        Profiles::Default => merge::take_out(&mut services, &active_profiles(project)),
    };
    note_left_out(&left_out, notes);
    let complete = project.complete && is_project_name(path) && services.iter().all(service::is_defined);
    let mut design = overlay::design(root, problems);
    design.system.or(system(root, path));
    let components = service::components(&services, project, &left_out, complete, problems);
    if components.iter().any(|(_, facts)| facts.uses.0.iter().any(|used| used.facts.phase.is_absent())) {
        notes.push(Note { what: "`depends_on`".to_owned(), why: "read as a need while running, too".to_owned() });
    }
    notes.extend(alone(&components));
    let mut named = Named(components);
    named.0.append(&mut design.components.0);
    design.components = named;
    let place = root.node.entry("services").or_else(|| root.node.entry("include"));
    let place = place.or_else(|| root.node.entries().next()).map_or_else(|| root.span(), |entry| entry.key.span);
    (place, design)
}

fn nothing_described(place: Span) -> Problem {
    Problem::error("empty-design", "the file describes no services", place, "no services")
        .with_help("Name one service per line under `services:`.")
}

/// The names under which Compose finds a project by itself. Files with other names may be one part of several.
fn is_project_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    matches!(name, "compose.yaml" | "compose.yml" | "docker-compose.yaml" | "docker-compose.yml")
}

fn active_profiles(project: &Project) -> BTreeSet<String> {
    let written = project.variables().get("COMPOSE_PROFILES").unwrap_or_default();
    written.split(',').map(|profile| profile.trim().to_owned()).filter(|profile| !profile.is_empty()).collect()
}

fn note_left_out(left_out: &merge::LeftOut<'_>, notes: &mut Vec<Note>) {
    let mut say = |names: Vec<&str>, why: &str| {
        if !names.is_empty() {
            notes.push(Note { what: list(&names), why: why.to_owned() });
        }
    };
    let mut by_profile: Vec<&str> = left_out.by_profile.keys().copied().collect();
    by_profile.sort_unstable();
    say(by_profile, "left out, only a profile starts it");
    say(left_out.scaled_to_none.iter().copied().collect(), "left out, no copy of it runs");
}

/// Names written out in a note.
const NAMES: usize = 3;

fn list(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES).map(|name| format!("`{name}`")).collect();
    match (names.len().saturating_sub(NAMES), shown.as_slice()) {
        (0, [first @ .., last]) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        (0, _) => shown.concat(),
        (more, _) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Services that nothing ties to another one: what their failure does to the others was not found out.
fn alone(components: &[Component]) -> Option<Note> {
    let used: BTreeSet<&str> =
        components.iter().flat_map(|(_, facts)| &facts.uses.0).map(|used| used.target.value.as_str()).collect();
    let is_alone = |(name, facts): &&Component| {
        facts.uses.0.is_empty() && facts.one_of.iter().next().is_none() && !used.contains(name.value.as_str())
    };
    let names: Vec<&str> = components.iter().filter(is_alone).map(|(name, _)| name.value.as_str()).collect();
    (!names.is_empty() && components.len() > 1).then(|| Note {
        what: format!("what fails with {}", list(&names)),
        why: format!("nothing in the file ties {} to another service", if names.len() == 1 { "it" } else { "them" }),
    })
}

/// `name`, else the folder.
fn system(root: Value<'_>, path: &Path) -> Attr<Word> {
    if let Some(name) = root.get("name")
        && let Some(text) = name.public_text()
    {
        return Attr::imported(Word(text.into_owned()), name.span());
    }
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let place = root.node.entries().next().map_or_else(|| root.span(), |entry| entry.key.span);
    folder.map(|folder| Attr::imported(Word(folder.to_owned()), place)).unwrap_or_default()
}

/// A named component, as a fragment holds it.
type Component = (Spanned<String>, Box<super::vocabulary::ComponentFacts>);
