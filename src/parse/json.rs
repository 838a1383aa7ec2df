//! The tree as the schema checker sees it.

use super::tree::{Node, NodeKind, Skip};
use serde_json::{Map, Number, Value};

/// The node with aliases and merge keys written out, keys in order, and everything in `skip` left out.
///
/// JSON has no infinities and no NaN: `.inf` and `.nan` become the text that was written.
pub fn to_json(node: Node<'_>, skip: &Skip) -> Value {
    if skip.holds(node) {
        return Value::Null;
    }
    match node.kind() {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => Value::Bool(value),
        NodeKind::Integer(value) => Value::from(value),
        NodeKind::Float(value) => Number::from_f64(value).map_or_else(|| Value::from(node.raw()), Value::Number),
        NodeKind::Text(text) => Value::from(text),
        NodeKind::List => node.items().filter(|item| !skip.holds(*item)).map(|item| to_json(item, skip)).collect(),
        NodeKind::Map => {
            let kept = node.entries().filter(|entry| !skip.holds(entry.value));
            Value::Object(
                kept.map(|entry| (entry.key.text.to_owned(), to_json(entry.value, skip))).collect::<Map<_, _>>(),
            )
        }
    }
}
