//! What is known about technologies: kind, limits, defaults, each with source and date.

use crate::read::vocabulary::{ComponentFacts, DependencyFacts, Kind};

/// One technology.
#[derive(Debug)]
pub struct Technology {
    /// The name used in messages: `PostgreSQL`.
    pub title: String,
    pub kind: Kind,
    /// Attention it takes to run, in points; a third if managed.
    pub ops: f64,
    /// What holds for a component that runs on it; every origin is `Inferred`.
    pub facts: ComponentFacts,
}

/// The technology of that name or alias, whatever its case.
pub fn lookup(_name: &str) -> Option<&'static Technology> {
    None
}

/// What holds for calls a component of this technology makes: its client's own defaults.
pub fn calls_from(_caller: Option<&'static Technology>, _call: &DependencyFacts) -> Option<&'static DependencyFacts> {
    None
}
