//! A mistake in something the user wrote: a file that does not parse, an unknown key, a bad rule.
//!
//! Problems are about the input; findings are about the architecture.

use crate::sources::Span;

/// Whether what was written could still be used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProblemSeverity {
    /// Something could not be read and was left out: the review exits with 2.
    Error,
    /// Everything was read, and something about it is suspicious.
    Warning,
}

impl ProblemSeverity {
    /// As printed, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One mistake, with every place that shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub severity: ProblemSeverity,
    /// Kebab-case and stable: `unknown-key`, `bad-value`, `duplicate-key`.
    pub code: &'static str,
    /// One clause without a final period; names the thing in backticks.
    pub message: String,
    /// The first is the primary place. Never empty.
    pub labels: Vec<(Span, String)>,
    /// What to do, as a command to the reader.
    pub help: Option<String>,
}

impl Problem {
    pub fn error(code: &'static str, message: impl Into<String>, at: Span, label: impl Into<String>) -> Self {
        Self {
            severity: ProblemSeverity::Error,
            code,
            message: message.into(),
            labels: vec![(at, label.into())],
            help: None,
        }
    }

    pub fn warning(code: &'static str, message: impl Into<String>, at: Span, label: impl Into<String>) -> Self {
        Self { severity: ProblemSeverity::Warning, ..Self::error(code, message, at, label) }
    }

    #[must_use]
    pub fn with_label(mut self, at: Span, label: impl Into<String>) -> Self {
        self.labels.push((at, label.into()));
        self
    }

    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The place a reader should look at first.
    pub fn primary(&self) -> Span {
        self.labels[0].0
    }
}

/// The known name a reader most likely meant: at most one edit in four characters away.
///
/// Ties go to the name that comes first, so that the suggestion does not depend on hashing.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&written, &name.to_lowercase()), name))
        .filter(|(distance, name)| {
            let shorter = written.chars().count().min(name.chars().count());
            *distance <= 1 + shorter / 4 && *distance < shorter
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
