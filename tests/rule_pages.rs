//! `docs/rules/` holds the page of every shipped rule, as `explain` prints it. `UPDATE=1 cargo test --test rule_pages`
//! writes them anew.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

use premortem::rules::Packs;
use premortem::rules::page::Page;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Every page by the name of its file.
fn pages() -> BTreeMap<String, String> {
    let packs = Packs::shipped();
    let mut pages = BTreeMap::new();
    let mut index = String::from("# The rules\n\nA page for each, the same as `premortem explain RULE` prints.\n");
    for pack in packs.packs() {
        let mut rules: Vec<Page> = packs.rules().iter().map(|rule| Page::new(rule, &packs)).collect();
        rules.retain(|page| page.pack == pack.name.value);
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        if rules.is_empty() {
            continue;
        }
        write!(index, "\n## {}\n\n{}\n\n", pack.name.value, pack.summary).unwrap();
        for page in rules {
            writeln!(index, "- [{0}]({0}.md): {1}", page.id, page.sentence).unwrap();
            pages.insert(format!("{}.md", page.id), page.to_string());
        }
    }
    pages.insert("README.md".to_owned(), index);
    pages
}

#[test]
fn every_rule_has_its_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let pages = pages();
    assert!(pages.len() > 50, "{} pages", pages.len());
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(pages.contains_key(&name), "docs/rules/{name} is the page of no rule: remove it");
    }
    for (name, text) in &pages {
        let there = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert_eq!(
            &there, text,
            "docs/rules/{name} is not what `explain` prints: `UPDATE=1 cargo test --test rule_pages`"
        );
    }
}
