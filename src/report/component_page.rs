//! Everything known about one component, and where each fact came from.

use crate::analyse::Analysis;
use crate::model::{ComponentId, Dependency, DependencyId};
use crate::read::vocabulary::{Answer, AnyAttr, Duration, Facts, FieldInfo, Kind, Need, Origin, Phase, Plain};
use crate::sources::Sources;
use std::io::{self, Write};

/// One line of a page: what, the answer, where it came from.
struct Line {
    name: String,
    answer: String,
    origin: String,
}

/// Prints a component: its facts, who uses it, whom it uses, the flows through it, and what nobody described.
pub fn write(analysis: &Analysis, sources: &Sources, id: ComponentId, out: &mut dyn Write) -> io::Result<()> {
    let design = &analysis.design;
    let component = design.component(id);
    writeln!(out, "{} — a {}, {}", component.name, component.kind, sources.place(component.place))?;
    let mut lines = Vec::new();
    if component.facts.kind.is_absent() {
        let because = match component.technology {
            Some(technology) => format!("known: {} is one", technology.title),
            None => "nothing says otherwise".to_owned(),
        };
        lines.push(Line { name: "kind".to_owned(), answer: component.kind.to_string(), origin: because });
    }
    let mut unsaid = Vec::new();
    facts(&*component.facts, "", sources, &mut lines, &mut unsaid);
    table(out, "What is known", &lines)?;
    let used: Vec<Line> = analysis.graph.outgoing(id).iter().map(|edge| used(analysis, sources, *edge)).collect();
    table(out, "Uses", &used)?;
    let users: Vec<Line> = analysis.graph.incoming(id).iter().map(|edge| user(analysis, sources, *edge)).collect();
    table(out, "Used by", &users)?;
    let flows: Vec<Line> = design
        .flows
        .iter()
        .filter(|flow| flow.path.contains(&id))
        .map(|flow| Line {
            name: flow.name.clone(),
            answer: if flow.critical { "critical".to_owned() } else { String::new() },
            origin: sources.place(flow.place),
        })
        .collect();
    table(out, "Flows through it", &flows)?;
    let worth_saying: Vec<&str> =
        unsaid.into_iter().filter(|field| concerns(field.name, component.kind)).map(|field| field.name).collect();
    if !worth_saying.is_empty() {
        writeln!(out, "\nNot described: {}", worth_saying.join(", "))?;
    }
    Ok(())
}

/// The facts of a map of the vocabulary; parts of a map are named `health.interval`.
fn facts(
    record: &dyn Facts,
    prefix: &str,
    sources: &Sources,
    lines: &mut Vec<Line>,
    unsaid: &mut Vec<&'static FieldInfo>,
) {
    for (index, field) in record.fields().iter().enumerate() {
        let attr = record.attr(index);
        let name = format!("{prefix}{}", field.name);
        let answer = match attr.plain() {
            Answer::Absent => {
                if prefix.is_empty() {
                    unsaid.push(field);
                }
                continue;
            }
            Answer::None => "none".to_owned(),
            Answer::Todo => "todo".to_owned(),
            Answer::Value(Plain::Record(parts)) => {
                let before = lines.len();
                facts(parts, &format!("{name}."), sources, lines, &mut Vec::new());
                if lines.len() > before {
                    continue;
                }
                "yes".to_owned()
            }
            Answer::Value(plain) => plain.to_string(),
        };
        lines.push(Line { name, answer, origin: origin(attr, sources) });
    }
}

fn origin(attr: &dyn AnyAttr, sources: &Sources) -> String {
    match attr.origin() {
        Origin::Nowhere => String::new(),
        Origin::Declared(span) => sources.place(*span),
        Origin::Default(span) => format!("{} (default)", sources.place(*span)),
        Origin::Imported(span) => format!("{} (imported)", sources.place(*span)),
        // What to declare instead is advice for a finding, not for a page of facts.
        Origin::Inferred(because) => {
            let known = because.split_once("; declare").map_or(&**because, |(known, _)| known);
            format!("known: {known}")
        }
    }
}

fn used(analysis: &Analysis, sources: &Sources, id: DependencyId) -> Line {
    let dependency = analysis.design.dependency(id);
    Line {
        name: analysis.design.component(dependency.target).name.clone(),
        answer: manner(dependency),
        origin: sources.place(dependency.place),
    }
}

fn user(analysis: &Analysis, sources: &Sources, id: DependencyId) -> Line {
    let dependency = analysis.design.dependency(id);
    Line {
        name: analysis.design.component(dependency.source).name.clone(),
        answer: manner(dependency),
        origin: sources.place(dependency.place),
    }
}

/// `hard, timeout 500 ms, 2 retries`
fn manner(dependency: &Dependency) -> String {
    let mut words = vec![match (dependency.consumes, dependency.phase, dependency.need) {
        (true, ..) => "takes messages".to_owned(),
        (false, Phase::Start, _) => "only to start".to_owned(),
        (false, Phase::Run, Need::Hard) => "hard".to_owned(),
        (false, Phase::Run, Need::Soft) => "soft".to_owned(),
    }];
    match dependency.facts.timeout.answer() {
        Answer::Value(timeout) => words.push(format!("timeout {}", Duration(timeout.0))),
        Answer::None => words.push("no timeout".to_owned()),
        Answer::Todo | Answer::Absent => {}
    }
    if dependency.attempts() > 1.0 {
        words.push(format!("up to {} attempts", dependency.attempts()));
    }
    words.join(", ")
}

/// Whether a component of this kind is expected to say it.
fn concerns(field: &str, kind: Kind) -> bool {
    let stores = matches!(kind, Kind::Database | Kind::ObjectStore | Kind::Search);
    match field {
        "owner" | "replicas" | "zones" => !matches!(kind, Kind::Client | Kind::External),
        "capacity" => true,
        "health" | "deploy" | "runbook" | "state" => kind.is_own_process(),
        "backup" => stores,
        "failover" => kind.is_stateful(),
        "of" | "ttl" | "invalidation" | "stampede" | "hit_ratio" => kind == Kind::Cache,
        "dlq" | "retention" | "max_length" => kind.is_queue(),
        "availability" => kind == Kind::External,
        _ => false,
    }
}

fn table(out: &mut dyn Write, title: &str, lines: &[Line]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    let width = |part: fn(&Line) -> &str| lines.iter().map(|line| part(line).chars().count()).max().unwrap_or(0);
    let (names, answers) = (width(|line| &line.name), width(|line| &line.answer).min(40));
    for line in lines {
        let text = format!("  {:names$}  {:answers$}  {}", line.name, line.answer, line.origin);
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}
