//! premortem reads an architecture, works out what breaks when each part fails, and reviews the design.
//!
//! Every stage is a folder with one product, and uses earlier stages only:
//!
//! ```text
//! discover -> parse -> read -> model -> graph -> analyse -> rules -> review -> report
//! paths       trees   facts   Design   Graph    relations  findings  Review    bytes
//! ```
//!
//! What holds where (`config`) and what is new (`change`) are part of a review. `edit`, `checklist` and `difference` make
//! something else of one: changes to the files, questions, a comparison of two.

// What every stage speaks of.
pub mod sources;
pub mod problem;

// The stages, in the order in which a review runs them.
pub mod discover;
pub mod parse;
pub mod read;
pub mod model;
pub mod graph;
pub mod analyse;
pub mod finding;
pub mod rules;
pub mod change;
pub mod config;
pub mod review;
pub mod edit;
pub mod checklist;
pub mod difference;
pub mod report;
