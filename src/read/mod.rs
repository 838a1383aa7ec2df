//! Trees to model fragments, one notation a file.

pub mod structure;
