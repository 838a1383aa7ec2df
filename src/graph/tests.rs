use super::Graph;
use crate::model::{Design, link};
use crate::parse::{Limits, parse};
use crate::read::native;
use crate::sources::Sources;

fn design(text: &str) -> Design {
    let mut sources = Sources::default();
    let parsed = parse(&mut sources, "a.arch.yaml", text.as_bytes(), &Limits::default());
    link(native::read(&parsed, &sources).0).design
}

fn critical(text: &str) -> Vec<String> {
    let design = design(text);
    let graph = Graph::new(&design);
    let critical = design.component_ids().filter(|id| graph.is_critical(*id));
    critical.map(|id| design.component(id).name.clone()).collect()
}

#[test]
fn critical_is_what_a_critical_flow_cannot_work_without() {
    let text = "\
components:
  web: {uses: {api: {timeout: 1s}, recs: soft, other: {flows: [side]}}}
  api: {uses: {pg: {}, mails: {outbox: true}, price: {fallback: omit}, rates: {fallback: {to: old}}, boot: {phase: start}}, one_of: {any: [a, b], all: {need: 2, of: [c, d]}}}
  pg: {kind: database}
  mails: {kind: queue}
  mailer: {kind: worker, uses: [mails, smtp]}
  recs: {}
  other: {}
  price: {}
  rates: {}
  old: {}
  boot: {}
  a: {}
  b: {}
  c: {}
  d: {}
  smtp: {kind: external}
flows:
  main: {path: [web, api, pg, mails, mailer], critical: true}
  side: {path: [web, other]}
";
    assert_eq!(critical(text), ["web", "api", "pg", "mails", "mailer", "c", "d", "smtp"]);
    let unmarked = text.replace(", critical: true", "");
    assert!(critical(&unmarked).contains(&"other".to_owned()), "where no flow is marked, all are critical");
}

#[test]
fn a_dependency_is_critical_where_a_critical_flow_uses_it() {
    let design = design(
        "\
components:
  web: {uses: {api: {}, ads: {flows: [side]}}}
  api: {uses: {recs: soft}}
  recs: {uses: [model]}
  model: {}
  ads: {}
flows:
  main: {path: [web, api], critical: true}
  side: {path: [web, ads]}
",
    );
    let graph = Graph::new(&design);
    let critical = design.dependency_ids().filter(|id| graph.is_critical_dependency(*id));
    assert_eq!(critical.map(|id| design.dependency_name(id)).collect::<Vec<_>>(), ["web->api", "api->recs"]);
}

#[test]
fn a_path_goes_on_by_itself_after_a_queue_and_where_nothing_leads() {
    let design = design(
        "\
components:
  web: {uses: [api]}
  api: {uses: [jobs]}
  jobs: {kind: queue}
  worker: {kind: worker, uses: [jobs, store]}
  store: {kind: database}
  mail: {}
flows:
  f: {path: [web, api, jobs, worker, store, mail]}
",
    );
    let graph = Graph::new(&design);
    let flow = design.flow_ids().next().expect("one flow");
    let name = |id: crate::model::ComponentId| design.component(id).name.as_str();
    let legs: Vec<(&str, Option<&str>)> =
        graph.legs(flow).iter().map(|leg| (name(leg.component), leg.queue.map(name))).collect();
    assert_eq!(legs, [("web", None), ("worker", Some("jobs")), ("mail", Some("jobs"))]);
}

#[test]
fn a_chain_of_a_hundred_thousand_does_not_overflow_the_stack() {
    let chain = super::circles(100_000, (0..99_999).map(|at| (at, at + 1)).chain([(99_999, 0)]));
    assert_eq!(chain.len(), 1);
    assert_eq!(chain[0].len(), 100_000);
}
