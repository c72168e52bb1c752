//! Which endpoints of a node are one device.
//!
//! An ordinary node is one device. Under an aggregator (device type 0x000E) each direct child with
//! its own parts is one. The owner's groups come before both.
//!
//! Spec: Matter 1.6 Core §9.2 (endpoint composition), §9.5 (Descriptor cluster), Device Library
//! §11.1 (aggregator).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hub_model::{DeviceTypeId, EndpointId};

use super::{Device, DeviceChoice, DeviceId, Node};

/// A device that stands for others behind it.
const AGGREGATOR: DeviceTypeId = DeviceTypeId(0x000E);

/// How a node describes itself: its endpoints without the root, as far as reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Structure {
    pub(crate) endpoints: BTreeMap<EndpointId, Described>,
}

/// How an endpoint describes itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) types: Vec<DeviceTypeId>,
    pub(crate) parts: BTreeSet<EndpointId>,
    pub(crate) label: Option<Arc<str>>,
}

/// The devices of a node, ascending by id.
pub(crate) fn derive_devices<'a>(
    node: &Node,
    structure: &Structure,
    choices: impl Iterator<Item = (&'a DeviceId, &'a DeviceChoice)>,
) -> Arc<[Device]> {
    let choices: BTreeMap<_, _> = choices.map(|(id, choice)| (id.endpoint, choice)).collect();
    let mut groups = structure.groups();
    let chosen = take_chosen(structure, &choices, &mut groups);
    let mut all: BTreeMap<EndpointId, (Vec<EndpointId>, bool)> = BTreeMap::new();
    let marked = groups.into_iter().map(|group| (group, false));
    for (group, grouped) in marked.chain(chosen.into_iter().map(|group| (group, true))) {
        if let Some(lead) = group.first() {
            all.insert(*lead, (group.into_iter().collect(), grouped));
        }
    }
    let mut namer = Namer { node, used: false };
    all.into_iter()
        .map(|(lead, (endpoints, grouped))| {
            let choice = choices.get(&lead).copied();
            Device {
                id: DeviceId {
                    node: node.id,
                    endpoint: lead,
                },
                name: namer.name(choice, structure, &endpoints),
                room: choice.and_then(|choice| choice.room).or(node.room),
                icon: choice
                    .and_then(|choice| choice.icon.clone())
                    .or_else(|| node.icon.clone()),
                types: structure.types(&endpoints),
                endpoints: endpoints.into(),
                grouped,
            }
        })
        .collect()
}

type Group = BTreeSet<EndpointId>;

/// Takes the endpoints that the owner grouped out of the other groups.
fn take_chosen(
    structure: &Structure,
    choices: &BTreeMap<EndpointId, &DeviceChoice>,
    groups: &mut [Group],
) -> Vec<Group> {
    let mut chosen = Vec::new();
    let mut taken = Group::new();
    for endpoints in choices.values().filter_map(|c| c.endpoints.as_ref()) {
        let there = endpoints
            .iter()
            .filter(|id| structure.endpoints.contains_key(id) && !taken.contains(id));
        let group: Group = there.copied().collect();
        taken.extend(&group);
        chosen.push(group);
    }
    for group in groups {
        group.retain(|id| !taken.contains(id));
    }
    chosen
}

impl Structure {
    /// The groups as the node itself says, disjoint.
    fn groups(&self) -> Vec<Group> {
        let is_aggregator = |id: &EndpointId| {
            let described = self.endpoints.get(id);
            described.is_some_and(|d| d.types.contains(&AGGREGATOR))
        };
        let mut groups = Vec::new();
        let mut taken: Group = self
            .endpoints
            .keys()
            .copied()
            .filter(is_aggregator)
            .collect();
        for aggregator in taken.clone() {
            for child in self.children(aggregator) {
                let family = self.family(child);
                let group: Group = family.difference(&taken).copied().collect();
                taken.extend(&group);
                groups.push(group);
            }
        }
        let rest = self.endpoints.keys().filter(|id| !taken.contains(id));
        groups.push(rest.copied().collect());
        groups
    }

    fn parts(&self, id: EndpointId) -> impl Iterator<Item = EndpointId> {
        let described = self.endpoints.get(&id);
        let parts = described.into_iter().flat_map(|d| d.parts.iter().copied());
        parts.filter(move |part| *part != id && self.endpoints.contains_key(part))
    }

    /// The parts that are not parts of another part.
    fn children(&self, of: EndpointId) -> Vec<EndpointId> {
        let indirect: Group = self.parts(of).flat_map(|part| self.parts(part)).collect();
        self.parts(of).filter(|id| !indirect.contains(id)).collect()
    }

    /// The endpoint and all below it.
    fn family(&self, of: EndpointId) -> Group {
        let mut family = Group::from([of]);
        let mut open = vec![of];
        while let Some(id) = open.pop() {
            open.extend(self.parts(id).filter(|part| family.insert(*part)));
        }
        family
    }

    fn types(&self, endpoints: &[EndpointId]) -> Arc<[DeviceTypeId]> {
        let described = endpoints.iter().filter_map(|id| self.endpoints.get(id));
        let types: BTreeSet<_> = described.flat_map(|d| d.types.iter().copied()).collect();
        types.into_iter().collect()
    }
}

/// Names devices: the first that has no name of its own is called like its node.
struct Namer<'a> {
    node: &'a Node,
    used: bool,
}

impl Namer<'_> {
    fn name(
        &mut self,
        choice: Option<&DeviceChoice>,
        structure: &Structure,
        endpoints: &[EndpointId],
    ) -> Arc<str> {
        if let Some(name) = choice.and_then(|choice| choice.name.clone()) {
            return name;
        }
        let mut described = endpoints
            .iter()
            .filter_map(|id| structure.endpoints.get(id));
        if let Some(label) = described.find_map(|described| described.label.clone()) {
            return label;
        }
        let lead = endpoints.first().copied().unwrap_or(EndpointId::ROOT);
        if std::mem::replace(&mut self.used, true) {
            format!("{} {lead}", self.node.name).into()
        } else {
            Arc::clone(&self.node.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node() -> Node {
        Node {
            id: hub_model::NodeId(0x10),
            name: "Hub".into(),
            slug: "hub".into(),
            bridge: "test".into(),
            room: None,
            icon: None,
            since: hub_model::Timestamp(0),
            provisional: false,
        }
    }

    /// An endpoint with its types, parts and label.
    type Told<'a> = (u16, &'a [u32], &'a [u16], Option<&'a str>);

    fn structure(of: &[Told<'_>]) -> Structure {
        let described = of.iter().map(|(id, types, parts, label)| {
            let described = Described {
                types: types.iter().copied().map(DeviceTypeId).collect(),
                parts: parts.iter().copied().map(EndpointId).collect(),
                label: label.map(Into::into),
            };
            (EndpointId(*id), described)
        });
        Structure {
            endpoints: described.collect(),
        }
    }

    fn shape(
        structure: &Structure,
        choices: &[(DeviceId, DeviceChoice)],
    ) -> Vec<(String, Vec<u16>)> {
        let choices = choices.iter().map(|(id, choice)| (id, choice));
        derive_devices(&node(), structure, choices)
            .iter()
            .map(|d| {
                (
                    d.name.to_string(),
                    d.endpoints.iter().map(|e| e.0).collect(),
                )
            })
            .collect()
    }

    fn choice(lead: u16, endpoints: &[u16]) -> (DeviceId, DeviceChoice) {
        let id = DeviceId {
            node: node().id,
            endpoint: EndpointId(lead),
        };
        let endpoints = Some(endpoints.iter().copied().map(EndpointId).collect());
        let choice = DeviceChoice {
            endpoints,
            ..DeviceChoice::default()
        };
        (id, choice)
    }

    #[test]
    fn an_ordinary_node_is_one_device() {
        let switch = structure(&[(1, &[0x0F], &[], None), (2, &[0x0F], &[], None)]);
        assert_eq!(shape(&switch, &[]), [("Hub".to_owned(), vec![1, 2])]);
    }

    #[test]
    fn children_of_an_aggregator_are_devices_with_their_parts() {
        let bridge = structure(&[
            (1, &[0x0E], &[2, 3, 4, 5], None),
            (2, &[0x0100], &[], Some("Hall")),
            (3, &[0x0013], &[4, 5], Some("Weather")),
            (4, &[0x0302], &[], None),
            (5, &[0x0307], &[], None),
        ]);
        let devices = shape(&bridge, &[]);
        assert_eq!(
            devices,
            [
                ("Hall".to_owned(), vec![2]),
                ("Weather".to_owned(), vec![3, 4, 5])
            ]
        );
    }

    #[test]
    fn the_owner_splits_and_merges() {
        let strip = structure(&[
            (1, &[], &[], None),
            (2, &[], &[], None),
            (3, &[], &[], None),
        ]);
        let split = shape(&strip, &[choice(2, &[2])]);
        assert_eq!(
            split,
            [
                ("Hub".to_owned(), vec![1, 3]),
                ("Hub 2".to_owned(), vec![2])
            ]
        );
        let bridge = structure(&[
            (1, &[0x0E], &[2, 3], None),
            (2, &[], &[], Some("A")),
            (3, &[], &[], Some("B")),
        ]);
        let merged = shape(&bridge, &[choice(2, &[2, 3])]);
        assert_eq!(merged, [("A".to_owned(), vec![2, 3])]);
    }

    fn any_structure() -> impl Strategy<Value = Structure> {
        let described = (
            prop::collection::vec(prop_oneof![Just(0x0E), 0_u32..3], 0..2),
            prop::collection::btree_set(1_u16..9, 0..5),
        );
        prop::collection::btree_map(1_u16..9, described, 0..8).prop_map(|endpoints| {
            let described = endpoints.into_iter().map(|(id, (types, parts))| {
                let described = Described {
                    types: types.into_iter().map(DeviceTypeId).collect(),
                    parts: parts.into_iter().map(EndpointId).collect(),
                    label: None,
                };
                (EndpointId(id), described)
            });
            Structure {
                endpoints: described.collect(),
            }
        })
    }

    proptest! {
        #[test]
        fn every_endpoint_but_aggregators_is_of_exactly_one_device(
            structure in any_structure(),
            group in prop::collection::btree_set(1_u16..9, 0..4),
        ) {
            let group: Vec<_> = group.into_iter().collect();
            let choices: Vec<_> = group.first().map(|lead| choice(*lead, &group)).into_iter().collect();
            let mut seen = Vec::new();
            for (_, endpoints) in shape(&structure, &choices) {
                prop_assert!(!endpoints.is_empty());
                seen.extend(endpoints);
            }
            seen.sort_unstable();
            let aggregates = |d: &Described| d.types.contains(&AGGREGATOR);
            let expected: Vec<_> = structure
                .endpoints
                .iter()
                .filter(|(id, d)| !aggregates(d) || group.contains(&id.0))
                .map(|(id, _)| id.0)
                .collect();
            prop_assert_eq!(seen, expected);
        }
    }
}
