//! premortem reads an architecture, works out what breaks when each part fails, and reviews the design.

pub mod finding;
pub mod parse;
pub mod problem;
pub mod read;
pub mod review;
pub mod sources;
