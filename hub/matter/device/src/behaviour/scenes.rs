//! Scenes Management: remembers and recalls the scenable attributes of an endpoint.
//! Matter 1.6 Application Clusters §1.4.
//!
//! Scenes last as long as the node runs. Not here: scene names, transitions of a recall.

use hub_model::spec::{self, Quality, Shape};
use hub_model::{AttributeId, ClusterId, Value};

use super::{Behaviour, Call, DONE, Reply, Scope, Status};
use crate::model::response;

pub(crate) const ID: u32 = 0x0062;
const SCENE_TABLE_SIZE: u32 = 1;
const FABRIC_SCENE_INFO: u32 = 2;

const ADD_SCENE: u32 = 0x00;
const VIEW_SCENE: u32 = 0x01;
const REMOVE_SCENE: u32 = 0x02;
const REMOVE_ALL_SCENES: u32 = 0x03;
const STORE_SCENE: u32 = 0x04;
const RECALL_SCENE: u32 = 0x05;
const GET_SCENE_MEMBERSHIP: u32 = 0x06;
const COPY_SCENE: u32 = 0x40;

const SUCCESS: u64 = 0x00;
const INVALID_COMMAND: u64 = 0x85;
const CONSTRAINT_ERROR: u64 = 0x87;
const INSUFFICIENT_SPACE: u64 = 0x89;
const NOT_FOUND: u64 = 0x8B;

const RESERVED: u64 = 0xFF;
const COPY_ALL: u64 = 1;
const MAX_TRANSITION_MS: u64 = 60_000_000;
/// The field of a fabric-scoped struct that names the fabric.
const FABRIC_INDEX: u32 = 254;

/// The scenes of one endpoint.
#[derive(Debug, Default)]
pub(super) struct Scenes {
    scenes: Vec<Scene>,
    /// The scene last stored or recalled, of each fabric, and whether it still holds.
    current: Vec<Current>,
}

#[derive(Clone, Debug)]
struct Scene {
    fabric: u8,
    group: u64,
    id: u64,
    transition_ms: u64,
    /// Extension field sets.
    fields: Value,
}

#[derive(Clone, Copy, Debug)]
struct Current {
    fabric: u8,
    group: u64,
    id: u64,
    valid: bool,
}

impl Behaviour for Scenes {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        let group = call.uint(0).unwrap_or(0);
        let reply = match call.command.0 {
            ADD_SCENE => {
                let status = self.add(scope, call)?;
                self.answer(ADD_SCENE, status, call)
            }
            VIEW_SCENE => self.view(call),
            REMOVE_SCENE => {
                let id = call.uint(1)?;
                let status = self.remove(call, |scene| scene.id == id);
                self.answer(REMOVE_SCENE, status, call)
            }
            REMOVE_ALL_SCENES => {
                let status = match self.remove(call, |_| true) {
                    NOT_FOUND => SUCCESS,
                    other => other,
                };
                response(
                    REMOVE_ALL_SCENES,
                    [(0, Value::Uint(status)), (1, Value::Uint(group))],
                )
            }
            STORE_SCENE => {
                let status = self.store(scope, call)?;
                self.answer(STORE_SCENE, status, call)
            }
            RECALL_SCENE => self.recall(scope, call),
            GET_SCENE_MEMBERSHIP => self.membership(scope, call),
            COPY_SCENE => self.copy(scope, call),
            _ => Err(Status::UnsupportedCommand),
        };
        self.tell(scope, call.fabric);
        reply
    }

    fn changed(&mut self, scope: &mut Scope<'_>, cluster: ClusterId, attribute: AttributeId) {
        if !self.current.iter().any(|c| c.valid) || !is_scenable(cluster.0, attribute.0) {
            return;
        }
        let fabrics: Vec<u8> = self.current.iter().map(|c| c.fabric).collect();
        self.current
            .iter_mut()
            .for_each(|current| current.valid = false);
        fabrics
            .into_iter()
            .for_each(|fabric| self.tell(scope, fabric));
    }
}

impl Scenes {
    fn add(&mut self, scope: &Scope<'_>, call: &Call<'_>) -> Result<u64, Status> {
        let (group, id, transition_ms) = (call.uint(0)?, call.uint(1)?, call.uint(2)?);
        if id == RESERVED || transition_ms > MAX_TRANSITION_MS {
            return Ok(CONSTRAINT_ERROR);
        }
        if !in_group(call, group) {
            return Ok(INVALID_COMMAND);
        }
        let fields = call.fields.field(4).cloned().unwrap_or(Value::list([]));
        let sets = fields.as_list().ok_or(Status::InvalidCommand)?;
        if !sets.iter().all(is_set_scenable) {
            return Ok(INVALID_COMMAND);
        }
        Ok(self.put(
            scope,
            Scene {
                fabric: call.fabric,
                group,
                id,
                transition_ms,
                fields,
            },
        ))
    }

    fn put(&mut self, scope: &Scope<'_>, scene: Scene) -> u64 {
        if let Some(old) = self
            .scenes
            .iter_mut()
            .find(|old| (old.fabric, old.group, old.id) == (scene.fabric, scene.group, scene.id))
        {
            *old = scene;
        } else if self.capacity(scope, scene.fabric) == 0 {
            return INSUFFICIENT_SPACE;
        } else {
            self.scenes.push(scene);
        }
        SUCCESS
    }

    fn store(&mut self, scope: &Scope<'_>, call: &Call<'_>) -> Result<u64, Status> {
        let (group, id) = (call.uint(0)?, call.uint(1)?);
        if id == RESERVED {
            return Ok(CONSTRAINT_ERROR);
        }
        if !in_group(call, group) {
            return Ok(INVALID_COMMAND);
        }
        let old = self.find(call.fabric, group, id);
        let scene = Scene {
            fabric: call.fabric,
            group,
            id,
            transition_ms: old.map_or(0, |old| old.transition_ms),
            fields: capture(scope),
        };
        let status = self.put(scope, scene);
        if status == SUCCESS {
            self.mark(call.fabric, group, id);
        }
        Ok(status)
    }

    fn recall(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        let (group, id) = (call.uint(0)?, call.uint(1)?);
        if !in_group(call, group) {
            return Err(Status::InvalidCommand);
        }
        let scene = self.find(call.fabric, group, id).ok_or(Status::NotFound)?;
        for set in scene.fields.as_list().unwrap_or_default() {
            apply(scope, set);
        }
        self.mark(call.fabric, group, id);
        DONE
    }

    fn view(&self, call: &Call<'_>) -> Reply {
        let (group, id) = (call.uint(0)?, call.uint(1)?);
        let scene = self.find(call.fabric, group, id);
        let (status, scene) = match scene {
            _ if !in_group(call, group) => (INVALID_COMMAND, None),
            None => (NOT_FOUND, None),
            Some(scene) => (SUCCESS, Some(scene)),
        };
        let head = [status, group, id].into_iter().zip(0..);
        let rest = scene.into_iter().flat_map(|scene| {
            [
                (3, Value::Uint(scene.transition_ms)),
                (4, Value::from("")),
                (5, scene.fields.clone()),
            ]
        });
        response(
            VIEW_SCENE,
            head.map(|(n, tag)| (tag, Value::Uint(n))).chain(rest),
        )
    }

    fn membership(&self, scope: &Scope<'_>, call: &Call<'_>) -> Reply {
        let group = call.uint(0)?;
        let capacity = Value::Uint(self.capacity(scope, call.fabric));
        if !in_group(call, group) {
            let fields = [
                (0, Value::Uint(INVALID_COMMAND)),
                (1, Value::Null),
                (2, Value::Uint(group)),
            ];
            return response(GET_SCENE_MEMBERSHIP, fields);
        }
        let own = self
            .scenes
            .iter()
            .filter(|s| s.fabric == call.fabric && s.group == group);
        let ids = Value::list(own.map(|scene| Value::Uint(scene.id)));
        let fields = [
            (0, Value::Uint(SUCCESS)),
            (1, capacity),
            (2, Value::Uint(group)),
            (3, ids),
        ];
        response(GET_SCENE_MEMBERSHIP, fields)
    }

    fn copy(&mut self, scope: &Scope<'_>, call: &Call<'_>) -> Reply {
        let (mode, from, id) = (call.uint(0)?, call.uint(1)?, call.uint(2)?);
        let (to, new_id) = (call.uint(3)?, call.uint(4)?);
        let all = mode & COPY_ALL != 0;
        let mut status = SUCCESS;
        if !in_group(call, from) || !in_group(call, to) {
            status = INVALID_COMMAND;
        } else {
            let wanted =
                |s: &&Scene| s.fabric == call.fabric && s.group == from && (all || s.id == id);
            let copies: Vec<_> = self.scenes.iter().filter(wanted).cloned().collect();
            if copies.is_empty() {
                status = NOT_FOUND;
            }
            for mut scene in copies {
                scene.group = to;
                scene.id = if all { scene.id } else { new_id };
                status = status.max(self.put(scope, scene));
            }
        }
        let fields = [status, from, id].into_iter().zip(0..);
        response(COPY_SCENE, fields.map(|(n, tag)| (tag, Value::Uint(n))))
    }

    fn remove(&mut self, call: &Call<'_>, which: impl Fn(&Scene) -> bool) -> u64 {
        let group = call.uint(0).unwrap_or(0);
        if !in_group(call, group) {
            return INVALID_COMMAND;
        }
        let before = self.scenes.len();
        self.scenes
            .retain(|s| s.fabric != call.fabric || s.group != group || !which(s));
        if self.scenes.len() == before {
            return NOT_FOUND;
        }
        let scenes = &self.scenes;
        self.current.retain(|c| {
            let same = |s: &Scene| (s.fabric, s.group, s.id) == (c.fabric, c.group, c.id);
            scenes.iter().any(same)
        });
        SUCCESS
    }

    fn find(&self, fabric: u8, group: u64, id: u64) -> Option<&Scene> {
        self.scenes
            .iter()
            .find(|s| (s.fabric, s.group, s.id) == (fabric, group, id))
    }

    fn mark(&mut self, fabric: u8, group: u64, id: u64) {
        self.current.retain(|current| current.fabric != fabric);
        self.current.push(Current {
            fabric,
            group,
            id,
            valid: true,
        });
    }

    /// What a fabric may still store: half of the table, less one, is a fabric's share.
    fn capacity(&self, scope: &Scope<'_>, fabric: u8) -> u64 {
        let size = scope.uint(SCENE_TABLE_SIZE).unwrap_or(16);
        let own = self.scenes.iter().filter(|s| s.fabric == fabric).count();
        let share = size.saturating_sub(1) / 2;
        share
            .saturating_sub(own as u64)
            .min(size.saturating_sub(self.scenes.len() as u64))
    }

    fn answer(&self, command: u32, status: u64, call: &Call<'_>) -> Reply {
        let fields = [status, call.uint(0)?, call.uint(1)?].into_iter().zip(0..);
        response(command, fields.map(|(n, tag)| (tag, Value::Uint(n))))
    }

    /// Brings FabricSceneInfo up to date for a fabric.
    fn tell(&self, scope: &mut Scope<'_>, fabric: u8) {
        if fabric == 0 {
            return;
        }
        let count = self.scenes.iter().filter(|s| s.fabric == fabric).count();
        let current = self.current.iter().find(|c| c.fabric == fabric);
        let info = Value::structure([
            (0, Value::Uint(count as u64)),
            (1, Value::Uint(current.map_or(0, |c| c.id))),
            (2, Value::Uint(current.map_or(0, |c| c.group))),
            (3, Value::Bool(current.is_some_and(|c| c.valid))),
            (4, Value::Uint(self.capacity(scope, fabric))),
            (FABRIC_INDEX, Value::Uint(fabric.into())),
        ]);
        let others = scope.get(FABRIC_SCENE_INFO).and_then(Value::as_list);
        let of_fabric =
            |info: &&Value| info.field(FABRIC_INDEX).and_then(Value::as_u64) != Some(fabric.into());
        let others = others.unwrap_or_default().iter().filter(of_fabric).cloned();
        let list = Value::list(others.chain([info]));
        scope.set(FABRIC_SCENE_INFO, list);
    }
}

/// Group 0 is every endpoint's.
fn in_group(call: &Call<'_>, group: u64) -> bool {
    group == 0 || call.groups.iter().any(|own| u64::from(*own) == group)
}

fn is_scenable(cluster: u32, attribute: u32) -> bool {
    let table = spec::cluster(ClusterId(cluster));
    table
        .and_then(|table| table.attribute(AttributeId(attribute)))
        .is_some_and(|attribute| attribute.quality.contains(Quality::SCENE))
}

fn is_set_scenable(set: &Value) -> bool {
    let id = |value: Option<&Value>| {
        value
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok())
    };
    let (Some(cluster), Some(pairs)) = (id(set.field(0)), set.field(1).and_then(Value::as_list))
    else {
        return false;
    };
    pairs
        .iter()
        .all(|pair| id(pair.field(0)).is_some_and(|attribute| is_scenable(cluster, attribute)))
}

/// The extension field sets of the endpoint as it is now.
fn capture(scope: &Scope<'_>) -> Value {
    let sets = scope.cluster_ids().into_iter().filter_map(|cluster| {
        let pairs: Vec<_> = scope
            .attributes_of(cluster.0)
            .filter(|(id, _)| is_scenable(cluster.0, id.0))
            .filter_map(|(id, value)| pair(cluster, id, value))
            .collect();
        let set = [
            (0, Value::Uint(cluster.0.into())),
            (1, Value::list(pairs.iter().cloned())),
        ];
        (!pairs.is_empty()).then(|| Value::structure(set))
    });
    Value::list(sets.collect::<Vec<_>>())
}

/// An attribute-value pair: the value's field is chosen by width and sign.
fn pair(cluster: ClusterId, id: AttributeId, value: &Value) -> Option<Value> {
    let shape = spec::cluster(cluster)?.attribute(id)?.schema.datatype.shape;
    let width = |bytes: u8| match bytes {
        1 => 0,
        2 => 2,
        3 | 4 => 4,
        _ => 6,
    };
    let (tag, value) = match (shape, value) {
        (Shape::Bool, Value::Bool(truth)) => (1, Value::Uint((*truth).into())),
        (Shape::Int { bytes }, Value::Int(n)) => (2 + width(bytes), Value::Int(*n)),
        (
            Shape::Uint { bytes } | Shape::Enum { bytes, .. } | Shape::Bitmap { bytes, .. },
            Value::Uint(n),
        ) => (1 + width(bytes), Value::Uint(*n)),
        _ => return None,
    };
    Some(Value::structure([
        (0, Value::Uint(id.0.into())),
        (tag, value),
    ]))
}

fn apply(scope: &mut Scope<'_>, set: &Value) {
    let id = |value: Option<&Value>| {
        value
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok())
    };
    let Some(cluster) = id(set.field(0)) else {
        return;
    };
    for pair in set.field(1).and_then(Value::as_list).unwrap_or_default() {
        let Some(attribute) = id(pair.field(0)) else {
            continue;
        };
        let value = (1..=8).find_map(|tag| pair.field(tag));
        let value = match (scope.get_of(cluster, attribute), value) {
            (Some(Value::Bool(_)), Some(value)) => Value::Bool(value.as_u64() == Some(1)),
            (Some(_), Some(value)) => value.clone(),
            _ => continue,
        };
        scope.set_of(cluster, attribute, value);
    }
}
