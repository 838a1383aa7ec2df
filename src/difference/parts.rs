//! What was drawn, before and after: components, dependencies, groups, flows and teams, with what is written about each.

use crate::finding::Subject;
use crate::model::{ComponentId, Design};
use crate::read::vocabulary::{Answer, Facts, Plain};
use std::collections::{BTreeMap, BTreeSet};

/// What is drawn differently.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parts {
    /// In file order, by kind.
    pub added: Vec<Subject>,
    pub gone: Vec<Subject>,
    /// Components that have another name and are the same otherwise: from, to.
    pub renamed: Vec<(String, String)>,
    pub changed: Vec<Changed>,
}

/// A part that is written differently.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changed {
    pub subject: Subject,
    /// By the order of the vocabulary; never empty.
    pub facts: Vec<FactChange>,
}

/// One fact; `None` where nothing is said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FactChange {
    /// As written, parts of maps as `health.interval`.
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Parts {
    pub(super) fn new(old: &Design, new: &Design, names: &Names) -> Self {
        let (before, after) = (drawn(old, names), drawn(new, &Names::default()));
        let mut parts = Self { renamed: names.0.clone().into_iter().collect(), ..Self::default() };
        for (key, facts) in &after.parts {
            let Some(known) = before.by_key.get(key).map(|index| &before.parts[*index].1) else {
                parts.added.push(key.subject.clone());
                continue;
            };
            let facts = changes(known, facts);
            if !facts.is_empty() {
                parts.changed.push(Changed { subject: key.subject.clone(), facts });
            }
        }
        let gone = before.parts.iter().filter(|(key, _)| !after.by_key.contains_key(key));
        parts.gone = gone.map(|(key, _)| key.subject.clone()).collect();
        parts
    }

    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.gone.is_empty() && self.renamed.is_empty() && self.changed.is_empty()
    }
}

/// New names of components that were renamed, by the old.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Components that differ in nothing but their names: one that is gone and one that is there instead, with the same
    /// facts and the same neighbours in the same manner, where no other pair fits either of them.
    pub(super) fn new(old: &Design, new: &Design) -> Self {
        let names = |design: &Design| design.components.iter().map(|part| part.name.clone()).collect::<BTreeSet<_>>();
        let (before, after) = (names(old), names(new));
        let unique = |design: &Design, others: &BTreeSet<String>| {
            let mut found: BTreeMap<Likeness, Vec<String>> = BTreeMap::new();
            for id in design.component_ids().filter(|id| !others.contains(&design.component(*id).name)) {
                if let Some(likeness) = likeness(design, id) {
                    found.entry(likeness).or_default().push(design.component(id).name.clone());
                }
            }
            found
        };
        let (gone, come) = (unique(old, &after), unique(new, &before));
        let pairs =
            gone.into_iter().filter_map(|(likeness, old)| match (old.as_slice(), come.get(&likeness)?.as_slice()) {
                ([old], [new]) => Some((old.clone(), new.clone())),
                _ => None,
            });
        Self(pairs.collect())
    }

    pub(super) fn of<'n>(&'n self, old: &'n str) -> &'n str {
        self.0.get(old).map_or(old, String::as_str)
    }

    /// What a finding of before would be about today.
    pub(super) fn subject(&self, old: &Subject) -> Subject {
        match old {
            Subject::Component(name) => Subject::Component(self.of(name).into()),
            Subject::Dependency(id) => match id.split_once("->") {
                Some((source, target)) => {
                    Subject::Dependency(format!("{}->{}", self.of(source), self.of(target)).into())
                }
                None => old.clone(),
            },
            Subject::Group(id) => match id.split_once('/') {
                Some((component, group)) => Subject::Group(format!("{}/{group}", self.of(component)).into()),
                None => old.clone(),
            },
            Subject::Flow(_) | Subject::Team(_) | Subject::Design => old.clone(),
        }
    }
}

type Written = Vec<(String, String)>;
/// Own facts, then each neighbour with its side and the facts of the dependency.
type Likeness = (Written, Vec<(bool, String, Written)>);

/// What a component is apart from its name; none without neighbours, which would make it any component of its kind.
fn likeness(design: &Design, id: ComponentId) -> Option<Likeness> {
    let mut neighbours = Vec::new();
    for dependency in &design.dependencies {
        let name = |id: ComponentId| design.component(id).name.clone();
        let facts = || written(&*dependency.facts);
        if dependency.source == id {
            neighbours.push((true, name(dependency.target), facts()));
        } else if dependency.target == id {
            neighbours.push((false, name(dependency.source), facts()));
        }
    }
    neighbours.sort();
    (!neighbours.is_empty()).then(|| (component_facts(design, id), neighbours))
}

/// What a part is found by on the other side. Several dependencies may join the same two components.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    subject: Subject,
    number: usize,
}

struct Drawn {
    parts: Vec<(Key, Written)>,
    by_key: BTreeMap<Key, usize>,
}

fn drawn(design: &Design, names: &Names) -> Drawn {
    let mut drawn = Drawn { parts: Vec::new(), by_key: BTreeMap::new() };
    let name = |id: ComponentId| names.of(&design.component(id).name);
    let mut add = |subject: Subject, facts: Written| {
        let mut key = Key { subject, number: 0 };
        while drawn.by_key.contains_key(&key) {
            key.number += 1;
        }
        drawn.by_key.insert(key.clone(), drawn.parts.len());
        drawn.parts.push((key, facts));
    };
    for id in design.component_ids() {
        add(Subject::Component(name(id).into()), component_facts(design, id));
    }
    for dependency in &design.dependencies {
        let mut facts = written(&*dependency.facts);
        let group = dependency.group.map(|group| ("one_of".to_owned(), design.group(group).name.clone()));
        facts.extend(group);
        add(Subject::Dependency(format!("{}->{}", name(dependency.source), name(dependency.target)).into()), facts);
    }
    for group in &design.groups {
        add(Subject::Group(format!("{}/{}", name(group.source), group.name).into()), written(&group.facts));
    }
    for flow in design.flows.iter().filter(|flow| !flow.implicit) {
        let path: Vec<&str> = flow.path.iter().map(|id| name(*id)).collect();
        let mut facts = vec![("path".to_owned(), path.join(" → "))];
        facts.extend(written(&flow.facts).into_iter().filter(|(name, _)| name != "path"));
        add(Subject::Flow(flow.name.as_str().into()), facts);
    }
    for team in &design.teams {
        add(Subject::Team(team.name.as_str().into()), written(&team.facts));
    }
    add(Subject::Design, written(&design.facts).into_iter().filter(|(name, _)| name != "include").collect());
    drawn
}

fn component_facts(design: &Design, id: ComponentId) -> Written {
    let component = design.component(id);
    let mut facts = vec![("kind".to_owned(), component.kind.to_string())];
    facts.extend(written(&*component.facts).into_iter().filter(|(name, _)| name != "kind"));
    facts
}

/// Everything the files say; not what is known from the catalogue.
fn written(facts: &dyn Facts) -> Written {
    let mut written = Vec::new();
    collect(facts, "", &mut written);
    written
}

fn collect(facts: &dyn Facts, prefix: &str, written: &mut Written) {
    for (index, field) in facts.fields().iter().enumerate() {
        let attr = facts.attr(index);
        if attr.origin().span().is_none() {
            continue;
        }
        let name = format!("{prefix}{}", field.name);
        let answer = match attr.plain() {
            Answer::Absent => continue,
            Answer::None => "none".to_owned(),
            Answer::Todo => "todo".to_owned(),
            Answer::Value(Plain::Record(parts)) => {
                let before = written.len();
                collect(parts, &format!("{name}."), written);
                if written.len() > before {
                    continue;
                }
                "yes".to_owned()
            }
            Answer::Value(plain) => plain.to_string(),
        };
        written.push((name, answer));
    }
}

fn changes(before: &Written, after: &Written) -> Vec<FactChange> {
    let value =
        |facts: &Written, name: &str| facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let mut changes = Vec::new();
    let gone = before.iter().filter(|(name, _)| value(after, name).is_none());
    for (name, _) in after.iter().chain(gone) {
        let (before, after) = (value(before, name), value(after, name));
        if before != after {
            changes.push(FactChange { name: name.clone(), before, after });
        }
    }
    changes
}
