//! How strict a review is.

use crate::finding::Severity;
use schemars::JsonSchema;
use serde::Deserialize;

/// How strict a review is. Profiles change severities and what is said about facts that are not described; never what
/// breaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// What is not described about critical flows is a finding.
    #[default]
    Production,
    /// Milder on operations, stricter on complexity; what is not described is asked.
    Startup,
    /// What is not described is asked.
    Sketch,
    /// Everything that is not described is a finding.
    Strict,
}

impl Profile {
    pub const ALL: [Self; 4] = [Self::Production, Self::Startup, Self::Sketch, Self::Strict];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Startup => "startup",
            Self::Sketch => "sketch",
            Self::Strict => "strict",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == word)
    }
}

/// A severity, or not at all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warning,
    Advice,
    /// The rule does not run.
    Off,
}

impl Level {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
            Self::Off => "off",
        }
    }

    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Advice => Some(Severity::Advice),
            Self::Off => None,
        }
    }
}
