//! What is known about technologies: kind, limits, defaults, each with source and date.
//!
//! The data is `technologies.yaml`, inside the binary. A design names a handful of technologies, so only their entries
//! are parsed; finding an entry needs no more than the names, which a scan over the lines gives.

mod claim;
mod entry;

use crate::problem::did_you_mean;
use crate::read::vocabulary::{ComponentFacts, DependencyFacts, Kind, Rate};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, OnceLock};

/// One technology.
#[derive(Debug)]
pub struct Technology {
    /// The name it is looked up by: `postgresql`.
    pub name: &'static str,
    /// The name used in messages: `PostgreSQL`.
    pub title: String,
    /// Where it documents itself.
    pub home: String,
    pub kind: Kind,
    /// What it is there for, such as `relational` or `broker`: two technologies with one job are one too many.
    pub job: Option<String>,
    /// Attention it takes to run, in points; see [`Technology::attention`] for what somebody else runs.
    pub ops: f64,
    /// The load below which it has to justify itself.
    pub scale_threshold: Option<Rate>,
    /// It places data by a key the author has to choose; the sentence says so.
    pub needs_key: Option<Arc<str>>,
    /// It goes on sending traffic when every target looks dead; the sentence says so.
    pub fails_open: Option<Arc<str>>,
    /// It learns of a dead target only from failed requests; the sentence says so.
    pub passive_checks: Option<Arc<str>>,
    /// What holds for a component that runs on it, on servers of one's own; every origin is `Inferred`.
    pub facts: ComponentFacts,
    /// The part of `facts` that holds where somebody else runs it, too.
    facts_anywhere: ComponentFacts,
    /// Its client's own defaults, by the protocol they are restricted to.
    calls: BTreeMap<Option<Protocol>, DependencyFacts>,
}

/// The technology of that name or alias, whatever its case.
///
/// Only exact names count: `postgres:16` and `postgres@sha256:…` are `postgres`, and `PostgreSQL 15` is nothing.
pub fn lookup(name: &str) -> Option<&'static Technology> {
    let name = bare(name).to_ascii_lowercase();
    let entry = &CATALOGUE.entries[*CATALOGUE.names.get(name.as_str())?];
    entry.technology.get_or_init(|| entry::read(entry.name, entry.text).ok()).as_ref()
}

/// What holds for calls a component of this technology makes: its client's own defaults.
///
/// A technology that says how long it waits, such as a proxy, is believed over the protocol, which speaks of clients in
/// general.
pub fn calls_from(caller: Option<&'static Technology>, call: &DependencyFacts) -> Option<&'static DependencyFacts> {
    let protocol = call.protocol.value().and_then(|protocol| Protocol::of(&protocol.0));
    let own = caller.and_then(|technology| technology.calls.get(&protocol).or_else(|| technology.calls.get(&None)));
    match protocol {
        Some(Protocol::Grpc) if own.is_none_or(|own| own.timeout.is_absent()) => GRPC.as_ref(),
        _ => own,
    }
}

/// The names of all technologies in the order of the catalogue, without aliases.
pub fn names() -> impl Iterator<Item = &'static str> {
    CATALOGUE.entries.iter().map(|entry| entry.name)
}

/// The name or alias somebody most likely meant by one that the catalogue does not know.
pub fn suggest(unknown: &str) -> Option<&'static str> {
    did_you_mean(bare(unknown), CATALOGUE.entries.iter().flat_map(Entry::names))
}

impl Technology {
    /// What holds for a component that runs on it; `managed` if somebody else operates that component.
    pub fn facts_of(&self, managed: bool) -> &ComponentFacts {
        if managed { &self.facts_anywhere } else { &self.facts }
    }

    /// Points of attention it takes to run: a third if somebody else does, and then at least 0.3.
    pub fn attention(&self, managed: bool) -> f64 {
        if managed { (self.ops / 3.0).max(0.3).min(self.ops) } else { self.ops }
    }

    /// Many requests for one missing thing become one request to its source.
    pub fn coalesces(&self) -> bool {
        self.facts.stampede.value().is_some_and(|how| how.0 == "coalesce")
    }
}

/// Protocols for which clients have defaults of their own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Protocol {
    Http,
    Grpc,
    Jdbc,
}

impl Protocol {
    fn of(written: &str) -> Option<Self> {
        match written.to_ascii_lowercase().as_str() {
            "http" | "https" | "rest" | "http/1.1" | "http/2" | "http2" | "h2" => Some(Self::Http),
            "grpc" | "grpcs" => Some(Self::Grpc),
            "jdbc" => Some(Self::Jdbc),
            _ => None,
        }
    }
}

static DATA: &str = include_str!("technologies.yaml");

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| scan(DATA));

static GRPC: LazyLock<Option<DependencyFacts>> = LazyLock::new(|| entry::read_protocol(CATALOGUE.grpc).ok());

struct Catalogue {
    entries: Vec<Entry>,
    /// Names and aliases, to positions in `entries`.
    names: HashMap<&'static str, usize>,
    /// The text about calls over gRPC.
    grpc: &'static str,
}

struct Entry {
    name: &'static str,
    aliases: Vec<&'static str>,
    /// What stands below the name.
    text: &'static str,
    technology: OnceLock<Option<Technology>>,
}

impl Entry {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// Finds the entries by their indentation: names at 2, and right below a `title` the `aliases`, on one line.
fn scan(data: &'static str) -> Catalogue {
    let (protocols, technologies) = data.split_once("\ntechnologies:\n").unwrap_or_default();
    let grpc = blocks(protocols).find(|(name, _)| *name == "grpc").map_or("", |(_, text)| text);
    let mut catalogue = Catalogue { entries: Vec::with_capacity(256), names: HashMap::with_capacity(512), grpc };
    for (name, text) in blocks(technologies) {
        catalogue.add(name, text);
    }
    catalogue
}

impl Catalogue {
    fn add(&mut self, name: &'static str, text: &'static str) {
        let aliases = text.lines().take(2).find_map(|line| line.strip_prefix("    aliases: [")?.strip_suffix(']'));
        let aliases = aliases.iter().flat_map(|list| list.split(',')).map(|alias| alias.trim().trim_matches('"'));
        let entry = Entry { name, aliases: aliases.collect(), text, technology: OnceLock::new() };
        self.names.extend(entry.names().map(|name| (name, self.entries.len())));
        self.entries.push(entry);
    }
}

/// The parts of a section, each with its name and what stands below it.
fn blocks(section: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = section;
    std::iter::from_fn(move || {
        loop {
            let (line, below) = rest.split_once('\n')?;
            rest = below;
            let Some(name) = header(line) else { continue };
            let mut end = 0;
            for line in below.split_inclusive('\n').take_while(|line| header(line.trim_end()).is_none()) {
                end += line.len();
            }
            rest = &below[end..];
            return Some((name, &below[..end]));
        }
    })
}

/// The name in `  name:`.
fn header(line: &str) -> Option<&str> {
    line.strip_prefix("  ")?.strip_suffix(':').filter(|name| !name.starts_with([' ', '#']))
}

/// A name without the version an image may carry.
fn bare(name: &str) -> &str {
    name.split([':', '@']).next().unwrap_or(name).trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::link;
    use crate::parse::{Limits, NodeKind, Skip, deserialize, parse};
    use crate::read::vocabulary::{Answer, Attr, Count, Date, Facts, Origin, Plain, Timeout, Word};
    use crate::read::{Fragment, Notation};
    use crate::sources::{Sources, Span};
    use std::collections::{BTreeMap, BTreeSet};

    const PATH: &str = "src/model/technologies.yaml";

    /// `file:line` of an offset in a part of the data.
    fn place(part: &str, offset: usize) -> String {
        let start = part.as_ptr() as usize - DATA.as_ptr() as usize;
        format!("{PATH}:{}", DATA[..start + offset].matches('\n').count() + 1)
    }

    fn every_technology() -> impl Iterator<Item = (&'static Entry, &'static Technology)> {
        CATALOGUE.entries.iter().map(|entry| match entry::read(entry.name, entry.text) {
            Ok(_) => (entry, lookup(entry.name).unwrap()),
            Err(problem) => {
                panic!("{}: {}: {problem:?}", place(entry.text, problem.primary().start as usize), entry.name)
            }
        })
    }

    /// Every answer is inferred, and its note can stand alone: who, what value, says who, checked when, what to do.
    fn check_notes(facts: &dyn Facts, title: &str, at: &str) -> usize {
        let mut claims = 0;
        for (index, field) in facts.fields().iter().enumerate() {
            let (attr, key) = (facts.attr(index), field.name);
            let shown = match attr.plain() {
                Answer::Absent => continue,
                Answer::Todo => panic!("{at}: `{key}` is open"),
                Answer::None => "none".to_owned(),
                Answer::Value(Plain::Bool(true)) => key.to_owned(),
                Answer::Value(Plain::Integer(value)) => value.to_string(),
                Answer::Value(Plain::Text(text)) => text.into_owned(),
                Answer::Value(Plain::Duration(seconds)) => crate::read::vocabulary::Duration(seconds).to_string(),
                Answer::Value(value) => panic!("{at}: `{key}` cannot hold {value:?}, which has places of its own"),
            };
            let Origin::Inferred(note) = attr.origin() else { panic!("{at}: `{key}` is not inferred") };
            assert!(note.contains(title) && note.contains(&shown), "{at}: `{key}`: {note}");
            match key {
                "managed" => assert!(note.ends_with(')'), "{at}: {note}"),
                "maturity" => assert!(note.contains("by judgement; declare `maturity`"), "{at}: {note}"),
                _ => {
                    assert!(note.contains(", checked 20"), "{at}: {note}");
                    assert!(note.ends_with(&format!("; declare `{key}` to be exact")), "{at}: {note}");
                }
            }
            assert!(!note.contains(['{', '}']) && !note.contains(". "), "{at}: one clause without holes: {note}");
            claims += 1;
        }
        claims
    }

    #[test]
    fn every_entry_reads_and_every_note_can_stand_alone() {
        let mut claims = 0;
        for (entry, technology) in every_technology() {
            let at = place(entry.text, 0);
            claims += check_notes(&technology.facts, &technology.title, &at);
            for calls in technology.calls.values() {
                claims += check_notes(calls, &technology.title, &at);
            }
            assert!(technology.home.starts_with("https://"), "{at}");
            assert!((0.0..=3.0).contains(&technology.ops), "{at}");
            assert!(technology.facts.maturity.value().is_some(), "{at}");
            assert!(technology.facts.failover.is_absent() && technology.facts.vendor.is_absent(), "{at}");
            // What the component is can be overridden by what its author says; it is no fact beside `Technology::kind`.
            assert!(technology.facts.kind.is_absent(), "{at}");
        }
        assert_eq!(check_notes(GRPC.as_ref().expect(PATH), "gRPC", PATH), 1);
        assert!(claims > 200, "{claims}");
    }

    #[test]
    fn every_claim_names_a_page_and_a_day() {
        fn walk(node: crate::parse::Node<'_>, claims: &mut usize) {
            if node.get("because").is_some() {
                let at = place(DATA, node.span().start as usize);
                let text = |key| node.get(key).map_or("", crate::parse::Node::raw);
                assert!(text("source").starts_with("https://"), "{at}");
                assert!(Date::parse(text("date")).is_some(), "{at}");
                assert!(node.get("value").is_none_or(|_| text("because").contains("{value}")), "{at}");
                *claims += 1;
            }
            for entry in node.entries() {
                walk(entry.value, claims);
            }
        }
        let parsed = parse(&mut Sources::default(), PATH, DATA.as_bytes(), &Limits::default());
        let mut claims = 0;
        walk(parsed.tree.documents().next().unwrap(), &mut claims);
        assert_eq!(claims, DATA.matches(" because: ").count());
    }

    #[test]
    fn the_scan_finds_what_a_parser_finds() {
        let parsed = parse(&mut Sources::default(), PATH, DATA.as_bytes(), &Limits::default());
        assert_eq!(parsed.problems, []);
        let root = parsed.tree.documents().next().unwrap();
        let written: Vec<(&str, Vec<&str>)> = (root.get("technologies").unwrap().entries())
            .map(|entry| {
                let aliases = entry.value.get("aliases").into_iter().flat_map(crate::parse::Node::items);
                (entry.key.text, aliases.map(crate::parse::Node::raw).collect())
            })
            .collect();
        let scanned: Vec<(&str, Vec<&str>)> =
            CATALOGUE.entries.iter().map(|entry| (entry.name, entry.aliases.clone())).collect();
        assert_eq!(scanned, written);
        let protocols: Vec<&str> = root.get("protocols").unwrap().entries().map(|entry| entry.key.text).collect();
        assert_eq!(protocols, ["grpc"]);
        assert!(root.entries().all(|entry| entry.value.kind() == NodeKind::Map));
    }

    #[test]
    fn a_name_means_one_technology() {
        let mut seen = BTreeMap::new();
        for (entry, technology) in every_technology() {
            for name in entry.names() {
                assert_eq!(name, bare(name).to_ascii_lowercase(), "never found: {}", place(entry.text, 0));
                assert_eq!(seen.insert(name, entry.name), None, "{}", place(entry.text, 0));
                assert_eq!(lookup(name).unwrap().name, technology.name);
            }
        }
        let titles: BTreeSet<&str> = every_technology().map(|(_, technology)| technology.title.as_str()).collect();
        assert_eq!(titles.len(), names().count());
        assert!(names().count() > 120);
    }

    #[test]
    fn names_are_exact_but_for_case_and_version() {
        for name in ["postgresql", "PostgreSQL", "pg", "postgres:16-alpine", "postgres@sha256:0ab", " Postgres "] {
            assert_eq!(lookup(name).map(|technology| technology.title.as_str()), Some("PostgreSQL"), "{name}");
        }
        for name in ["", ":", "PostgreSQL 15", "postgresql-15", "post", "bitnami/postgresql", "aliases", "grpc"] {
            assert!(lookup(name).is_none(), "{name}");
        }
        assert_eq!(suggest("postgress"), Some("postgres"));
        assert_eq!(suggest("rabbitqm:3"), Some("rabbitmq"));
        assert_eq!(suggest("our-own-thing"), None);
    }

    #[test]
    fn a_mistake_in_an_entry_has_a_place() {
        let good = "title: X\nhome: https://x.org/\nkind: cache\njudgement: {maturity: boring, ops: 1}\n";
        assert!(entry::read("x", good).is_ok());
        let claim = "because: 'X {value}', source: https://x.org/, date: 2026-11";
        for (wrong, at) in [
            (format!("facts: {{replicatoin: {{value: async, {claim}}}}}"), "replicatoin"),
            (format!("facts: {{replication: {{value: asink, {claim}}}}}"), "asink"),
            (format!("facts: {{failover: {{value: automatic, {claim}}}}}"), "failover"),
            (format!("facts: {{max_connections: {{value: 5s, {claim}}}}}"), "5s"),
            ("facts: {replication: {value: async, because: X async}}".to_owned(), "{value: async"),
            ("job: [a]".to_owned(), "[a]"),
        ] {
            let text = format!("{good}{wrong}\n");
            let problem = entry::read("x", &text).unwrap_err();
            let span = problem.primary();
            assert!(text[span.start as usize..].starts_with(at), "{wrong}: {problem:?}");
        }
        let unknown_kind = good.replace("cache", "cash");
        assert!(entry::read("x", &unknown_kind).is_err());
    }

    #[test]
    fn what_a_server_is_configured_to_do_holds_for_own_servers_only() {
        let postgres = lookup("postgres").unwrap();
        assert_eq!(postgres.facts_of(false).max_connections.value(), Some(&Count(100)));
        assert!(postgres.facts_of(true).max_connections.is_absent());
        assert!(lookup("redis").unwrap().facts_of(true).eviction.is_absent());
        for (entry, technology) in every_technology().filter(|(_, t)| t.facts.managed.value().is_some()) {
            assert_eq!(technology.facts, technology.facts_anywhere, "{}", place(entry.text, 0));
        }
    }

    #[test]
    fn attention_is_a_third_when_somebody_else_runs_it() {
        let attention = |name, managed| lookup(name).unwrap().attention(managed);
        assert!((attention("kubernetes", false) - 3.0).abs() < 1e-9);
        assert!((attention("kubernetes", true) - 1.0).abs() < 1e-9);
        assert!((attention("nginx", true) - 0.3).abs() < 1e-9);
        assert!((attention("sqs", true) - 0.3).abs() < 1e-9);
        assert!(attention("stripe", true).abs() < 1e-9);
    }

    fn call(protocol: &str) -> DependencyFacts {
        let mut call = DependencyFacts::default();
        if !protocol.is_empty() {
            call.protocol = Attr::declared(Word(protocol.to_owned()), Span::new(0, 1));
        }
        call
    }

    #[test]
    fn calls_know_how_long_their_client_waits() {
        let none = Some(Answer::None);
        let seconds = |seconds| Some(Answer::Value(Timeout(seconds)));
        for (caller, protocol, expected) in [
            ("nginx", "", seconds(60.0)),
            ("nginx", "grpc", seconds(60.0)),
            ("nginx", "tcp", seconds(60.0)),
            ("envoy", "grpc", seconds(15.0)),
            ("alb", "http", seconds(60.0)),
            ("api-gateway", "", seconds(29.0)),
            ("gcp-lb", "https", seconds(30.0)),
            ("gcp-lb", "", None),
            ("traefik", "", none.clone()),
            ("haproxy", "", None),
            ("python-requests", "", none.clone()),
            ("go", "", None),
            ("go", "http", none.clone()),
            ("golang", "HTTPS", none.clone()),
            ("go", "grpc", none.clone()),
            ("nodejs", "http", None),
            ("nodejs", "gRPC", none.clone()),
            ("unheard-of", "grpc", none.clone()),
            ("unheard-of", "http", None),
        ] {
            let facts = calls_from(lookup(caller), &call(protocol));
            let timeout = facts.map(|facts| facts.timeout.answer().cloned()).filter(|answer| *answer != Answer::Absent);
            assert_eq!(timeout, expected, "{caller} over `{protocol}`");
        }
        let pool = |caller, protocol| calls_from(lookup(caller), &call(protocol)).and_then(|f| f.pool.value().copied());
        assert_eq!(pool("spring", "jdbc"), Some(Count(10)));
        assert_eq!(pool("spring", "http"), None);
        assert_eq!(pool("spring", ""), None);
        assert_eq!(pool("pgbouncer", ""), Some(Count(20)));
    }

    #[test]
    fn a_linked_design_knows_what_its_technologies_are() {
        let yaml = "\
components:
  lb: {tech: nginx, uses: {api: {}, slow: {timeout: 2s}}}
  api: {tech: go, uses: {pg: {protocol: grpc}}}
  slow: {}
  pg: {tech: 'PostgreSQL:16'}
  rds: {tech: postgresql, managed: true}
  big: {tech: postgres, max_connections: 500, maturity: emerging}
  sessions: {tech: redis, persist: true}
  jobs: {tech: sqs}
  own: {tech: in-house}
";
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "a.arch.yaml", yaml.as_bytes(), &Limits::default());
        let facts = deserialize(parsed.tree.documents().next().unwrap(), &Skip::default()).unwrap();
        let place = Span::new(0, 10);
        let linked = link(vec![Fragment { notation: Notation::Native, source: parsed.source, place, facts }]);
        assert_eq!(linked.problems, []);
        let design = linked.design;
        let component = |name| design.component(design.find_component(name).unwrap());

        let pg = component("pg");
        assert_eq!((pg.kind, pg.technology.unwrap().name), (Kind::Database, "postgresql"));
        assert_eq!(pg.facts.max_connections.value(), Some(&Count(100)));
        assert_eq!(
            *pg.facts.max_connections.origin(),
            Origin::Inferred(
                "PostgreSQL accepts 100 connections unless `max_connections` is raised (postgresql.org, checked \
                 2026-11); declare `max_connections` to be exact"
                    .into()
            )
        );
        assert!(component("rds").facts.max_connections.is_absent());
        assert_eq!(component("big").facts.max_connections.value(), Some(&Count(500)));
        assert!(matches!(component("big").facts.maturity.origin(), Origin::Declared(_)));
        assert_eq!(component("sessions").kind, Kind::Database);
        assert!(component("jobs").is_managed());
        assert_eq!((component("own").kind, component("own").technology.is_some()), (Kind::Service, false));

        let timeout = |name: &str| {
            let id = design.dependency_ids().find(|id| design.dependency_name(*id) == name).unwrap();
            design.dependency(id).facts.timeout.clone()
        };
        assert_eq!(timeout("lb->api").value(), Some(&Timeout(60.0)));
        assert_eq!(timeout("lb->slow").value(), Some(&Timeout(2.0)));
        assert!(timeout("api->pg").is_none());
    }
}
