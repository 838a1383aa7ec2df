//! What a plain scalar means: the core schema of YAML 1.2, in which `on`, `yes`, `0755` and `22:22` are not traps.

use super::tree::NodeKind;

/// The value of an unquoted scalar.
///
/// A whole number outside `i64` is a `Float`; a number no `f64` can hold is `Text`, as is everything else.
pub(super) fn resolve(text: &str) -> NodeKind<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return NodeKind::Null,
        "true" | "True" | "TRUE" => return NodeKind::Bool(true),
        "false" | "False" | "FALSE" => return NodeKind::Bool(false),
        _ => {}
    }
    number(text).unwrap_or(NodeKind::Text(text))
}

fn number(text: &str) -> Option<NodeKind<'static>> {
    if !matches!(text.as_bytes().first()?, b'0'..=b'9' | b'-' | b'+' | b'.') {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return in_radix(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return in_radix(digits, 16);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            let infinity = if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
            return Some(NodeKind::Float(infinity));
        }
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Some(NodeKind::Float(f64::NAN)),
        _ => {}
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) && !unsigned.is_empty() {
        if let Ok(integer) = text.parse() {
            return Some(NodeKind::Integer(integer));
        }
    } else if !is_decimal(unsigned) {
        return None;
    }
    text.parse::<f64>().ok().filter(|float| float.is_finite()).map(NodeKind::Float)
}

fn in_radix(digits: &str, radix: u32) -> Option<NodeKind<'static>> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    i64::from_str_radix(digits, radix).ok().filter(|_| plain).map(NodeKind::Integer)
}

/// `(\.[0-9]+ | [0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_fits && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_core_schema_is_special() {
        for text in [
            "yes",
            "on",
            "Off",
            "22:22",
            "1_000",
            "0b1",
            "1.2.3",
            "2024-01-01",
            "-",
            ".",
            "+",
            "e5",
            "1e",
            "0x",
            "0o8",
            "-0x1",
            "0x-1",
            "inf",
            "NaN",
            "infinity",
            "1e400",
            "-.nan",
        ] {
            assert_eq!(resolve(text), NodeKind::Text(text));
        }
        for (text, integer) in [("0", 0), ("-12", -12), ("+7", 7), ("0755", 755), ("0o17", 15), ("0xFf", 255)] {
            assert_eq!(resolve(text), NodeKind::Integer(integer));
        }
        for (text, float) in [
            ("1.", 1.0),
            (".5", 0.5),
            ("-1.5e3", -1500.0),
            ("1e2", 100.0),
            ("-.inf", f64::NEG_INFINITY),
            ("9223372036854775808", 9_223_372_036_854_775_808.0),
        ] {
            assert_eq!(resolve(text), NodeKind::Float(float));
        }
        assert!(matches!(resolve(".nan"), NodeKind::Float(float) if float.is_nan()));
    }
}
