//! premortem reads an architecture, works out what breaks when each part fails, and reviews the design.

pub mod problem;
pub mod sources;

pub mod parse;
pub mod read;
// The stages stand in the order in which a review runs them.
pub mod model;
pub mod graph;
pub mod analyse;

pub mod finding;
pub mod review;
