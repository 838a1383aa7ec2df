//! What an image is: kind and technology of the well-known ones, by name.

use super::interpolation::UNKNOWN;
use crate::parse::{Limits, Node, Skip, deserialize, parse};
use crate::read::vocabulary::Kind;
use crate::sources::Sources;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A well-known image.
#[derive(Clone, PartialEq, Eq, Debug, serde::Deserialize)]
pub(super) struct Image {
    pub(super) kind: Kind,
    pub(super) tech: String,
    /// Folders inside the container that hold what must not be lost.
    #[serde(default)]
    pub(super) data: Vec<String>,
}

static IMAGES: LazyLock<BTreeMap<String, Image>> = LazyLock::new(|| {
    let mut sources = Sources::default();
    let parsed = parse(&mut sources, "images.yaml", include_bytes!("images.yaml"), &Limits::default());
    let document: Option<Node<'_>> = parsed.tree.documents().next();
    document.and_then(|document| deserialize(document, &Skip::default()).ok()).unwrap_or_default()
});

/// An exporter watches something else, whatever its name.
static EXPORTER: LazyLock<Image> =
    LazyLock::new(|| Image { kind: Kind::Monitoring, tech: "prometheus-exporter".to_owned(), data: Vec::new() });

/// The image behind a reference such as `docker.io/library/postgres:17@sha256:…`, if it is well known.
pub(super) fn lookup(reference: &str) -> Option<&'static Image> {
    let name = name(reference)?;
    let base = name.rsplit('/').next().unwrap_or(name);
    let two = name.rmatch_indices('/').nth(1).map_or(name, |(at, _)| &name[at + 1..]);
    if let Some(image) = IMAGES.get(two).or_else(|| IMAGES.get(base)) {
        return Some(image);
    }
    (base.ends_with("-exporter") || base.ends_with("_exporter")).then(|| &*EXPORTER)
}

/// Whether the reference is to one of the images that Docker publishes itself: they have no owner.
pub(super) fn is_official(reference: &str) -> bool {
    name(reference).is_some_and(|name| {
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        !name.strip_prefix("library/").unwrap_or(name).contains('/')
    })
}

/// A reference without tag and digest; nothing if it is hidden behind a variable.
fn name(reference: &str) -> Option<&str> {
    let reference = reference.trim();
    let reference = reference.split_once('@').map_or(reference, |(name, _)| name);
    // A colon before the last slash belongs to the port of a registry.
    let tag = reference.rfind(':').filter(|colon| !reference[*colon..].contains('/'));
    let name = tag.map_or(reference, |colon| &reference[..colon]);
    let base = name.rsplit('/').next().unwrap_or(name);
    (!base.is_empty() && !base.contains(UNKNOWN)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(reference: &str) -> Option<(Kind, &'static str)> {
        lookup(reference).map(|image| (image.kind, image.tech.as_str()))
    }

    #[test]
    fn registries_tags_and_digests_do_not_matter() {
        for reference in [
            "postgres",
            "postgres:17-alpine",
            "docker.io/library/postgres",
            "localhost:5000/postgres:17",
            "ghcr.io/immich-app/postgres@sha256:abc",
            "bitnami/postgresql:16",
        ] {
            assert_eq!(found(reference), Some((Kind::Database, "postgresql")), "{reference}");
        }
        assert_eq!(found(&format!("{UNKNOWN}/redis:{UNKNOWN}")), Some((Kind::Cache, "redis")));
        assert_eq!(found(&UNKNOWN.to_string()), None);
    }

    #[test]
    fn shared_names_need_their_vendor() {
        assert_eq!(found("mcr.microsoft.com/mssql/server:2019-latest"), Some((Kind::Database, "sqlserver")));
        assert_eq!(found("acme/server"), None);
        assert_eq!(found("jaegertracing/all-in-one:1"), Some((Kind::Monitoring, "jaeger")));
        assert_eq!(found("nextcloud/all-in-one"), None);
        assert_eq!(found("penpotapp/exporter"), None);
        assert_eq!(found("oliver006/redis_exporter"), Some((Kind::Monitoring, "prometheus-exporter")));
    }

    #[test]
    fn the_dictionary_is_read_whole_and_sorted() {
        let written = include_str!("images.yaml");
        let keys: Vec<&str> = written
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_once(": ").expect("one image a line").0)
            .collect();
        assert_eq!(IMAGES.keys().map(String::as_str).collect::<Vec<_>>(), {
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            sorted
        });
        assert!(IMAGES.len() > 100);
        assert!(IMAGES.values().all(|image| image.data.iter().all(|folder| folder.starts_with('/'))));
    }
}
