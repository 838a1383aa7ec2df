//! One error of the validator as a problem on the right token.

use super::Shape;
use super::expected::{DEEPEST, Expected, alternatives, resolve};
use super::locate::{Place, segments, shortened};
use super::units;
use crate::parse::{Node, NodeKind, Skip, to_json};
use crate::problem::{Problem, did_you_mean};
use crate::sources::Span;
use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;

/// Keys listed in full where an unknown one resembles none.
const LISTED: usize = 12;

/// The errors of one validation.
pub(super) struct Round<'c, 't> {
    shape: &'c Shape,
    document: Node<'t>,
    /// Left out before this round.
    skipped: &'c Skip,
    problems: Vec<Problem>,
    skip: Skip,
    /// Validators of parts of the schema, by the part's address in it.
    compiled: RefCell<HashMap<*const Value, Option<Validator>>>,
}

impl<'c, 't> Round<'c, 't> {
    pub(super) fn new(shape: &'c Shape, document: Node<'t>, skipped: &'c Skip) -> Self {
        Self { shape, document, skipped, problems: Vec::new(), skip: Skip::default(), compiled: RefCell::default() }
    }

    pub(super) fn finish(self) -> (Vec<Problem>, Skip) {
        (self.problems, self.skip)
    }

    pub(super) fn explain(&mut self, error: &ValidationError<'_>) {
        let place = Place::find(self.document, error.instance_path().as_str(), self.skipped);
        let is_absent = place.node.kind() == NodeKind::Null && !matches!(error.kind(), Kind::PropertyNames { .. });
        match error.kind() {
            _ if is_absent => self.no_value(&place, self.part_of(error)),
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                for key in unexpected {
                    self.unknown_key(&place, key, self.part_of(error));
                }
            }
            Kind::Required { property } => {
                self.missing_key(&place, property.as_str().unwrap_or_default(), self.part_of(error));
            }
            Kind::UniqueItems => self.repeated_item(&place),
            Kind::PropertyNames { error: inner } => self.bad_key(&place, inner),
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => match only_candidate(error, context, &place) {
                Some(errors) => errors.into_iter().for_each(|error| self.explain(error)),
                None => self.bad_value(&place, self.part_of(error), ""),
            },
            kind => {
                let part = self.part_of(error);
                self.bad_value(&place, part, &condition(kind, part));
            }
        }
    }

    /// The part of the schema whose keyword failed. Where a definition is referred to with words of its own beside the
    /// reference, the referring part.
    fn part_of(&self, error: &ValidationError<'_>) -> &'c Value {
        let root = &self.shape.schema;
        let path: Vec<String> = segments(error.evaluation_path().as_str()).collect();
        let mut part = root;
        let mut worded = None;
        let parents = path.len().saturating_sub(1);
        for segment in &path[..parents] {
            let next = if segment == "$ref" {
                part.get("$ref").and_then(Value::as_str).and_then(|target| resolve(root, target))
            } else {
                part.get(segment).or_else(|| part.get(segment.parse::<usize>().ok()?))
            };
            let Some(next) = next else { break };
            match segment.as_str() {
                "$ref" if part.get("x-expects").is_some() => worded = worded.or(Some(part)),
                "$ref" => {}
                _ => worded = None,
            }
            part = next;
        }
        worded.unwrap_or(part)
    }

    fn unknown_key(&mut self, place: &Place<'t>, key: &str, part: &'c Value) {
        let Some(entry) = place.node.entry(key) else { return self.bad_value(place, part, "") };
        let mut known: Vec<&str> = part
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        known.sort_unstable();
        let elsewhere = self.shape.elsewhere.iter().find(|(name, _)| *name == key);
        let synonym = self.shape.synonyms_of(key).find(|here| known.contains(here));
        let is_open = part.get("patternProperties").is_some_and(|patterns| patterns.get("^x-").is_some());
        let help = if let Some((_, where_)) = elsewhere {
            format!("`{key}` belongs to {where_}")
        } else if let Some(meant) = synonym.or_else(|| did_you_mean(key, known.iter().copied())) {
            format!("write `{meant}`")
        } else if key.starts_with(|c: char| c.is_ascii_digit()) {
            "a comma ends the value before it: write numbers without one, such as `99.9` or `1_000`".to_owned()
        } else if known.len() > LISTED && is_open {
            format!("remove it, or write `x-{}` to keep a note of your own", shortened(key))
        } else if known.is_empty() {
            "remove it".to_owned()
        } else {
            let names: Vec<_> = known.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
            let more = if known.len() > LISTED { ", …" } else { "" };
            let one_of = if names.len() > 1 { "one of " } else { "" };
            format!("remove it, or write {one_of}{}{more}", names.join(", "))
        };
        let owner = match place.key {
            Some(key) => format!(" in `{}`", shortened(key.text)),
            None => String::new(),
        };
        let span = if entry.key.span.is_empty() { place.span() } else { entry.key.span };
        let message = format!("unknown key `{}`{owner}", shortened(key));
        let problem = Problem::error("unknown-key", message, span, "not known here").with_help(help);
        self.tell(problem, entry.merged_at.or(entry.value.used_at()));
        self.skip.insert(entry.value.use_id());
    }

    fn missing_key(&mut self, place: &Place<'t>, key: &str, part: &'c Value) {
        self.skip.insert(place.node.use_id());
        // Whoever misspelt the key is told so once.
        let known = |name: &str| part.get("properties").is_some_and(|known| known.get(name).is_some());
        let mut unknown = place.node.entries().filter(|entry| !known(entry.key.text));
        let means = |written: &str| {
            did_you_mean(written, [key]).is_some() || self.shape.synonyms_of(written).any(|here| here == key)
        };
        if unknown.any(|entry| means(entry.key.text)) {
            return;
        }
        let message = match place.key {
            Some(owner) if !place.is_item => format!("`{}` has no `{key}`", shortened(owner.text)),
            Some(owner) => format!("an item of `{}` has no `{key}`", shortened(owner.text)),
            None => format!("this file has no `{key}`"),
        };
        let label = format!("`{key}` is missing");
        let problem = Problem::error("missing-key", message, place.head(), label).with_help(format!("add `{key}: …`"));
        self.tell(problem, place.node.used_at());
    }

    /// The second of two equal items is left out, and named.
    fn repeated_item(&mut self, place: &Place<'t>) {
        let mut seen: HashMap<String, Span> = HashMap::new();
        for item in place.node.items().filter(|item| !self.skipped.holds(*item)) {
            let first = *seen.entry(to_json(item, self.skipped).to_string()).or_insert(item.span());
            if first == item.span() {
                continue;
            }
            let message = format!("{} names `{}` twice", place.name(), shortened(item.raw()));
            let problem = Problem::error("bad-value", message, item.span(), "named again")
                .with_label(first, "named first")
                .with_help("remove one of them");
            self.tell(problem, item.used_at());
            self.skip.insert(item.use_id());
        }
    }

    fn bad_key(&mut self, place: &Place<'t>, error: &ValidationError<'_>) {
        let part = self.part_of(error);
        let key = error.instance().as_str().unwrap_or_default().to_owned();
        let Some(entry) = place.node.entry(&key) else { return self.bad_value(place, part, "") };
        let expected = Expected::of(&self.shape.schema, part);
        let wanted = if expected.is_empty() { "another name".to_owned() } else { expected.words() };
        let message = format!("keys of {} are {wanted}, not `{}`", place.name(), shortened(&key));
        let span = if entry.key.span.is_empty() { place.span() } else { entry.key.span };
        let mut problem = Problem::error("bad-value", message, span, "not a name that can stand here");
        problem.help = did_you_mean(&key, expected.values()).map(|meant| format!("write `{meant}`"));
        self.tell(problem, entry.merged_at);
        self.skip.insert(entry.value.use_id());
    }

    fn no_value(&mut self, place: &Place<'t>, part: &'c Value) {
        let message = match place.key {
            Some(key) if place.is_item => format!("an item of `{}` has no value", shortened(key.text)),
            Some(key) => format!("`{}` has no value", shortened(key.text)),
            None => "this file has no value".to_owned(),
        };
        let takes = |word: &str| self.accepts(part, &Value::from(word));
        let remove = if place.is_item { "remove the item" } else { "remove the key" };
        let expected = Expected::of(&self.shape.schema, part);
        // A free text takes both words too, and means nothing by them.
        let is_free = takes("no such word");
        let help = match (takes("none") && !is_free, takes("todo") && !is_free) {
            (true, true) => format!("write `none` (decided against), `todo` (not decided) or {remove}"),
            (true, false) => format!("write `none` (decided against) or {remove}"),
            (false, true) => format!("write `todo` (not decided) or {remove}"),
            (false, false) => match self.advice(part).filter(|_| expected.units.is_empty()) {
                Some(advice) => format!("{advice}; or {remove}"),
                None => format!("write {}, or {remove}", expected.words()),
            },
        };
        let at = if place.is_item { place.span() } else { place.key.map_or(place.span(), |key| key.span) };
        let problem = Problem::error("bad-value", message, at, "nothing follows").with_help(help);
        self.tell(problem, place.node.used_at());
        self.skip.insert(place.node.use_id());
    }

    /// `condition` says what is wrong where the schema has no words for what is right.
    fn bad_value(&mut self, place: &Place<'t>, part: &'c Value, condition: &str) {
        let expected = Expected::of(&self.shape.schema, part);
        let wanted = match (part.get("x-expects").is_some() || condition.is_empty(), condition) {
            (true, _) => expected.words(),
            (false, condition) => condition.to_owned(),
        };
        let (what, label) = match place.node.kind() {
            NodeKind::Map if place.node.entries().next().is_none() => ("an empty map".to_owned(), "this map"),
            NodeKind::Map if expected.keys().next().is_some() => (map_in_words(place.node), "this map"),
            NodeKind::Map => ("a map".to_owned(), "this map"),
            NodeKind::List if place.node.items().next().is_none() => ("an empty list".to_owned(), "this list"),
            NodeKind::List => ("a list".to_owned(), "this list"),
            NodeKind::Text("") => ("an empty text".to_owned(), "this text"),
            _ if place.is_secret() => ("this".to_owned(), "this value"),
            _ => (format!("`{}`", shortened(place.node.raw())), "this value"),
        };
        let message = format!("{} expects {wanted}, not {what}", place.name());
        let is_collection = matches!(place.node.kind(), NodeKind::Map | NodeKind::List);
        // A block collection can be pages long.
        let at = if is_collection && place.key.is_some() && !place.is_item { place.head() } else { place.span() };
        let mut problem = Problem::error("bad-value", message, at, format!("{label} does not fit"));
        if place.node.kind() == NodeKind::Map {
            let keys = place.node.entries().map(|entry| entry.key.text);
            let mut unknown = keys.filter(|key| !expected.keys().any(|known| known == *key));
            let meant = unknown.find_map(|key| did_you_mean(key, expected.keys()));
            problem.help = meant.map(|meant| format!("write `{meant}`"));
        } else if !is_collection && !place.is_secret() {
            problem.help = self.help_for(place, part, &expected);
        }
        problem.help = problem.help.or_else(|| self.advice(part).map(str::to_owned));
        self.tell(problem, place.node.used_at());
        self.skip.insert(place.node.use_id());
    }

    /// What the schema itself says about the usual mistake in a place.
    fn advice(&self, part: &'c Value) -> Option<&'c str> {
        advice(&self.shape.schema, part, 0)
    }

    /// What was probably meant, tried against the schema before it is suggested.
    fn help_for(&self, place: &Place<'t>, part: &'c Value, expected: &Expected) -> Option<String> {
        let accepts = |value: &Value| self.accepts(part, value);
        let (node, written) = (place.node, place.node.raw());
        let value = to_json(node, &Skip::default());
        if matches!(written, "none" | "no" | "off" | "todo" | "?" | "false") {
            let advice = self.advice(part).map(str::to_owned);
            return advice.or(Some(if place.is_item { "remove the item" } else { "remove the key" }.to_owned()));
        }
        if !node.is_quoted()
            && !matches!(node.kind(), NodeKind::Text(_) | NodeKind::Bool(_))
            && accepts(&Value::from(written))
            && expected.units.is_empty()
        {
            return Some(format!("quote it: `\"{written}\"`"));
        }
        let synonym = self.shape.synonyms_of(written).find(|here| accepts(&Value::from(*here)));
        if let Some(meant) = synonym.or_else(|| did_you_mean(written, expected.values())) {
            return Some(format!("write `{meant}`"));
        }
        let number =
            written.parse::<i64>().ok().map(Value::from).or_else(|| written.parse::<f64>().ok().map(Value::from));
        if node.is_quoted() && number.is_some_and(|number| accepts(&number)) {
            return Some(format!("remove the quotes: `{written}`"));
        }
        let key =
            place.key.filter(|_| !place.is_item).map_or(String::new(), |key| format!("{}: ", shortened(key.text)));
        if accepts(&Value::Array(vec![value.clone()])) && written.starts_with('-') {
            return Some("write a space after each `-`".to_owned());
        }
        if accepts(&Value::Array(vec![value.clone()])) {
            return Some(format!("write a list: `{key}[{}]`", shortened(written)));
        }
        if let Some(inner) = self.only_home(part, &value) {
            return Some(format!("write a map: `{key}{{{inner}: {}}}`", shortened(written)));
        }
        expected.units.iter().find_map(|unit| units::respelt(unit, written, accepts))
    }

    /// The one key of the expected map that takes a value as a word of a closed list; where nothing but the map can stand,
    /// the one that takes it at all.
    fn only_home(&self, part: &'c Value, value: &Value) -> Option<&'c str> {
        let mut maps = Vec::new();
        collect_maps(&self.shape.schema, part, &mut maps, 0);
        let [map] = maps.as_slice() else { return None };
        let keys = map.iter().filter(|(_, part)| self.accepts(part, value));
        let keys: Vec<(&str, &Value)> = keys.map(|(key, part)| (key.as_str(), part)).collect();
        let is_only_map = Expected::of(&self.shape.schema, part).is_only_collections();
        let is_word = |(_, part): &&(&str, &Value)| {
            let expected = Expected::of(&self.shape.schema, part);
            expected.values().any(|word| value == word)
        };
        match (keys.as_slice(), keys.iter().filter(is_word).collect::<Vec<_>>().as_slice()) {
            (_, [(only, _)]) => Some(only),
            ([(only, _)], _) if is_only_map && !value.is_boolean() => Some(only),
            _ => None,
        }
    }

    fn accepts(&self, part: &'c Value, value: &Value) -> bool {
        let mut compiled = self.compiled.borrow_mut();
        let validator = compiled.entry(std::ptr::from_ref(part)).or_insert_with(|| self.shape.compile(part));
        validator.as_ref().is_some_and(|validator| validator.is_valid(value))
    }

    fn tell(&mut self, problem: Problem, used_at: Option<Span>) {
        let used_at = used_at.filter(|used| *used != problem.primary() && !used.is_empty());
        self.problems.push(match used_at {
            Some(used) => problem.with_label(used, "used here"),
            None => problem,
        });
    }
}

fn advice<'s>(root: &'s Value, part: &'s Value, depth: usize) -> Option<&'s str> {
    if depth > DEEPEST {
        return None;
    }
    let own = part.get("x-help").and_then(Value::as_str);
    own.or_else(|| {
        let mut below = target_of(root, part).into_iter().chain(alternatives(part).into_iter().flatten());
        below.find_map(|part| advice(root, part, depth + 1))
    })
}

fn target_of<'s>(root: &'s Value, part: &'s Value) -> Option<&'s Value> {
    resolve(root, part.get("$ref")?.as_str()?)
}

/// The keys of every map that may stand in a place.
fn collect_maps<'s>(
    root: &'s Value,
    part: &'s Value,
    maps: &mut Vec<&'s serde_json::Map<String, Value>>,
    depth: usize,
) {
    if depth > DEEPEST {
        return;
    }
    maps.extend(part.get("properties").and_then(Value::as_object));
    let below = target_of(root, part).into_iter().chain(alternatives(part).into_iter().flatten());
    below.for_each(|part| collect_maps(root, part, maps, depth + 1));
}

fn map_in_words(node: Node<'_>) -> String {
    let keys: Vec<String> = node.entries().take(3).map(|entry| format!("`{}`", shortened(entry.key.text))).collect();
    if keys.is_empty() { "an empty map".to_owned() } else { format!("a map with {}", keys.join(", ")) }
}

/// The errors of the one alternative that was meant, if the value is a map or a list and that can be told.
fn only_candidate<'e>(
    error: &ValidationError<'_>,
    context: &'e [Vec<ValidationError<'static>>],
    place: &Place<'_>,
) -> Option<Vec<&'e ValidationError<'static>>> {
    if !matches!(place.node.kind(), NodeKind::Map | NodeKind::List) {
        return None;
    }
    let here = error.instance_path().as_str();
    let mut candidates = Vec::new();
    collect_candidates(here, context, &mut candidates);
    let fewest = candidates.iter().map(|errors| misfits(here, errors)).min()?;
    candidates.retain(|errors| misfits(here, errors) == fewest);
    match candidates.len() {
        1 => candidates.pop(),
        _ => None,
    }
}

/// The alternatives whose type fits, nested alternatives unfolded.
fn collect_candidates<'e>(
    here: &str,
    context: &'e [Vec<ValidationError<'static>>],
    candidates: &mut Vec<Vec<&'e ValidationError<'static>>>,
) {
    for errors in context {
        match errors.as_slice() {
            [only] if only.instance_path().as_str() == here => match only.kind() {
                Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                    collect_candidates(here, context, candidates);
                    continue;
                }
                _ => {}
            },
            _ => {}
        }
        let fits =
            |error: &ValidationError<'_>| error.instance_path().as_str() != here || is_about_content(error.kind());
        if !errors.is_empty() && errors.iter().all(fits) {
            candidates.push(errors.iter().collect());
        }
    }
}

/// How many errors of an alternative say that another one was meant.
fn misfits(here: &str, errors: &[&ValidationError<'_>]) -> usize {
    errors.iter().filter(|error| error.instance_path().as_str() == here).count()
}

/// Errors of a map or list that is one, and holds the wrong things.
fn is_about_content(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::AdditionalProperties { .. }
            | Kind::UnevaluatedProperties { .. }
            | Kind::Required { .. }
            | Kind::PropertyNames { .. }
            | Kind::MinProperties { .. }
            | Kind::MaxProperties { .. }
            | Kind::MinItems { .. }
            | Kind::MaxItems { .. }
            | Kind::UniqueItems
            | Kind::Contains
            | Kind::AdditionalItems { .. }
    )
}

/// What a keyword asks for, where its schema does not say it in words.
fn condition(kind: &Kind, part: &Value) -> String {
    match kind {
        // The type's words name both bounds.
        Kind::Minimum { .. } | Kind::Maximum { .. }
            if part.get("minimum").is_some() && part.get("maximum").is_some() =>
        {
            String::new()
        }
        Kind::Minimum { limit } => format!("at least {limit}"),
        Kind::Maximum { limit } => format!("at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Kind::MinLength { limit: 1 } => "a text that is not empty".to_owned(),
        Kind::MinLength { limit } => format!("at least {limit} characters"),
        Kind::MaxLength { limit } => format!("at most {limit} characters"),
        Kind::MinItems { limit: 1 } => "at least one item".to_owned(),
        Kind::MinItems { limit } => format!("at least {limit} items"),
        Kind::MaxItems { limit } => format!("at most {limit} items"),
        Kind::MinProperties { limit: 1 } => "at least one entry".to_owned(),
        Kind::MinProperties { limit } => format!("at least {limit} entries"),
        Kind::MaxProperties { limit } => format!("at most {limit} entries"),
        Kind::UniqueItems => "each item once".to_owned(),
        Kind::Pattern { pattern } => format!("a text like `{pattern}`"),
        Kind::Format { format } => format!("a {format}"),
        Kind::FalseSchema => "nothing".to_owned(),
        _ => String::new(),
    }
}
