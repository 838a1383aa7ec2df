//! `premortem relations`: the tables a rule can ask.

use super::{Failure, OK};
use clap::Args;
use premortem::analyse::entity;
use premortem::analyse::relation::{Relation, Type};
use premortem::analyse::relations::{RELATIONS, find};
use premortem::problem::did_you_mean;
use std::io::{self, Write};

#[derive(Debug, Args)]
pub(crate) struct Relations {
    /// One table, or one thing a field can be (component, dependency, flow …), with all its fields.
    relation: Option<String>,
}

/// A line of a table of fields.
struct Line {
    name: &'static str,
    ty: String,
    summary: &'static str,
}

impl Relations {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let Some(name) = &self.relation else {
            list(out)?;
            return Ok(OK);
        };
        let Some(relation) = find(name) else {
            let names = RELATIONS.iter().map(|relation| relation.name);
            let close = did_you_mean(name, names).map(|close| format!("; did you mean `{close}`?"));
            let close = close.unwrap_or_else(|| "; `premortem relations` lists them".to_owned());
            return Err(Failure::Usage(format!("there is no relation `{name}`{close}")));
        };
        describe(relation, out)?;
        Ok(OK)
    }
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    let width = RELATIONS.iter().map(|relation| relation.name.len()).max().unwrap_or_default();
    for relation in RELATIONS {
        writeln!(out, "{:width$}  {}", relation.name, relation.summary)?;
    }
    writeln!(out, "\n`premortem relations NAME` lists the fields of one.")
}

/// The columns of a table; a column that is a component (or another thing) has that thing's fields in turn.
fn describe(relation: &Relation, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", relation.name, relation.summary)?;
    let columns = relation.fields.iter();
    let lines: Vec<Line> =
        columns.map(|field| Line { name: field.name, ty: type_name(field.ty), summary: field.summary }).collect();
    table(&lines, out)?;
    let [field] = relation.fields else { return Ok(()) };
    let parts = match field.ty {
        Type::Component => fields(&entity::COMPONENT),
        Type::Dependency => fields(&entity::DEPENDENCY),
        Type::Group => fields(&entity::GROUP),
        Type::Flow => fields(&entity::FLOW),
        Type::Team => fields(&entity::TEAM),
        Type::Design => fields(&entity::DESIGN),
        _ => return Ok(()),
    };
    writeln!(out, "\n{}. …", field.name)?;
    table(&parts, out)
}

fn fields<Id: Copy>(entity: &entity::Entity<Id>) -> Vec<Line> {
    let derived = entity.derived.iter().map(|derived| &derived.field);
    let derived = derived.map(|field| Line { name: field.name, ty: type_name(field.ty), summary: field.summary });
    let hidden = |name: &str| entity.derived.iter().any(|derived| derived.field.name == name);
    let written = entity.written.iter().filter(|field| !hidden(field.name));
    let written = written.map(|field| Line {
        name: field.name,
        ty: type_name(Type::of_attr(field.plain_type)),
        summary: field.summary.trim(),
    });
    derived.chain(written).collect()
}

fn table(lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
    let width = |part: fn(&Line) -> usize| lines.iter().map(part).max().unwrap_or_default();
    let (names, types) = (width(|line| line.name.len()), width(|line| line.ty.len()).min(24));
    for line in lines {
        writeln!(out, "  {:names$}  {:types$}  {}", line.name, line.ty, line.summary)?;
    }
    Ok(())
}

fn type_name(ty: Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Duration => "duration".to_owned(),
        Type::Rate => "rate".to_owned(),
        Type::Percent => "percent".to_owned(),
        Type::Text([]) => "text".to_owned(),
        Type::Text(_) => "word".to_owned(),
        Type::List(item) => format!("list of {}", type_name(*item)),
        Type::Record(fields) => {
            let names: Vec<&str> = fields().iter().map(|field| field.name).collect();
            format!("map: {}", names.join(", "))
        }
        Type::Component => "component".to_owned(),
        Type::Dependency => "dependency".to_owned(),
        Type::Group => "group".to_owned(),
        Type::Flow => "flow".to_owned(),
        Type::Team => "team".to_owned(),
        Type::Design => "design".to_owned(),
    }
}
