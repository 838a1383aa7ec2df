//! Colours and links of the human format.

use super::Style;
use super::text::escape;
use crate::finding::Severity;
use crate::problem::ProblemSeverity;

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ink {
    Error,
    Warning,
    Advice,
    /// Marks beside the primary one, and places.
    Context,
    /// What must be read first.
    Strong,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Error => "1;31",
            Self::Warning => "1;33",
            Self::Advice => "1;36",
            Self::Context => "1;34",
            Self::Strong => "1",
        }
    }
}

impl From<Severity> for Ink {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Advice => Self::Advice,
        }
    }
}

impl From<ProblemSeverity> for Ink {
    fn from(severity: ProblemSeverity) -> Self {
        match severity {
            ProblemSeverity::Error => Self::Error,
            ProblemSeverity::Warning => Self::Warning,
        }
    }
}

impl Style {
    /// The text in its colour, where there are colours. The text is already escaped.
    pub(super) fn paint(&self, ink: Ink, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\x1b[{}m{text}\x1b[0m", ink.code()) } else { text.to_owned() }
    }

    /// The text as a link, where there are links and the address can be printed as it is.
    pub(super) fn link(&self, url: Option<&str>, text: &str) -> String {
        match url {
            Some(url) if self.links && url.chars().all(|char| char.is_ascii_graphic()) => {
                format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\")
            }
            _ => text.to_owned(),
        }
    }

    /// A place in a file, ready to print.
    pub(super) fn place(&self, place: &str) -> String {
        self.paint(Ink::Context, &escape(place))
    }
}
