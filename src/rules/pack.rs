//! Packs: folders of rules, shipped inside the binary or brought by the user.

use super::rule::RuleFile;
use crate::parse::{Limits, Skip, Spanned, deserialize, parse};
use crate::problem::Problem;
use crate::read::structure::Shape;
use crate::sources::{Sources, Span};
use include_dir::{Dir, include_dir};
use schemars::JsonSchema;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

const PACK_FILE: &str = "pack.yaml";

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
}

impl Rule {
    pub fn id(&self) -> &str {
        &self.definition.id.value
    }
}

/// Every known rule.
#[derive(Debug, Default)]
pub struct Packs {
    packs: Vec<PackFile>,
    rules: Vec<Rule>,
    /// Text of the shipped files; they are not part of what the user reviews.
    sources: Sources,
}

impl Packs {
    /// The packs inside the binary. Their files are right; the project's own tests see to it.
    pub fn shipped() -> Self {
        Self::shipped_with_problems().0
    }

    pub(super) fn shipped_with_problems() -> (Self, Vec<Problem>) {
        let mut packs = Self::default();
        let mut sources = Sources::default();
        let mut problems = Vec::new();
        let mut folders: Vec<_> = SHIPPED.dirs().collect();
        folders.sort_by_key(|folder| folder.path());
        for folder in folders {
            let mut files: Vec<_> = folder
                .files()
                .map(|file| (format!("rules/{}", file.path().display()), file.contents()))
                .filter(|(name, _)| is_yaml(Path::new(name)))
                .collect();
            files.sort();
            packs.add(&mut sources, &files, true, &mut problems);
        }
        packs.sources = sources;
        packs.packs.sort_by(|a, b| (a.order, &a.name.value).cmp(&(b.order, &b.name.value)));
        (packs, problems)
    }

    /// Adds the packs of a folder: the folder itself if it holds `pack.yaml`, and each folder in it that does.
    pub fn add_folder(&mut self, sources: &mut Sources, folder: &Path) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut found = false;
        let subfolders = list(folder).into_iter().filter(|path| path.is_dir());
        for folder in std::iter::once(folder.to_owned()).chain(subfolders) {
            if !folder.join(PACK_FILE).is_file() {
                continue;
            }
            found = true;
            let paths = list(&folder).into_iter().filter(|path| path.is_file() && is_yaml(path));
            let files: Vec<(String, Vec<u8>)> =
                paths.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap_or_default())).collect();
            let files: Vec<(String, &[u8])> =
                files.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice())).collect();
            self.add(sources, &files, false, &mut problems);
        }
        if !found {
            let parsed = parse(sources, &folder.display().to_string(), b"", &Limits::default());
            let whole = sources.get(parsed.source).span();
            let message = format!("`{}` holds no rule pack", folder.display());
            problems.push(
                Problem::error("no-rules", message, whole, format!("no `{PACK_FILE}` in it or in its folders"))
                    .with_help(format!(
                        "Put the rules into a folder with a `{PACK_FILE}`: `name: ours`, `summary: …`."
                    )),
            );
        }
        problems
    }

    /// Adds one pack: its `pack.yaml` and its rule files.
    pub fn add(
        &mut self,
        sources: &mut Sources,
        files: &[(String, &[u8])],
        shipped: bool,
        problems: &mut Vec<Problem>,
    ) {
        // Making the schema takes longer than reading all shipped rules, which a test has checked already.
        let shape_of = |shape: &'static LazyLock<Shape>| (!shipped).then(|| &**shape);
        let is_pack_file = |name: &str| Path::new(name).file_name().is_some_and(|name| name == PACK_FILE);
        let Some((pack_name, pack_bytes)) = files.iter().find(|(name, _)| is_pack_file(name)) else { return };
        let pack = read::<PackFile>(sources, pack_name, pack_bytes, shape_of(&PACK_SHAPE), problems);
        let folder = Path::new(pack_name).parent().and_then(Path::file_name);
        let folder = folder.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = pack.as_ref().map_or(folder, |(pack, _)| pack.name.value.clone());
        if let Some((pack, _)) = pack {
            match self.packs.iter().position(|known| known.name.value == name) {
                Some(_) if !shipped => {
                    let message = format!("there is already a pack `{name}`");
                    let at = pack.name.span;
                    problems.push(
                        Problem::error("duplicate-pack", message, at, "the same name")
                            .with_help("Give the pack a name of its own."),
                    );
                }
                _ => self.packs.push(pack),
            }
        }
        let mut known: HashMap<String, usize> =
            self.rules.iter().enumerate().map(|(index, rule)| (rule.id().to_owned(), index)).collect();
        for (file, bytes) in files.iter().filter(|(name, _)| !is_pack_file(name)) {
            let Some((definition, place)) = read::<RuleFile>(sources, file, bytes, shape_of(&RULE_SHAPE), problems)
            else {
                continue;
            };
            if let Some(index) = known.get(&definition.id.value) {
                problems.push(duplicate(&definition, &self.rules[*index]));
                continue;
            }
            known.insert(definition.id.value.clone(), self.rules.len());
            self.rules.push(Rule { pack: name.clone(), file: file.clone(), shipped, definition, place });
        }
    }

    /// In the order of their numbers, users' last.
    pub fn packs(&self) -> &[PackFile] {
        &self.packs
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub fn find(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id() == id)
    }

    /// Text of the files a rule's places lie in.
    pub(super) fn sources_of<'s>(&'s self, rule: &Rule, review: &'s Sources) -> &'s Sources {
        if rule.shipped { &self.sources } else { review }
    }
}

fn duplicate(definition: &RuleFile, known: &Rule) -> Problem {
    let message = format!("there is already a rule `{}`", known.id());
    let problem = Problem::error("duplicate-rule", message, definition.id.span, "the same id");
    let problem = if known.shipped { problem } else { problem.with_label(known.definition.id.span, "first defined") };
    problem.with_help(format!("Give it another id; `{}` is in pack `{}`.", known.id(), known.pack))
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
