//! Callers that give up while what they called is still at work.

use super::cell::{ARITHMETIC, duration, field, resting_on, text, yes};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::analyse::waiting::{Inversion, WaitTerm};
use crate::read::vocabulary::{Duration, Kind, Origin, Short};

pub(super) const RELATION: Relation = Relation {
    name: "inversion",
    summary: "A call whose timeout is shorter than what its target may spend on a call of its own.",
    fields: &[
        field("outer", Type::Dependency, "The call with the shorter patience; the place is its `timeout`."),
        field("inner", Type::Dependency, "The call its target makes meanwhile; the place is its `timeout`."),
        field("patience", Type::Duration, "How long the outer call waits."),
        field("needed", Type::Duration, "How long the inner call can take, retries included."),
        field("only_with_retries", Type::Bool, "One attempt of the inner call fits, all of them do not."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        let inversions = analysis.failure().inversions();
        inversions.iter().filter(|found| is_meant(analysis, found)).map(|found| row(analysis, found)).collect()
    },
};

/// `defaults.calls` speaks of calls that own code makes: what a browser or a content network does is not set there.
fn is_meant(analysis: &Analysis, found: &Inversion) -> bool {
    let outer = analysis.design.dependency(found.outer);
    let kind = analysis.design.component(outer.source).kind;
    let outside = matches!(kind, Kind::Client | Kind::Cdn | Kind::Dns | Kind::External);
    !(outside && matches!(outer.facts.timeout.origin(), Origin::Default(_)))
}

fn row<'a>(analysis: &'a Analysis, found: &Inversion) -> Row<'a> {
    let (outer, inner) = (analysis.design.dependency(found.outer), analysis.design.dependency(found.inner.dependency));
    let at = |id, place, otherwise| Fact::at(Value::Dependency(id), Some(Option::unwrap_or(place, otherwise)));
    Row {
        cells: vec![
            at(found.outer, outer.facts.timeout.span(), outer.place),
            at(found.inner.dependency, inner.facts.timeout.span(), inner.place),
            resting_on(duration(found.outer_timeout), &[&outer.facts.timeout]),
            resting_on(duration(found.inner.seconds()), &[&inner.facts.timeout]),
            yes(found.only_with_retries),
            text(arithmetic(&found.inner)),
        ],
    }
}

fn arithmetic(term: &WaitTerm) -> String {
    let mut text = Duration(term.timeout).to_string();
    let one = term.attempts <= 1.0;
    if !one {
        text = format!("{} × {text}", attempts(term.attempts));
    }
    if term.backoff > 0.0 {
        text = format!("{text} + {}", Duration(term.backoff));
    }
    if term.calls > 1.0 {
        let inner = if one { text } else { format!("({text})") };
        text = format!("{} × {inner}", Short(term.calls));
    } else if one {
        return text;
    }
    match term.seconds() {
        seconds if seconds.is_finite() => format!("{text} = {}", Duration(seconds)),
        _ => text,
    }
}

fn attempts(count: f64) -> String {
    if count.is_finite() { Short(count).to_string() } else { "unlimited".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn inversions(design: &str) -> String {
        table("inversion", &["outer", "inner", "patience", "needed", "only_with_retries", "arithmetic"], design)
    }

    #[test]
    fn a_single_attempt_that_outlasts_the_caller() {
        let design =
            "components: {web: {uses: {api: {timeout: 2s}}}, api: {uses: {pg: {timeout: 5s}}}, pg: {kind: database}}";
        assert_eq!(
            inversions(design),
            "outer=web->api inner=api->pg patience=2 s needed=5 s only_with_retries=false arithmetic=5 s"
        );
    }

    #[test]
    fn retries_and_calls_in_a_row_add_up() {
        let design = "components: {lb: {kind: balancer, uses: {api: {timeout: 2s}}}, api: {uses: \
                      {stripe: {timeout: 1s, retries: {max: 2, wait: 200ms}}, pg: {timeout: 500ms, calls: 5}, \
                      fast: {timeout: 500ms, calls: 4}}}, stripe: {kind: external}, pg: {kind: database}, fast: {}}";
        assert_eq!(
            inversions(design),
            "outer=lb->api inner=api->stripe patience=2 s needed=3.6 s only_with_retries=true arithmetic=3 × 1 s + 600 ms = 3.6 s\n\
             outer=lb->api inner=api->pg patience=2 s needed=2.5 s only_with_retries=true arithmetic=5 × 500 ms = 2.5 s"
        );
    }

    #[test]
    fn defaults_do_not_speak_for_browsers() {
        let design = "{defaults: {calls: {timeout: 1s}}, components: {web: {kind: client, uses: [api]}, \
                      api: {uses: {pg: {timeout: 2s}}}, pg: {kind: database}}}";
        assert_eq!(inversions(design), "");
        assert_ne!(inversions(&design.replace("kind: client, ", "")), "");
    }
}
