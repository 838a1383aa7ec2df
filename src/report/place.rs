//! Where something is written, as JSON answers say it.

use crate::sources::{Sources, Span};
use schemars::JsonSchema;
use serde::Serialize;

/// Where something is written.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Place {
    /// The file, as the command line leads to it.
    file: String,
    /// From 1.
    line: usize,
    /// From 1, in Unicode scalar values.
    column: usize,
}

impl Place {
    pub(super) fn new(at: Span, sources: &Sources) -> Self {
        let start = sources.positions(at).0;
        Self { file: sources.file_of(at).name().to_owned(), line: start.line, column: start.column }
    }
}
