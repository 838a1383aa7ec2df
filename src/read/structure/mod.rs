//! The published schema is the structural check.
