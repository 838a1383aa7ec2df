//! The Compose reader on real files.

use premortem::parse::{Limits, parse};
use premortem::read::compose::{Files, Found, NotRead, Options, Profiles, Reading, read};
use premortem::read::vocabulary::{Answer, AnyAttr, ComponentFacts, DependencyFacts, Plain};
use premortem::sources::Sources;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files of a folder; the tests trust their own files.
struct Disk;

impl Files for Disk {
    fn read(&mut self, folder: &Path, path: &str) -> Result<Found, NotRead> {
        let path = folder.join(path);
        let bytes = std::fs::read(&path).map_err(|_| NotRead::Missing)?;
        Ok(Found { path: path.canonicalize().unwrap_or(path), bytes })
    }
}

fn read_file(path: &Path, options: &Options) -> (Sources, Reading) {
    let mut sources = Sources::default();
    let bytes = std::fs::read(path).unwrap();
    let main = parse(&mut sources, &path.to_string_lossy(), &bytes, &Limits::default());
    let reading = read(main, path, options, &mut Disk, &mut sources, &Limits::default());
    (sources, reading)
}

fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("PREMORTEM_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    shared.join("corpus/compose").is_dir().then_some(shared)
}

fn shown(plain: &Answer<Plain<'_>>) -> Option<String> {
    fn value(plain: &Plain<'_>) -> String {
        match plain {
            Plain::Bool(value) => value.to_string(),
            Plain::Integer(value) => value.to_string(),
            Plain::Number(value) | Plain::Rate(value) | Plain::Percent(value) => value.to_string(),
            Plain::Duration(value) => format!("{value}s"),
            Plain::Text(text) => text.to_string(),
            Plain::List(items) => items.iter().map(|(item, _)| value(item)).collect::<Vec<_>>().join(","),
            Plain::Record(facts) => {
                let fields: Vec<String> = facts
                    .fields()
                    .iter()
                    .enumerate()
                    .filter_map(|(at, field)| Some(format!("{}: {}", field.name, shown(&facts.attr(at).plain())?)))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
        }
    }
    match plain {
        Answer::Value(plain) => Some(value(plain)),
        Answer::None => Some("none".to_owned()),
        Answer::Todo => Some("todo".to_owned()),
        Answer::Absent => None,
    }
}

fn facts(facts: &dyn premortem::read::vocabulary::Facts) -> String {
    let fields = facts.fields().iter().enumerate();
    let said = fields.filter_map(|(at, field)| Some(format!("{}={}", field.name, shown(&facts.attr(at).plain())?)));
    said.collect::<Vec<_>>().join(" ")
}

/// Components and edges, a line each.
fn table(reading: &Reading) -> String {
    let mut table = String::new();
    let design = &reading.fragment.facts;
    for (name, component) in design.components.iter() {
        table.push_str(&format!("{}  {}\n", name.value, facts(component)));
        for used in &component.uses.0 {
            table.push_str(&format!("  -> {}  {}\n", used.target.value, facts(&used.facts)));
        }
    }
    for note in &reading.notes {
        table.push_str(&format!("note: {note}\n"));
    }
    for problem in &reading.problems {
        table.push_str(&format!("{:?}[{}]: {}\n", problem.severity, problem.code, problem.message));
    }
    table.replace(" \n", "\n")
}

#[test]
fn show() {
    let Some(file) = std::env::var_os("SHOW") else { return };
    let all = std::env::var_os("ALL").is_some();
    let options = Options {
        with_override: std::env::var_os("OVER").is_some(),
        profiles: if all { Profiles::All } else { Profiles::Default },
    };
    let (_, reading) = read_file(Path::new(&file), &options);
    println!("{}", table(&reading));
}

struct Row {
    file: String,
    services: usize,
    health: usize,
    depends_on: usize,
    gated: usize,
    extra: usize,
    union: usize,
    isolated: usize,
}

#[test]
fn counts() {
    let Some(shared) = shared() else { return };
    let text = std::fs::read_to_string(shared.join("reference/compose-expected.md")).unwrap();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let file = cells[0].trim_matches('`');
        let path = shared.join("corpus/compose").join(file);
        if !path.exists() {
            continue;
        }
        let options = Options { with_override: false, profiles: Profiles::All };
        let (_, reading) = read_file(&path, &options);
        let design = &reading.fragment.facts;
        let all = || design.components.iter().flat_map(|(_, c)| c.uses.0.iter());
        let row = [
            design.components.iter().count(),
            design.components.iter().filter(|(_, c)| c.health.value().is_some()).count(),
            all().filter(|u| !u.facts.gated.is_absent()).count(),
            all().filter(|u| u.facts.gated.value().is_some()).count(),
            all().filter(|u| u.facts.gated.is_absent()).count(),
            all().count(),
            design
                .components
                .iter()
                .filter(|(name, c)| c.uses.0.is_empty() && !all().any(|u| u.target.value == name.value))
                .count(),
        ];
        let expected: Vec<usize> = [1, 2, 4, 5, 6, 7, 8].iter().map(|i| cells[*i].parse().unwrap()).collect();
        println!("{} {:?} {:?} {}", if row.to_vec() == expected { "ok  " } else { "DIFF" }, row, expected, file);
        for p in &reading.problems {
            println!("      {:?}[{}] {}", p.severity, p.code, p.message);
        }
    }
}
