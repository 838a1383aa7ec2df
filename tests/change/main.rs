//! What is new: baselines, revisions of a git repository, and what changed between two designs.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

mod baseline;
#[path = "../command/mod.rs"]
mod command;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/whole.rs"]
mod whole;
mod diff;
#[path = "../random_design/mod.rs"]
mod random_design;
mod repository;
mod since;

/// Full of findings.
pub(crate) const SHOP: &str = "\
components:
  browser: {kind: client, uses: [web]}
  web:
    uses:
      api: {timeout: 2s}
  api:
    uses:
      postgres: {timeout: 500ms}
      mail: {need: soft, timeout: 300ms}
      redis: {timeout: 50ms}
  postgres: {tech: postgresql}
  redis: {tech: redis}
  mail: {kind: external}
flows:
  checkout:
    path: [browser, web, api, postgres]
    critical: true
";

pub(crate) const FILE: &str = "shop.arch.yaml";
