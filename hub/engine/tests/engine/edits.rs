//! Edits of the home, and taking them back.

use hub_engine::*;
use hub_model::*;

use crate::rig::*;

fn create_room(rig: &mut Rig, name: &str) -> RoomId {
    let before: Vec<_> = rig.snapshot().home.rooms().iter().map(|r| r.id).collect();
    let (name, floor, icon) = (name.to_owned(), None, None);
    rig.edit(Edit::CreateRoom { name, floor, icon }).unwrap();
    let home = rig.snapshot().home;
    let rooms = home.rooms();
    let new = rooms.iter().find(|room| !before.contains(&room.id));
    new.expect("created").id
}

fn rooms(rig: &Rig) -> Vec<String> {
    let home = rig.snapshot().home;
    home.rooms()
        .iter()
        .map(|room| room.name.to_string())
        .collect()
}

fn undo(rig: &mut Rig, revision: RevisionId) -> Result<Taken, RequestError> {
    rig.submit(Request::Undo { revision })
}

#[test]
fn rooms_keep_the_owners_order() {
    let mut rig = Rig::new();
    let hall = create_room(&mut rig, "Hall");
    create_room(&mut rig, "Kitchen");
    create_room(&mut rig, "Attic");
    let (floor, position) = (None, 2);
    rig.edit(Edit::MoveRoom {
        room: hall,
        floor,
        position,
    })
    .unwrap();
    assert_eq!(rooms(&rig), ["Kitchen", "Attic", "Hall"]);
}

#[test]
fn a_name_is_taken_once_and_an_edit_without_effect_is_said_to_be_one() {
    let mut rig = Rig::new();
    let hall = create_room(&mut rig, "Hall");
    let (name, floor, icon) = ("Hall".to_owned(), None, None);
    let again = rig.edit(Edit::CreateRoom { name, floor, icon });
    assert!(matches!(
        again,
        Err(RequestError::Edit(EditError::NameTaken { .. }))
    ));
    let name = "Hall".to_owned();
    let same = rig.edit(Edit::RenameRoom { room: hall, name });
    assert_eq!(same, Err(RequestError::Edit(EditError::NoChange)));
}

#[test]
fn deleting_a_room_or_floor_leaves_what_was_in_it() {
    let mut rig = Rig::with_lamp();
    let name = "Ground".to_owned();
    rig.edit(Edit::CreateFloor { name }).unwrap();
    let floor = rig.snapshot().home.floors()[0].id;
    let room = create_room(&mut rig, "Hall");
    let (on, position) = (Some(floor), 0);
    rig.edit(Edit::MoveRoom {
        room,
        floor: on,
        position,
    })
    .unwrap();
    let (node, within) = (LAMP, Some(room));
    rig.edit(Edit::MoveNode { node, room: within }).unwrap();
    assert_eq!(rig.snapshot().nodes[0].devices[0].room, Some(room));
    rig.edit(Edit::DeleteFloor { floor }).unwrap();
    assert_eq!(rig.snapshot().home.room(room).unwrap().floor, None);
    rig.edit(Edit::DeleteRoom { room }).unwrap();
    assert_eq!(rig.snapshot().nodes[0].node.room, None);
    assert_eq!(rig.snapshot().nodes[0].devices[0].room, None);
}

#[test]
fn an_edit_is_taken_back_unless_something_changed_since() {
    let mut rig = Rig::new();
    let room = create_room(&mut rig, "Hall");
    let rename = |rig: &mut Rig, name: &str| {
        let name = name.to_owned();
        rig.edit(Edit::RenameRoom { room, name }).unwrap()
    };
    let first = rename(&mut rig, "Lobby");
    let second = rename(&mut rig, "Foyer");
    let changed = undo(&mut rig, first);
    assert!(matches!(
        changed,
        Err(RequestError::Edit(EditError::ChangedSince { .. }))
    ));
    let undone = undo(&mut rig, second).unwrap().revision.unwrap();
    assert_eq!(rooms(&rig), ["Lobby"]);
    undo(&mut rig, undone).unwrap();
    assert_eq!(rooms(&rig), ["Foyer"], "an undo can be undone");
    let unknown = RevisionId(999);
    let nothing = undo(&mut rig, unknown);
    assert_eq!(nothing, Err(RequestError::UnknownRevision(unknown)));
}

#[test]
fn a_room_that_came_into_use_is_not_undone_away() {
    let mut rig = Rig::with_lamp();
    create_room(&mut rig, "Hall");
    let created = rig.revisions.last().unwrap().id;
    let room = rig.snapshot().home.rooms()[0].id;
    let (node, room) = (LAMP, Some(room));
    rig.edit(Edit::MoveNode { node, room }).unwrap();
    let refused = undo(&mut rig, created);
    let kind = ObjectKind::NODE;
    let id = LAMP.to_string();
    let changed = EditError::ChangedSince { kind, id };
    assert_eq!(refused, Err(RequestError::Edit(changed)));
}

#[test]
fn deleting_a_room_is_undone_with_all_that_was_in_it() {
    let mut rig = Rig::with_lamp();
    let room = create_room(&mut rig, "Hall");
    let (node, within) = (LAMP, Some(room));
    rig.edit(Edit::MoveNode { node, room: within }).unwrap();
    let deleted = rig.edit(Edit::DeleteRoom { room }).unwrap();
    undo(&mut rig, deleted).unwrap();
    assert_eq!(rig.snapshot().nodes[0].node.room, Some(room));
}

#[test]
fn adding_a_node_cannot_be_undone_behind_its_bridge() {
    let mut rig = Rig::with_lamp();
    let is_arrival = |stored: &&StoredRevision| {
        let mut changes = stored.revision.changes.iter();
        changes.any(|change| change.kind == ObjectKind::NODE)
    };
    let added = rig.revisions.iter().find(is_arrival).unwrap().id;
    let refused = undo(&mut rig, added);
    let nothing = RequestError::Edit(EditError::NothingToUndo);
    assert_eq!(refused, Err(nothing));
}

#[test]
fn numbers_of_deleted_rooms_are_not_reused() {
    let mut rig = Rig::new();
    let first = create_room(&mut rig, "Hall");
    rig.edit(Edit::DeleteRoom { room: first }).unwrap();
    assert_ne!(create_room(&mut rig, "Hall"), first);
}

#[test]
fn slugs_follow_names_and_stay_unique() {
    let mut rig = Rig::with_lamp();
    let other = NodeId(0x11);
    rig.bridge(BridgeOutput::Joined { node: other });
    for node in [LAMP, other] {
        let name = "Lamp".to_owned();
        rig.edit(Edit::RenameNode { node, name }).unwrap();
    }
    let home = rig.snapshot().home;
    assert_eq!(home.node_by_slug("lamp").unwrap().id, LAMP);
    assert_eq!(home.node_by_slug("lamp-2").unwrap().id, other);
    let name = "Glow".to_owned();
    rig.edit(Edit::RenameNode { node: LAMP, name }).unwrap();
    assert!(rig.snapshot().home.node_by_slug("lamp").is_none());
}

#[test]
fn nothing_changes_before_it_is_stored_and_edits_keep_their_order() {
    let mut rig = Rig::new();
    rig.hold_commits = true;
    let edit = |name: &str| Request::Edit {
        edit: Edit::RenameHome {
            name: name.to_owned(),
        },
        reason: "because".to_owned(),
    };
    let console = Principal::console();
    let first = rig.engine.handle_request(&console, edit("A"), rig.now);
    let second = rig.engine.handle_request(&console, edit("B"), rig.now);
    rig.drain();
    assert_eq!(rig.snapshot().home.name(), "Home");
    assert!(rig.answers.is_empty());
    rig.store_next();
    assert_eq!(rig.snapshot().home.name(), "A");
    assert!(rig.answers.contains_key(&first) && !rig.answers.contains_key(&second));
    rig.store_next();
    assert_eq!(rig.snapshot().home.name(), "B");
    assert_eq!(rig.revisions.last().unwrap().revision.reason, "because");
}

#[test]
fn an_edit_that_cannot_be_stored_changes_nothing() {
    let mut rig = Rig::new();
    rig.full_disk = true;
    let name = "A".to_owned();
    let refused = rig.edit(Edit::RenameHome { name });
    assert!(matches!(refused, Err(RequestError::Store(_))));
    assert_eq!(rig.snapshot().home.name(), "Home");
}

#[test]
fn other_kinds_are_kept_unread_and_the_homes_own_are_protected() {
    let mut rig = Rig::new();
    let put = |kind: ObjectKind, body: Option<&str>| Edit::PutObject {
        kind,
        id: "x".to_owned(),
        body: body.map(Into::into),
    };
    let rule = ObjectKind::new("rule");
    rig.edit(put(rule.clone(), Some("free text"))).unwrap();
    let rig2 = rig.restarted();
    let home = rig2.snapshot().home;
    assert_eq!(home.object(&rule, "x").map(|b| &**b), Some("free text"));
    let mut rig = rig2;
    let own = rig.edit(put(ObjectKind::ROOM, None));
    let foreign = EditError::ForeignKind(ObjectKind::ROOM);
    assert_eq!(own, Err(RequestError::Edit(foreign)));
}

#[test]
fn a_body_of_a_newer_hub_is_refused_at_load() {
    let object = Object {
        kind: ObjectKind::ROOM,
        id: "1".to_owned(),
        body: r#"{"v":2,"name":"Hall"}"#.to_owned(),
    };
    let error = Home::load([object]).expect_err("newer");
    assert!(matches!(error, BodyError::Newer { version: 2, .. }));
}

/// The bodies that version 1 writes, for ever readable.
const GOLDEN: [(&str, &str, &str); 6] = [
    ("home", "home", r#"{"v":1,"name":"Cottage"}"#),
    ("floor", "1", r#"{"v":1,"name":"Ground","order":0}"#),
    (
        "room",
        "2",
        r#"{"v":1,"name":"Hall","floor":1,"icon":"door","order":3}"#,
    ),
    (
        "node",
        "0x10",
        r#"{"v":1,"name":"Lamp","slug":"lamp","bridge":"matter","room":2,"icon":null,"since":7}"#,
    ),
    (
        "device",
        "0x10/2",
        r#"{"v":1,"name":"Left","room":2,"endpoints":[2,3]}"#,
    ),
    ("counter", "node", r#"{"v":1,"next":17}"#),
];

#[test]
fn bodies_of_version_1_are_read_and_written_the_same() {
    let objects = GOLDEN.map(|(kind, id, body)| Object {
        kind: ObjectKind::new(kind),
        id: id.to_owned(),
        body: body.to_owned(),
    });
    let home = Home::load(objects).unwrap();
    assert_eq!(home.name(), "Cottage");
    let node = home.node_by_slug("lamp").unwrap();
    assert_eq!(node.since, Timestamp(7));
    assert_eq!(
        home.room(node.room.unwrap()).unwrap().floor,
        Some(FloorId(1))
    );
    assert_eq!(home.choices(NodeId(0x10)).count(), 1);
    let name = "Lantern".to_owned();
    let edit = Edit::RenameNode {
        node: NodeId(0x10),
        name,
    };
    let changes = home.plan(&edit).unwrap();
    let golden = GOLDEN[3]
        .2
        .replace("Lamp", "Lantern")
        .replace("lamp", "lantern");
    assert_eq!(changes[0].after.as_deref(), Some(&*golden));
}
