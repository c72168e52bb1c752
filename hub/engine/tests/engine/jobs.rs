//! Adding and removing devices, stage by stage, without ghosts.

use std::time::Duration;

use hub_engine::*;
use hub_model::*;

use crate::rig::*;

fn commission(name: Option<&str>) -> Request {
    Request::Commission(Commission {
        code: Secret::new("MT:TEST".to_owned()),
        name: name.map(str::to_owned),
        room: None,
        policy: None,
        bridge: None,
    })
}

fn begun(rig: &mut Rig, name: Option<&str>) -> (JobId, NodeId) {
    let job = rig.submit(commission(name)).unwrap().job.unwrap();
    let Some(BridgeInput::Commission(request)) = rig.inputs.pop() else {
        panic!("the bridge is asked");
    };
    assert_eq!(request.job, job);
    (job, request.node)
}

fn state(rig: &Rig, job: JobId) -> JobState {
    let jobs = rig.snapshot().jobs;
    let job = jobs.iter().find(|view| view.id == job).expect("kept");
    job.state.clone()
}

fn code(rig: &Rig, job: JobId) -> String {
    match state(rig, job) {
        JobState::Failed { failure } => failure.code,
        other => panic!("failed, got {other:?}"),
    }
}

#[test]
fn a_device_is_added_under_the_name_it_was_given() {
    let mut rig = Rig::new();
    let floor = None;
    let name = "Kitchen".to_owned();
    let icon = None;
    rig.edit(Edit::CreateRoom { name, floor, icon }).unwrap();
    let room = rig.snapshot().home.rooms()[0].id;
    let Request::Commission(mut wanted) = commission(Some("Lamp")) else {
        unreachable!()
    };
    wanted.room = Some(room);
    let job = rig
        .submit(Request::Commission(wanted))
        .unwrap()
        .job
        .unwrap();
    rig.job(job, JobUpdate::Started(Stage::Found));
    let (stage, took) = (Stage::Found, Duration::from_millis(20));
    let note = "[::1]:5540".to_owned();
    rig.job(job, JobUpdate::Passed { stage, took, note });
    rig.bridge(BridgeOutput::Joined { node: LAMP });
    rig.job(job, JobUpdate::Done);
    assert_eq!(state(&rig, job), JobState::Done);
    let snapshot = rig.snapshot();
    let node = &snapshot.nodes[0].node;
    assert_eq!((&*node.name, &*node.slug), ("Lamp", "lamp"));
    assert_eq!(node.room, Some(room));
    assert_eq!(snapshot.jobs[0].stages[0].took, Some(took));
}

#[test]
fn a_job_is_done_when_the_home_holds_the_node() {
    let mut rig = Rig::new();
    let (job, node) = begun(&mut rig, None);
    rig.hold_commits = true;
    rig.bridge(BridgeOutput::Joined { node });
    rig.job(job, JobUpdate::Done);
    assert_eq!(state(&rig, job), JobState::Running);
    rig.store_next();
    assert_eq!(state(&rig, job), JobState::Done);
}

#[test]
fn the_bridge_is_asked_when_the_id_is_on_disk() {
    let mut rig = Rig::new();
    rig.hold_commits = true;
    rig.submit(commission(None)).unwrap();
    assert_eq!(rig.inputs.len(), 0);
    rig.store_next();
    assert_eq!(rig.inputs.len(), 1);
}

#[test]
fn ids_are_never_reused_also_after_a_failure_and_a_restart() {
    let mut rig = Rig::new();
    let (job, first) = begun(&mut rig, None);
    rig.job(job, JobUpdate::Failed(failure("wrong-passcode")));
    assert_eq!(code(&rig, job), "wrong-passcode");
    let mut rig = rig.restarted();
    let (_, second) = begun(&mut rig, None);
    assert!(second > first);
    assert_eq!(rig.snapshot().nodes, []);
}

fn failure(code: &str) -> JobFailure {
    JobFailure {
        stage: None,
        code: code.to_owned(),
        message: String::new(),
        advice: String::new(),
        detail: String::new(),
    }
}

#[test]
fn a_failed_name_is_not_given_to_the_next_node() {
    let mut rig = Rig::new();
    let (job, _) = begun(&mut rig, Some("Lamp"));
    rig.job(job, JobUpdate::Failed(failure("timeout")));
    let (_, node) = begun(&mut rig, None);
    rig.bridge(BridgeOutput::Joined { node });
    assert_eq!(&*rig.snapshot().nodes[0].node.name, "Node 0x11");
}

#[test]
fn a_question_is_answered_once() {
    let mut rig = Rig::new();
    let (job, _) = begun(&mut rig, None);
    let proceed = true;
    let answer = |rig: &mut Rig| rig.submit(Request::Answer { job, proceed });
    assert_eq!(answer(&mut rig), Err(RequestError::NotAsking(job)));
    let question = "Trust it?".to_owned();
    rig.job(job, JobUpdate::Asks { question });
    assert!(answer(&mut rig).is_ok());
    assert!(matches!(
        rig.inputs[..],
        [BridgeInput::Answer { proceed: true, .. }]
    ));
    assert_eq!(answer(&mut rig), Err(RequestError::NotAsking(job)));
}

#[test]
fn a_job_can_be_cancelled_before_and_after_the_bridge_has_it() {
    let mut rig = Rig::new();
    let (running, _) = begun(&mut rig, None);
    rig.submit(Request::Cancel { job: running }).unwrap();
    assert!(matches!(rig.inputs[..], [BridgeInput::Cancel { .. }]));
    assert_eq!(state(&rig, running), JobState::Running);
    rig.hold_commits = true;
    let waiting = rig.submit(commission(None)).unwrap().job.unwrap();
    rig.submit(Request::Cancel { job: waiting }).unwrap();
    assert_eq!(code(&rig, waiting), "cancelled");
    rig.inputs.clear();
    rig.store_next();
    assert_eq!(rig.inputs.len(), 0, "the bridge never hears of it");
    let again = rig.submit(Request::Cancel { job: waiting });
    assert_eq!(again, Err(RequestError::UnknownJob(waiting)));
}

#[test]
fn a_full_disk_fails_the_job() {
    let mut rig = Rig::new();
    rig.full_disk = true;
    let job = rig.submit(commission(None)).unwrap().job.unwrap();
    assert_eq!(code(&rig, job), "store");
    assert_eq!(rig.inputs.len(), 0);
}

#[test]
fn a_stopped_bridge_fails_its_jobs() {
    let mut rig = Rig::new();
    let (job, _) = begun(&mut rig, None);
    rig.engine.handle_bridge_stopped(BRIDGE, rig.now);
    rig.drain();
    assert_eq!(code(&rig, job), "bridge-stopped");
}

#[test]
fn a_node_is_removed_with_its_values_and_choices() {
    let mut rig = Rig::with_lamp();
    let device = rig.snapshot().nodes[0].devices[0].id;
    let name = Some("Mine".to_owned());
    rig.edit(Edit::RenameDevice { device, name }).unwrap();
    let (node, forget) = (LAMP, false);
    let taken = rig.submit(Request::Remove { node, forget }).unwrap();
    let job = taken.job.unwrap();
    assert!(matches!(rig.inputs[..], [BridgeInput::Remove { .. }]));
    let again = rig.submit(Request::Remove { node, forget });
    assert_eq!(again, Err(RequestError::Busy));
    rig.bridge(BridgeOutput::Left { node });
    rig.job(job, JobUpdate::Done);
    assert_eq!(state(&rig, job), JobState::Done);
    assert_eq!(rig.snapshot().nodes, []);
    assert_eq!(rig.forgotten, [LAMP]);
    let left = rig.stored.objects.iter().map(|o| o.kind.as_str());
    assert!(left.into_iter().all(|kind| kind == "counter"));
}

#[test]
fn an_orphan_can_be_forgotten_without_its_bridge() {
    let mut rig = Rig::with_lamp().restarted();
    rig.wait(Duration::from_secs(31));
    let node = LAMP;
    let refused = rig.submit(Request::Remove {
        node,
        forget: false,
    });
    assert_eq!(refused, Err(RequestError::NoBridge));
    let forget = true;
    let taken = rig.submit(Request::Remove { node, forget }).unwrap();
    assert_eq!(state(&rig, taken.job.unwrap()), JobState::Done);
    assert_eq!(rig.snapshot().nodes, []);
}

#[test]
fn the_journal_is_bounded() {
    let mut rig = Rig::new();
    for _ in 0..40 {
        let (job, _) = begun(&mut rig, None);
        rig.job(job, JobUpdate::Failed(failure("not-found")));
    }
    assert_eq!(rig.snapshot().jobs.len(), 32);
    for _ in 0..16 {
        begun(&mut rig, None);
    }
    assert_eq!(rig.submit(commission(None)), Err(RequestError::Busy));
}
