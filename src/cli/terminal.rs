//! What the terminal can show, decided once.

use super::ColorChoice;
use premortem::report::Style;
use std::env;
use std::io::{self, IsTerminal};

/// Columns of an output that is no terminal.
const WIDTH: usize = 100;

#[derive(Debug)]
pub(crate) struct Terminal {
    color: bool,
    links: bool,
    width: usize,
}

impl Terminal {
    /// `--color`, then `NO_COLOR`, then `FORCE_COLOR`, then whether standard output is a terminal.
    pub(crate) fn new(choice: ColorChoice) -> Self {
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_terminal = io::stdout().is_terminal();
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if set("NO_COLOR") => false,
            ColorChoice::Auto if set("FORCE_COLOR") => true,
            ColorChoice::Auto => is_terminal && env::var_os("TERM").is_none_or(|term| term != "dumb"),
        };
        let links = color && is_terminal && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
        let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let width = columns.unwrap_or_else(|| if is_terminal { terminal_width() } else { WIDTH });
        Self { color, links, width: width.clamp(40, 160) }
    }

    /// For standard output.
    pub(crate) fn style(&self) -> Style {
        Style { color: self.color, links: self.links, width: self.width, ..Style::PLAIN }
    }
}

fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0))
}
