//! Every device has what the specification demands of its device types and clusters.

use hub_model::ClusterId;
use hub_model::spec::{self, Clause, Required};
use matter_device::{Cluster, Endpoint};
use virtual_home::devices;

#[test]
fn descriptions_have_no_faults() {
    for (name, _, cluster) in clusters() {
        assert_eq!(cluster.faults, [""; 0], "{name}");
    }
}

#[test]
fn clusters_have_their_mandatory_elements() {
    let lacking: Vec<_> = clusters()
        .into_iter()
        .flat_map(|(name, endpoint, cluster)| {
            let place = format!("{name} {endpoint} {}", cluster.id);
            cluster
                .lacks()
                .into_iter()
                .map(move |lack| format!("{place}: {lack}"))
        })
        .collect();
    assert_eq!(lacking, [""; 0]);
}

#[test]
fn endpoints_have_their_device_types_mandatory_clusters() {
    let mut lacking = Vec::new();
    for installed in devices::all() {
        for endpoint in &installed.device.endpoints {
            assert!(!endpoint.device_types.is_empty(), "{}", installed.name);
            for device_type in &endpoint.device_types {
                let table = spec::device_type(device_type.id).expect("a known device type");
                for needed in table.requirements {
                    let demanded = matches!(needed.conformance.clause, Clause::Mandatory);
                    if needed.element == Required::ServerCluster
                        && demanded
                        && !serves(endpoint, needed.id)
                    {
                        lacking.push(format!(
                            "{} {}: {}",
                            installed.name, endpoint.id, needed.name
                        ));
                    }
                }
            }
        }
    }
    assert_eq!(lacking, [""; 0]);
}

#[test]
fn the_home_is_of_thirteen_nodes_with_codes_of_their_own() {
    let home = devices::all();
    assert_eq!(home.len(), 13);
    let mut codes: Vec<_> = home
        .iter()
        .map(|i| (i.device.discriminator, *i.device.passcode.expose()))
        .collect();
    codes.sort_unstable();
    codes.dedup_by_key(|(discriminator, _)| *discriminator);
    assert_eq!(codes.len(), 13);
    assert_eq!(home[12].device.endpoints.len(), 12);
}

/// The Descriptor comes by itself.
fn serves(endpoint: &Endpoint, cluster: Option<u32>) -> bool {
    cluster.is_none_or(|id| id == 0x001D || endpoint.clusters.contains_key(&ClusterId(id)))
}

fn clusters() -> Vec<(&'static str, u16, Cluster)> {
    let home = devices::all().into_iter();
    home.flat_map(|installed| {
        let name = installed.name;
        installed
            .device
            .endpoints
            .into_iter()
            .flat_map(move |endpoint| {
                let id = endpoint.id.0;
                endpoint
                    .clusters
                    .into_values()
                    .map(move |cluster| (name, id, cluster))
            })
    })
    .collect()
}
