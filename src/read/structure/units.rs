//! Numbers whose unit is spelt in another way than the format's.

use serde_json::Value;

/// Spellings of the units a quantity can have, the format's own first.
fn spellings(unit: &str) -> &'static [&'static [&'static str]] {
    match unit {
        "duration" => &[
            &["ms", "msec", "msecs", "milli", "millis", "millisecond", "milliseconds"],
            &["s", "sec", "secs", "second", "seconds"],
            &["m", "min", "mins", "minute", "minutes"],
            &["h", "hr", "hrs", "hour", "hours"],
            &["d", "day", "days"],
        ],
        "rate" => &[
            &[
                "rps",
                "/s",
                "/sec",
                "/second",
                "per second",
                "persecond",
                "qps",
                "tps",
                "req/s",
                "reqs/s",
                "requests/s",
                "requests per second",
            ],
            &[
                "/min",
                "/m",
                "/minute",
                "per minute",
                "perminute",
                "rpm",
                "qpm",
                "req/min",
                "requests/min",
                "requests per minute",
            ],
            &["/h", "/hour", "per hour", "rph", "requests per hour"],
            &["/d", "/day", "per day", "rpd", "requests per day"],
        ],
        "percent" => &[&["%", "percent", "pct", "per cent"]],
        "size" => &[
            &["B", "b", "byte", "bytes"],
            &["kB", "k", "kb", "kilobyte", "kilobytes"],
            &["MB", "m", "mb", "megabyte", "megabytes"],
            &["GB", "g", "gb", "gigabyte", "gigabytes"],
            &["TB", "t", "tb", "terabyte", "terabytes"],
            &["KiB", "ki", "kib"],
            &["MiB", "mi", "mib"],
            &["GiB", "gi", "gib"],
            &["TiB", "ti", "tib"],
        ],
        _ => &[],
    }
}

/// How to write what was written, in a unit the format knows: the first spelling that `accepts` takes.
pub(super) fn respelt(unit: &str, written: &str, accepts: impl Fn(&Value) -> bool) -> Option<String> {
    let written = written.trim();
    let digits = written.find(|c: char| !matches!(c, '0'..='9' | '.' | '_' | ',')).unwrap_or(written.len());
    let (number, suffix) = written.split_at(digits);
    let number = number.replace(',', ".");
    if number.is_empty() {
        return None;
    }
    let suffix = suffix.trim();
    // `0.8` where `80%` is meant, or hardly anything.
    if let ("percent", "", Ok(share)) = (unit, suffix, number.parse::<f64>())
        && share > 0.0
        && share < 1.0
    {
        let percent = format!("{}%", (share * 1e6).round() / 1e4);
        return Some(format!("say the unit: `{percent}` or `{number}%`")).filter(|_| accepts(&Value::from(percent)));
    }
    let known = spellings(unit);
    let candidates: Vec<&str> = if suffix.is_empty() {
        known.iter().filter_map(|unit| unit.first().copied()).collect()
    } else {
        let suffix = suffix.to_lowercase();
        let same = known.iter().filter(|unit| unit.iter().any(|spelling| spelling.to_lowercase() == suffix));
        same.filter_map(|unit| unit.first().copied()).collect()
    };
    let mut fitting = candidates
        .into_iter()
        .map(|unit| format!("{number}{unit}"))
        .filter(|text| accepts(&Value::from(text.as_str())));
    let first = fitting.next()?;
    if !suffix.is_empty() {
        return Some(format!("write `{first}`"));
    }
    Some(match fitting.next() {
        Some(second) => format!("say the unit: `{first}` or `{second}`"),
        None => format!("say the unit: `{first}`"),
    })
}

#[cfg(test)]
mod tests {
    use super::respelt;

    #[test]
    fn common_spellings_become_the_formats_own() {
        for (unit, written, help) in [
            ("duration", "5 sec", Some("write `5s`")),
            ("duration", "500 ms", Some("write `500ms`")),
            ("duration", "10 Minutes", Some("write `10m`")),
            ("duration", "500", Some("say the unit: `500ms` or `500s`")),
            ("duration", "5 parsecs", None),
            ("duration", "soon", None),
            ("rate", "40 req/s", Some("write `40rps`")),
            ("percent", "99,9 percent", Some("write `99.9%`")),
            ("percent", "0.8", Some("say the unit: `80%` or `0.8%`")),
            ("percent", "99.9", Some("say the unit: `99.9%`")),
            ("size", "2 gb", Some("write `2GB`")),
            ("colour", "2 gb", None),
        ] {
            assert_eq!(respelt(unit, written, |_| true).as_deref(), help, "{written}");
        }
        assert_eq!(respelt("duration", "5 sec", |_| false), None);
    }
}
