//! What is new: findings against a baseline or an earlier revision.

mod baseline;
mod delta;

pub use baseline::{Baseline, Legacy, schema};
pub use delta::{Against, Delta, Fixed, Known, compare};
