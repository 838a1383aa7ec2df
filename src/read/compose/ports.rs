//! `ports`: who can reach a service from outside, and which ports only one copy can have.

use super::interpolation::UNKNOWN;
use super::layers::{Layers, Value};
use crate::sources::Span;

/// One published port.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Published {
    /// Only from the machine itself.
    local: bool,
    /// The author chose the port of the machine, or a range of them.
    chosen: bool,
    /// There is one such port.
    single: bool,
    span: Span,
}

/// Where the file says that strangers can reach the service: a port published on a chosen number, beyond the machine
/// itself. A port on a random number is nobody's address.
pub(super) fn public(service: &Layers<'_>) -> Option<Span> {
    published(service).into_iter().find(|port| port.chosen && !port.local).map(|port| port.span)
}

/// A published port that a second copy on the same machine could not have.
pub(super) fn fixed(service: &Layers<'_>) -> Option<Span> {
    published(service).into_iter().find(|port| port.single).map(|port| port.span)
}

/// Whether anything is said about ports.
pub(super) fn any(service: &Layers<'_>) -> bool {
    ["ports", "expose"].iter().any(|key| service.get(key).items().next().is_some())
}

fn published(service: &Layers<'_>) -> Vec<Published> {
    service.get("ports").items().filter_map(|port| if port.is_map() { Some(long(port)) } else { short(port) }).collect()
}

/// `[host_ip:][host:]container[/protocol]`, each port a number or a range.
fn short(port: Value<'_>) -> Option<Published> {
    let text = port.text()?;
    let text = text.split('/').next().unwrap_or_default();
    let (address, ports) = match text.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once("]:").map_or(("", bracketed), |(address, ports)| (address, ports)),
        None => text.rmatch_indices(':').nth(1).map_or(("", text), |(at, _)| (&text[..at], &text[at + 1..])),
    };
    let host = ports.split_once(':').map(|(host, _)| host).unwrap_or_default();
    Some(Published { local: is_local(address), chosen: !host.is_empty(), single: is_one_port(host), span: port.span() })
}

fn long(port: Value<'_>) -> Published {
    let host = port.get("published").and_then(Value::text).unwrap_or_default();
    let address = port.get("host_ip").and_then(Value::text).unwrap_or_default();
    Published { local: is_local(&address), chosen: !host.is_empty(), single: is_one_port(&host), span: port.span() }
}

fn is_local(address: &str) -> bool {
    address.starts_with("127.") || matches!(address, "::1" | "localhost")
}

/// A number, or a variable that stands for one.
fn is_one_port(host: &str) -> bool {
    !host.is_empty() && host.chars().all(|c| c.is_ascii_digit() || c == UNKNOWN)
}
