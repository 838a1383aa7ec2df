//! The configuration as its file writes it.

use crate::finding::Severity;
use crate::parse::{Limits, NodeKind, Skip, Spanned, deserialize, parse};
use crate::problem::Problem;
use crate::read::structure::Shape;
use crate::read::vocabulary::{Date, closed, present, reason};
use crate::rules::{Level, Params, Profile};
use crate::sources::Sources;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::LazyLock;

/// What holds for every run under the folder of this file.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = closed)]
pub struct ConfigFile {
    /// How strict reviews are; goes before the design's own `profile`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Profile")]
    pub profile: Option<Spanned<Profile>>,
    /// Folders with rules of your own, as seen from this file.
    #[serde(default)]
    pub rules: Vec<Spanned<String>>,
    /// Run only these rules: ids, names of packs, or `ALL`.
    #[serde(default)]
    pub select: Vec<Spanned<String>>,
    /// Leave these rules out: ids or names of packs.
    #[serde(default)]
    pub ignore: Vec<Spanned<String>>,
    /// How bad the findings of a rule are, whatever the rule says.
    #[serde(default)]
    pub severity: IndexMap<Spanned<String>, Spanned<Level>>,
    /// Thresholds, by rule and name; `premortem explain RULE` lists them.
    #[serde(default)]
    pub params: Params,
    /// Which files are looked at.
    #[serde(default)]
    pub paths: Paths,
    /// The least severity that makes the exit status 1.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "FailOn")]
    pub fail_on: Option<Spanned<FailOn>>,
    /// Findings to live with, by rule and subject.
    #[serde(default)]
    #[schemars(extend("x-help" = "write a list: `- {rule: no-rollback, subject: api, because: …}`"))]
    pub accept: Vec<AcceptEntry>,
}

/// Which files are looked at.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, JsonSchema)]
#[schemars(transform = closed)]
pub struct Paths {
    /// What a walk through folders passes by: `vendor`, `*.draft.arch.yaml`, `/examples/**/old`. A pattern without `/`
    /// matches in every folder, any other from the folder of this file.
    #[serde(default)]
    pub exclude: Vec<Spanned<String>>,
}

/// The least severity that fails a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    Error,
    #[default]
    Warning,
    Advice,
    /// Findings never do.
    Never,
}

impl FailOn {
    /// Whether a finding of this severity fails the run.
    pub fn covers(self, severity: Severity) -> bool {
        // Severities are ordered worst first.
        match self {
            Self::Error => severity <= Severity::Error,
            Self::Warning => severity <= Severity::Warning,
            Self::Advice => true,
            Self::Never => false,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
            Self::Never => "never",
        }
    }
}

/// A finding to live with.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[schemars(transform = closed)]
pub struct AcceptEntry {
    /// The rule.
    pub rule: Spanned<String>,
    /// What the finding is about, as JSON names it: `api`, `api->pg`, `api/mail`, a flow, a team, `design`.
    pub subject: Spanned<String>,
    /// The reason.
    #[serde(deserialize_with = "reason")]
    #[schemars(regex(pattern = r"\S"), extend("x-expects" = "a reason"))]
    pub because: String,
    /// The last day it holds.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Date")]
    pub until: Option<Spanned<Date>>,
    /// Who accepted it.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "String")]
    pub by: Option<String>,
}

/// Keys that people write one level too high or too low.
const ELSEWHERE: &[(&str, &str)] = &[
    ("exclude", "`paths`: `paths: {exclude: [vendor]}`"),
    ("because", "an item of `accept`: `accept: [{rule: …, subject: …, because: …}]`"),
    ("components", "a design, a file named `*.arch.yaml`"),
    ("flows", "a design, a file named `*.arch.yaml`"),
    ("format", "the command line: `--format sarif=out.sarif`"),
];

/// What people and other linters call a key, and its name here.
const SYNONYMS: &[(&str, &str)] = &[
    ("fail_on", "fail-on"),
    ("severities", "severity"),
    ("level", "severity"),
    ("levels", "severity"),
    ("packs", "rules"),
    ("excludes", "exclude"),
    ("entity", "subject"),
    ("component", "subject"),
    ("reason", "because"),
    ("expires", "until"),
    ("info", "advice"),
    ("note", "advice"),
    ("warn", "warning"),
    ("fatal", "error"),
    ("ignored", "off"),
    ("none", "off"),
];

static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let mut schema = schemars::schema_for!(ConfigFile).to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$id".to_owned(), "urn:premortem:schema:config:1".into());
        schema.insert("title".to_owned(), "A premortem configuration".into());
    }
    Shape::new(schema, ELSEWHERE)
        .expect("the schema is made from our own types; a test compiles it")
        .with_synonyms(SYNONYMS)
});

/// The published schema of `premortem.yaml`.
pub fn schema() -> &'static serde_json::Value {
    SHAPE.schema()
}

/// What was read of a file.
pub(super) struct Read {
    pub(super) file: ConfigFile,
    /// Nothing of it could be read.
    pub(super) is_broken: bool,
    pub(super) problems: Vec<Problem>,
}

/// Reads a configuration; what is wrong is left out and told. An empty one sets nothing.
pub(super) fn read(name: &str, bytes: &[u8], sources: &mut Sources) -> Read {
    let parsed = parse(sources, name, bytes, &Limits::default());
    let mut read = Read { file: ConfigFile::default(), is_broken: false, problems: parsed.problems };
    let mut documents = parsed.tree.documents();
    let Some(document) = documents.next() else {
        read.is_broken = !read.problems.is_empty();
        return read;
    };
    if let Some(second) = documents.next() {
        read.problems.push(
            Problem::error("bad-value", "a configuration is one document", second.span(), "one more")
                .with_help("Put everything before the `---`, or into files of their own in other folders."),
        );
    }
    if document.kind() == NodeKind::Null {
        return read;
    }
    if document.kind() != NodeKind::Map {
        let at = document.items().next().map_or(document.span(), crate::parse::Node::span);
        read.is_broken = true;
        read.problems.push(
            Problem::error("bad-value", "a configuration is a map", at, "no map")
                .with_help("Write one setting per line, such as `profile: strict`."),
        );
        return read;
    }
    // What can be read is valid; the schema says what is wrong with the rest.
    if let Ok(file) = deserialize(document, &Skip::default()) {
        read.file = file;
        return read;
    }
    let checked = SHAPE.check(document);
    read.problems.extend(checked.problems);
    match deserialize(document, &checked.skip) {
        Ok(file) if !checked.skip.holds(document) => read.file = file,
        Ok(_) => read.is_broken = true,
        Err(mismatch) => {
            read.is_broken = true;
            if read.problems.is_empty() {
                read.problems.push(mismatch.problem(document.span()));
            }
        }
    }
    read
}
