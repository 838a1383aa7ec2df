//! Worked arithmetic: pools, queues, hangs, latencies, error budgets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "common/named.rs"]
mod named;
#[path = "common/whole.rs"]
mod whole;

use named::{component, flow};
use premortem::analyse::Demand;
use premortem::analyse::capacity::Utilisation;
use premortem::analyse::error_budget::{Detection, error_budget};
use premortem::analyse::latency::slow_requests;
use premortem::analyse::pool::connections_in_use;
use premortem::analyse::queue::{Drain, drain};
use whole::analyse;

#[track_caller]
fn close(computed: f64, expected: f64) {
    assert!((computed - expected).abs() < 1e-9 * expected.abs().max(1.0), "{computed}, not {expected}");
}

#[test]
fn pools_add_up() {
    let analysis = analyse(
        "components:\n  api: {replicas: 6, uses: {pg: {pool: 15}}}\n  worker: {kind: worker, replicas: 2, uses: {pg: {pool: 5}}}\n  \
         pg: {kind: database, max_connections: 100, reserved_connections: 3}\n",
    );
    let found = analysis.failure().pool_use(component(&analysis, "pg")).unwrap();
    assert_eq!((found.available(), found.connections(), found.is_exceeded()), (97, 100, true));
    assert_eq!(found.arithmetic(), "6×15 + 2×5 = 100");
}

#[test]
fn pools_overflow_only_while_something_is_released() {
    let text = |deploy: &str| {
        format!(
            "components:\n  api: {{replicas: {{min: 2, max: 6}}, deploy: {deploy}, uses: {{pg: {{pool: 14}}}}}}\n  \
             worker: {{kind: worker, replicas: 2, uses: {{pg: {{pool: 5}}}}}}\n  \
             pg: {{kind: database, max_connections: 100, reserved_connections: 3}}\n"
        )
    };
    let exceeded = |deploy: &str| {
        let analysis = analyse(&text(deploy));
        let found = analysis.failure().pool_use(component(&analysis, "pg")).unwrap();
        assert_eq!((found.connections(), found.is_exceeded()), (94, false));
        found.exceeded_by_release().map(|rollout| (rollout.extra_copies, rollout.connections))
    };
    assert_eq!(exceeded("{strategy: rolling, surge: 25%}"), Some((2, 122)));
    assert_eq!(exceeded("{strategy: blue-green}"), Some((6, 178)));
    assert_eq!(exceeded("{strategy: recreate}"), None);
}

#[test]
fn connections_in_use_follow_littles_law() {
    close(connections_in_use(100.0, 0.008), 0.8);
    close(connections_in_use(100.0, 4.0), 400.0);
}

#[test]
fn a_hang_takes_workers() {
    let hang = |timeout: &str| {
        let analysis = analyse(&format!(
            "components:\n  api: {{workers: 200, replicas: 1, uses: {{slow: {{timeout: {timeout}}}}}}}\n  slow: {{kind: external}}\n\
             flows:\n  f: {{path: [api], rate: 50rps}}\n"
        ));
        let edge = analysis.design.dependency_ids().next().unwrap();
        analysis.failure().hang(edge).unwrap()
    };
    let endless = hang("none");
    assert_eq!(
        (endless.waiting(), endless.exhausts(), endless.seconds_until_exhausted()),
        (None, Some(true), Some(4.0))
    );
    assert_eq!((hang("2s").waiting(), hang("2s").exhausts()), (Some(100.0), Some(false)));
    assert_eq!((hang("5s").waiting(), hang("5s").exhausts()), (Some(250.0), Some(true)));
}

#[test]
fn error_budgets_of_thirty_days() {
    for (target, minutes) in [(0.999, 43.2), (0.9995, 21.6), (0.9999, 4.32), (0.99999, 0.432)] {
        assert!((error_budget(target, 30.0) / 60.0 - minutes).abs() < 1e-6);
    }
}

#[test]
fn a_bad_release_is_noticed_before_it_is_rolled_back() {
    let cost = |rollback: &str| {
        let analysis = analyse(&format!(
            "components:\n  api:\n    health: {{path: /ready, interval: 30s, after: 5, timeout: 5s}}\n    \
             deploy: {{rollback: {{how: automatic, time: {rollback}}}}}\n"
        ));
        analysis.failure().bad_release(component(&analysis, "api")).unwrap()
    };
    close(Detection { interval: 30.0, after: 5.0, timeout: 5.0 }.seconds(), 155.0);
    let budget = error_budget(0.999, 30.0);
    assert!(41.0 * 60.0 < budget && cost("41m") > budget);
    assert!(cost("40m") < budget);
    assert!(155.0 > 0.1 * error_budget(0.9999, 30.0));
}

#[test]
fn response_times_are_bounded_from_below_by_the_slowest_part() {
    let analysis = analyse(
        "components:\n  api: {latency: {p50: 20ms, p99: 80ms}, uses: [pricing, db]}\n  \
         pricing: {latency: {p50: 30ms, p99: 200ms}}\n  db: {kind: database, latency: {p50: 5ms, p99: 40ms}}\n\
         flows:\n  f: {path: [api, pricing, db]}\n  api: {path: [api]}\n",
    );
    let time = analysis.failure().response_time(flow(&analysis, "f")).unwrap();
    close(time.lower, 0.2);
    close(time.likely, 0.225);
    close(time.cautious, 0.32);
    let beside = analyse(
        "components:\n  api: {latency: {p50: 20ms, p99: 80ms}, uses: {pricing: {parallel: true}, db: {parallel: true}}}\n  \
         pricing: {latency: {p50: 30ms, p99: 200ms}}\n  db: {kind: database, latency: {p50: 5ms, p99: 40ms}}\n\
         flows:\n  f: {path: [api, pricing, db]}\n",
    );
    let time = beside.failure().response_time(flow(&beside, "f")).unwrap();
    close(time.likely, 0.22);
    close(time.cautious, 0.28);
}

#[test]
fn wide_fan_outs_meet_the_tail() {
    assert!((slow_requests(10, 0.01) - 0.096).abs() < 5e-4);
    assert!((slow_requests(100, 0.01) - 0.634).abs() < 5e-4);
}

#[test]
fn backlogs_drain_by_the_difference_of_rates() {
    let analysis = analyse(
        "components:\n  api: {uses: [jobs]}\n  jobs: {kind: queue}\n  a: {kind: worker, capacity: 70rps, uses: [jobs]}\n  \
         b: {kind: worker, capacity: 50rps, uses: [jobs]}\nflows:\n  f: {path: [api, jobs, a], rate: 100rps}\n",
    );
    let backlog = analysis.failure().backlog(component(&analysis, "jobs"), 3600.0, Demand::Now);
    close(backlog.messages(), 360_000.0);
    assert_eq!((backlog.served, backlog.drain()), (Some(120.0), Drain::Seconds(18_000.0)));
    assert_eq!(drain(360_000.0, 100.0, 100.0), Drain::Never);
}

#[test]
fn failover_loses_what_was_written_in_the_lag() {
    let analysis = analyse("components:\n  pg: {kind: database, lag: 5s, writes: 200rps}\n");
    assert_eq!(analysis.failure().writes_at_risk(component(&analysis, "pg")), Some(1000.0));
}

#[test]
fn a_lost_cache_multiplies_the_load_of_its_store() {
    let analysis = analyse(
        "components:\n  app: {uses: [cache, db]}\n  cache: {kind: cache, of: db, hit_ratio: 95%}\n  db: {kind: database}\n\
         flows:\n  f: {path: [app], rate: 1000rps}\n",
    );
    let (db, failure) = (component(&analysis, "db"), analysis.failure());
    let calm = failure.loads(&[], Demand::Now)[db.0];
    let cold = failure.loads(&[component(&analysis, "cache")], Demand::Now)[db.0];
    close(cold / calm, 20.0);
}

#[test]
fn callers_that_give_up_first() {
    let analysis = analyse(
        "components:\n  web: {uses: {api: {timeout: 2s}}}\n  \
         api: {uses: {stripe: {timeout: 1s, retries: {max: 2, wait: 100ms}}, pg: {timeout: 5s}}}\n  \
         stripe: {kind: external}\n  pg: {kind: database}\nflows:\n  f: {path: [web]}\n",
    );
    let found: Vec<(String, bool)> = analysis
        .failure()
        .inversions()
        .into_iter()
        .map(|found| (analysis.design.dependency_name(found.inner.dependency), found.only_with_retries))
        .collect();
    assert_eq!(found, [("api->stripe".to_owned(), true), ("api->pg".to_owned(), false)]);
}

#[test]
fn the_fullest_component_fills_first() {
    let analysis = analyse(
        "components:\n  api: {capacity: 100rps, uses: {db: {calls: 3}}}\n  db: {kind: database, capacity: 200rps}\n\
         flows:\n  f: {path: [api], rate: {now: 10rps, target: 80rps}}\n",
    );
    let first = analysis.failure().first_to_saturate().unwrap();
    assert_eq!((first.component, first.load), (component(&analysis, "db"), 30.0));
    close(first.headroom().unwrap(), 200.0 / 30.0);
    let full: Vec<bool> =
        analysis.failure().utilisations(&[], Demand::Target).iter().map(Utilisation::is_exceeded).collect();
    assert_eq!(full, [false, true]);
}

#[test]
fn circles_with_retries_have_no_bound() {
    let analysis = analyse(
        "components:\n  web: {uses: [a]}\n  a: {uses: {b: {retries: 1}}}\n  b: {uses: [a, c]}\n  c: {}\n  d: {uses: [e]}\n  e: {uses: [d]}\n",
    );
    let failure = analysis.failure();
    let times =
        |entry: &str, of: &str| failure.amplification(component(&analysis, entry)).of(component(&analysis, of)).times();
    assert_eq!(times("web", "c"), Some(f64::INFINITY));
    assert_eq!(times("d", "e"), None);
    assert_eq!(times("c", "c"), Some(1.0));
    assert_eq!(failure.unbounded_circles().len(), 1);
}
