//! Values with units: `250ms`, `40rps`, `99.9%`, `40_000`, `2026-03-01`.
//!
//! Each type says which texts it accepts as a pattern in its schema, and parses exactly those texts.

use super::answer::{Plain, PlainType, Plainly};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::borrow::Cow;
use std::fmt;

/// As many digits as every type can hold.
const NUMBER: &str = r"\d[\d_]{0,17}(\.\d{1,9})?";

/// Seconds per unit of time, longest suffix first.
const DURATION_UNITS: [(&str, f64); 6] =
    [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0), ("w", 604_800.0)];

/// Calls per second per unit of rate.
const RATE_UNITS: [(&str, f64); 6] =
    [("rps", 1.0), ("/s", 1.0), ("/min", 1.0 / 60.0), ("/m", 1.0 / 60.0), ("/h", 1.0 / 3600.0), ("/d", 1.0 / 86_400.0)];

/// What [`NUMBER`] matches.
fn number(text: &str) -> Option<f64> {
    let (whole, decimals) = text.split_once('.').map_or((text, None), |(whole, decimals)| (whole, Some(decimals)));
    let is_fraction = decimals.is_none_or(|decimals| decimals.len() <= 9 && all_digits(decimals));
    (is_digits_and_gaps(whole, 18) && is_fraction).then(|| text.replace('_', "").parse().ok())?
}

/// Of a whole number.
const MOST_DIGITS: usize = 15;

/// A digit, then digits and `_`, at most `longest` of both.
fn is_digits_and_gaps(text: &str, longest: usize) -> bool {
    text.len() <= longest
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number before the longest unit that ends `text`, times what the unit is worth.
fn with_unit(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let (unit, worth) = units.iter().filter(|(unit, _)| text.ends_with(unit)).max_by_key(|(unit, _)| unit.len())?;
    let count = &text[..text.len() - unit.len()];
    number(count.strip_suffix(' ').unwrap_or(count)).map(|count| count * worth)
}

/// A length of time, in seconds.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Duration(pub f64);

impl Duration {
    /// Reads `250ms`, `2s`, `5m`, `1h`, `3d`, `1h30m`; `0` needs no unit.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "0" {
            return Some(Self(0.0));
        }
        let mut seconds = 0.0;
        let mut rest = text;
        let mut parts = 0;
        while !rest.is_empty() {
            let unit_at = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_')?;
            let unit_end = rest[unit_at..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| unit_at + end);
            let unit = &rest[unit_at..unit_end];
            let worth = DURATION_UNITS.iter().find(|(name, _)| *name == unit)?.1;
            seconds += number(&rest[..unit_at])? * worth;
            rest = &rest[unit_end..];
            parts += 1;
        }
        (parts > 0 && f64::is_finite(seconds)).then_some(Self(seconds))
    }
}

impl fmt::Display for Duration {
    /// The largest unit that leaves a whole or a short number: `500 ms`, `1 h`, `43.2 min`, `3 d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, f64); 4] = [("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)];
        let seconds = self.0;
        let whole = UNITS.iter().find(|(_, worth)| seconds >= *worth && seconds % worth == 0.0);
        // Below two of a unit the smaller one says more: 90 s, not 1.5 min.
        let readable = UNITS.iter().find(|(_, worth)| seconds >= 2.0 * worth);
        let (unit, worth) = match (whole, readable) {
            _ if seconds == 0.0 => ("s", 1.0),
            _ if seconds < 1.0 => ("ms", 0.001),
            (Some(whole), _) if whole.1 > 1.0 || seconds < 120.0 => *whole,
            (_, Some(readable)) => *readable,
            _ => ("s", 1.0),
        };
        write!(f, "{} {unit}", Short(seconds / worth))
    }
}

/// A number with at most three significant digits after the point, and spaces between thousands.
pub(crate) struct Short(pub(crate) f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_infinite() {
            return f.write_str("unlimited");
        }
        let magnitude = self.0.abs();
        let decimals = if magnitude >= 100.0 || magnitude == 0.0 {
            0
        } else if magnitude >= 10.0 {
            1
        } else {
            2
        };
        let text = format!("{:.decimals$}", self.0);
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
        let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
        f.write_str(sign)?;
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        fraction.map_or(Ok(()), |fraction| write!(f, ".{fraction}"))
    }
}

/// Calls, messages or writes per second.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Rate(pub f64);

impl Rate {
    /// Reads `40rps`, `40/s`, `300/min`, `9000/h`, `1_000_000/d`.
    pub fn parse(text: &str) -> Option<Self> {
        with_unit(text, &RATE_UNITS).map(Self)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rps", Short(self.0))
    }
}

/// A fraction written as a percentage: 0.999 for `99.9%`.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Percent(pub f64);

impl Percent {
    /// Reads `99.9%`. Digits are shifted as text, so that `99.9%` is the double nearest to 0.999.
    pub fn parse(text: &str) -> Option<Self> {
        let percent = text.strip_suffix('%')?;
        let percent = percent.strip_suffix(' ').unwrap_or(percent);
        let (whole, decimals) = percent.split_once('.').unwrap_or((percent, "0"));
        let is_share = whole.len() <= 2 || (whole == "100" && decimals.bytes().all(|digit| digit == b'0'));
        (is_share && all_digits(whole) && all_digits(decimals))
            .then(|| format!("{percent}e-2").parse().ok().map(Self))?
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.6}", self.0 * 100.0);
        write!(f, "{} %", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A whole number of things.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Count(pub u64);

impl Count {
    pub fn parse(text: &str) -> Option<Self> {
        is_digits_and_gaps(text, MOST_DIGITS).then(|| text.replace('_', "").parse().ok().map(Self))?
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A calendar day or month.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `2026-03-01` and `2026-03`; a month stands for its first day.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month) = (parts.next()?, parts.next()?);
        let day = parts.next().unwrap_or("01");
        let shaped = year.len() == 4 && month.len() == 2 && day.len() == 2 && parts.next().is_none();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !shaped || !digits {
            return None;
        }
        let date = Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        let leap = date.year.is_multiple_of(4) && (!date.year.is_multiple_of(100) || date.year.is_multiple_of(400));
        let days = match date.month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (1..=days).contains(&date.day).then_some(date)
    }

    /// Days since 0000-03-01, by Howard Hinnant's `days_from_civil`.
    pub fn days(&self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = (i64::from(self.month) + 9) % 12;
        year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + i64::from(self.day) - 1
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// An amount of money, kept as written: `3000 USD`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Money(pub String);

/// How long a caller waits. Zero is refused: many clients read it as "for ever".
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Timeout(pub f64);

impl Timeout {
    pub fn parse(text: &str) -> Option<Self> {
        Duration::parse(text).filter(|duration| duration.0 > 0.0).map(|duration| Self(duration.0))
    }
}

/// Reading and schema of a type that is written as one text, or as an integer where that is unambiguous.
macro_rules! unit {
    ($type:ident, $plain:expr, $plain_type:expr, $zero_is_none:literal, $expects:literal, $unit:literal, $parse:expr, $schema:tt) => {
        impl Plainly for $type {
            const PLAIN_TYPE: PlainType = $plain_type;
            const ZERO_IS_NONE: bool = $zero_is_none;

            fn plain(&self) -> Plain<'_> {
                #[allow(clippy::redundant_closure_call, reason = "the macro takes an expression per type")]
                ($plain)(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct TextVisitor;
                impl Visitor<'_> for TextVisitor {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expects)
                    }

                    fn visit_str<E: Error>(self, text: &str) -> Result<$type, E> {
                        ($parse)(text).ok_or_else(|| E::custom(concat!("expected ", $expects)))
                    }

                    fn visit_i64<E: Error>(self, value: i64) -> Result<$type, E> {
                        self.visit_str(&value.to_string())
                    }

                    fn visit_u64<E: Error>(self, value: u64) -> Result<$type, E> {
                        self.visit_str(&value.to_string())
                    }

                    /// `1e3` is a whole number, too.
                    fn visit_f64<E: Error>(self, value: f64) -> Result<$type, E> {
                        self.visit_str(&value.to_string())
                    }
                }
                deserializer.deserialize_any(TextVisitor)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = json_schema!($schema);
                schema.insert("x-expects".to_owned(), $expects.into());
                schema.insert("x-unit".to_owned(), $unit.into());
                if let Some(pattern) = schema.get("pattern").and_then(|pattern| pattern.as_str()) {
                    let pattern = pattern.replace("NUMBER", NUMBER);
                    schema.insert("pattern".to_owned(), pattern.into());
                }
                schema
            }
        }
    };
}

unit!(
    Duration,
    |value: &Duration| Plain::Duration(value.0),
    PlainType::Duration,
    false,
    "a duration such as 250ms, 2s, 5m, 1h or 3d",
    "duration",
    Duration::parse,
    {"type": ["string", "integer"], "pattern": "^(0|(NUMBER(ms|s|m|h|d|w))+)$", "maximum": 0, "minimum": 0}
);
unit!(
    Timeout,
    |value: &Timeout| Plain::Duration(value.0),
    PlainType::Duration,
    false,
    "a duration longer than zero such as 500ms or 2s (`none` waits for ever)",
    "duration",
    Timeout::parse,
    {"type": "string", "pattern": "^(?=.*[1-9])(NUMBER(ms|s|m|h|d|w))+$"}
);
unit!(
    Rate,
    |value: &Rate| Plain::Rate(value.0),
    PlainType::Rate,
    false,
    "a rate such as 40rps, 300/min or 5000/h",
    "rate",
    Rate::parse,
    {"type": "string", "pattern": "^NUMBER ?(rps|/s|/min|/m|/h|/d)$"}
);
unit!(
    Percent,
    |value: &Percent| Plain::Percent(value.0),
    PlainType::Percent,
    false,
    "a percentage such as 99.9% or 80%",
    "percent",
    Percent::parse,
    {"type": "string", "pattern": "^(100(\\.0+)?|\\d{1,2}(\\.\\d+)?) ?%$"}
);
unit!(
    Count,
    |value: &Count| Plain::Integer(i64::try_from(value.0).unwrap_or(i64::MAX)),
    PlainType::Integer,
    true,
    "a whole number such as 3 or 40_000",
    "count",
    Count::parse,
    {"type": ["integer", "string"], "minimum": 0, "maximum": 999_999_999_999_999_i64, "pattern": "^\\d[\\d_]{0,14}$"}
);
unit!(
    Date,
    |value: &Date| Plain::Text(value.to_string().into()),
    PlainType::Text(&[]),
    false,
    "a date such as 2026-03-01 or 2026-03",
    "date",
    Date::parse,
    {"type": "string", "pattern": concat!(
        // A month, or a day every year has.
        "^(\\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|1\\d|2[0-8]))?",
        "|\\d{4}-(0[13-9]|1[0-2])-(29|30)|\\d{4}-(0[13578]|1[02])-31",
        // The last of February of a leap year.
        "|(\\d{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)$",
    )}
);
unit!(
    Money,
    |value: &Money| Plain::Text(value.0.clone().into()),
    PlainType::Text(&[]),
    false,
    "an amount such as 3000 USD",
    "money",
    |text: &str| Some(Money(text.to_owned())),
    {"type": ["string", "number"]}
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations() {
        let seconds = |text| Duration::parse(text).map(|duration| duration.0);
        assert_eq!(seconds("250ms"), Some(0.25));
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("3d"), Some(259_200.0));
        assert_eq!(seconds("0"), Some(0.0));
        for wrong in ["", "5", "s", "5 s", "-1s", "1e3s", "5sec", "NaNs", "1s2"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
        assert_eq!(Timeout::parse("0"), None);
        assert_eq!(Timeout::parse("0ms"), None);
    }

    #[test]
    fn rates_and_shares() {
        assert_eq!(Rate::parse("300/min"), Some(Rate(5.0)));
        assert_eq!(Rate::parse("40_000rps"), Some(Rate(40_000.0)));
        assert_eq!(Rate::parse("40"), None);
        assert_eq!(Percent::parse("99.9%"), Some(Percent(0.999)));
        assert_eq!(Percent::parse("99.99%"), Some(Percent(0.9999)));
        assert_eq!(Percent::parse("101%"), None);
    }

    #[test]
    fn dates() {
        let days = |text| Date::parse(text).map(|date| date.days());
        assert_eq!(days("2024-03-01").unwrap() - days("2024-02-28").unwrap(), 2);
        assert_eq!(days("2023-02-29"), None);
        assert_eq!(days("2026-13"), None);
    }

    #[test]
    fn numbers_read_well() {
        let shown = |value| Short(value).to_string();
        assert_eq!(
            [shown(0.0), shown(43.2), shown(2500.0), shown(360_000.0), shown(1.331), shown(0.06)],
            ["0", "43.2", "2500", "360 000", "1.33", "0.06"]
        );
        assert_eq!(Duration(0.5).to_string(), "500 ms");
        assert_eq!(Duration(155.0).to_string(), "2.58 min");
        assert_eq!(Percent(0.9995).to_string(), "99.95 %");
    }

    /// Only what parses passes the schema, and all of it: reading is asked first, the schema only to explain a failure.
    #[track_caller]
    fn pattern_is_what_parses<T: JsonSchema>(text: &str, parse: impl Fn(&str) -> bool) {
        let schema = schemars::schema_for!(T).to_value();
        let valid = jsonschema::validator_for(&schema).unwrap().is_valid(&text.into());
        assert_eq!(valid, parse(text), "`{text}`: valid and readable differ");
    }

    proptest! {
        #[test]
        fn schemas_are_as_strict_as_parsers(
            text in r"[0-9_.]{0,6}( )?(ms|s|m|h|d|w|rps|/s|/min|%|x)?([0-9]{1,2}[ms])?|[0-9]{4}-[0-9]{2}(-[0-9]{2})?"
        ) {
            pattern_is_what_parses::<Duration>(&text, |text| Duration::parse(text).is_some());
            pattern_is_what_parses::<Timeout>(&text, |text| Timeout::parse(text).is_some());
            pattern_is_what_parses::<Rate>(&text, |text| Rate::parse(text).is_some());
            pattern_is_what_parses::<Percent>(&text, |text| Percent::parse(text).is_some());
            pattern_is_what_parses::<Count>(&text, |text| Count::parse(text).is_some());
        }
    }
}
