//! premortem
fn main() {}
