//! What a review says about an architecture.

use crate::read::vocabulary::Date;
use crate::sources::Span;
use std::fmt;
use std::sync::Arc;

/// How bad a finding is, worst first.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file contradicts itself, or states numbers under which a critical flow fails.
    Error,
    /// A known production killer.
    Warning,
    /// A judgement or a threshold worth a look.
    Advice,
}

impl Severity {
    /// As printed, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        }
    }
}

/// How the facts behind a finding are known.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Every fact was written in the files.
    Declared,
    /// At least one fact comes from the technology catalogue.
    Inferred,
    /// The finding is that a fact is not described.
    Undescribed,
}

/// How a note begins that says what else was found about the same subject.
pub const ALSO: &str = "also: ";

/// Stands in a very long path for the components that are left out of it.
pub const LEFT_OUT: &str = "…";

/// What a finding is about, by its name. Accepting, baselines and fingerprints work per subject.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    Component(Arc<str>),
    /// `from->to`
    Dependency(Arc<str>),
    /// `component/group`
    Group(Arc<str>),
    Flow(Arc<str>),
    Team(Arc<str>),
    Design,
}

impl Subject {
    /// `component`, `dependency`, `group`, `flow`, `team` or `design`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Component(_) => "component",
            Self::Dependency(_) => "dependency",
            Self::Group(_) => "group",
            Self::Flow(_) => "flow",
            Self::Team(_) => "team",
            Self::Design => "design",
        }
    }

    pub fn id(&self) -> &str {
        match self {
            Self::Component(id) | Self::Dependency(id) | Self::Group(id) | Self::Flow(id) | Self::Team(id) => id,
            Self::Design => "design",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A marked place with a few words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    pub span: Span,
    /// Shared by places of which the same is said.
    pub text: Arc<str>,
}

/// Why somebody lives with a finding.
#[derive(Clone, PartialEq, Debug)]
pub struct Accepted {
    pub because: String,
    /// The last day it holds.
    pub until: Option<Date>,
    /// Who accepted it.
    pub by: Option<String>,
    /// The rule's name where it is accepted.
    pub place: Span,
}

/// Whether an edit may be made without asking.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// It states nothing about the system: `timeout: todo` says that an answer is missing.
    Safe,
    /// Somebody has to fill it in or decide on it.
    Suggested,
}

/// A key that belongs to something in a file, and what to write there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Insertion {
    /// The name of the thing where it is written.
    pub of: Span,
    /// The key; where there are several, the first holds the second, and so on.
    pub keys: Vec<String>,
    /// As YAML.
    pub value: &'static str,
    pub applicability: Applicability,
}

/// A change to one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What it does, as a command.
    pub title: String,
    /// Empty where text is added.
    pub replaced: Span,
    pub text: String,
    pub applicability: Applicability,
}

/// A finding of another rule about the same subject, which a finding tells as a note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folded {
    pub rule: String,
    pub severity: Severity,
    pub message: String,
}

/// One weakness of the design, worded, with the evidence that shows it.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    pub rule: String,
    pub pack: String,
    pub severity: Severity,
    pub certainty: Certainty,
    pub subject: Subject,
    /// What is wrong: one clause, no final period.
    pub message: String,
    /// What happens if it stays. Shared, as is the remedy, by findings of which the same is said.
    pub why: Arc<str>,
    /// The smallest edit that mends it.
    pub fix: Arc<str>,
    /// The first is primary; never empty, no empty text.
    pub labels: Vec<Label>,
    /// Where inferred values came from, and what folded findings say.
    pub notes: Vec<String>,
    /// The findings its notes tell.
    pub folded: Vec<Folded>,
    /// Component names from cause to effect, where the evidence is a path; of a very long one both ends, with
    /// [`LEFT_OUT`] between them.
    pub path: Vec<String>,
    /// The event that shows what it means, as `premortem fail` takes it; with `--for` where it does not last an hour.
    pub event: Option<String>,
    /// Page that explains the rule.
    pub url: Option<String>,
    /// Why it was accepted, if it was.
    pub accepted: Option<Box<Accepted>>,
    /// The facts nobody described.
    pub undescribed: Vec<Insertion>,
    /// The name of what the finding is about, where that can accept it.
    pub acceptable_at: Option<Span>,
    /// The same as changes to the files, once somebody has asked for them.
    pub edits: Vec<Edit>,
}

impl Finding {
    pub fn primary(&self) -> Span {
        self.labels[0].span
    }

    /// What could be written to answer it: the facts nobody described, as open; and the acceptance, whose reason nobody
    /// else can give.
    pub fn insertions(&self) -> impl Iterator<Item = Insertion> + '_ {
        let acceptance = self.acceptable_at.map(|of| Insertion {
            of,
            keys: vec!["accept".to_owned(), self.rule.clone()],
            value: "\"\"",
            applicability: Applicability::Suggested,
        });
        self.undescribed.iter().cloned().chain(acceptance)
    }

    /// The path in words; `None` where the evidence is no path.
    pub fn path_in_words(&self) -> Option<String> {
        let name = |name: &String| if name == LEFT_OUT { name.clone() } else { format!("`{name}`") };
        (self.path.len() > 1).then(|| self.path.iter().map(name).collect::<Vec<_>>().join(" -> "))
    }

    /// Names the rule and the entities, never lines or files: moving or reformatting a design keeps it.
    pub fn fingerprint(&self) -> String {
        format!("{}:{}:{}", self.rule, self.subject.kind(), self.subject.id())
    }
}

/// Something only the authors know, worth answering.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    pub rule: String,
    pub subject: Subject,
    pub message: String,
    pub labels: Vec<Label>,
    /// Larger is asked first.
    pub weight: u64,
    /// What the design says towards the answer; questions of the failure model have none.
    pub pre_answer: Option<PreAnswer>,
}

/// What a design says towards the answer of a question, and where the rest belongs.
#[derive(Clone, PartialEq, Debug)]
pub struct PreAnswer {
    pub pack: String,
    /// How much the rule thinks of its question.
    pub severity: Severity,
    /// Why somebody should know the answer.
    pub why: String,
    /// Clauses without a final period.
    pub known: Vec<String>,
    /// Facts that would answer the question and are not stated.
    pub open: Vec<OpenFact>,
    /// Where the subject is written, which can accept the question with an answer.
    pub subject_at: Span,
}

/// A fact that nobody has stated yet.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenFact {
    /// As it is written: `owner`, `deploy.rollback`.
    pub key: String,
    /// It is there and says `todo`.
    pub todo: bool,
    /// Where the key is or belongs.
    pub at: Span,
}

/// What a review could not judge, and why.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, schemars::JsonSchema)]
pub struct NotJudged {
    /// Plural noun: `health checks`.
    pub what: String,
    pub why: String,
}

/// Numbers that say what was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    pub files: usize,
    pub components: usize,
    pub dependencies: usize,
    pub flows: usize,
    pub rules: usize,
}
