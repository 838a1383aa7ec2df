//! A rule as its file writes it: one YAML map.

use super::profile::{Level, Profile};
use crate::analyse::event::KINDS;
use crate::finding::Severity;
use crate::parse::{ByKind, NodeKind, Spanned, Unread, by_kind};
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A rule: for each row of a relation where a condition holds, say a sentence, mark the facts, tell why and how to
/// mend it.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = examples_are_required)]
pub struct RuleFile {
    /// Unique, kebab-case, the name of the file. Reads after "allow".
    #[schemars(regex(pattern = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"))]
    pub id: Spanned<String>,
    /// `error`, `warning`, `advice`, or a map that decides by the row and by the profile.
    pub severity: SeverityRule,
    /// The relation whose rows are judged; `premortem relations` lists them.
    pub each: Spanned<String>,
    /// The condition (CEL) over the fields of a row; every row if left out.
    #[serde(default, rename = "where")]
    pub test: Option<Spanned<String>>,
    /// Facts that a design should state: absent, they count as `none` on what is critical, and the finding says
    /// `say_unstated`.
    #[serde(default)]
    pub expects: Vec<Expected>,
    /// What is wrong: one clause without a final period. `{field}` is replaced by what the row says.
    #[serde(default)]
    pub say: Option<Spanned<String>>,
    /// Instead of `say`: the question to the authors.
    #[serde(default)]
    pub ask: Option<Spanned<String>>,
    /// With `ask`: what the design already says, or what follows from it. A sentence that names something unknown,
    /// or a list with nothing in it, is left out.
    #[serde(default)]
    pub known: Vec<Known>,
    /// With `ask`: the facts that answer the question, such as `component.owner`. Once all of them are stated it is not
    /// asked any more; accepting it answers it, too.
    #[serde(default)]
    pub answer: Vec<Spanned<String>>,
    /// What to say where the facts under `expects` are not described.
    #[serde(default)]
    pub say_unstated: Option<Spanned<String>>,
    /// What to point at, first the primary place: `- field: a few words`. A list field gives one label per item.
    #[schemars(length(min = 1))]
    pub mark: Vec<Mark>,
    /// What happens if it stays.
    pub why: Spanned<String>,
    /// The smallest edit that mends it, as a command.
    #[serde(default)]
    pub fix: Option<Spanned<String>>,
    /// The event that shows what the finding means: its kind, and the field that names what fails. After the report,
    /// `premortem fail` is suggested with it.
    #[serde(default)]
    pub event: Option<EventRule>,
    /// Articles, papers and incidents the rule comes from.
    #[serde(default)]
    pub source: Vec<String>,
    /// Named thresholds that users may change: `params.name` in the condition.
    #[serde(default)]
    pub params: IndexMap<String, ParamRule>,
    /// Rules that this one replaces on the same subject; what they say becomes a note of this one.
    #[serde(default)]
    pub fold: Vec<Spanned<String>>,
    /// Whether a design may accept the finding; almost always.
    #[serde(default = "yes")]
    pub suppressible: bool,
    /// Designs that give this finding (`bad`, on the line marked `# here`) and designs that do not (`good`).
    ///
    /// Empty for shipped rules, whose examples are read when asked for: [`super::Rule::examples`].
    #[schemars(length(min = 1))]
    #[serde(default)]
    pub examples: Vec<Example>,
}

/// How bad a finding is.
#[derive(Clone, Debug)]
pub struct SeverityRule {
    pub default: Severity,
    /// The first that holds decides, in every profile.
    pub when: Vec<SeverityCase>,
    pub profiles: Vec<(Profile, Level)>,
}

#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SeverityMap {
    /// Where nothing else decides.
    default: Severity,
    /// The first condition that holds decides, in every profile.
    #[serde(default)]
    when: Vec<SeverityCase>,
    /// In place of `default` in this profile.
    #[serde(default)]
    production: Option<Level>,
    /// In place of `default` in this profile.
    #[serde(default)]
    startup: Option<Level>,
    /// In place of `default` in this profile.
    #[serde(default)]
    sketch: Option<Level>,
    /// In place of `default` in this profile.
    #[serde(default)]
    strict: Option<Level>,
}

/// A severity that depends on the row.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeverityCase {
    /// The condition.
    #[serde(rename = "if")]
    pub test: Spanned<String>,
    /// What it is then.
    pub is: Severity,
}

/// A fact a design should state.
#[derive(Clone, Debug)]
pub struct Expected {
    /// A field path such as `component.deploy.rollback`; `where` has to read it.
    pub fact: Spanned<String>,
    /// Plural noun for "not judged: …"; the last name of the path if left out.
    pub noun: Option<String>,
}

#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExpectedMap {
    /// A field path such as `component.deploy.rollback`; `where` has to read it.
    fact: Spanned<String>,
    /// What the fact is called in "not judged: …".
    #[serde(default)]
    noun: Option<String>,
}

/// A sentence towards the answer of a question.
#[derive(Clone, Debug)]
pub struct Known {
    /// When it is said; always if left out.
    pub test: Option<Spanned<String>>,
    pub say: Spanned<String>,
}

#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KnownMap {
    /// The condition.
    #[serde(rename = "if")]
    test: Spanned<String>,
    /// The sentence, without a final period.
    say: Spanned<String>,
}

/// A place to point at.
#[derive(Clone, Debug)]
pub struct Mark {
    pub field: Spanned<String>,
    pub text: Spanned<String>,
}

/// An event by its kind and the field with the name of what fails; of a list the first.
#[derive(Clone, Debug)]
pub struct EventRule {
    /// As users write it before the colon; `any` where the field has the kind, too.
    pub kind: &'static str,
    pub field: Spanned<String>,
}

/// A threshold.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParamRule {
    /// The value: a number, `30s`, `40rps`, `80%`, a text, `true`, or a list of texts.
    pub is: Spanned<ParamValue>,
    /// In place of `is` in this profile.
    #[serde(default)]
    pub production: Option<Spanned<ParamValue>>,
    /// In place of `is` in this profile.
    #[serde(default)]
    pub startup: Option<Spanned<ParamValue>>,
    /// In place of `is` in this profile.
    #[serde(default)]
    pub sketch: Option<Spanned<ParamValue>>,
    /// In place of `is` in this profile.
    #[serde(default)]
    pub strict: Option<Spanned<ParamValue>>,
    /// Why this value.
    pub because: String,
}

impl ParamRule {
    /// What goes before `is` in a profile.
    pub fn in_profile(&self, profile: Profile) -> Option<&Spanned<ParamValue>> {
        match profile {
            Profile::Production => self.production.as_ref(),
            Profile::Startup => self.startup.as_ref(),
            Profile::Sketch => self.sketch.as_ref(),
            Profile::Strict => self.strict.as_ref(),
        }
    }
}

/// A threshold as written.
#[derive(Clone, PartialEq, Debug)]
pub enum ParamValue {
    Bool(bool),
    Number(f64),
    Text(String),
    Texts(Vec<String>),
}

/// A design that shows the rule.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Gives this rule's finding, and no other than on lines marked `# here`.
    #[serde(default)]
    pub bad: Option<Spanned<String>>,
    /// Gives none.
    #[serde(default)]
    pub good: Option<Spanned<String>>,
    /// The profile it is reviewed in; `production` if left out.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// The notation it is written in: `native` if left out, or `compose`.
    #[serde(default)]
    pub notation: Option<Spanned<String>>,
}

fn examples_are_required(schema: &mut Schema) {
    if let Some(required) = schema.get_mut("required").and_then(serde_json::Value::as_array_mut) {
        required.push("examples".into());
    }
}

fn yes() -> bool {
    true
}

impl<'de> Deserialize<'de> for SeverityRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match by_kind::<Either<SeverityMap, Severity>, _>(deserializer)? {
            Either::Word(default) => Self { default, when: Vec::new(), profiles: Vec::new() },
            Either::Map(map) => {
                let profiles = [
                    (Profile::Production, map.production),
                    (Profile::Startup, map.startup),
                    (Profile::Sketch, map.sketch),
                    (Profile::Strict, map.strict),
                ];
                let profiles = profiles.into_iter().filter_map(|(profile, level)| Some((profile, level?))).collect();
                Self { default: map.default, when: map.when, profiles }
            }
        })
    }
}

impl JsonSchema for SeverityRule {
    fn schema_name() -> Cow<'static, str> {
        "SeverityRule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (word, map) = (generator.subschema_for::<Severity>(), generator.subschema_for::<SeverityMap>());
        json_schema!({"anyOf": [word, map], "x-expects": "`error`, `warning`, `advice`, or a map with `default` and `when`"})
    }
}

impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Either<ExpectedMap, String>>::deserialize(deserializer)?;
        Ok(match spanned.value {
            Either::Word(fact) => Self { fact: Spanned::new(fact, spanned.span), noun: None },
            Either::Map(map) => Self { fact: map.fact, noun: map.noun },
        })
    }
}

impl JsonSchema for Expected {
    fn schema_name() -> Cow<'static, str> {
        "Expected".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<ExpectedMap>();
        json_schema!({"anyOf": [{"type": "string"}, map], "x-expects": "a field such as `component.backup`, or `{fact, noun}`"})
    }
}

impl<'de> Deserialize<'de> for Known {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Either<KnownMap, String>>::deserialize(deserializer)?;
        Ok(match spanned.value {
            Either::Word(say) => Self { test: None, say: Spanned::new(say, spanned.span) },
            Either::Map(map) => Self { test: Some(map.test), say: map.say },
        })
    }
}

impl JsonSchema for Known {
    fn schema_name() -> Cow<'static, str> {
        "Known".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<KnownMap>();
        json_schema!({"anyOf": [{"type": "string", "pattern": r"\S"}, map], "x-expects": "a sentence, or `{if, say}`"})
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MarkVisitor;
        impl<'de> Visitor<'de> for MarkVisitor {
            type Value = Mark;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`field: a few words`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Mark, A::Error> {
                let Some((field, text)) = map.next_entry()? else {
                    return Err(A::Error::custom("a mark is `field: a few words`"));
                };
                if map.next_key::<String>()?.is_some() {
                    return Err(A::Error::custom("a mark is one `field: a few words`; write one per line with a dash"));
                }
                Ok(Mark { field, text })
            }
        }
        deserializer.deserialize_any(MarkVisitor)
    }
}

impl JsonSchema for Mark {
    fn schema_name() -> Cow<'static, str> {
        "Mark".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "additionalProperties": {"type": "string", "pattern": r"\S"},
            "minProperties": 1,
            "maxProperties": 1,
            "x-expects": "`field: a few words`",
        })
    }
}

impl<'de> Deserialize<'de> for EventRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EventVisitor;
        impl<'de> Visitor<'de> for EventVisitor {
            type Value = EventRule;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EVENT_EXPECTS)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EventRule, A::Error> {
                let entry: Option<(String, Spanned<String>)> = map.next_entry()?;
                let known = |name: &str| event_kinds().find(|kind| *kind == name);
                let Some((kind, field)) = entry.and_then(|(name, field)| Some((known(&name)?, field))) else {
                    return Err(A::Error::custom(format_args!("an event is {EVENT_EXPECTS}")));
                };
                if map.next_key::<String>()?.is_some() {
                    return Err(A::Error::custom("an event has one kind"));
                }
                Ok(EventRule { kind, field })
            }
        }
        deserializer.deserialize_any(EventVisitor)
    }
}

impl JsonSchema for EventRule {
    fn schema_name() -> Cow<'static, str> {
        "EventRule".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": {"enum": event_kinds().collect::<Vec<_>>()},
            "additionalProperties": {"type": "string", "pattern": r"\S"},
            "minProperties": 1,
            "maxProperties": 1,
            "x-expects": EVENT_EXPECTS,
        })
    }
}

/// The kind of an event whose field has the kind, too.
pub(crate) const ANY_EVENT: &str = "any";

fn event_kinds() -> impl Iterator<Item = &'static str> {
    KINDS.into_iter().chain([ANY_EVENT])
}

const EVENT_EXPECTS: &str = "one kind of event and a field, such as `hang: dependency.target` or `zone: zones`";

impl<'de> Deserialize<'de> for ParamValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = ParamValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a text, `true` or a list of texts")
            }

            fn visit_bool<E>(self, value: bool) -> Result<ParamValue, E> {
                Ok(ParamValue::Bool(value))
            }

            #[expect(clippy::cast_precision_loss, reason = "thresholds are small")]
            fn visit_i64<E>(self, value: i64) -> Result<ParamValue, E> {
                Ok(ParamValue::Number(value as f64))
            }

            #[expect(clippy::cast_precision_loss, reason = "thresholds are small")]
            fn visit_u64<E>(self, value: u64) -> Result<ParamValue, E> {
                Ok(ParamValue::Number(value as f64))
            }

            fn visit_f64<E>(self, value: f64) -> Result<ParamValue, E> {
                Ok(ParamValue::Number(value))
            }

            fn visit_str<E>(self, text: &str) -> Result<ParamValue, E> {
                Ok(ParamValue::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<ParamValue, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(ParamValue::Texts)
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl JsonSchema for ParamValue {
    fn schema_name() -> Cow<'static, str> {
        "ParamValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {"type": ["number", "string", "boolean"]},
                {"type": "array", "items": {"type": "string"}},
            ],
            "x-expects": "a number, 30s, 40rps, 80%, a text, `true`, or a list of texts",
        })
    }
}

enum Either<M, W> {
    Map(M),
    Word(W),
}

impl<'de, M: Deserialize<'de>, W: Deserialize<'de>> Deserialize<'de> for Either<M, W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        by_kind(deserializer)
    }
}

impl<'de, M: Deserialize<'de>, W: Deserialize<'de>> ByKind<'de> for Either<M, W> {
    const EXPECTED: &'static str = "a word or a map";

    fn read<A: SeqAccess<'de>>(kind: NodeKind<'de>, unread: Unread<A>) -> Result<Self, A::Error> {
        match kind {
            NodeKind::Map => unread.read().map(Either::Map),
            NodeKind::Text(_) => unread.read().map(Either::Word),
            _ => Err(unread.unexpected(kind)),
        }
    }
}
