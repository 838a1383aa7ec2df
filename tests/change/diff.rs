//! `diff`: what holds for every two designs, and the command on real repositories.

use crate::command::{Ran, assert_schema_is_current, premortem};
use crate::random_design::{Random, Taste, random_design};
use crate::repository::{Repository, has_git, names};
use crate::whole::analyse;
use crate::{FILE, SHOP};
use premortem::analyse::Scenario;
use premortem::analyse::failure::Outcome;
use premortem::difference::{Difference, Side, Version};
use premortem::report;
use premortem::report::difference::{schema, write_json, write_markdown, write_text};
use premortem::review::Review;
use serde_json::Value;
use std::fs;

const SCHEMA: &str = "schema/diff.schema.json";

fn side(design: &str) -> Side {
    let path = "design".to_owned();
    let designs = vec![Version { path, files: vec![], root: "design".into(), analysis: analyse(design) }];
    Side { name: "side".into(), commit: None, review: Review::default(), designs }
}

fn difference(old: &str, new: &str) -> Difference {
    Difference::new(side(old), side(new))
}

fn text(write: impl Fn(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Everything that changed, as comparable words; `turned` reads it from the other end.
fn words(difference: &Difference, turned: bool) -> Vec<String> {
    let design = &difference.designs[0];
    let order = |before: String, after: String| if turned { (after, before) } else { (before, after) };
    let mut words = Vec::new();
    for change in &design.outages.flows {
        let (before, after) = order(change.before.to_string(), change.after.to_string());
        words.push(format!("{} {} {before} {after}", change.flow, change.cause.event()));
    }
    let outages = &design.outages;
    let points = [(&outages.became_single_points, !turned), (&outages.no_longer_single_points, turned)];
    for (points, is_new) in points {
        words.extend(points.iter().map(|point| format!("{is_new} {} {} {:?}", point.kind, point.name, point.flows)));
    }
    for (parts, is_new) in [(&design.parts.added, !turned), (&design.parts.gone, turned)] {
        words.extend(parts.iter().map(|part| format!("{is_new} {} {part}", part.kind())));
    }
    for changed in &design.parts.changed {
        for fact in &changed.facts {
            let (before, after) = order(format!("{:?}", fact.before), format!("{:?}", fact.after));
            words.push(format!("{} {}: {before} {after}", changed.subject, fact.name));
        }
    }
    words.extend(design.parts.renamed.iter().map(|(from, to)| format!("{:?}", order(from.clone(), to.clone()))));
    words.sort();
    words
}

#[test]
fn a_design_does_not_differ_from_itself_and_a_change_reads_the_same_from_both_ends() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let taste = Taste { load: true, fallbacks: true };
    let mut worse = 0;
    for index in 0..150 {
        let mut random = Random::new(index);
        let [old, new] = [(); 2].map(|()| random_design(&mut random, taste).to_string());
        let same = difference(&old, &old);
        assert!(same.is_empty(), "{index}: {:?}", words(&same, false));
        let (there, back) = (difference(&old, &new), difference(&new, &old));
        // A name that two designs give to unlike things makes a rename on one side only.
        assert_eq!(words(&there, false), words(&back, true), "{index}\n{old}\n{new}");

        let analyses = (analyse(&old), analyse(&new));
        for change in there.designs[0].outages.flows.iter().filter(|change| change.cause.kind != "none") {
            let outcome = |analysis: &premortem::analyse::Analysis| {
                let failure = analysis.failure();
                let flow = analysis.design.find_flow(&change.flow).unwrap();
                let event = failure.event(&change.cause.event()).ok();
                event.map_or(Outcome::Ok, |event| failure.verdict(&Scenario::from(event), flow).outcome)
            };
            worse += usize::from(change.is_worse());
            if there.designs[0].parts.renamed.is_empty() {
                assert_eq!((change.before, change.after), (outcome(&analyses.0), outcome(&analyses.1)), "{index}");
            }
        }
        let json: Value = serde_json::from_str(&text(|out| write_json(&there, out))).unwrap();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{index}: {errors:?}");
        assert!(text(|out| write_markdown(&there, out)).len() < 65_000);
        assert!(!text(|out| write_text(&there, &report::Style::PLAIN, out)).contains('\u{1b}'));
    }
    assert!(worse > 500, "only {worse}");
}

#[test]
fn a_component_is_renamed_only_where_nothing_else_fits() {
    let renamed = |old: &str, new: &str| {
        let difference = difference(old, new);
        let parts = difference.designs[0].parts.clone();
        (parts.renamed, parts.added.len(), parts.gone.len(), difference.designs[0].outages.flows.len())
    };
    let other = SHOP.replace("redis:", "valkey:");
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(renamed(SHOP, &other), (vec![pair("redis", "valkey")], 0, 0, 0));
    // Another technology is another component: with the dependency, two parts each.
    let unlike = other.replace("valkey: {tech: redis}", "valkey: {tech: memcached}");
    let (names, added, gone, _) = renamed(SHOP, &unlike);
    assert_eq!((names, added, gone), (vec![], 2, 2));
    // Two that fit are none.
    let two = "components: {a: {uses: [x, y]}, x: {}, y: {}}\nflows: {f: {path: [a]}}\n";
    let turned = two.replace("[x, y]", "[v, w]").replace("x: {}, y: {}", "v: {}, w: {}");
    assert_eq!(renamed(two, &turned).0, vec![]);
    // What nobody uses could be anything.
    let lonely = "components: {a: {}, x: {}}\nflows: {f: {path: [a]}}\n";
    assert_eq!(renamed(lonely, &lonely.replace("x:", "y:")).0, vec![]);
}

#[test]
fn a_comment_about_everything_fits() {
    let design = |timeout: &str| {
        let mut design = String::from("components:\n  web:\n    uses:\n");
        let name = |index: usize| format!("a|b `<i> #1 component-with-a-rather-long-name-{index}");
        design.extend((0..600).map(|index| format!("      \"{}\": {{timeout: {timeout}}}\n", name(index))));
        design.extend((0..600).map(|index| format!("  \"{}\": {{replicas: 2}}\n", name(index))));
        design + "flows: {home: {path: [web]}}\n"
    };
    let difference = difference(&design("1s"), &design("none"));
    let comment = text(|out| write_markdown(&difference, out));
    assert!(comment.len() <= 65_000 && comment.contains("more than fit here"), "{}", comment.len());
    assert!(!comment.replace("&lt;i>", "").contains("<i>"), "{}", &comment[..2000]);
    let rows: Vec<&str> = comment.lines().filter(|line| line.starts_with('|')).collect();
    let bars = |row: &str| row.replace("\\|", "").matches('|').count();
    assert!(rows.len() > 20 && rows.iter().all(|row| bars(row) == 4), "{:?}", rows.iter().find(|row| bars(row) != 4));
}

fn diff(repository: &Repository, arguments: &[&str]) -> Ran {
    repository.premortem(&[&["diff", "--today", "2026-06-01"], arguments].concat())
}

fn json(repository: &Repository, arguments: &[&str]) -> Value {
    let ran = diff(repository, &[arguments, &["--format", "json"]].concat());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{arguments:?}");
    ran.json()
}

const WORSE: &str = "redis: {timeout: 50ms, need: hard}";

#[test]
fn sides_are_files_folders_revisions_and_paths_in_them() {
    if !has_git() {
        return;
    }
    let soft = SHOP.replace("redis: {timeout: 50ms}", "redis: {timeout: 50ms, need: soft}");
    let hard = SHOP.replace("redis: {timeout: 50ms}", WORSE);
    let file = "design/shop.arch.yaml";
    let repository = Repository::with(&[(file, &soft)]);
    repository.git(&["tag", "v1"]);
    repository.commit(&[(file, &hard)]);
    repository.git(&["tag", "v2"]);
    repository.write("old.arch.yaml", &soft);
    fs::create_dir(repository.path().join("copy")).unwrap();
    repository.write("copy/renamed.arch.yaml", &soft);
    let (in_v1, in_v2) = (format!("v1:{file}"), format!("v2:{file}"));
    for sides in [
        &["v1", "v2"][..],
        &["v1", "design"],
        &["v1", file],
        &["v1:design", "v2:design/"],
        &[&in_v1, &in_v2],
        &[&in_v1, "v2"],
        &["v1:", "design"],
        &["old.arch.yaml", file],
        &["copy", "design"],
        &["copy/renamed.arch.yaml", "v2:design"],
        &["HEAD~1", "HEAD"],
    ] {
        let json = json(&repository, sides);
        let verdict = json["verdict"].as_str().unwrap();
        assert!(verdict.starts_with("`checkout` is worse: `redis` can now stop it."), "{sides:?}: {verdict}");
        let became = &json["designs"][0]["single_points"]["became"];
        assert_eq!((&became[0]["id"], &became[0]["flows"][0]), (&"redis".into(), &"checkout".into()), "{sides:?}");
        assert_eq!(json["designs"][0]["changed"][0]["subject"]["id"], "api->redis", "{sides:?}");
    }
    let json = json(&repository, &["v2", "v1"]);
    assert!(json["verdict"].as_str().unwrap().contains("is better: `redis` can no longer stop it"), "{json:#}");
    assert_eq!(json["old"]["commit"], repository.git(&["rev-parse", "v2"]));

    // A folder above, and from inside a folder.
    let ran = premortem(&repository.path().join("design"), &["diff", "v1"]);
    assert!(ran.status == 0 && ran.out.starts_with("checkout is worse: redis can now stop it."), "{}", ran.out);
    let comment = diff(&repository, &["v1", "v2", "--format", "markdown"]).out;
    assert!(comment.contains("`checkout` is worse: `redis` can now stop it."), "{comment}");
    assert!(comment.contains("| new | `redis` | alone stops `checkout` |"), "{comment}");
}

#[test]
fn a_renamed_file_and_a_renamed_component_are_the_same_thing() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, SHOP)]);
    repository.git(&["mv", FILE, "store.arch.yaml"]);
    for new in [".", "store.arch.yaml"] {
        let json = json(&repository, &["main", new]);
        assert_eq!(json["verdict"], "Nothing changed that premortem can see.", "{new}");
        assert!(json["findings"]["unchanged"].as_u64().unwrap() > 3);
    }
    repository.write("store.arch.yaml", &SHOP.replace("postgres:", "orders:").replace("postgres]", "orders]"));
    let json = json(&repository, &["main"]);
    assert_eq!(json["designs"][0]["renamed"][0]["after"], "orders");
    assert_eq!((names(&json["findings"]["new"]), names(&json["findings"]["fixed"])), (vec![], vec![]));
}

#[test]
fn designs_that_come_and_go_are_named() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[("a/a.arch.yaml", SHOP), ("b/b.arch.yaml", SHOP)]);
    fs::remove_file(repository.path().join("b/b.arch.yaml")).unwrap();
    repository.write("c/c.arch.yaml", SHOP);
    repository.write("d/d.arch.yaml", "components: {x: {}}\n");
    let json = json(&repository, &["main"]);
    let paths = |key: &str| json[key].as_array().unwrap().clone();
    assert_eq!((paths("added").len(), paths("gone").len(), paths("designs").len()), (2, 1, 1), "{json:#}");
}

#[test]
fn bad_sides_get_clear_errors() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, SHOP)]);
    for (sides, says) in [
        (&["mian"][..], "no file, folder or git revision `mian`\nhelp: Did you mean `main`?"),
        (&["main", "nowhere.arch.yaml"], "no file, folder or git revision `nowhere.arch.yaml`"),
        (&["main:nowhere"], "there is no `nowhere` in"),
        (&["main:../x"], "there is no `../x` in"),
        (&["--", "-x"], "no file, folder or git revision `-x`"),
        (&[], "required"),
    ] {
        let ran = diff(&repository, sides);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{sides:?}");
        assert!(ran.err.contains(says), "{sides:?}: {}", ran.err);
    }
    let nowhere = tempfile::tempdir().unwrap();
    let ran = premortem(nowhere.path(), &["diff", "a", "b"]);
    assert!(ran.status == 2 && ran.err.contains("`a` does not exist"), "{}", ran.err);

    // What is wrong with one side is said, and the rest is compared.
    repository.write(FILE, &SHOP.replace("  redis: {tech: redis}", "  redis: {tehc: redis}"));
    let ran = diff(&repository, &["main"]);
    assert_eq!(ran.status, 0);
    assert!(ran.err.contains("tehc") && ran.out.contains("component redis"), "{}{}", ran.err, ran.out);
    repository.write(FILE, "components: [\n");
    assert_eq!(diff(&repository, &["main"]).status, 2);
}

#[test]
fn bare_repositories_have_revisions() {
    if !has_git() {
        return;
    }
    let repository = Repository::with(&[(FILE, SHOP)]);
    repository.git(&["tag", "v1"]);
    repository.commit(&[(FILE, &SHOP.replace("redis: {timeout: 50ms}", WORSE))]);
    let bare = tempfile::tempdir().unwrap();
    let bare_path = bare.path().join("bare.git");
    repository.git(&["clone", "--quiet", "--bare", ".", bare_path.to_str().unwrap()]);
    let ran = premortem(&bare_path, &["diff", "v1", "main"]);
    assert!(ran.status == 0 && ran.out.contains("redis can now stop it"), "{}{}", ran.out, ran.err);
    fs::write(bare_path.join(FILE), SHOP).unwrap();
    let ran = premortem(&bare_path, &["check", "--since", "v1", FILE]);
    assert!(ran.status == 2 && ran.err.contains("no working tree"), "{}{}", ran.out, ran.err);
}

#[test]
fn the_published_schema_is_current() {
    assert_schema_is_current(&schema(), SCHEMA, "diff");
}
