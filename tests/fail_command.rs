//! `premortem fail` as it is called: what it prints for people, the JSON and its schema, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

use assert_cmd::Command;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use tempfile::TempDir;

const FILE: &str = "schema/outcome.schema.json";

/// `recs` has no timeout that anybody wrote down, `ses` and `sg` replace each other, `k8s` and `vault` start each other.
const SHOP: &str = "\
components:
  web: {uses: {api: {timeout: 2s}}}
  api: {uses: {recs: soft, prices: {timeout: 1s}}, one_of: {mail: [ses, sg]}}
  recs: {}
  prices: {uses: {db: {timeout: 1s}}}
  db: {kind: database, replicas: 2, zones: [a, b], uses: {k8s: {timeout: 1s}}}
  ses: {zones: [a], replicas: 1}
  sg: {zones: [b], replicas: 1}
  k8s: {uses: {vault: {phase: start}}}
  vault: {uses: {k8s: {phase: start}}}
flows:
  checkout: {path: [web, api], critical: true}
  home: {path: [web, api, recs]}
";

struct Ran {
    status: i32,
    out: String,
    err: String,
}

fn fail_in(design: &str, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    ask(&folder, design, arguments)
}

fn ask(folder: &TempDir, design: &str, arguments: &[&str]) -> Ran {
    fs::write(folder.path().join("shop.arch.yaml"), design).unwrap();
    let mut command = Command::cargo_bin("premortem").unwrap();
    command.current_dir(folder.path()).env("COLUMNS", "80").args(["fail", "--color", "never"]).args(arguments);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: output.status.code().expect("no signal"), out: text(output.stdout), err: text(output.stderr) }
}

fn told(arguments: &[&str]) -> String {
    let ran = fail_in(SHOP, arguments);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{arguments:?}\n{}", ran.out);
    ran.out
}

/// The text without its line breaks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn json(arguments: &[&str]) -> Value {
    let answer = told(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn the_published_schema_is_current() {
    let current = format!("{:#}\n", premortem::report::outcome::schema());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(FILE, &current).unwrap();
    }
    let published = fs::read_to_string(FILE).unwrap_or_default();
    assert!(published == current, "{FILE} is not what the types say; run the tests with UPDATE=1 and read the change");
}

#[test]
fn every_answer_is_valid_and_of_one_shape() {
    let schema: Value = serde_json::from_str(&fs::read_to_string(FILE).unwrap()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let shapes: Vec<_> = ["Outage", "Suspects", "All"]
        .map(|name| {
            let alone = serde_json::json!({"$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"]});
            jsonschema::validator_for(&alone).unwrap()
        })
        .into();
    let questions: [(&[&str], usize); 9] = [
        (&["db"], 0),
        (&["hang:recs"], 0),
        (&["hang:recs", "--assume", "may"], 0),
        (&["instance:db", "zone:a", "hang:recs", "--for", "20m", "--assume", "may"], 0),
        (&["k8s"], 0),
        (&["--suspects", "api"], 1),
        (&["--suspects", "api=degraded", "--suspects", "web=hung", "--assume", "may"], 1),
        (&["--all"], 2),
        (&["--all=hang,instance,zone", "--assume", "may"], 2),
    ];
    for (question, shape) in questions {
        let answer = json(question);
        assert!(validator.is_valid(&answer), "{question:?}: {:?}", validator.iter_errors(&answer).collect::<Vec<_>>());
        let fits: Vec<bool> = shapes.iter().map(|shape| shape.is_valid(&answer)).collect();
        assert_eq!(fits.iter().position(|fits| *fits), Some(shape), "{question:?}");
        assert_eq!(fits.iter().filter(|fits| **fits).count(), 1, "{question:?}");
        let mut broken = answer;
        broken["surprise"] = Value::Bool(true);
        assert!(!validator.is_valid(&broken), "{question:?}");
    }
}

#[test]
fn what_stays_down_comes_with_the_circle_that_keeps_it_down() {
    // `vault` runs on, so `k8s` finds what it needs to start.
    assert_eq!(json(&["k8s"])["stays_down"], serde_json::json!([]));
    let both = json(&["k8s", "vault"]);
    assert_eq!(both["stays_down"], serde_json::json!(["web", "api", "prices", "db", "k8s", "vault"]));
    let circle = &both["kept_down_by"].as_array().unwrap().last().unwrap();
    let steps: Vec<&str> =
        circle["steps"].as_array().unwrap().iter().map(|step| step["component"].as_str().unwrap()).collect();
    assert_eq!(steps.iter().rev().take(2).rev().copied().collect::<Vec<_>>(), ["k8s", "vault"]);
    assert_eq!(circle["back_to"], steps.len() - 2);
    assert!(one_line(&told(&["k8s", "vault"])).contains("and so round again to k8s"));
}

#[test]
fn the_answer_says_which_unsaid_fact_it_hangs_on() {
    let hint = one_line(&told(&["hang:recs"]));
    assert!(hint.contains("checkout and home may fail as well if api waits for recs without end"), "{hint}");
    let answer = json(&["hang:recs", "--assume", "may"]);
    let hinge = &answer["hangs_on"][0];
    assert_eq!(hinge["write"], serde_json::json!(["recs: {timeout: 1s}"]));
    assert_eq!(hinge["facts"][0]["place"]["line"], 3);
    let flows = serde_json::json!([{"id": "checkout", "outcome": "ok"}, {"id": "home", "outcome": "degraded"}]);
    assert_eq!(hinge["flows"], flows);
    // Written down, it is as the answer says.
    let settled = SHOP.replace("recs: soft", "recs: {need: soft, timeout: 1s}");
    let ran = fail_in(&settled, &["hang:recs", "--assume", "may"]);
    assert!(one_line(&ran.out).contains("home is degraded, checkout goes on"), "{}", ran.out);
    assert!(ran.out.contains("Whatever the files leave open, the flows fare the same"), "{}", ran.out);
}

#[test]
fn the_answer_can_hang_on_a_plain_call() {
    let design = "components: {web: {uses: {api: {need: soft, timeout: none}}}, api: {uses: [recs]}, recs: {}}\n\
                  flows: {home: {path: [web, api]}}\n";
    let ran = fail_in(design, &["hang:recs", "--assume", "may", "--format", "json"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["hangs_on"][0]["write"], serde_json::json!(["recs: {timeout: 1s}"]));
    assert_eq!(answer["hangs_on"][0]["flows"], serde_json::json!([{"id": "home", "outcome": "degraded"}]));
    assert_eq!(answer["hangs_on_truncated"], Value::Bool(false));
}

#[test]
fn what_is_so_even_if_nothing_fails_is_said() {
    let design = "components: {web: {uses: [db]}, db: {kind: database, capacity: 5rps}, x: {}}\n\
                  flows: {home: {path: [web], rate: 10rps}, other: {path: [x]}}\n";
    let ran = fail_in(design, &["x"]);
    let said = one_line(&ran.out);
    assert!(said.contains("home fares so even if nothing fails: more load is described than can be served"), "{said}");
    assert!(said.contains("db is down: 10 rps reach it, and it can serve 5 rps"), "{said}");
    let answer: Value = serde_json::from_str(&fail_in(design, &["x", "--format", "json"]).out).unwrap();
    let anyway: Vec<bool> =
        answer["flows"].as_array().unwrap().iter().map(|flow| flow["anyway"].as_bool().unwrap()).collect();
    assert_eq!(anyway, [true, false]);
    let all = one_line(&fail_in(design, &["--all"]).out);
    assert!(all.contains("Even if nothing fails, home fails or is degraded"), "{all}");
}

#[test]
fn several_of_a_kind_are_told_together() {
    let design = "components: {web: {zones: [a, b], uses: {one: {}, two: {}}}, one: {}, two: {}}\n\
                  flows: {home: {path: [web]}}\n";
    let said = one_line(&fail_in(design, &["one", "two", "zone:a", "zone:b", "instance:one", "instance:two"]).out);
    assert!(
        said.starts_with("If one and two stop, one and two lose a copy each and zones a and b fail for 1 h:"),
        "{said}"
    );
}

#[test]
fn suspects_come_deepest_first_and_pairs_are_marked() {
    let answer = json(&["--suspects", "api"]);
    let events: Vec<&str> =
        answer["suspects"].as_array().unwrap().iter().map(|one| one["events"][0].as_str().unwrap()).collect();
    assert_eq!(events[..2], ["stop:k8s", "hang:k8s"]);
    assert_eq!(events[events.len() - 2..], ["stop:api", "hang:api"]);
    assert!(events.contains(&"stop:db") && !events.contains(&"stop:recs") && !events.contains(&"stop:ses"));
    let pairs: Vec<&Value> = answer["pairs"].as_array().unwrap().iter().map(|pair| &pair["events"]).collect();
    assert!(pairs.contains(&&serde_json::json!(["stop:ses", "stop:sg"])), "{pairs:?}");
    assert!(pairs.contains(&&serde_json::json!(["zone:a", "zone:b"])), "{pairs:?}");

    let both = json(&["--suspects", "db", "--suspects", "recs"]);
    let counts: Vec<usize> =
        both["suspects"].as_array().unwrap().iter().map(|one| one["explains"].as_array().unwrap().len()).collect();
    assert!(counts.is_sorted_by(|one, other| one >= other) && !counts.contains(&2), "{counts:?}");
    let text = told(&["--suspects", "prices", "--suspects", "db"]);
    let all = text.find("Explains all of it").unwrap();
    assert!(all < text.find("Explains only that prices is down").unwrap(), "{text}");
}

#[test]
fn the_table_of_all_events_fits_and_adds_up() {
    let wide = SHOP.replace("checkout:", "お会計とお支払い:").replace("home:", "ホームページ:");
    for arguments in [&["--all"][..], &["--all=stop,hang,instance,zone"]] {
        let ran = fail_in(&wide, arguments);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""));
        let table: Vec<&str> = ran
            .out
            .lines()
            .skip_while(|line| !line.contains("stays down"))
            .take_while(|line| !line.is_empty())
            .collect();
        assert!(table.len() > 5, "{}", ran.out);
        let width = |line: &str| unicode_width::UnicodeWidthStr::width(line);
        for line in &table {
            assert_eq!(width(line), width(table[0]), "{}", ran.out);
            assert!(width(line) <= 80, "{}", ran.out);
        }
    }
    let answer = json(&["--all=stop,zone"]);
    let damages = answer["damages"].as_array().unwrap();
    assert_eq!(damages.len(), 11);
    assert_eq!(damages[0]["failed"], serde_json::json!(["checkout", "home"]));
    let failed = |damage: &Value| damage["failed"].as_array().unwrap().len();
    assert!(damages.is_sorted_by_key(|damage| std::cmp::Reverse(failed(damage))));
}

/// A screen or two, however large the design is.
#[test]
fn answers_about_large_designs_stay_short() {
    let mut design = String::from("components:\n");
    for layer in 0..50 {
        for at in 0..20 {
            let uses = |to: usize| format!("s{}x{}: {{timeout: 1s}}", layer + 1, (at + to) % 20);
            let uses = if layer < 49 { format!("{}, {}, {}", uses(0), uses(1), uses(7)) } else { String::new() };
            writeln!(design, "  s{layer}x{at}: {{replicas: 3, uses: {{{uses}}}}}").unwrap();
        }
    }
    design.push_str("flows:\n");
    for at in 0..200 {
        writeln!(design, "  f{at}: {{path: [s{}x{}]}}", at / 20, at % 20).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["s49x3"][..],
        &["hang:s49x3", "--assume", "may"],
        &["--all"],
        &["--suspects", "s0x0"],
        &["s49x3", "s20x1", "s3x1"],
    ] {
        let ran = ask(&folder, &design, arguments);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{arguments:?}");
        let lines = ran.out.lines().count();
        assert!(lines <= 110, "{arguments:?} prints {lines} lines\n{}", ran.out);
        assert!(ran.out.contains(" more"), "{arguments:?}\n{}", ran.out);
        let longest = ran.out.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= 120, "{arguments:?}\n{}", ran.out);
    }
}

#[test]
fn what_cannot_be_asked_is_refused_with_a_way_out() {
    let cases: [(&[&str], &str); 9] = [
        (&[], "help: Name an event, such as `premortem fail postgres`"),
        (&["apo"], "help: Did you mean `api`?"),
        (&["hang:apo"], "help: Did you mean `hang:api`?"),
        (&["--suspects", "apo"], "help: Did you mean `api`?"),
        (&["--suspects", "api=slow"], "help: Write `api=down`, `api=hung` or `api=degraded`."),
        (&["--suspects", "checkout"], "help: Name a component on its path, such as `web`."),
        (&["api", "--all"], "cannot be used with"),
        (&["api", "--suspects", "web"], "cannot be used with"),
        (&["--all=stopp"], "stop"),
    ];
    for (arguments, said) in cases {
        let ran = fail_in(SHOP, arguments);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
    }
}

/// Names come from files of strangers.
#[test]
fn nothing_printed_can_move_the_cursor() {
    let design = "components: {\"a\\x1b[2J\": {uses: [\"b\\u202e\"]}, \"b\\u202e\": {}}\nflows: {\"f\\r\": {path: [\"a\\x1b[2J\"]}}\n";
    for arguments in [&["b\u{202e}"][..], &["--all"], &["--suspects", "b\u{202e}"]] {
        let ran = fail_in(design, arguments);
        assert!(!ran.out.contains(['\x1b', '\u{202e}', '\r']), "{:?}", ran.out);
    }
}
