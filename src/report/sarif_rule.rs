//! The rules a SARIF file speaks of, with the page that `explain` prints.

use super::sarif::{Text, level};
use crate::finding::{Finding, Severity};
use crate::review::Review;
use crate::rules::page::Page;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule<'a> {
    pub id: &'a str,
    name: String,
    short_description: Text,
    full_description: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'a str>,
    help: Help,
    default_configuration: Configuration,
    properties: Properties<'a>,
}

/// The same text twice: some viewers show Markdown, others do not.
#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties<'a> {
    tags: [&'a str; 2],
    /// Without it GitHub files every rule under "warning". A `security-severity` would make security alerts of results.
    #[serde(rename = "problem.severity")]
    severity: &'static str,
}

/// Characters of a description that GitHub takes.
const DESCRIPTION: usize = 1024;

/// Every rule that found something, by id.
pub(super) fn rules(review: &Review) -> Vec<Rule<'_>> {
    let mut first: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in &review.findings {
        first.entry(&finding.rule).or_insert(finding);
    }
    first.into_values().map(|finding| rule(finding, review)).collect()
}

fn rule<'a>(finding: &'a Finding, review: &Review) -> Rule<'a> {
    let known = review.packs.find(&finding.rule);
    let severity = known.map_or(finding.severity, |rule| rule.definition.severity.default);
    let page = known.map(|rule| Page::new(rule, &review.packs));
    // What no pack holds has no page; a finding still says it all.
    let help = page.as_ref().map_or_else(|| format!("{}\n\n{}", finding.why, finding.fix), Page::to_string);
    let (sentence, why) =
        page.map_or_else(|| (finding.rule.clone(), finding.why.to_string()), |page| (page.sentence, page.why));
    let why = if why.trim().is_empty() { sentence.clone() } else { why };
    Rule {
        id: &finding.rule,
        name: pascal_case(&finding.rule),
        short_description: Text { text: shortened(&sentence) },
        full_description: Text { text: shortened(&why) },
        help_uri: finding.url.as_deref(),
        help: Help { markdown: super::markdown_text::page(&help), text: help },
        default_configuration: Configuration { level: level(severity) },
        properties: Properties {
            tags: ["architecture", &finding.pack],
            severity: match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Advice => "recommendation",
            },
        },
    }
}

/// `CacheWithoutTtl`, as viewers expect a name.
fn pascal_case(id: &str) -> String {
    let capital = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
    id.split('-').map(capital).collect::<Vec<String>>().concat()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(DESCRIPTION - 1) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
