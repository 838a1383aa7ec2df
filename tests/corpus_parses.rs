//! Real files parse. The few that must not say why.

mod parsing;

use premortem::parse::{Limits, parse};
use premortem::sources::Sources;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Path below the corpus, and every problem of the file as `line:column code: message`.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "compose-templates/coollabsio__coolify/templates/compose/gramps-web.yaml",
        &["21:9 bad-merge: `<<` merges maps, not a single value"],
    ),
    (
        "kubernetes/kubernetes__examples/_archived/openshift-origin/etcd-controller.yaml",
        &["12:3 duplicate-key: the key `selector` is given twice"],
    ),
    (
        "kubernetes/kubernetes__examples/_archived/openshift-origin/etcd-discovery-controller.yaml",
        &["12:3 duplicate-key: the key `selector` is given twice"],
    ),
    (
        "kubernetes/kubernetes__examples/_archived/openshift-origin/openshift-controller.yaml",
        &["12:3 duplicate-key: the key `selector` is given twice"],
    ),
    (
        "kubernetes/kubernetes__examples/_archived/storage/vitess/etcd-controller-template.yaml",
        &["6:13 template: this file is a template, not YAML"],
    ),
    (
        "kubernetes/kubernetes__examples/_archived/storage/vitess/vtgate-controller-template.yaml",
        &["6:13 template: this file is a template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/hotelReservation/helm-chart/hotelreservation/templates/_baseConfigMap.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/hotelReservation/helm-chart/hotelreservation/templates/_baseDeployment.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/hotelReservation/helm-chart/hotelreservation/templates/_baseDeploymentMemcached.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/hotelReservation/helm-chart/hotelreservation/templates/_baseDeploymentMongoDB.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/hotelReservation/helm-chart/hotelreservation/templates/_baseDeploymentServices.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/hotelReservation/helm-chart/hotelreservation/templates/_basePersistentVolume.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/hotelReservation/helm-chart/hotelreservation/templates/_basePersistentVolumeClaim.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/hotelReservation/helm-chart/hotelreservation/templates/_baseService.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/hotelReservation/helm-chart/hotelreservation/templates/_baseServiceMemcached.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/socialNetwork/helm-chart/socialnetwork/templates/_baseConfigMap.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/socialNetwork/helm-chart/socialnetwork/templates/_baseDeployment.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/socialNetwork/helm-chart/socialnetwork/templates/_baseHPA.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/socialNetwork/helm-chart/socialnetwork/templates/_baseNginxDeployment.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/delimitrou__DeathStarBench/socialNetwork/helm-chart/socialnetwork/templates/_baseService.tpl",
        &["1:1 template: this file is a Helm template, not YAML"],
    ),
    (
        "kubernetes-helm-raw/instana__robot-shop/K8s/helm/templates/cart-deployment.yaml",
        &["17:7 template: this file is a Helm template, not YAML"],
    ),
];

#[test]
fn real_files_parse() {
    let shared = std::env::var_os("PREMORTEM_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let corpus = shared.join("corpus");
    if !corpus.is_dir() {
        println!("skipped: no corpus at {}", corpus.display());
        return;
    }
    let mut refused: BTreeMap<&str, &[&str]> = REFUSED.iter().copied().collect();
    let mut folders = vec![corpus.clone()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Some("yaml" | "yml" | "json" | "tpl") = path.extension().and_then(|extension| extension.to_str())
            else {
                continue;
            };
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            parsing::check(&bytes);
            let mut sources = Sources::default();
            let parsed = parse(&mut sources, "", &bytes, &Limits::default());
            let name = path.strip_prefix(&corpus).unwrap().to_string_lossy().replace('\\', "/");
            let told: Vec<String> = parsed
                .problems
                .iter()
                .map(|problem| {
                    format!("{} {}: {}", &sources.place(problem.primary())[1..], problem.code, problem.message)
                })
                .collect();
            let expected = refused.remove(name.as_str()).unwrap_or_default();
            assert_eq!(told, expected, "{name}");
            let is_empty = !bytes.split(|byte| *byte == b'\n').any(|line| !line.is_empty() && !line.starts_with(b"#"));
            assert!(parsed.tree.documents().next().is_some() || !told.is_empty() || is_empty, "{name} is not read");
        }
    }
    assert!(files > 1_000, "{files} files");
    assert_eq!(refused.keys().collect::<Vec<_>>(), Vec::<&&str>::new(), "listed, but not there");
}
