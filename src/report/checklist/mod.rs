//! A checklist as Markdown with boxes to tick, which renders on GitHub and GitLab, and as JSON.

mod json;
mod kept;
mod marker;
mod markdown;

pub use json::{schema, write as write_json};
pub use markdown::{Updated, page, update};
