//! Logging commands as the runners of GitHub and Azure read them, written from the descriptions of their grammars.

use std::collections::BTreeMap;

#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) message: String,
}

impl Command {
    pub(crate) fn number(&self, property: &str) -> usize {
        self.properties[property].parse().expect("a number")
    }
}

/// `::name key=value,key=value::message`, on one line.
pub(crate) fn github(line: &str) -> Command {
    let rest = line.strip_prefix("::").unwrap_or_else(|| panic!("no command: {line}"));
    let (head, message) = rest.split_once("::").unwrap_or_else(|| panic!("no end of the command: {line}"));
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let decoded = |text: &str, also: &[(&str, &str)]| {
        let mut text = text.replace("%0D", "\r").replace("%0A", "\n");
        for (code, char) in also {
            text = text.replace(code, char);
        }
        text.replace("%25", "%")
    };
    let properties = properties.split(',').map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or_else(|| panic!("no value: {pair} in {line}"));
        (key.to_owned(), decoded(value, &[("%3A", ":"), ("%2C", ",")]))
    });
    Command { name: name.to_owned(), properties: properties.collect(), message: decoded(message, &[]) }
}

/// `##vso[name key=value;key=value;]message`: the first closing bracket ends the command.
pub(crate) fn azure(line: &str) -> Command {
    let rest = line.strip_prefix("##vso[").unwrap_or_else(|| panic!("no command: {line}"));
    let (head, message) = rest.split_once(']').unwrap_or_else(|| panic!("no end of the command: {line}"));
    let (name, properties) = head.split_once(' ').expect("properties follow the name");
    let decoded = |text: &str| {
        let text = text.replace("%3B", ";").replace("%5D", "]").replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%AZP25", "%")
    };
    let pairs = properties.split(';').filter(|pair| !pair.is_empty());
    let properties = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or_else(|| panic!("no value: {pair} in {line}"));
        (key.to_owned(), decoded(value))
    });
    Command { name: name.to_owned(), properties: properties.collect(), message: decoded(message) }
}
