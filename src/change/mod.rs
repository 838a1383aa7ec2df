//! What is new: findings against a baseline or an earlier revision.

mod baseline;
mod delta;
mod designs;

pub use baseline::{Baseline, Found, schema};
pub use delta::{Against, Delta, Fixed, Known, compare};
pub use designs::Designs;
