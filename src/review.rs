//! Composes the stages: sources in, [`Review`] out.

use crate::finding::{Finding, NotJudged, Question, Scope, Severity};
use crate::problem::Problem;
use crate::sources::Sources;

/// Everything a review has to say; the report formats turn it into bytes.
#[derive(Debug, Default)]
pub struct Review {
    pub sources: Sources,
    /// Sorted by file, place and rule.
    pub findings: Vec<Finding>,
    /// Findings the design accepts, with the reason given.
    pub accepted: Vec<Finding>,
    /// Worth answering first comes first.
    pub questions: Vec<Question>,
    /// Mistakes in the input, sorted by place.
    pub problems: Vec<Problem>,
    pub not_judged: Vec<NotJudged>,
    pub scope: Scope,
    /// ISO date that decides expiry and age.
    pub today: String,
}

impl Review {
    /// How many findings, not counting accepted ones, are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
