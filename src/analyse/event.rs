//! What can go wrong: the basic events every failure analysis starts from.

use crate::graph::{Domain, DomainId, Domains};
use crate::model::{ComponentId, Design};
use crate::problem::did_you_mean;
use crate::read::vocabulary::Kind;
use std::fmt;

/// One thing that goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Event {
    /// Every copy fails fast: a bad release, poisoned configuration, an expired certificate. Copies do not help.
    Stop(ComponentId),
    /// Every copy accepts and never answers.
    Hang(ComponentId),
    /// One copy is gone.
    Instance(ComponentId),
    /// Every copy in the zone is gone.
    Zone(DomainId),
    /// Everything in the region is gone.
    Region(DomainId),
    /// Everything that runs on the vendor's platform is gone.
    Vendor(DomainId),
}

/// The prefixes an event is written with.
pub(crate) const KINDS: [&str; 6] = ["stop", "hang", "instance", "zone", "region", "vendor"];

/// Between an event and how long it lasts, as `premortem fail` takes both.
pub(crate) const LASTING: &str = " --for ";

/// A text that names no event of a design.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct UnknownEvent {
    /// One clause without a final period.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Event {
    /// Reads `postgres`, `stop:postgres`, `hang:recs`, `instance:api`, `zone:a`, `region:eu`, `vendor:aws`.
    /// A name alone stops the component.
    pub fn parse(text: &str, design: &Design, domains: &Domains) -> Result<Self, UnknownEvent> {
        if let Some(component) = design.find_component(text) {
            return on_component(design, component, text, Self::Stop);
        }
        let Some((kind, name)) = text.split_once(':') else {
            return Err(unknown_name(text, design, domains));
        };
        let on = |event: fn(ComponentId) -> Self| match design.find_component(name) {
            Some(component) => on_component(design, component, name, event),
            None => Err(unknown_component(kind, name, design)),
        };
        let among = |domains: &[Domain], event: fn(DomainId) -> Self| {
            let index = domains.iter().position(|domain| domain.name == name);
            index.map(|index| event(DomainId(index))).ok_or_else(|| unknown_domain(kind, name, domains))
        };
        match kind {
            "stop" => on(Self::Stop),
            "hang" => on(Self::Hang),
            "instance" => on(Self::Instance),
            "zone" => among(&domains.zones, Self::Zone),
            "region" => among(&domains.regions, Self::Region),
            "vendor" => among(&domains.vendors, Self::Vendor),
            _ => Err(UnknownEvent {
                message: format!("there is no event `{kind}`"),
                help: did_you_mean(kind, KINDS).map_or_else(
                    || "Write `stop:`, `hang:`, `instance:`, `zone:`, `region:` or `vendor:` before the name.".into(),
                    |close| format!("Did you mean `{close}:{name}`?"),
                ),
            }),
        }
    }

    /// Every single event of a design: for each component but clients stop, hang and the loss of one copy, then zones,
    /// regions and vendors, all in file order.
    pub fn all(design: &Design, domains: &Domains) -> Vec<Self> {
        let components: Vec<ComponentId> =
            design.component_ids().filter(|id| design.component(*id).kind != Kind::Client).collect();
        let on = |event: fn(ComponentId) -> Self| components.iter().copied().map(event);
        on(Self::Stop)
            .chain(on(Self::Hang))
            .chain(on(Self::Instance))
            .chain((0..domains.zones.len()).map(|index| Self::Zone(DomainId(index))))
            .chain((0..domains.regions.len()).map(|index| Self::Region(DomainId(index))))
            .chain((0..domains.vendors.len()).map(|index| Self::Vendor(DomainId(index))))
            .collect()
    }

    /// The event as a user writes it, kind included: `stop:postgres`.
    pub fn name<'a>(self, design: &'a Design, domains: &'a Domains) -> EventName<'a> {
        let component = |id: ComponentId| design.component(id).name.as_str();
        let (kind, name) = match self {
            Self::Stop(id) => ("stop", component(id)),
            Self::Hang(id) => ("hang", component(id)),
            Self::Instance(id) => ("instance", component(id)),
            Self::Zone(id) => ("zone", domains.zones[id.0].name.as_str()),
            Self::Region(id) => ("region", domains.regions[id.0].name.as_str()),
            Self::Vendor(id) => ("vendor", domains.vendors[id.0].name.as_str()),
        };
        EventName { kind, name }
    }

    /// The component a stop, a hang or the loss of a copy is about.
    pub fn component(self) -> Option<ComponentId> {
        match self {
            Self::Stop(id) | Self::Hang(id) | Self::Instance(id) => Some(id),
            Self::Zone(_) | Self::Region(_) | Self::Vendor(_) => None,
        }
    }
}

/// `stop:postgres`; as a sentence with [`EventName::clause`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventName<'a> {
    pub kind: &'static str,
    pub name: &'a str,
}

impl fmt::Display for EventName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)
    }
}

impl EventName<'_> {
    /// The event as a clause: "`postgres` stops", "zone `a` fails".
    pub fn clause(&self) -> String {
        let name = self.name;
        match self.kind {
            "stop" => format!("`{name}` stops"),
            "hang" => format!("`{name}` hangs"),
            "instance" => format!("one copy of `{name}` is lost"),
            kind => format!("{kind} `{name}` fails"),
        }
    }
}

fn on_component(
    design: &Design,
    component: ComponentId,
    name: &str,
    event: fn(ComponentId) -> Event,
) -> Result<Event, UnknownEvent> {
    if design.component(component).kind == Kind::Client {
        let used = design.dependencies.iter().find(|dependency| dependency.source == component);
        let such = used.map(|used| format!(", such as `{}`", design.component(used.target).name));
        return Err(UnknownEvent {
            message: format!("`{name}` is a client, and clients take no events"),
            help: format!("Name a component that serves clients{}.", such.unwrap_or_default()),
        });
    }
    Ok(event(component))
}

fn unknown_name(text: &str, design: &Design, domains: &Domains) -> UnknownEvent {
    let message = format!("there is no component `{text}`");
    let domain = [("zone", &domains.zones), ("region", &domains.regions), ("vendor", &domains.vendors)]
        .into_iter()
        .find(|(_, domains)| domains.iter().any(|domain| domain.name == text));
    if let Some((kind, _)) = domain {
        return UnknownEvent { message, help: format!("`{text}` is a {kind}: write `{kind}:{text}`.") };
    }
    if let Some(help) = on_path(text, "", design) {
        return UnknownEvent { message: format!("`{text}` is a flow, and events happen to components"), help };
    }
    let close = did_you_mean(text, names(design));
    let help = close.map_or_else(|| list("component", names(design)), |close| format!("Did you mean `{close}`?"));
    UnknownEvent { message, help }
}

/// What to name instead of a flow: a component of its path that is no client.
fn on_path(flow: &str, prefix: &str, design: &Design) -> Option<String> {
    let path = &design.flow(design.find_flow(flow)?).path;
    let step = path.iter().find(|step| design.component(**step).kind != Kind::Client)?;
    Some(format!("Name a component on its path, such as `{prefix}{}`.", design.component(*step).name))
}

/// Symptoms show on components only.
pub(super) fn unknown_symptom(name: &str, design: &Design) -> UnknownEvent {
    if let Some(help) = on_path(name, "", design) {
        return UnknownEvent { message: format!("`{name}` is a flow, and symptoms show on components"), help };
    }
    let close = did_you_mean(name, names(design));
    UnknownEvent {
        message: format!("there is no component `{name}`"),
        help: close.map_or_else(|| list("component", names(design)), |close| format!("Did you mean `{close}`?")),
    }
}

fn unknown_component(kind: &str, name: &str, design: &Design) -> UnknownEvent {
    if let Some(help) = on_path(name, &format!("{kind}:"), design) {
        return UnknownEvent { message: format!("`{name}` is a flow, and events happen to components"), help };
    }
    let close = did_you_mean(name, names(design));
    UnknownEvent {
        message: format!("there is no component `{name}`"),
        help: close.map_or_else(|| list("component", names(design)), |close| format!("Did you mean `{kind}:{close}`?")),
    }
}

fn unknown_domain(kind: &str, name: &str, domains: &[Domain]) -> UnknownEvent {
    let names = || domains.iter().map(|domain| domain.name.as_str());
    UnknownEvent {
        message: format!("there is no {kind} `{name}`"),
        help: match did_you_mean(name, names()) {
            Some(close) => format!("Did you mean `{kind}:{close}`?"),
            None if domains.is_empty() => format!("No component says its {kind}."),
            None => list(kind, names()),
        },
    }
}

fn names(design: &Design) -> impl Iterator<Item = &str> {
    design.components.iter().map(|component| component.name.as_str())
}

/// The known names, the first twelve of them.
fn list<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(12);
    if more > 1 {
        names.truncate(12);
    }
    let more = if more > 1 { format!(" and {more} more") } else { String::new() };
    format!("The design has these {kind}s: {}{more}.", names.join(", "))
}

#[cfg(test)]
mod tests {

    use crate::analyse::Analysis;
    use crate::model::link;
    use crate::parse::{Limits, parse};
    use crate::read::native;
    use crate::sources::Sources;

    fn shop() -> Analysis {
        let text = "\
components:
  browser: {kind: client, uses: [api]}
  api: {zones: [a, b], region: eu, uses: [postgres]}
  postgres: {kind: database, vendor: aws}
";
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "a.arch.yaml", text.as_bytes(), &Limits::default());
        Analysis::new(link(native::read(&parsed, &sources).0).design)
    }

    #[test]
    fn every_event_is_read_as_it_is_named() {
        let analysis = shop();
        let events = analysis.failure().events();
        let names: Vec<String> = events.iter().map(|event| analysis.failure().event_name(*event).to_string()).collect();
        assert_eq!(
            names,
            [
                "stop:api",
                "stop:postgres",
                "hang:api",
                "hang:postgres",
                "instance:api",
                "instance:postgres",
                "zone:a",
                "zone:b",
                "region:eu",
                "vendor:aws"
            ]
        );
        for (name, event) in names.iter().zip(&events) {
            assert_eq!(analysis.failure().event(name), Ok(*event));
        }
        assert_eq!(analysis.failure().event("api"), analysis.failure().event("stop:api"));
    }

    #[test]
    fn unknown_events_say_what_was_meant() {
        let analysis = shop();
        let said = |text: &str| {
            let unknown = analysis.failure().event(text).unwrap_err();
            format!("{unknown}. {}", unknown.help)
        };
        assert_eq!(said("postgress"), "there is no component `postgress`. Did you mean `postgres`?");
        assert_eq!(said("hang:ap"), "there is no component `ap`. Did you mean `hang:api`?");
        assert_eq!(
            said("explode:api"),
            "there is no event `explode`. Write `stop:`, `hang:`, `instance:`, `zone:`, `region:` or `vendor:` before \
             the name."
        );
        assert_eq!(said("hand:api"), "there is no event `hand`. Did you mean `hang:api`?");
        assert_eq!(said("aws"), "there is no component `aws`. `aws` is a vendor: write `vendor:aws`.");
        assert_eq!(said("region:us"), "there is no region `us`. The design has these regions: `eu`.");
        assert_eq!(said("zone:north"), "there is no zone `north`. The design has these zones: `a`, `b`.");
        assert!(said("browser").starts_with("`browser` is a client, and clients take no events. "));
        assert!(said("stop:browser").starts_with("`browser` is a client"));
    }
}
