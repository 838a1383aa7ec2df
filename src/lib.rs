//! premortem reads an architecture, works out what breaks when each part fails, and reviews the design.

pub mod finding;
pub mod problem;
pub mod report;
pub mod review;
pub mod sources;
