//! Which bytes are text, and what to say about those that are not.

use super::Limits;
use crate::problem::Problem;
use crate::sources::{Source, Span};

/// Offsets inside one file are `u32`, and decoding an escape can lengthen a text by half.
const LARGEST: usize = 1 << 30;

/// A file that is not parsed at all.
pub(super) struct Refused {
    /// What a reader is shown of it.
    pub(super) shown: String,
    code: &'static str,
    message: String,
    /// Byte range in `shown`.
    at: (usize, usize),
    label: String,
    help: String,
}

impl Refused {
    pub(super) fn no_room(bytes: &[u8]) -> Self {
        Self::too_large(
            bytes,
            "the files of one review are larger than 4 GiB together".to_owned(),
            "review fewer files at once",
        )
    }

    pub(super) fn problem(self, source: &Source) -> Problem {
        let span = source.span();
        let inside = |at: usize| span.start + u32::try_from(at).unwrap_or(u32::MAX).min(span.end - span.start);
        let at = Span::new(inside(self.at.0), inside(self.at.1));
        Problem::error(self.code, self.message, at, self.label).with_help(self.help)
    }

    fn too_large(bytes: &[u8], message: String, help: &str) -> Self {
        let start = &bytes[..bytes.len().min(200)];
        let line = start.split(|byte| *byte == b'\n').next().unwrap_or(start);
        let shown = showable(line);
        Self {
            code: "too-large",
            message,
            at: (0, shown.len()),
            label: "not read".to_owned(),
            help: help.to_owned(),
            shown,
        }
    }

    fn not_text(bytes: &[u8], at: usize, length: usize, what: &str, help: &str) -> Self {
        Self {
            shown: showable(bytes),
            code: "not-text",
            message: format!("this file is not text: {what}"),
            at: (at, at + length),
            label: "not text".to_owned(),
            help: help.to_owned(),
        }
    }
}

/// The file's text. A byte-order mark stays in it; the parser steps over it.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<String, Box<Refused>> {
    match refusal(bytes, limits) {
        Some(refused) => Err(Box::new(refused)),
        None => Ok(String::from_utf8(bytes.to_vec()).expect("a file that is not UTF-8 is refused")),
    }
}

fn refusal(bytes: &[u8], limits: &Limits) -> Option<Refused> {
    let limit = limits.file_bytes.min(LARGEST);
    if bytes.len() > limit {
        let message = format!("this file has {} bytes, more than the limit of {limit}", bytes.len());
        return Some(Refused::too_large(
            bytes,
            message,
            "raise the limit with `--max-file-size`, or review a smaller file",
        ));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Some(Refused::not_text(bytes, 0, 2, "it is encoded as UTF-16", "save the file as UTF-8"));
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let at = error.valid_up_to();
        let length = error.error_len().unwrap_or(bytes.len() - at);
        let what = format!("byte 0x{:02X} is not UTF-8", bytes[at]);
        return Some(Refused::not_text(bytes, at, length, &what, "save the file as UTF-8"));
    }
    if let Some(at) = bytes.iter().position(|byte| is_control(*byte)) {
        let what = if bytes[at] == 0 {
            "it holds a NUL byte".to_owned()
        } else {
            format!("it holds the control character 0x{:02X}", bytes[at])
        };
        return Some(Refused::not_text(
            bytes,
            at,
            1,
            &what,
            "remove it, or write it as an escape in double quotes: `\"\\x07\"`",
        ));
    }
    None
}

/// Control characters that YAML refuses everywhere.
fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0b | 0x0c | 0x0e..=0x1f | 0x7f)
}

/// The bytes with a `?` for each that cannot be shown, so that offsets stay those of the file.
fn showable(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        shown.extend(chunk.valid().chars().map(|c| if c.is_ascii() && is_control(c as u8) { '?' } else { c }));
        shown.extend(chunk.invalid().iter().map(|_| '?'));
    }
    shown
}
