//! Changes to files, as SARIF writes them.

use super::sarif::{ArtifactLocation, SarifRegion, Text};
use crate::finding::Edit;
use crate::sources::Sources;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifFix {
    description: Text,
    artifact_changes: [ArtifactChange; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: [Replacement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: SarifRegion,
    inserted_content: Text,
}

impl SarifFix {
    pub(super) fn of(edit: &Edit, sources: &Sources) -> Self {
        let (start, end) = sources.positions(edit.replaced);
        let deleted_region = SarifRegion {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        };
        let replacement = Replacement { deleted_region, inserted_content: Text { text: edit.text.clone() } };
        let artifact_location = ArtifactLocation::of(sources.file_of(edit.replaced).path_in_repository());
        Self {
            description: Text { text: edit.title.clone() },
            artifact_changes: [ArtifactChange { artifact_location, replacements: [replacement] }],
        }
    }
}
