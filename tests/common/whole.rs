//! Designs that are a whole text.

use super::common::analyse_at;
use premortem::analyse::Analysis;

/// A design in premortem's notation; every problem but warnings is a failure.
pub(crate) fn analyse(text: &str) -> Analysis {
    analyse_at(text, |document| document).1
}
