//! How wide text is, without a font: every viewer brings its own, so that widths are those of a wide sans-serif.

use unicode_width::UnicodeWidthChar;

/// A size and weight of letters.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Font {
    /// Pixels per em.
    pub size: f64,
    pub bold: bool,
}

impl Font {
    /// An upper bound of the width of a line, in pixels.
    pub(super) fn width(self, text: &str) -> f64 {
        let ems: f64 = text.chars().map(em).sum();
        ems * self.size * if self.bold { 1.1 } else { 1.0 }
    }

    /// Lines of at most `width` pixels, broken after blanks and signs where that is possible, and at most `most` of
    /// them; what does not fit ends in `…`.
    pub(super) fn wrap(self, text: &str, width: f64, most: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        for piece in pieces(text) {
            let last = lines.len() - 1;
            if self.width(&format!("{}{}", lines[last], piece.trim_end())) <= width {
                lines[last].push_str(&piece);
                continue;
            }
            if !lines[last].is_empty() {
                lines.push(String::new());
            }
            for sign in piece.chars() {
                let last = lines.len() - 1;
                if !lines[last].is_empty()
                    && self.width(&lines[last]) + self.width(sign.encode_utf8(&mut [0; 4])) > width
                {
                    lines.push(String::new());
                }
                let last = lines.len() - 1;
                lines[last].push(sign);
            }
        }
        let mut lines: Vec<String> = lines.iter().map(|line| line.trim().to_owned()).collect();
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                while !last.is_empty() && self.width(last) + self.width("…") > width {
                    last.pop();
                }
                last.push('…');
            }
        }
        lines
    }
}

/// Parts after which a line may end.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for sign in text.chars() {
        let breaks = sign.is_control() || (sign.is_whitespace() && sign != '\u{a0}');
        let sign = if breaks { ' ' } else { sign };
        let last = pieces.len() - 1;
        pieces[last].push(sign);
        if " -_./".contains(sign) {
            pieces.push(String::new());
        }
    }
    pieces
}

/// Width of a sign in em: that of `DejaVu Sans`, one of the widest fonts a viewer falls back to, rounded up by kind.
fn em(sign: char) -> f64 {
    match sign {
        'i' | 'j' | 'l' | '\'' | '|' => 0.34,
        ' ' | '\u{a0}' | 'f' | 'r' | 't' | '.' | ',' | ':' | ';' | '!' | '(' | ')' | '[' | ']' | '/' | '-' | 'I'
        | '·' => 0.42,
        'm' | 'M' | 'w' | 'W' | '@' | '%' | '…' => 1.02,
        'A'..='Z' | '+' | '=' | '<' | '>' | '~' | '×' | '#' | '&' | 'ß' => 0.84,
        ' '..='~' => 0.65,
        _ => match sign.width() {
            Some(0) | None => 0.0,
            Some(1) => 0.8,
            Some(_) => 1.1,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_fit_and_lose_nothing_but_blanks(text in "\\PC{0,60}", width in 60.0..300.0) {
            let font = Font { size: 14.0, bold: true };
            let lines = font.wrap(&text, width, usize::MAX);
            for line in &lines {
                prop_assert!(font.width(line) <= width + 0.01, "{:?} is {}", line, font.width(line));
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            let short = font.wrap(&text, width, 2);
            prop_assert!(short.len() <= 2 && short.iter().all(|line| font.width(line) <= width + 0.01));
            prop_assert_eq!(short.len() < lines.len(), lines.len() > 2);
            prop_assert!(lines.len() <= 2 || short[1].ends_with('…'));
        }
    }
}
