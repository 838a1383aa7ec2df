//! Trees to facts: one file per notation.

pub mod compose;
pub mod native;
pub mod structure;
pub mod vocabulary;

use crate::sources::{SourceId, Span};
use vocabulary::DesignFacts;

/// The language a file is written in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Notation {
    /// premortem's own: what is absent was left out by the author.
    Native,
    /// Docker Compose: what is absent may be something Compose cannot say.
    Compose,
}

impl Notation {
    /// For sentences: "Compose cannot say …".
    pub fn title(self) -> &'static str {
        match self {
            Self::Native => "premortem",
            Self::Compose => "Compose",
        }
    }
}

/// What one file says, with the place of every word.
#[derive(Debug)]
pub struct Fragment {
    pub notation: Notation,
    pub source: SourceId,
    /// Where findings about the whole point: the `components` key or its equivalent.
    pub place: Span,
    pub facts: DesignFacts,
}
