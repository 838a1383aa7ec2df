//! Packs: folders of rules, shipped inside the binary or brought by the user.

use super::rule::{Example, RuleFile};
use crate::parse::{Limits, Skip, Spanned, deserialize, parse};
use crate::problem::Problem;
use crate::read::structure::Shape;
use crate::sources::{Sources, Span};
use include_dir::{Dir, File, include_dir};
use schemars::JsonSchema;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

const PACK_FILE: &str = "pack.yaml";

/// The pack of which every rule is a question, and no other rule is: a review that only finds does not read it.
const QUESTIONS: &str = "checklist";

/// Keys of rules that people write in the wrong place.
const ELSEWHERE: &[(&str, &str)] = &[
    ("because", "a param: `params: {most: {is: 3, because: …}}`"),
    ("noun", "an expected fact: `expects: [{fact: component.backup, noun: backups}]`"),
    ("bad", "an example: `examples: [{bad: …}, {good: …}]`"),
    ("good", "an example: `examples: [{bad: …}, {good: …}]`"),
    ("when", "the severity: `severity: {default: warning, when: [{if: …, is: error}]}`"),
];

static RULE_SHAPE: LazyLock<Shape> = LazyLock::new(|| shape(schemars::schema_for!(RuleFile).to_value()));
static PACK_SHAPE: LazyLock<Shape> = LazyLock::new(|| shape(schemars::schema_for!(PackFile).to_value()));

fn shape(schema: serde_json::Value) -> Shape {
    Shape::new(schema, ELSEWHERE).expect("the schema is made from our own types; a test compiles it")
}

/// The published schema of a rule.
pub fn schema() -> &'static serde_json::Value {
    RULE_SHAPE.schema()
}

/// What `pack.yaml` says.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// Kebab-case, the name of the folder.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"))]
    pub name: Spanned<String>,
    /// One sentence: what its rules have in common.
    pub summary: String,
    /// Packs are listed by this number, smallest first.
    #[serde(default)]
    pub order: u32,
}

/// A rule with the pack it belongs to.
#[derive(Clone, Debug)]
pub struct Rule {
    pub pack: String,
    /// The file, as a user would type it.
    pub file: String,
    pub shipped: bool,
    pub definition: RuleFile,
    /// The whole file.
    pub place: Span,
    /// The file of a shipped rule, whose examples nobody has read yet.
    bytes: Option<&'static [u8]>,
}

impl Rule {
    pub fn id(&self) -> &str {
        &self.definition.id.value
    }

    /// The designs that show the rule.
    pub fn examples(&self) -> Vec<Example> {
        let Some(bytes) = self.bytes else { return self.definition.examples.clone() };
        let whole = read::<RuleFile>(&mut Sources::default(), &self.file, bytes, None, &mut Vec::new());
        whole.map(|(definition, _)| definition.examples).unwrap_or_default()
    }
}

/// Every known rule.
#[derive(Clone, Debug, Default)]
pub struct Packs {
    listed: Vec<PackFile>,
    rules: Vec<Rule>,
    /// Shipped questions that were not read, by their ids.
    unread: Vec<&'static str>,
    /// Text of the shipped files; they are not part of what the user reviews.
    sources: Arc<Sources>,
}

impl Packs {
    /// The packs inside the binary. Their files are right; the project's own tests see to it.
    pub fn shipped() -> Self {
        Self::shipped_with_problems().0
    }

    /// Those of them that find something. Of questions only the ids are known, until [`Packs::read_questions`].
    pub fn shipped_without_questions() -> Self {
        Self::read_shipped(false).0
    }

    /// Reads the shipped questions, if they were left out.
    pub fn read_questions(&mut self) {
        if std::mem::take(&mut self.unread).is_empty() {
            return;
        }
        let mut sources = Arc::unwrap_or_clone(std::mem::take(&mut self.sources));
        let files = SHIPPED.get_dir(QUESTIONS).map(shipped_files).unwrap_or_default();
        self.add_rules(QUESTIONS, &mut sources, &files, &mut Vec::new());
        self.sources = Arc::new(sources);
    }

    pub(super) fn shipped_with_problems() -> (Self, Vec<Problem>) {
        Self::read_shipped(true)
    }

    fn read_shipped(with_questions: bool) -> (Self, Vec<Problem>) {
        let mut packs = Self::default();
        let mut sources = Sources::default();
        let mut problems = Vec::new();
        let mut folders: Vec<&'static Dir<'_>> = SHIPPED.dirs().collect();
        folders.sort_by_key(|folder| folder.path());
        for folder in folders {
            let mut files = shipped_files(folder);
            if !with_questions && folder.path() == Path::new(QUESTIONS) {
                let rules = folder.files().map(File::path).filter(|path| !is_pack_file(path));
                packs.unread = rules.filter_map(|path| path.file_stem()?.to_str()).collect();
                files.retain(|(name, _)| is_pack_file(Path::new(name)));
            }
            packs.add_pack(&mut sources, &files, &mut problems);
        }
        packs.sources = Arc::new(sources);
        packs.listed.sort_by(|a, b| (a.order, &a.name.value).cmp(&(b.order, &b.name.value)));
        (packs, problems)
    }

    /// Adds the packs of a folder: the folder itself if it holds `pack.yaml`, and each folder in it that does.
    pub fn add_folder(&mut self, sources: &mut Sources, folder: &Path) -> Vec<Problem> {
        self.add_folder_of(sources, folder, folder, None)
    }

    /// As [`Packs::add_folder`], where the folder is called `shown`. Links must stay inside a canonical `root`.
    pub fn add_folder_of(
        &mut self,
        sources: &mut Sources,
        folder: &Path,
        shown: &Path,
        root: Option<&Path>,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut found = false;
        let is_inside =
            |path: &Path| root.is_none_or(|root| std::fs::canonicalize(path).is_ok_and(|path| path.starts_with(root)));
        let called =
            |path: &Path| path.strip_prefix(folder).map_or_else(|_| path.to_owned(), |inside| shown.join(inside));
        let subfolders = list(folder).into_iter().filter(|path| path.is_dir() && is_inside(path));
        for folder in std::iter::once(folder.to_owned()).chain(subfolders) {
            if !folder.join(PACK_FILE).is_file() {
                continue;
            }
            found = true;
            let paths = list(&folder).into_iter().filter(|path| path.is_file() && is_yaml(path) && is_inside(path));
            let mut files: Vec<(String, Vec<u8>)> = Vec::new();
            for path in paths {
                match std::fs::read(&path) {
                    Ok(bytes) => files.push((called(&path).display().to_string(), bytes)),
                    Err(error) => problems.extend(unreadable(sources, &called(&path), &error)),
                }
            }
            let files: Vec<(String, &[u8])> =
                files.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice())).collect();
            self.add(sources, &files, &mut problems);
        }
        if !found {
            let parsed = parse(sources, &shown.display().to_string(), b"", &Limits::default());
            let whole = sources.get(parsed.source).span();
            let message = format!("`{}` holds no rule pack", shown.display());
            problems.push(
                Problem::error("no-rules", message, whole, format!("no `{PACK_FILE}` in it or in its folders"))
                    .with_help(format!(
                        "Put the rules into a folder with a `{PACK_FILE}`: `name: ours`, `summary: …`."
                    )),
            );
        }
        problems
    }

    /// Adds one pack of the user's: its `pack.yaml` and its rule files.
    pub fn add(&mut self, sources: &mut Sources, files: &[(String, &[u8])], problems: &mut Vec<Problem>) {
        let files: Vec<_> = files.iter().map(|(name, bytes)| (name.clone(), Content::Own(bytes))).collect();
        self.add_pack(sources, &files, problems);
    }

    fn add_pack(&mut self, sources: &mut Sources, files: &[(String, Content<'_>)], problems: &mut Vec<Problem>) {
        let is_pack = |(name, _): &&(String, Content<'_>)| is_pack_file(Path::new(name));
        let Some((pack_name, pack_bytes)) = files.iter().find(is_pack) else { return };
        let shipped = pack_bytes.shipped().is_some();
        let pack = read::<PackFile>(sources, pack_name, pack_bytes.text(), pack_bytes.shape(&PACK_SHAPE), problems);
        let folder = Path::new(pack_name).parent().and_then(Path::file_name);
        let folder = folder.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = pack.as_ref().map_or(folder, |(pack, _)| pack.name.value.clone());
        if let Some((pack, _)) = pack {
            match self.listed.iter().position(|known| known.name.value == name) {
                Some(_) if !shipped => {
                    let message = format!("there is already a pack `{name}`");
                    let at = pack.name.span;
                    problems.push(
                        Problem::error("duplicate-pack", message, at, "the same name")
                            .with_help("Give the pack a name of its own."),
                    );
                }
                _ => self.listed.push(pack),
            }
        }
        self.add_rules(&name, sources, files, problems);
    }

    /// Adds the rules among the files of a pack.
    fn add_rules(
        &mut self,
        pack: &str,
        sources: &mut Sources,
        files: &[(String, Content<'_>)],
        problems: &mut Vec<Problem>,
    ) {
        let mut known: HashMap<String, usize> =
            self.rules.iter().enumerate().map(|(index, rule)| (rule.id().to_owned(), index)).collect();
        for (file, content) in files.iter().filter(|(name, _)| !is_pack_file(Path::new(name))) {
            let shape = content.shape(&RULE_SHAPE);
            let Some((definition, place)) = read::<RuleFile>(sources, file, content.text(), shape, problems) else {
                continue;
            };
            let id = &definition.id.value;
            if let Some(first) = known.get(id).map(|index| &self.rules[*index]) {
                let place = (!first.shipped).then_some(first.definition.id.span);
                problems.push(duplicate(&definition, &first.pack, place));
                continue;
            }
            if self.is_unread(id) {
                problems.push(duplicate(&definition, QUESTIONS, None));
                continue;
            }
            known.insert(id.clone(), self.rules.len());
            let bytes = content.shipped();
            let (pack, file, shipped) = (pack.to_owned(), file.clone(), bytes.is_some());
            self.rules.push(Rule { pack, file, shipped, definition, place, bytes });
        }
    }

    /// In the order of their numbers, users' last.
    pub fn packs(&self) -> &[PackFile] {
        &self.listed
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The ids of shipped questions that were not read.
    pub(super) fn unread(&self) -> &[&'static str] {
        &self.unread
    }

    fn is_unread(&self, id: &str) -> bool {
        self.unread.contains(&id)
    }

    pub fn find(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id() == id)
    }

    /// Adds rules of other packs that these do not have, for what they say about themselves.
    pub fn absorb(&mut self, other: &Self) {
        for pack in &other.listed {
            if !self.listed.iter().any(|known| known.name.value == pack.name.value) {
                self.listed.push(pack.clone());
            }
        }
        for rule in &other.rules {
            if self.find(rule.id()).is_none() {
                self.rules.push(rule.clone());
            }
        }
    }

    /// Text of the files a rule's places lie in.
    pub(super) fn sources_of<'s>(&'s self, rule: &Rule, review: &'s Sources) -> &'s Sources {
        if rule.shipped { &self.sources } else { review }
    }
}

/// A file of a pack.
enum Content<'b> {
    Shipped(&'static [u8]),
    Own(&'b [u8]),
}

impl Content<'_> {
    /// What a review needs. Examples are most of a rule's text, and nobody looks at those of a shipped rule then.
    fn text(&self) -> &[u8] {
        const EXAMPLES: &[u8] = b"\nexamples:\n";
        match self {
            Self::Own(bytes) => bytes,
            Self::Shipped(bytes) => {
                let at = bytes.windows(EXAMPLES.len()).position(|window| window == EXAMPLES);
                &bytes[..at.unwrap_or(bytes.len())]
            }
        }
    }

    /// Making a schema takes longer than reading all shipped rules, which a test has checked already.
    fn shape(&self, shape: &'static LazyLock<Shape>) -> Option<&'static Shape> {
        self.shipped().is_none().then(|| &**shape)
    }

    fn shipped(&self) -> Option<&'static [u8]> {
        if let Self::Shipped(bytes) = self { Some(bytes) } else { None }
    }
}

/// The files of a pack inside the binary, sorted.
fn shipped_files(folder: &'static Dir<'_>) -> Vec<(String, Content<'static>)> {
    let files = folder.files().filter(|file| is_yaml(file.path()));
    let mut files: Vec<_> =
        files.map(|file| (format!("rules/{}", file.path().display()), Content::Shipped(file.contents()))).collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

fn unreadable(sources: &mut Sources, path: &Path, error: &std::io::Error) -> Option<Problem> {
    let name = path.display().to_string();
    let id = sources.add(name.clone(), "").ok()?;
    let message = format!("cannot read `{name}`: {error}");
    Some(Problem::error("unreadable-file", message, sources.get(id).span(), "not read"))
}

/// `first` is where the rule of that id is, if that is a file of the user's.
fn duplicate(definition: &RuleFile, pack: &str, first: Option<Span>) -> Problem {
    let id = &definition.id;
    let message = format!("there is already a rule `{}`", id.value);
    let mut problem = Problem::error("duplicate-rule", message, id.span, "the same id");
    if let Some(first) = first {
        problem = problem.with_label(first, "first defined");
    }
    problem.with_help(format!("Give it another id; `{}` is in pack `{pack}`.", id.value))
}

/// One YAML document of a known shape.
fn read<T: for<'t> serde::Deserialize<'t>>(
    sources: &mut Sources,
    name: &str,
    bytes: &[u8],
    shape: Option<&Shape>,
    problems: &mut Vec<Problem>,
) -> Option<(T, Span)> {
    let parsed = parse(sources, name, bytes, &Limits::default());
    let unreadable = !parsed.problems.is_empty();
    problems.extend(parsed.problems);
    let Some(document) = parsed.tree.documents().next() else {
        if !unreadable {
            let whole = sources.get(parsed.source).span();
            problems.push(Problem::error("bad-rule", "this file is empty", whole, "no rule here"));
        }
        return None;
    };
    let checked = shape.map(|shape| shape.check(document)).unwrap_or_default();
    let wrong = !checked.problems.is_empty();
    problems.extend(checked.problems);
    if wrong {
        // Half a rule would judge something its author did not mean.
        return None;
    }
    match deserialize::<T>(document, &Skip::default()) {
        Ok(value) => Some((value, document.span())),
        Err(mismatch) => {
            problems.push(mismatch.problem(document.span()));
            None
        }
    }
}

fn is_pack_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == PACK_FILE)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Sorted, so that nothing depends on the file system.
fn list(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
