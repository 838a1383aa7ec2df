//! `volumes`: whether what a store keeps outlives its container.

use super::image::{self, Image};
use super::interpolation::UNKNOWN;
use super::layers::{Layers, Value};
use crate::read::vocabulary::{Attr, Setting};
use crate::sources::Span;

/// One mount.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Mount {
    kind: MountKind,
    target: String,
    read_only: bool,
    span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum MountKind {
    /// A volume with a name, or one that a driver provides.
    Named,
    /// A folder of the machine.
    Bind,
    /// In memory, or without a name: gone with the container.
    Passing,
}

/// Whether the data of a store survives, where the file proves it: it is mounted, or nothing that could hold it is.
///
/// A volume with a name is there to keep something, and images that somebody rebuilt keep their data where they like. Where
/// official ones do is known: a volume in another folder stays empty.
pub(super) fn persistence(service: &Layers<'_>, image: &Image, at: Span) -> Attr<Setting> {
    if image.data.is_empty() || !service.get("volumes_from").is_empty() {
        return Attr::default();
    }
    let is_official = service.get("image").text().is_some_and(|(reference, _)| image::is_official(&reference));
    let mounts: Vec<Mount> = service.get("volumes").items().filter_map(mount).collect();
    let keeps = |mount: &&Mount| {
        mount.kind != MountKind::Passing
            && !mount.read_only
            && ((mount.kind == MountKind::Named && !is_official)
                || image.data.iter().any(|folder| overlaps(folder, &mount.target)))
    };
    if let Some(mount) = mounts.iter().find(keeps) {
        return Attr::imported(Setting("true".to_owned()), mount.span);
    }
    let unclear = |mount: &Mount| {
        let elsewhere = mount.target.contains(UNKNOWN) || is_named_elsewhere(service, mount);
        mount.kind != MountKind::Passing && !mount.read_only && elsewhere
    };
    if mounts.iter().any(unclear) {
        return Attr::default();
    }
    Attr::imported_none(at)
}

/// One folder lies in the other, or they are the same.
fn overlaps(folder: &str, target: &str) -> bool {
    let target = target.trim_end_matches('/');
    let inside = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // Everything lies in the root, and nobody mounts it for the sake of the data.
    !target.is_empty() && (inside(folder, target) || inside(target, folder))
}

/// The command or a variable names the mounted folder: the data may have been moved there.
fn is_named_elsewhere(service: &Layers<'_>, mount: &Mount) -> bool {
    let says = |value: Value<'_>| value.text().is_some_and(|text| text.contains(&mount.target));
    ["command", "entrypoint", "environment"].iter().any(|key| {
        service.get(key).iter().any(|layer| {
            says(layer) || layer.items().any(says) || layer.node.entries().any(|e| says(layer.at(e.value)))
        })
    })
}

fn mount(volume: Value<'_>) -> Option<Mount> {
    let span = volume.span();
    if volume.is_map() {
        let text = |key: &str| volume.get(key).and_then(Value::text);
        let kind = match text("type").as_deref() {
            Some("bind") => MountKind::Bind,
            Some("volume") | None if text("source").is_some() => MountKind::Named,
            _ => MountKind::Passing,
        };
        let read_only = volume.get("read_only").is_some_and(Value::is_true);
        return Some(Mount { kind, target: text("target")?.into_owned(), read_only, span });
    }
    let text = volume.text()?;
    let mut parts = text.split(':');
    let first = parts.next()?;
    // `C:\data:/data`: a drive letter is no source.
    let drive = first.len() == 1 && text[1..].starts_with([':']) && text[2..].starts_with(['\\', '/']);
    let source = if drive { parts.next().map_or(first, |folder| folder) } else { first };
    let Some(target) = parts.next() else {
        return Some(Mount { kind: MountKind::Passing, target: first.to_owned(), read_only: false, span });
    };
    let read_only = parts.next().is_some_and(|options| options.split(',').any(|option| option == "ro"));
    let is_folder = drive || source.starts_with(['.', '/', '~']) || source.contains(['/', '\\']);
    let kind = if is_folder { MountKind::Bind } else { MountKind::Named };
    Some(Mount { kind, target: target.to_owned(), read_only, span })
}
