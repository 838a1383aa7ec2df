//! `premortem checklist`: which questions are asked, in which order, and that nothing a person wrote is lost.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod random_design;

use assert_cmd::Command;
use premortem::checklist::{Checklist, ask};
use premortem::discover::{InMemory, Project};
use premortem::parse::Limits;
use premortem::problem::ProblemSeverity;
use premortem::read::vocabulary::Date;
use premortem::report::checklist::{page, schema, update, write_json};
use premortem::review::open;
use premortem::rules::{Packs, Settings};
use premortem::sources::Sources;
use random_design::{Random, Taste, random_design};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const SCHEMA: &str = "schema/checklist.schema.json";

fn questions(text: &str, packs: &Packs) -> (Sources, Checklist) {
    let name = PathBuf::from("shop.arch.yaml");
    let files = InMemory([(name.clone(), text.as_bytes().to_vec())].into());
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let opened = open(&Project::named(name), &files, &Limits::default(), &mut sources, &mut problems);
    let settings = Settings::new(Date::parse("2026-06-01").unwrap());
    let (checklist, told) = ask(&opened, packs, &settings, &sources);
    problems.extend(told);
    let errors: Vec<_> = problems.iter().filter(|problem| problem.severity == ProblemSeverity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    (sources, checklist.unwrap())
}

fn ids(checklist: &Checklist) -> Vec<String> {
    checklist.items.iter().map(|item| format!("{} {}:{}", item.rule, item.subject.kind(), item.subject.id())).collect()
}

/// The text without its comments, as readers see it.
fn visible(page: &str) -> String {
    let lines = page.lines().map(|line| line.split(" <!--").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

const SHOP: &str = "\
system: shop
components:
  web: {kind: balancer, uses: [api]}
  api: {uses: [pg], owner: shop}
  pg: {kind: database, owner: todo}
flows:
  buy: {path: [web, api, pg], critical: true, rate: 40rps}
";

#[test]
fn what_falls_deepest_is_asked_first() {
    let (_, checklist) = questions(SHOP, &Packs::shipped());
    let of = |rule: &str| {
        let items = checklist.items.iter().filter(|item| item.rule == rule);
        items.map(|item| item.subject.id().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("what-breaks-without-it"), ["pg", "api", "web"]);
    let weights: Vec<u64> = checklist.items.iter().map(|item| item.weight).collect();
    assert!(weights.iter().all(|weight| *weight == 9), "one critical flow fails with each: {weights:?}");
    assert_eq!(checklist.items[0].subject.id(), "pg");
}

#[test]
fn answers_in_the_design_take_questions_off() {
    let packs = Packs::shipped();
    let (sources, open) = questions(SHOP, &packs);
    let asked = |checklist: &Checklist, id: &str| ids(checklist).iter().any(|known| known == id);
    assert!(asked(&open, "owner-at-night component:api") && asked(&open, "owner-at-night component:pg"));
    let text = visible(&page(&[open], usize::MAX, &sources));
    assert!(text.contains("Still `todo`: `owner: …` at `shop.arch.yaml:5`"), "{text}");
    assert!(text.contains("write `runbook: …` at `shop.arch.yaml:4`, or `accept: {owner-at-night: …}`"), "{text}");
    let stated = SHOP.replace("owner: shop", "owner: shop, runbook: none");
    assert!(!asked(&questions(&stated, &packs).1, "owner-at-night component:api"), "decided against is an answer");
    let accepted = SHOP.replace("owner: shop", "accept: {owner-at-night: {because: me, until: 2026-07-01}}");
    assert!(!asked(&questions(&accepted, &packs).1, "owner-at-night component:api"));
    let expired = accepted.replace("2026-07-01", "2026-05-01");
    assert!(asked(&questions(&expired, &packs).1, "owner-at-night component:api"));
}

#[test]
fn a_check_neither_asks_nor_objects_to_answers() {
    let folder = tempfile::tempdir().unwrap();
    let answered = SHOP.replace("owner: shop", "owner: shop, accept: {owner-at-night: me}");
    fs::write(folder.path().join("shop.arch.yaml"), answered).unwrap();
    let mut command = Command::cargo_bin("premortem").unwrap();
    let output = command.current_dir(folder.path()).args(["check", "--format", "json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["problems"], Value::Array(Vec::new()));
    let packs = Packs::shipped();
    for question in report["questions"].as_array().unwrap() {
        let rule = question["rule"].as_str().unwrap();
        assert!(packs.find(rule).is_none_or(|rule| rule.pack != "checklist"), "{rule}");
    }
    let is_about_answer = |finding: &Value| finding["message"].as_str().unwrap().contains("owner-at-night");
    assert!(!report["findings"].as_array().unwrap().iter().any(is_about_answer), "{report:#}");
}

#[test]
fn other_notations_are_answered_in_a_comment() {
    let folder = tempfile::tempdir().unwrap();
    let compose =
        "services:\n  web:\n    image: nginx\n    ports: ['80:80']\n    depends_on: [db]\n  db:\n    image: postgres\n";
    fs::write(folder.path().join("compose.yaml"), compose).unwrap();
    let ask = || {
        let mut command = Command::cargo_bin("premortem").unwrap();
        let output = command.current_dir(folder.path()).args(["checklist", "--all"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    let asked = ask();
    let place = "`compose.yaml:2`: `# premortem: ignore[uneven-requests] …`";
    assert!(asked.contains(place), "{asked}");
    assert!(asked.contains("What breaks when `db` fails"), "{asked}");
    let answered = compose.replace("  web:\n", "  web:  # premortem: ignore[uneven-requests] static pages only\n");
    fs::write(folder.path().join("compose.yaml"), answered).unwrap();
    assert_eq!(ask().lines().count(), asked.lines().count() - 3);
}

#[test]
fn ticks_and_notes_survive() {
    let packs = Packs::shipped();
    let (sources, checklist) = questions(SHOP, &packs);
    let first = page(&[checklist], 12, &sources);
    let mut lines: Vec<String> = first.lines().map(str::to_owned).collect();
    let at = |lines: &[String], subject: &str| {
        let marker = format!("premortem:what-breaks-without-it component:{subject} ");
        lines.iter().position(|line| line.contains(&marker)).unwrap()
    };
    let pg = at(&lines, "pg");
    lines[pg] = lines[pg].replacen("[ ]", "[x]", 1);
    lines.insert(pg + 2, "  - @ann: agreed with sales".to_owned());
    let api = at(&lines, "api");
    lines[api] = lines[api].replace("is that acceptable?", "is that really acceptable?");
    lines.insert(0, "Reviewed on Monday.".to_owned());
    let edited = lines.join("\r\n") + "\r\n\r\n## My own heading\r\n\r\nand text";
    let (sources, checklist) = questions(SHOP, &packs);
    let updated = update(&[checklist], 12, &sources, &edited);
    assert_eq!((updated.open, updated.ticked, updated.settled), (12, 1, 0));
    for kept in
        ["Reviewed on Monday.", "  - @ann: agreed with sales", "really acceptable?", "## My own heading\n\nand text"]
    {
        assert!(updated.text.contains(kept), "{kept}\n{}", updated.text);
    }
    let (sources, checklist) = questions(SHOP, &packs);
    assert_eq!(update(&[checklist], 12, &sources, &updated.text).text, updated.text);

    let answered = SHOP.replace("kind: database,", "kind: database, accept: {what-breaks-without-it: agreed},");
    let (sources, checklist) = questions(&answered, &packs);
    let settled = update(&[checklist], 12, &sources, &updated.text);
    assert_eq!(settled.settled, 1);
    let tail = settled.text.split("### No longer asked").nth(1).unwrap();
    assert!(
        visible(tail).contains(
            "- [x] ~~**What breaks when `pg` fails, and is that acceptable?**~~\n  - @ann: agreed with sales"
        ),
        "{tail}"
    );
    let (sources, checklist) = questions(SHOP, &packs);
    let back = update(&[checklist], 12, &sources, &settled.text);
    assert_eq!((back.settled, back.ticked), (0, 1), "asked again with its tick");
    assert!(back.text.contains("@ann") && !back.text.contains("~~"), "{}", back.text);
}

#[test]
fn designs_that_were_not_reviewed_stay() {
    let packs = Packs::shipped();
    let (sources, shop) = questions(SHOP, &packs);
    let first = page(&[shop], 3, &sources) + "a note\n";
    let (sources, bank) = questions(&SHOP.replace("system: shop", "system: bank"), &packs);
    let both = update(&[bank], 3, &sources, &first).text;
    assert!(both.contains("## `bank`") && both.contains("## `shop`") && both.contains("a note"));
    let (sources, bank) = questions(&SHOP.replace("system: shop", "system: bank"), &packs);
    assert_eq!(update(&[bank], 3, &sources, &both).text, both);
}

/// Whatever the design, and whatever people write into its page.
#[test]
fn random_designs_are_asked_once_and_keep_every_word() {
    let packs = Packs::shipped();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut asked = 0;
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let taste = Taste { load: random.chance(50), fallbacks: true };
        let text = random_design(&mut random, taste).to_string();
        let (sources, checklist) = questions(&text, &packs);
        let all = ids(&checklist);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{text}");
        let mut json = Vec::new();
        let lists = [checklist];
        write_json(&lists, 12, &sources, &mut json).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        assert!(validator.is_valid(&json), "{json:#}");
        let first = page(&lists, 12, &sources);
        assert_eq!(update(&lists, 12, &sources, &first).text, first, "{text}");
        assert_eq!(first.lines().filter(|line| line.starts_with("- [ ] ")).count(), all.len().min(12));
        asked += all.len();

        let mut lines: Vec<String> = first.lines().map(str::to_owned).collect();
        let mut words = Vec::new();
        for number in 0..random.below(8) {
            let shape = *random.pick(&[
                "  - note",
                "plain",
                "## heading",
                "  > quote",
                "- [ ] own box",
                "> *x*  ",
                "```",
                "<!-- no",
                "",
            ]);
            let word = format!("{shape} {number}");
            lines.insert(random.below(lines.len() + 1), word.clone());
            words.push(word);
        }
        for line in &mut lines {
            if line.starts_with("- [ ] **") && random.chance(20) {
                *line = line.replacen("[ ]", if random.chance(50) { "[x]" } else { "[X]" }, 1);
            }
        }
        let ticks = |lines: &str| {
            let ticked = lines.lines().filter(|line| line.starts_with("- [x] ") || line.starts_with("- [X] "));
            ticked
                .filter_map(|line| line.split("<!-- ").nth(1)?.split(' ').nth(1).map(str::to_owned))
                .collect::<Vec<_>>()
                .len()
        };
        let edited = lines.join("\n");
        // Another design, or the same with fewer questions, or itself.
        let other = match random.below(3) {
            0 => random_design(&mut Random::new(seed + 1), taste).to_string(),
            _ => text.clone(),
        };
        let most = *random.pick(&[0, 3, 12, usize::MAX]);
        let (sources, checklist) = questions(&other, &packs);
        let lists = [checklist];
        let updated = update(&lists, most, &sources, &edited).text;
        for word in &words {
            assert!(updated.lines().any(|line| line == word), "{word:?} is lost\n{edited}\n---\n{updated}");
        }
        assert_eq!(ticks(&updated), ticks(&edited), "{edited}\n---\n{updated}");
        assert_eq!(update(&lists, most, &sources, &updated).text, updated);
    }
    assert!(asked > 1000, "{asked}");
}

#[test]
fn names_cannot_leave_their_line() {
    let name = "a`b*c](x)<img>& <!-- # \u{202e} --!";
    let design = serde_json::json!({
        "components": {name: {"kind": "database"}, "api": {"uses": [name]}},
        "flows": {"buy": {"path": ["api", name], "critical": true}},
    });
    let (sources, checklist) = questions(&design.to_string(), &Packs::shipped());
    let lists = [checklist];
    let text = page(&lists, usize::MAX, &sources);
    assert!(text.contains("<img>") && !text.contains('\u{202e}'), "{text}");
    for line in text.lines() {
        // Every other piece is code, in which nothing is markup.
        let line = line.replace("\\`", "");
        assert!(line.split('`').step_by(2).all(|words| !words.contains("<img>")), "{line}");
    }
    for line in text.lines().filter(|line| line.starts_with("- [")) {
        assert_eq!((line.matches("<!--").count(), line.matches("-->").count()), (1, 1), "{line}");
    }
    assert_eq!(update(&lists, usize::MAX, &sources, &text).text, text);
}

#[test]
fn teams_ask_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ours");
    fs::create_dir(&ours).unwrap();
    fs::write(ours.join("pack.yaml"), "name: ours\nsummary: Ours.\n").unwrap();
    let rule = "id: data-classified\nseverity: error\neach: component\nwhere: component.kind == 'database'\n\
                ask: \"who may read `{component}`?\"\nknown: [\"used by `{component.users.map(u, u.source)}`\"]\nanswer: [component.owner]\n\
                mark: [{component: holds data}]\nwhy: The law asks.\nexamples:\n  - bad: \"components: {a: {kind: database}}  # here\"\n\
                \x20 - good: \"components: {a: {kind: database, owner: me}}\"\n";
    fs::write(ours.join("data-classified.yaml"), rule).unwrap();
    fs::write(folder.path().join("shop.arch.yaml"), SHOP).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("premortem").unwrap();
        let output = command.current_dir(folder.path()).args(arguments).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap(), output.status.code())
    };
    let (page, _, status) = run(&["checklist", "--rules", "ours", "--max", "1"]);
    assert_eq!(status, Some(0));
    assert!(page.contains("- [ ] **Who may read `pg`?**") && page.contains("  - Used by `api`"), "{page}");
    let (json, _, _) = run(&["checklist", "--rules", "ours", "--max", "1", "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["designs"][0]["questions"][0]["rule"], "data-classified");
    assert_eq!(json["designs"][0]["questions"][0]["open"][0]["key"], "owner");
    assert_eq!(run(&["rules", "test", "--rules", "ours"]).2, Some(0));
    assert!(run(&["explain", "--rules", "ours", "data-classified"]).0.contains("used by"));
    fs::write(ours.join("data-classified.yaml"), rule.replace("component.owner", "component.owenr")).unwrap();
    let (page, told, status) = run(&["checklist", "--rules", "ours"]);
    assert_eq!(status, Some(2), "a bad rule");
    assert!(told.contains("owenr") && page.contains("- [ ]"), "{told}");
}

#[test]
fn the_file_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shop.arch.yaml"), SHOP).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("premortem").unwrap();
        command.current_dir(folder.path()).args(["checklist"]).args(arguments).output().unwrap()
    };
    let file = folder.path().join("review.md");
    assert_eq!(run(&["--update", "review.md"]).status.code(), Some(0));
    let first = fs::read_to_string(&file).unwrap();
    assert_eq!(String::from_utf8(run(&[]).stdout).unwrap(), first);
    assert_eq!(run(&["--update", "review.md"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&file).unwrap(), first);
    fs::write(&file, b"\xff\xfe").unwrap();
    assert_eq!(run(&["--update", "review.md"]).status.code(), Some(2));
    assert_eq!(fs::read(&file).unwrap(), b"\xff\xfe");
    assert_eq!(run(&["--update", "x.md", "--format", "json"]).status.code(), Some(2));
    assert_eq!(run(&["--all", "--max", "3"]).status.code(), Some(2));
    assert_eq!(run(&["--update", "."]).status.code(), Some(2));
    fs::write(folder.path().join("shop.arch.yaml"), "components: {").unwrap();
    assert_eq!(run(&[]).status.code(), Some(2));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn the_published_schema_is_current_and_describes_everything() {
    let current = format!("{:#}\n", schema());
    let path = Path::new(ROOT).join(SCHEMA);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &current).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), current, "{SCHEMA} is out of date: run with UPDATE=1");
    assert!(jsonschema::meta::is_valid(&schema()));
}
