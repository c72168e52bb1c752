//! Nodes and their devices: named, moved, grouped; and objects of other kinds.

use hub_model::{EndpointId, NodeId};

use super::super::{DeviceChoice, DeviceId, Node, body, name};
use super::draft::{Draft, icon_of};
use crate::change::ObjectKind;
use crate::edit::{Edit, EditError};

impl Draft<'_> {
    /// An edit of a node.
    pub(super) fn node(&mut self, edit: &Edit) -> Result<(), EditError> {
        let node = match edit {
            Edit::RenameNode { node, name } => {
                let known = self.home.known_node(*node)?;
                let name = name::checked(name)?;
                Node {
                    slug: name::slug(self.home, *node, &name),
                    name,
                    provisional: false,
                    ..known.clone()
                }
            }
            Edit::MoveNode { node, room } => {
                let known = self.home.known_node(*node)?;
                room.map(|id| self.home.known_room(id)).transpose()?;
                Node {
                    room: *room,
                    ..known.clone()
                }
            }
            Edit::SetNodeIcon { node, icon } => Node {
                icon: icon_of(icon.as_deref())?,
                ..self.home.known_node(*node)?.clone()
            },
            _ => return Ok(()),
        };
        self.put(ObjectKind::NODE, &node.id.to_string(), &node);
        Ok(())
    }

    /// An edit of a device.
    pub(super) fn device(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::RenameDevice { device, name } => {
                let mut choice = self.home.choice(*device)?;
                choice.name = name.as_deref().map(name::checked).transpose()?;
                self.put_choice(*device, &choice);
            }
            Edit::MoveDevice { device, room } => {
                let mut choice = self.home.choice(*device)?;
                room.map(|id| self.home.known_room(id)).transpose()?;
                choice.room = *room;
                self.put_choice(*device, &choice);
            }
            Edit::SetDeviceIcon { device, icon } => {
                let mut choice = self.home.choice(*device)?;
                choice.icon = icon_of(icon.as_deref())?;
                self.put_choice(*device, &choice);
            }
            Edit::Group { node, endpoints } => self.group(*node, endpoints)?,
            Edit::Ungroup { device } => {
                let mut choice = self.home.choice(*device)?;
                choice.endpoints.take().ok_or(EditError::NotGrouped)?;
                self.put_choice(*device, &choice);
            }
            _ => {}
        }
        Ok(())
    }

    fn group(&mut self, node: NodeId, endpoints: &[EndpointId]) -> Result<(), EditError> {
        self.home.known_node(node)?;
        if let Some(endpoint) = endpoints.iter().find(|id| **id == EndpointId::ROOT) {
            let endpoint = *endpoint;
            return Err(EditError::BadEndpoint { node, endpoint });
        }
        let mut endpoints = endpoints.to_vec();
        endpoints.sort_unstable();
        endpoints.dedup();
        let endpoint = *endpoints.first().ok_or(EditError::NoEndpoints)?;
        let lead = DeviceId { node, endpoint };
        for (id, choice) in self.home.choices(node).filter(|(id, _)| **id != lead) {
            let Some(theirs) = &choice.endpoints else {
                continue;
            };
            let kept: Vec<_> = theirs
                .iter()
                .copied()
                .filter(|id| !endpoints.contains(id))
                .collect();
            // A group that loses its leading endpoint would be led by another: it dissolves.
            let leads = kept.first() == Some(&id.endpoint);
            let rest = DeviceChoice {
                endpoints: leads.then_some(kept),
                ..choice.clone()
            };
            self.put_choice(*id, &rest);
        }
        let mut choice = self.home.choice(lead)?;
        choice.endpoints = Some(endpoints);
        self.put_choice(lead, &choice);
        Ok(())
    }

    /// An object of a kind that is not the home's own.
    pub(super) fn foreign(
        &mut self,
        kind: &ObjectKind,
        id: &str,
        body: Option<&str>,
    ) -> Result<(), EditError> {
        if body::is_own(kind) {
            return Err(EditError::ForeignKind(kind.clone()));
        }
        self.set(kind.clone(), id, body.map(str::to_owned));
        Ok(())
    }

    pub(super) fn put_choice(&mut self, id: DeviceId, choice: &DeviceChoice) {
        if *choice == DeviceChoice::default() {
            self.delete(ObjectKind::DEVICE, &id.to_string());
        } else {
            self.put(ObjectKind::DEVICE, &id.to_string(), choice);
        }
    }
}
