//! What a flow claims to survive: every event it names has to be one that can happen to the design.

use super::Linker;
use super::dangling::dangling;
use crate::model::Component;
use crate::problem::{Problem, did_you_mean};
use crate::read::vocabulary::{Attr, Duration, Many, Word, Zones};
use crate::sources::Span;

impl Linker<'_> {
    /// `redis`, `zone`, `zone:a`, `region`, `region:eu`, `vendor:aws`, each with `@1h`.
    pub(super) fn check_claims(&mut self, claims: &Attr<Many<Word>>, components: &[Component]) {
        for claim in claims.value().iter().flat_map(|claims| claims.iter()) {
            let (event, duration) =
                claim.value.0.split_once('@').map_or((claim.value.0.as_str(), None), |(e, d)| (e, Some(d)));
            if let Some(duration) = duration
                && Duration::parse(duration).is_none()
            {
                self.problems.push(
                    Problem::error(
                        "bad-value",
                        format!("`{}` does not say how long", claim.value),
                        claim.span,
                        "not a duration after `@`",
                    )
                    .with_help(format!("write how long it is away after the `@`: `{event}@1h`")),
                );
            }
            if event.is_empty() {
                continue;
            }
            match event.split_once(':') {
                Some(("zone", zone)) => {
                    let zones = components.iter().filter_map(|c| c.facts.zones.value()).flat_map(Zones::names);
                    self.check_domain("zone", zone, claim.span, zones);
                }
                Some(("region", region)) => {
                    let regions = components.iter().filter_map(|c| c.facts.region.value()).map(|r| r.0.as_str());
                    self.check_domain("region", region, claim.span, regions);
                }
                Some(("vendor", vendor)) => {
                    let vendors = components.iter().filter_map(|c| c.facts.vendor.value()).map(|v| v.0.as_str());
                    self.check_domain("vendor", vendor, claim.span, vendors);
                }
                Some(("stop" | "hang" | "instance", name)) => {
                    self.component(name, claim.span);
                }
                None if matches!(event, "zone" | "region") => {}
                Some((kind, name)) if !self.names.contains_key(event) => {
                    let known = ["zone", "region", "vendor", "hang", "instance", "stop"];
                    let help = match did_you_mean(kind, known) {
                        Some(close) => format!("write `{close}:{name}`"),
                        None => "name a component, or `zone:a`, `region:eu`, `vendor:aws`, `hang:api`, `instance:api`"
                            .to_owned(),
                    };
                    let message = format!("`{kind}` is nothing that can fail");
                    self.problems
                        .push(Problem::error("bad-value", message, claim.span, "no kind of failure").with_help(help));
                }
                _ => {
                    self.component(event, claim.span);
                }
            }
        }
    }

    fn check_domain<'a>(&mut self, kind: &'static str, name: &str, at: Span, known: impl Iterator<Item = &'a str>) {
        let mut known: Vec<&str> = known.collect();
        known.sort_unstable();
        known.dedup();
        if !known.contains(&name) {
            self.problems.push(dangling(kind, name, at, &known));
        }
    }
}
