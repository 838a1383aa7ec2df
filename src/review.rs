//! Composes the stages: a project in, [`Review`] out. Everything that reviews calls this.

use crate::analyse::unknown::Unknown;
use crate::analyse::{Analysis, LeftOut};
use crate::change::Delta;
use crate::config::FailOn;
use crate::discover::{Files, Project, ReadError, is_native_name, resolve};
use crate::finding::{Finding, Label, NotJudged, Question, Scope, Severity, Subject};
use crate::model::{self, ComponentId, Linked};
use crate::parse::{self, Comment, Limits, Node, Parsed};
use crate::problem::{Problem, ProblemSeverity};
use crate::read::vocabulary::Many;
use crate::read::{Fragment, Notation, compose, native};
use crate::rules::{self, ListedUse, Packs, Settings};
use crate::sources::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Everything a review has to say; the report formats turn it into bytes.
#[derive(Debug, Default)]
pub struct Review {
    pub sources: Sources,
    /// Sorted by file, place and rule.
    pub findings: Vec<Finding>,
    /// Findings the design accepts, with the reason given.
    pub accepted: Vec<Finding>,
    /// Worth answering first comes first.
    pub questions: Vec<Question>,
    /// Mistakes in the input, sorted by place.
    pub problems: Vec<Problem>,
    pub not_judged: Vec<NotJudged>,
    pub scope: Scope,
    /// What to name on the command line to ask about the design of a file.
    pub designs: BTreeMap<PathBuf, PathBuf>,
    /// ISO date that decides expiry and age.
    pub today: String,
    /// The rules that judged, for what they say about themselves.
    pub packs: Packs,
    /// The rules that could have found something in some design.
    pub ran: BTreeSet<String>,
    /// What the review was compared with: then `findings` are the new ones.
    pub delta: Option<Delta>,
    /// What fails the run, by file, where a configuration says so.
    pub fail_on: BTreeMap<PathBuf, FailOn>,
}

impl Review {
    /// Findings of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// One design, read and linked, before any rule has looked at it.
#[derive(Debug)]
pub struct Opened {
    /// `None` when no file could be used.
    pub analysis: Option<Analysis>,
    /// Comments of every file, for acceptances written in them.
    pub comments: Vec<Comment>,
    pub not_judged: Vec<NotJudged>,
    /// The path that stands for the design: its file, or the folder of its files.
    pub root: PathBuf,
    /// Every file that was read.
    pub files: BTreeSet<PathBuf>,
    /// Files read because others include them.
    pub included: BTreeSet<PathBuf>,
}

/// Reads a project and everything it includes.
pub fn open(
    project: &Project,
    files: &dyn Files,
    limits: &Limits,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) -> Opened {
    let mut opening = Opening {
        files,
        limits,
        sources,
        problems: Vec::new(),
        is_named: project.is_named,
        seen: BTreeSet::new(),
        included: BTreeSet::new(),
        hides_names: false,
        fragments: Vec::new(),
        comments: Vec::new(),
        not_judged: Vec::new(),
    };
    for file in &project.files {
        opening.file(file, None);
    }
    let (mut opened, mut told) = opening.finish();
    opened.root = match project.files.as_slice() {
        [file] => file.clone(),
        [first, ..] => first.parent().map(Path::to_path_buf).unwrap_or_default(),
        [] => PathBuf::new(),
    };
    problems.append(&mut told);
    opened
}

/// What is left of a design once it is judged.
#[derive(Debug, Default)]
pub struct Reviewed {
    /// For further questions.
    pub analysis: Option<Analysis>,
    /// What became of each acceptance of the settings.
    pub listed: Vec<ListedUse>,
}

/// Judges an opened design and adds what is said to the review.
pub fn judge(opened: Opened, packs: &Packs, settings: &Settings, review: &mut Review) -> Reviewed {
    review.scope.files += opened.files.len();
    review.designs.extend(opened.files.iter().map(|file| (file.clone(), opened.root.clone())));
    review.not_judged.extend(opened.not_judged);
    let Some(analysis) = opened.analysis else { return Reviewed::default() };
    review.scope.components += analysis.design.components.len();
    review.scope.dependencies += analysis.design.dependencies.len();
    review.scope.flows += analysis.design.flows.iter().filter(|flow| !flow.implicit).count();
    // Neither needs the other, and on large designs each takes a third of the time.
    let (judged, asked) = rayon::join(
        || rules::check(&analysis, packs, settings, &review.sources, &opened.comments),
        || open_questions(&analysis),
    );
    review.scope.rules = review.scope.rules.max(judged.rules);
    review.ran.extend(judged.ran);
    if review.findings.is_empty() {
        // Those of a large design are many, and need not move.
        review.findings = judged.findings;
    } else {
        review.findings.extend(judged.findings);
    }
    review.accepted.extend(judged.accepted);
    review.questions.extend(asked.questions);
    review.questions.extend(judged.questions);
    review.not_judged.extend(asked.in_part);
    review.not_judged.extend(judged.not_judged);
    review.problems.extend(judged.problems);
    Reviewed { analysis: Some(analysis), listed: judged.listed }
}

/// What the authors left open and the outcome of some failure hangs on. A notation that cannot say it is not asked.
fn open_questions(analysis: &Analysis) -> Asked {
    if !analysis.design.native {
        return Asked::default();
    }
    let failure = analysis.failure();
    let name = |id: ComponentId| analysis.design.component(id).name.as_str();
    let found = failure.open_questions();
    let parts = [(found.events, "events"), (found.unknowns, "unsaid facts")];
    let cut = parts.into_iter().find(|((looked_at, of), _)| looked_at < of);
    let in_part = cut.map(|((looked_at, of), cases)| {
        rules::in_part(&LeftOut { what: "what open facts are worth", looked_at, of, cases })
    });
    let questions = found.questions.into_iter().map(|question| Question {
        rule: OPEN_QUESTION.to_owned(),
        subject: match question.unknown {
            Unknown::Timeout(id) | Unknown::StaleFor(id) | Unknown::Buffer(id) => {
                Subject::Dependency(analysis.design.dependency_name(id).into())
            }
            Unknown::Replicas(id)
            | Unknown::Zones(id)
            | Unknown::Failover(id)
            | Unknown::Capacity(id)
            | Unknown::Retention(id) => Subject::Component(name(id).into()),
        },
        message: question.unknown.sentence(failure),
        labels: vec![Label {
            span: question.unknown.place(failure),
            text: format!("{} outcomes hang on it", question.worth).into(),
        }],
        // Before any question a rule asks: these change what is computed.
        weight: OPEN_QUESTION_WEIGHT + question.worth as u64,
        pre_answer: None,
    });
    Asked { questions: questions.collect(), in_part }
}

/// Questions, and what was not looked at to find them.
#[derive(Default)]
struct Asked {
    questions: Vec<Question>,
    in_part: Option<NotJudged>,
}

const OPEN_QUESTION: &str = "open-question";
const OPEN_QUESTION_WEIGHT: u64 = 1 << 32;

/// A design on its way from files to fragments.
struct Opening<'a> {
    files: &'a dyn Files,
    limits: &'a Limits,
    sources: &'a mut Sources,
    problems: Vec<Problem>,
    is_named: bool,
    seen: BTreeSet<PathBuf>,
    included: BTreeSet<PathBuf>,
    /// Something that could not be read may define names.
    hides_names: bool,
    fragments: Vec<Fragment>,
    comments: Vec<Comment>,
    not_judged: Vec<NotJudged>,
}

impl Opening<'_> {
    /// Reads one file and what it includes. A file that is included twice is read once.
    fn file(&mut self, path: &Path, included_at: Option<Span>) {
        if !self.seen.insert(path.to_path_buf()) {
            return;
        }
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.hides_names = true;
                self.unreadable(path, included_at, &error);
                return;
            }
        };
        if included_at.is_some() {
            self.included.insert(path.to_path_buf());
        }
        let parsed = parse::parse(self.sources, &path.display().to_string(), &bytes, self.limits);
        self.problems.extend(parsed.problems.iter().cloned());
        self.comments.extend(parsed.tree.comments().iter().cloned());
        match notation(path, &parsed) {
            Some(Notation::Compose) => self.compose(path, parsed),
            Some(Notation::Native) => {
                self.hides_names |= native::hides_names(&parsed);
                let (fragments, problems) = native::read(&parsed, self.sources);
                self.problems.extend(problems);
                self.fragments_with_includes(path, fragments);
            }
            None => {
                self.hides_names = true;
                let first = parsed.tree.documents().flat_map(Node::entries).next();
                if parsed.problems.is_empty() {
                    let whole = self.sources.get(parsed.source).span();
                    self.problems.push(unknown_notation(first.map_or(whole, |entry| entry.key.span)));
                }
            }
        }
    }

    fn compose(&mut self, path: &Path, parsed: Parsed) {
        let options = compose::Options { with_override: !self.is_named, ..compose::Options::default() };
        let mut files = Relative(self.files);
        let reading = compose::read(parsed, path, &options, &mut files, self.sources, self.limits);
        self.problems.extend(reading.problems);
        self.seen.extend(reading.files.iter().map(|file| PathBuf::from(self.sources.get(file.source).name())));
        self.comments.extend(reading.files.iter().skip(1).flat_map(|file| file.tree.comments().iter().cloned()));
        let notes = reading.notes.into_iter().map(|note| NotJudged { what: note.what, why: note.why });
        self.not_judged.extend(notes);
        self.fragments.push(reading.fragment);
    }

    fn fragments_with_includes(&mut self, path: &Path, fragments: Vec<Fragment>) {
        for fragment in fragments {
            let includes = fragment.facts.include.value().cloned();
            self.fragments.push(fragment);
            for include in includes.iter().flat_map(Many::iter) {
                self.file(&resolve(path, &include.value.0), Some(include.span));
            }
        }
    }

    fn unreadable(&mut self, path: &Path, included_at: Option<Span>, error: &ReadError) {
        let shown = path.display().to_string();
        let at = included_at.or_else(|| self.sources.add(shown.clone(), "").ok().map(|id| self.sources.get(id).span()));
        if let Some(at) = at {
            let message = format!("cannot read `{shown}`: {error}");
            let mut problem = Problem::error("unreadable-file", message, at, "not read");
            if included_at.is_some() {
                problem = problem.with_help(match error {
                    ReadError::Folder => "name a file in it",
                    ReadError::Outside => "include files of this repository only",
                    ReadError::Missing => "write the path as it is seen from the file that includes it",
                    ReadError::Unreadable(_) => "make it readable, or remove it from `include`",
                });
            }
            self.problems.push(problem);
        }
    }

    fn finish(mut self) -> (Opened, Vec<Problem>) {
        self.limit_components();
        let analysis = (!self.fragments.is_empty()).then(|| {
            let Linked { design, problems } = model::link(self.fragments);
            self.problems.extend(problems);
            if design.components.is_empty() && self.problems.is_empty() {
                self.problems.push(no_components(design.place));
            }
            Analysis::new(design)
        });
        drop_consequences(&mut self.problems, self.hides_names);
        self.problems.sort_by_key(Problem::primary);
        self.problems.dedup();
        let opened = Opened {
            analysis,
            comments: self.comments,
            not_judged: self.not_judged,
            root: PathBuf::new(),
            files: self.seen,
            included: self.included,
        };
        (opened, self.problems)
    }

    /// A design with more components than allowed is not linked.
    fn limit_components(&mut self) {
        let limit = self.limits.components;
        let mut names =
            self.fragments.iter().flat_map(|fragment| fragment.facts.components.iter().map(|(name, _)| name.span));
        let Some(first_over) = names.nth(limit) else { return };
        drop(names);
        let message = format!("the design has more components than the limit of {limit}");
        self.problems.push(
            Problem::error("too-many-components", message, first_over, "one more than the limit")
                .with_help("raise the limit with `--max-components`, or review a smaller design"),
        );
        self.fragments.clear();
    }
}

/// A mistake is told once, not again for everything that would have built on it.
fn drop_consequences(problems: &mut Vec<Problem>, hides_names: bool) {
    let is_wrong = problems.iter().any(|problem| problem.severity == ProblemSeverity::Error);
    problems.retain(|problem| match problem.code {
        "dangling-reference" => !hides_names,
        "path-not-connected" => !is_wrong,
        _ => true,
    });
}

fn no_components(place: Span) -> Problem {
    Problem::error("empty-design", "the design has no components", place, "no component is described")
        .with_help("name one component per line below `components:`, such as `  api: {uses: [postgres]}`")
}

/// The files a Compose file names, relative to its folder.
struct Relative<'a>(&'a dyn Files);

impl compose::Files for Relative<'_> {
    fn read(&mut self, folder: &Path, path: &str) -> Result<compose::Found, compose::NotRead> {
        let path = resolve(&folder.join("file"), path);
        let bytes = self.0.read(&path).map_err(|error| match error {
            ReadError::Missing => compose::NotRead::Missing,
            ReadError::Outside => compose::NotRead::Outside,
            ReadError::Folder => compose::NotRead::Unreadable("it is a folder".to_owned()),
            ReadError::Unreadable(why) => compose::NotRead::Unreadable(why),
        })?;
        Ok(compose::Found { path, bytes })
    }
}

/// Which notation a file is in: by its name, else by its first keys.
fn notation(path: &Path, parsed: &Parsed) -> Option<Notation> {
    if is_native_name(path) {
        return Some(Notation::Native);
    }
    // What is empty is empty in every notation; the first to say so will do.
    let Some(document) = parsed.tree.documents().next() else { return Some(Notation::Native) };
    let has = |key| document.get(key).is_some();
    if has("components") || has("flows") || (has("version") && has("include") && !has("services")) {
        Some(Notation::Native)
    } else if has("services") {
        Some(Notation::Compose)
    } else {
        None
    }
}

fn unknown_notation(whole: Span) -> Problem {
    Problem::error(
        "unknown-notation",
        "the file is in no notation premortem reads",
        whole,
        "neither `components` nor `services`",
    )
    .with_help("review a design of premortem's own (`components:`) or a Compose file (`services:`)")
}
