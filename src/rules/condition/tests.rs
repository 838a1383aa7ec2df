use super::syntax::{Fault, LONGEST, Stack, with_stack};
use super::{Code, Literal, Param, ParamType, Scope, compile_test, compile_value};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Value};
use crate::analyse::relations;
use crate::read::Notation;
use crate::read::vocabulary::Date;
use crate::rules::path::{Frame, Pretend};
use crate::rules::testing::opened;
use proptest::prelude::*;

const DESIGN: &str = "
system: shop
components:
  api:
    replicas: {min: 2, max: 4}
    zones: [a, b]
    alerts: none
    public: none
    state: todo
    uses: {pg: {timeout: 2s, retries: 3}, redis: {timeout: 50ms}}
    owner: '@sam'
  pg: {kind: database, backup: none, failover: {how: manual, rehearsed: 2025-06-01}, capacity: 400rps, availability: 99.9%}
  redis: {kind: cache, of: pg, ttl: 5m, hit_ratio: 90%}
flows:
  buy: {path: [api, pg], critical: true, slo: 99.95%}
";

fn analysis() -> Analysis {
    let (_, problems, analysis) = opened(DESIGN, Notation::Native);
    assert_eq!(problems, []);
    analysis.unwrap()
}

fn relation(name: &str) -> &'static Relation {
    relations::find(name).unwrap()
}

fn params() -> Vec<Param> {
    vec![
        Param { name: "most".to_owned(), value: Literal::Number(3.0), ty: ParamType::Number },
        Param { name: "limit".to_owned(), value: Literal::Number(1.0), ty: ParamType::Duration },
        Param {
            name: "kinds".to_owned(),
            value: Literal::List(vec![Literal::Text("cache".to_owned())]),
            ty: ParamType::Texts,
        },
    ]
}

fn scope<'s>(relation: &'static Relation, params: &'s [Param], stack: &'s Stack) -> Scope<'s> {
    Scope { relation, params, expects: &[], item: None, stack }
}

/// The faults of a condition over components.
fn faults(condition: &str) -> Vec<Fault> {
    let params = params();
    with_stack(|stack| compile_test(condition, scope(relation("component"), &params, stack)).err().unwrap_or_default())
        .unwrap()
}

/// The answer for the component of a name.
fn ask(analysis: &Analysis, component: &str, condition: &str) -> Option<bool> {
    ask_of(analysis, "component", condition, |fact| match fact.value {
        Value::Component(id) => analysis.design.component(id).name == component,
        _ => false,
    })
}

fn ask_of(analysis: &Analysis, name: &str, condition: &str, is_row: impl Fn(&Fact<'_>) -> bool) -> Option<bool> {
    let params = params();
    let test = with_stack(|stack| compile_test(condition, scope(relation(name), &params, stack)))
        .unwrap()
        .unwrap_or_else(|faults| panic!("`{condition}`: {faults:?}"));
    let rows = (relation(name).rows)(analysis);
    let row = rows.iter().find(|row| is_row(&row.cells[0])).expect("there is such a row");
    test(&Frame::new(analysis, &row.cells, Date::parse("2026-06-01").unwrap().days()))
}

#[test]
fn mistakes_are_named_and_pointed_at() {
    let cases = [
        ("component.kindd == 'cache'", "`component` has no field `kindd`", "kindd", "Did you mean `kind`?"),
        (
            "component.health.intervall > 3",
            "`component.health` has no field `intervall`",
            "intervall",
            "Did you mean `interval`?",
        ),
        ("component.owner.name == 'x'", "`component.owner` is text and has no fields", "name", ""),
        ("compnent.public", "`component` has no field `compnent`", "compnent", "Did you mean `component`?"),
        ("component.kind == 'cahce'", "it is never `cahce`", "'cahce'", "Did you mean `cache`?"),
        ("component.kind in ['queue', 'steam']", "it is never `steam`", "['queue', 'steam']", "Did you mean `stream`?"),
        ("component.replicas < 'two'", "compares a number with text", "component.replicas < 'two'", ""),
        (
            "component.ttl == '5m'",
            "compares a duration with text",
            "component.ttl == '5m'",
            "Write a duration as `duration(\"30s\")`.",
        ),
        (
            "component.availability < 99.9",
            "compares a percentage with a number",
            "component.availability < 99.9",
            "Write a percentage as `percent(\"99.9%\")`.",
        ),
        ("component.ttl < rate('5rps')", "compares a duration with a rate", "component.ttl < rate('5rps')", ""),
        ("component.kind < 'z'", "it is never `z`", "'z'", "There are"),
        ("component.public < component.public", "yes or no has no order", "component.public < component.public", ""),
        ("component.replicas < null", "`null` is neither less nor more", "component.replicas < null", ""),
        ("state(component.ttl)", "there is no function `state`", "state", "Did you mean `stated`?"),
        ("has(component.ttl)", "there is no function `has`", "has", "Ask `stated(…)`."),
        ("stated(1)", "only a field is stated or not", "1", ""),
        ("age(component.ttl) > 3", "only a date has an age", "component.ttl", ""),
        ("stated()", "`stated` takes one argument", "stated()", ""),
        ("duration('5 parsecs') > component.ttl", "`5 parsecs` is not a duration", "'5 parsecs'", ""),
        (
            "component.replicas",
            "this condition is a number, not a yes-or-no question",
            "component.replicas",
            "Compare it",
        ),
        ("component.ttl && true", "a yes-or-no question is needed here", "component.ttl", "Compare it"),
        ("!component.ttl", "a yes-or-no question is needed here", "component.ttl", "Compare it"),
        (
            "component.ttl + component.replicas > 3",
            "adds a duration and a number",
            "component.ttl + component.replicas",
            "",
        ),
        ("component.uses.exist(u, true)", "a list has no such `exist`", ".exist(u, true)", "Did you mean `exists`?"),
        (
            "component.uses.exists(u)",
            "a list has no such `exists`",
            ".exists(u)",
            "Write `exists(item, condition on item)`.",
        ),
        (
            "component.uses.exists(u, u.timout == null)",
            "`u` has no field `timout`",
            "timout",
            "Did you mean `timeout`?",
        ),
        (
            "component.uses.exists(u, u.target.uses.exists(v, v.target.uses.exists(w, w.critical)))",
            "list questions are nested too deep",
            "v.target.uses.exists(w, w.critical)",
            "relation",
        ),
        ("component.uses[0].critical", "conditions cannot pick an item by its position", "[", "exists"),
        ("component.alerts.contains('x')", "a list has no such `contains`", ".contains('x')", ""),
        ("'x' in component.owner", "`in` needs a list on its right", "component.owner", ""),
        ("1 in component.alerts", "looks for a number in a list of texts", "1 in component.alerts", ""),
        ("params.least > 1", "the rule has no param `least`", "params.least", "There are `most`"),
        (
            "params.limit > component.replicas",
            "compares a duration with a number",
            "params.limit > component.replicas",
            "",
        ),
        ("component.kind == 'cache' &&", "this condition ends too early", "&", ""),
        ("component.kind = 'cache'", "this condition is not well formed", "=", "Compare with `==`."),
        ("component.public and component.managed", "this condition is not well formed", "and", "Write `&&`."),
        ("component.kind == 'ü' && $", "this condition is not well formed", "$", ""),
        ("{'a': 1} == null", "conditions know no maps", "{", ""),
        ("component.replicas % 2 == 1", "conditions know no `%`", "%", ""),
        ("true == null", "this is always the same", "true == null", ""),
        ("  ", "this condition is empty", "  ", ""),
    ];
    for (condition, message, covered, help) in cases {
        let found = faults(condition);
        let fault = found.first().unwrap_or_else(|| panic!("`{condition}` is accepted"));
        assert_eq!(fault.message, message, "{condition}");
        assert_eq!(&condition[fault.at.clone()], covered, "{condition}");
        assert!(fault.help.as_deref().unwrap_or_default().contains(help), "{condition}: {:?}", fault.help);
    }
}

#[test]
fn every_mistake_of_a_condition_is_reported() {
    let found = faults("component.kind == 'cahce' && component.tttl == null && compnent.x == 1");
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn endless_conditions_are_refused() {
    let long = format!("component.replicas > {}1", "1 + ".repeat(LONGEST / 4));
    assert!(faults(&long)[0].message.contains("more than the limit"));
    let deep = format!("component.replicas > {}1", "1 + ".repeat(300));
    assert_eq!(faults(&deep)[0].message, "this condition is nested too deep");
    let nested = format!("{}true{}", "(".repeat(90), ")".repeat(90));
    assert_eq!(faults(&nested), []);
    let unclosed = "(".repeat(LONGEST);
    assert_eq!(faults(&unclosed).len(), 1);
}

#[test]
fn answers() {
    let analysis = analysis();
    let yes = [
        ("api", "component.kind == 'service' && component.replicas == 2 && component.copies == 4"),
        ("api", "component.zones.size() == 2 && size(component.zones) == 2 && 'b' in component.zones"),
        ("api", "component.uses.exists(u, u.target.kind == 'cache' && u.timeout < duration('1s'))"),
        ("api", "component.uses.all(u, stated(u.timeout)) && !component.uses.all(u, stated(u.retries))"),
        ("api", "component.uses.exists_one(u, stated(u.retries))"),
        ("api", "component.uses.filter(u, stated(u.retries)).size() == 1"),
        ("api", "component.uses.map(u, u.target.kind).exists(k, k == 'database')"),
        ("api", "component.uses.map(u, u.timeout * 1000.0).exists(t, t == duration('2000s'))"),
        ("api", "component.uses.exists(u, component.uses.exists(v, u.timeout > v.timeout))"),
        ("api", "component.owner.startsWith('@') && component.owner.contains('sa') && component.owner.endsWith('m')"),
        ("api", "component.copies > params.most"),
        ("api", "!(component.kind in params.kinds) && component.kind in ['job', 'service']"),
        ("api", "(component.copies > 3 ? 'many' : 'few') == 'many'"),
        ("api", "max(component.copies, 9, 2) == 9 && min(component.copies, 9) == 4"),
        ("redis", "component.ttl == duration('300s') && component.ttl > params.limit"),
        ("redis", "1 - component.hit_ratio == percent('10%') && 1 / (1 - component.hit_ratio) > 9.99"),
        ("redis", "component.ttl / duration('1m') == 5"),
        ("pg", "component.capacity * duration('2s') == 800 && component.capacity * percent('50%') == rate('200rps')"),
        ("pg", "component.critical_flows.exists(f, f.slo > component.availability)"),
        ("pg", "component.users.exists(u, u.source.name == 'api' && u.attempts == 4)"),
        ("pg", "component.name < 'q' && component.name >= 'pg'"),
        ("pg", "0.1 + 0.2 == 0.3 && !(0.1 + 0.2 > 0.3) && 0.1 + 0.2 <= 0.3"),
        (
            "pg",
            "age(component.failover.rehearsed) == duration('365d') && !(age(component.backup.tested) > duration('1d'))",
        ),
        ("pg", "component.failover.rehearsed < '2025-07' && age('2026-05-31') == duration('1d')"),
        ("pg", "-1 < 0 && true && !false"),
    ];
    for (component, condition) in yes {
        assert_eq!(ask(&analysis, component, condition), Some(true), "{component}: {condition}");
        assert_eq!(ask(&analysis, component, &format!("!({condition})")), Some(false), "{component}: !({condition})");
    }
    let of_design = ask_of(&analysis, "design", "design.components.exists(c, c == c && c.kind == 'cache')", |_| true);
    assert_eq!(of_design, Some(true));
    let of_dependency = ask_of(&analysis, "dependency", "dependency.source != dependency.target", |_| true);
    assert_eq!(of_dependency, Some(true));
}

#[test]
fn the_unknown_neither_holds_nor_fails_to_hold() {
    let analysis = analysis();
    let cases = [
        // Comparisons answer, and `!` asks whether it is not known.
        ("component.ttl > duration('1s')", Some(false)),
        ("component.ttl <= duration('1s')", Some(false)),
        ("!(component.ttl > duration('1s'))", Some(true)),
        ("component.tech == 'redis'", Some(false)),
        ("component.tech != 'redis'", Some(false)),
        ("!(component.tech == 'redis')", Some(true)),
        ("component.tech in ['redis']", Some(false)),
        ("component.tech.contains('r')", Some(false)),
        ("component.tech == component.vendor", Some(false)),
        ("component.tech != component.vendor", Some(false)),
        // Whether it is unknown is always known.
        ("component.tech == null && null == component.tech && !(component.tech != null)", Some(true)),
        ("component.owner != null", Some(true)),
        ("component.ttl * 2.0 == null && component.ttl + component.lag == null", Some(true)),
        ("component.replicas / 0.0 == null", Some(true)),
        // A yes-or-no fact that is not described holds neither way.
        ("component.managed", None),
        ("!component.managed", None),
        ("component.managed || component.own", Some(true)),
        ("component.managed && !component.own", Some(false)),
        ("component.managed && component.own", None),
        ("component.managed == true", Some(false)),
        ("component.managed == false", Some(false)),
        // Stated `none` is a no, and an empty list.
        ("component.public", Some(false)),
        ("!component.public", Some(true)),
        ("component.alerts.size() == 0 && !('x' in component.alerts)", Some(true)),
        ("component.alerts.all(a, a == 'x') && !component.alerts.exists(a, true)", Some(true)),
        // A list that is not described has no items to ask about.
        ("component.metrics.exists(m, true)", Some(false)),
        ("component.metrics.all(m, true)", Some(false)),
        ("component.metrics.size() == 0", Some(false)),
        ("component.metrics.size() == null", Some(true)),
        // The four answers.
        ("stated(component.owner) && stated_none(component.public) && todo(component.state)", Some(true)),
        ("unstated(component.tech) && !stated(component.tech) && !stated_none(component.tech)", Some(true)),
        // Parts of what is not there are what the whole is.
        ("unstated(component.backup.every) && component.backup.every == null", Some(true)),
        ("stated_none(component.public) && !stated(component.health.path)", Some(true)),
        ("(component.managed ? 1 : 2) == null", Some(true)),
    ];
    for (condition, answer) in cases {
        assert_eq!(ask(&analysis, "api", condition), answer, "{condition}");
    }
    assert_eq!(ask(&analysis, "pg", "stated_none(component.backup.every)"), Some(true));
}

#[test]
fn expected_facts_can_be_pretended() {
    let analysis = analysis();
    let cases = [
        // (expected, condition, as it is, absent as none, open as none)
        ("component.ttl", "stated_none(component.ttl)", false, true, true),
        ("component.state", "stated_none(component.state)", false, false, true),
        ("component.deploy.rollback", "stated_none(component.deploy.rollback)", false, true, true),
        ("component.deploy.rollback", "stated_none(component.deploy)", false, false, false),
        ("component.deploy", "stated_none(component.deploy.rollback.time)", false, true, true),
        ("component.managed", "!component.managed", false, true, true),
        ("component.metrics", "!('x' in component.metrics) && component.metrics.size() == 0", false, true, true),
        ("component.owner", "stated_none(component.owner)", false, false, false),
    ];
    for (expected, condition, as_is, absent, open) in cases {
        let relation = relation("component");
        let test = with_stack(|stack| {
            let open = scope(relation, &[], stack);
            let paths = [open.path(expected).unwrap_or_else(|fault| panic!("{fault:?}"))];
            compile_test(condition, Scope { expects: &paths, ..open }).unwrap_or_else(|faults| panic!("{faults:?}"))
        })
        .unwrap();
        let rows = (relation.rows)(&analysis);
        let frame = Frame::new(&analysis, &rows[0].cells, 0);
        let holds = |pretend| test(&frame.pretending(pretend)) == Some(true);
        let found = (holds(Pretend::NOTHING), holds(Pretend::ABSENT), holds(Pretend::OPEN));
        assert_eq!(found, (as_is, absent, open), "{expected}: {condition}");
    }
}

#[test]
fn values_are_read_with_their_places() {
    let analysis = analysis();
    let rows = (relation("component").rows)(&analysis);
    let value = |text: &str| {
        let (code, ty): (Code, _) = with_stack(|stack| {
            compile_value(text, scope(relation("component"), &[], stack)).unwrap_or_else(|faults| panic!("{faults:?}"))
        })
        .unwrap();
        code.read(ty, &Frame::new(&analysis, &rows[0].cells, 0)).place
    };
    assert!(value("component.zones").is_some());
    assert_eq!(value("component.ttl"), value("component"), "what is unsaid points at its owner");
    assert_ne!(value("component.owner"), value("component"));
}

/// Random expressions of the grammar, most of them of wrong types.
fn expressions() -> impl Strategy<Value = String> {
    let leaves = prop_oneof![
        Just("component".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("'cache'".to_owned()),
        Just("component.uses".to_owned()),
        Just("params.most".to_owned()),
        Just("[1, 2]".to_owned()),
        Just("['a']".to_owned()),
        Just("duration('5s')".to_owned()),
        (0..4_i32).prop_map(|number| number.to_string()),
        prop::sample::select(crate::analyse::entity::COMPONENT.names().collect::<Vec<_>>())
            .prop_map(|name| format!("component.{name}")),
        prop::sample::select(vec!["u", "u.timeout", "u.target", "u.source.kind", "u.critical"]).prop_map(str::to_owned),
    ];
    leaves.prop_recursive(5, 40, 3, |inner| {
        let operators = ["==", "!=", "<", "<=", ">", ">=", "&&", "||", "+", "-", "*", "/", "in"];
        prop_oneof![
            (inner.clone(), prop::sample::select(operators.to_vec()), inner.clone())
                .prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
            inner.clone().prop_map(|operand| format!("!{operand}")),
            inner.clone().prop_map(|operand| format!("-({operand})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(test, then, otherwise)| format!("({test} ? {then} : {otherwise})")),
            (prop::sample::select(vec!["stated", "todo", "size", "unstated", "rate"]), inner.clone())
                .prop_map(|(name, arg)| format!("{name}({arg})")),
            (prop::sample::select(vec!["exists", "all", "filter", "map", "exists_one"]), inner.clone(), inner.clone())
                .prop_map(|(name, list, body)| format!("{list}.{name}(u, {body})")),
            (inner.clone(), inner).prop_map(|(left, right)| format!("max({left}, {right})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever passes the check runs on every row; whatever does not says where, inside the text.
    #[test]
    fn expressions_are_total(conditions in prop::collection::vec(expressions(), 8)) {
        let analysis = analysis();
        let params = params();
        let component = relation("component");
        let results = with_stack(|stack| {
            let compile = |text: &String| compile_test(text, scope(component, &params, stack));
            conditions.iter().map(compile).collect::<Vec<_>>()
        })
        .unwrap();
        let rows = (component.rows)(&analysis);
        for (condition, result) in conditions.iter().zip(results) {
            match result {
                Ok(test) => {
                    for row in &rows {
                        let frame = Frame::new(&analysis, &row.cells, 0);
                        let _ = (test(&frame), test(&frame.pretending(Pretend::EVERYTHING)));
                    }
                }
                Err(faults) => {
                    prop_assert!(!faults.is_empty());
                    for fault in faults {
                        prop_assert!(condition.get(fault.at.clone()).is_some(), "{condition}: {fault:?}");
                        prop_assert!(!fault.message.is_empty() && !fault.label.is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused_in_place(text in "[a-zü ().,'\"&|!=<>+*/?:\\[\\]{}0-9-]{0,60}") {
        for fault in faults(&text) {
            prop_assert!(text.get(fault.at.clone()).is_some(), "{text}: {fault:?}");
        }
    }

    /// `!` of a comparison is always the other answer.
    #[test]
    fn comparisons_always_answer(
        operator in prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]),
        left in prop::sample::select(vec!["component.ttl", "component.lag", "duration('5m')"]),
        right in prop::sample::select(vec!["component.ttl", "component.lag", "duration('2s')"]),
        component in prop::sample::select(vec!["api", "pg", "redis"]),
    ) {
        let analysis = analysis();
        let condition = format!("{left} {operator} {right}");
        let plain = ask(&analysis, component, &condition);
        prop_assert!(plain.is_some());
        prop_assert_eq!(ask(&analysis, component, &format!("!({condition})")), plain.map(|value| !value));
    }
}
