//! Commissioning against a scripted device: the way through, every failure, every cancelling.

use hub_model::{AttestationPolicy, CertificateRole, JobUpdate, Stage};
use matter_cert::MatterCertificate;

use super::testing::{Device, Fault, NODE, Run, Seeded, params, start};
use super::*;

const ALL: [&str; 13] = [
    "Read",
    "ArmFailSafe",
    "SetRegulatoryConfig",
    "SetUTCTime",
    "SetTimeZone",
    "PAI",
    "DAC",
    "AttestationRequest",
    "CSRRequest",
    "AddTrustedRootCertificate",
    "AddNOC",
    "CommissioningComplete",
    "Persist",
];

fn zoned() -> CommissioningConfig {
    CommissioningConfig {
        time_zone: Some(TimeZone {
            offset_s: 3600,
            name: Some("Europe/Berlin".to_owned()),
        }),
        ..CommissioningConfig::default()
    }
}

fn full(device: Device) -> Run {
    let trust = device.maker.trusted();
    Run::configured(device, trust, zoned())
}

fn asked(device: Device, policy: AttestationPolicy) -> Run {
    let config = CommissioningConfig {
        policy,
        ..CommissioningConfig::default()
    };
    Run::configured(device, TrustStore::empty(), config)
}

fn commands(run: &Run) -> Vec<&'static str> {
    run.device.log.iter().map(|(_, name)| *name).collect()
}

#[test]
fn commissions_a_device() {
    let run = full(Device::new()).finish();

    let commissioned = run.commissioned();
    assert_eq!((commissioned.node, commissioned.fabric_index), (NODE, 2));
    assert_eq!(
        (commissioned.vendor.0, commissioned.product.0),
        (0x1234, 0x5678)
    );
    assert_eq!(commissioned.attestation, "trusted, by CN=Minted PAA");
    assert_eq!(run.persisted.as_ref(), Some(commissioned));
    let roles: Vec<_> = commissioned
        .certificates
        .iter()
        .map(|info| info.role)
        .collect();
    use CertificateRole::{Cd, Dac, Icac, Noc, Paa, Pai, Rcac};
    assert_eq!(roles, [Dac, Pai, Paa, Cd, Noc, Icac, Rcac]);
    assert_eq!(commands(&run), ALL[..12]);
    let sessions: Vec<_> = run.device.log.iter().map(|(over, _)| *over).collect();
    assert!(sessions[..11].iter().all(|over| *over == Over::Pase));
    assert_eq!(sessions[11], Over::Case);
}

#[test]
fn tells_each_stage_with_its_duration_and_findings() {
    let run = full(Device::new()).finish();

    let notes = run.passed();
    let stages: Vec<_> = notes.iter().map(|(stage, _)| *stage).collect();
    use Stage::{Attestation, Case, Complete, Csr, Noc, Regulatory};
    assert_eq!(stages, [Regulatory, Attestation, Csr, Noc, Case, Complete]);
    assert_eq!(
        notes[0].1,
        "fail-safe 60 s, indoors, country XX, clock set, time zone set"
    );
    assert_eq!(
        notes[1].1,
        "VID 0x1234 PID 0x5678, DAC by CN=Minted PAI, VID=1234, trusted, by CN=Minted PAA"
    );
    assert_eq!(notes[3].1, "node 0x5, fabric index 2");
    for update in &run.updates {
        if let JobUpdate::Passed { took, .. } = update {
            assert!(!took.is_zero() && *took < Duration::from_secs(1));
        }
    }
}

#[test]
fn gives_the_device_a_chain_of_our_fabric() {
    let run = full(Device::new()).finish();
    let noc = &run.commissioned().certificates[4];
    assert!(noc.subject.contains("Node=0000000000000005"));
    let params = params(TrustStore::empty(), CommissioningConfig::default());
    use base64::Engine as _;
    let tlv = base64::engine::general_purpose::STANDARD
        .decode(&noc.encoded)
        .unwrap();
    let noc = MatterCertificate::from_tlv(&tlv).unwrap();
    let icac = params.fabric.intermediate();
    let at = hub_pki::fabric::NOT_BEFORE;
    assert_eq!(
        params.fabric.verify_chain(&noc, Some(icac), at).unwrap(),
        NODE
    );
}

#[test]
fn leaves_a_device_without_a_clock_alone() {
    let mut device = Device::new();
    device.lacks = vec![(0x1D, 0x01), (0x38, 0xFFFC)];
    let run = full(device).finish();
    run.commissioned();
    assert!(!commands(&run).contains(&"SetUTCTime"));
}

#[test]
fn a_device_may_keep_its_own_clock() {
    for command in ["SetUTCTime", "SetTimeZone"] {
        full(Device::with(command, Fault::Status(1)))
            .finish()
            .commissioned();
    }
}

#[test]
fn a_device_that_does_not_say_who_it_is_is_refused() {
    let mut device = Device::new();
    device.lacks = vec![(0x28, 0x02)];
    let run = full(device).finish();
    assert_eq!(run.failure().code, "device-refused");
    assert!(!run.device.armed);
}

#[test]
fn every_failure_at_every_command_has_a_cause_and_is_cleaned_up() {
    let silent = |error| Fault::Silent(error);
    for command in &ALL[1..12] {
        for (fault, code) in [
            (silent(ExchangeError::TimedOut), "timeout"),
            (silent(ExchangeError::SessionLost), "timeout"),
            (Fault::Status(0x7E), "device-refused"),
            (Fault::Garbage, "device-refused"),
        ] {
            let tolerant = matches!(*command, "SetUTCTime" | "SetTimeZone");
            let without_response = tolerant || *command == "AddTrustedRootCertificate";
            let harmless = matches!(fault, Fault::Status(_)) && tolerant
                || fault == Fault::Garbage && without_response;
            let retried = *command == "CommissioningComplete" && matches!(fault, Fault::Silent(_));
            if harmless || retried {
                continue;
            }
            let lost = fault == silent(ExchangeError::SessionLost);
            let what = format!("{command} {fault:?}");
            let run = full(Device::with(command, fault)).finish();
            let failure = run.failure();
            assert_eq!(failure.code, code, "{what}");
            assert!(
                failure.stage.is_some() && failure.advice.ends_with('.'),
                "{what}"
            );
            assert!(
                !failure.message.is_empty() && !failure.detail.is_empty(),
                "{what}"
            );
            assert!(lost || !run.device.armed && !run.device.has_noc, "{what}");
        }
    }
}

#[test]
fn refusals_are_said_in_words() {
    for (command, fault, code, words) in [
        ("ArmFailSafe", Fault::Code(4), "busy", "another controller"),
        (
            "ArmFailSafe",
            Fault::Code(2),
            "device-refused",
            "commissioner",
        ),
        (
            "SetRegulatoryConfig",
            Fault::Code(1),
            "device-refused",
            "location or country",
        ),
        (
            "AddTrustedRootCertificate",
            Fault::Status(0x89),
            "device-refused",
            "no room",
        ),
        (
            "AddNOC",
            Fault::Code(3),
            "device-refused",
            "certificates as valid",
        ),
        (
            "AddNOC",
            Fault::Code(5),
            "device-refused",
            "as many homes as it can",
        ),
        (
            "AddNOC",
            Fault::Code(9),
            "already-added",
            "already belongs to this home",
        ),
        (
            "AddNOC",
            Fault::Status(0xCA),
            "timeout",
            "time for pairing ran out",
        ),
        (
            "AttestationRequest",
            Fault::OldNonce,
            "untrusted-attestation",
            "nonce",
        ),
        (
            "CSRRequest",
            Fault::OldNonce,
            "device-refused",
            "certificate request is not valid",
        ),
        (
            "CSRRequest",
            Fault::StolenKey,
            "device-refused",
            "certificate request is not valid",
        ),
        (
            "CommissioningComplete",
            Fault::Code(2),
            "device-refused",
            "commissioner",
        ),
    ] {
        let run = full(Device::with(command, fault.clone())).finish();
        let failure = run.failure();
        assert_eq!(failure.code, code, "{command} {fault:?}");
        assert!(
            failure.message.contains(words),
            "{command} {fault:?}: {}",
            failure.message
        );
    }
}

#[test]
fn another_controllers_fail_safe_is_left_alone() {
    let run = full(Device::with("ArmFailSafe", Fault::Code(4))).finish();
    assert_eq!(commands(&run), ["Read", "ArmFailSafe"]);
}

#[test]
fn cancelling_at_any_step_cleans_up() {
    let steps = full(Device::new()).finish().answered();
    assert_eq!(steps, 14);
    for step in 1..=steps {
        let mut run = full(Device::new());
        run.cancel_at = Some(step);
        let run = run.finish();
        assert_eq!(run.failure().code, "cancelled", "step {step}");
        assert!(!run.device.complete && !run.device.has_noc, "step {step}");
        let last = *run.device.log.last().unwrap();
        let expected = match step {
            1..=12 => (Over::Pase, "ArmFailSafe"),
            13 => (Over::Case, "ArmFailSafe"),
            // It may be complete already: no fail-safe would remove us.
            _ => (Over::Case, "RemoveFabric"),
        };
        assert_eq!(last, expected, "step {step}");
    }
}

#[test]
fn cancelling_twice_or_late_changes_nothing() {
    let mut run = full(Device::new()).finish();
    run.commissioning.cancel(run.now);
    assert_eq!(run.commissioning.next_step(run.now), None);
    assert_eq!(run.commissioning.poll_timeout(), None);
}

#[test]
fn the_policy_decides_about_an_unknown_root() {
    let strict = asked(Device::new(), AttestationPolicy::Strict).finish();
    assert_eq!(strict.failure().code, "untrusted-attestation");
    assert!(!strict.device.armed);

    let mut accepted = asked(Device::new(), AttestationPolicy::Ask);
    accepted.person = Some((true, Duration::from_secs(3)));
    let accepted = accepted.finish();
    assert!(
        accepted
            .commissioned()
            .attestation
            .starts_with("not trusted: ")
    );

    let mut declined = asked(Device::new(), AttestationPolicy::Ask);
    declined.person = Some((false, Duration::from_secs(3)));
    let declined = declined.finish();
    assert_eq!(declined.failure().code, "untrusted-attestation");
    assert!(!declined.device.armed);
}

#[test]
fn a_test_device_is_taken_when_the_policy_allows() {
    let device = Device::new();
    let trust = device.maker.known_as_test();
    let config = CommissioningConfig {
        policy: AttestationPolicy::AllowTest,
        ..CommissioningConfig::default()
    };
    let run = Run::configured(device, trust, config).finish();
    assert_eq!(
        run.commissioned().attestation,
        "test device, by CN=Minted PAA"
    );
}

#[test]
fn the_fail_safe_is_extended_while_a_person_thinks() {
    let mut run = asked(Device::new(), AttestationPolicy::Ask);
    run.person = Some((true, Duration::from_secs(200)));
    let run = run.finish();
    run.commissioned();
    // Every 30 s of 60.
    assert_eq!(run.device.terms, [60; 7]);
}

#[test]
fn nobody_is_waited_for_longer_than_the_device_can_hold() {
    let run = asked(Device::new(), AttestationPolicy::Ask).finish();
    let failure = run.failure();
    assert_eq!(
        (failure.code.as_str(), failure.stage),
        ("timeout", Some(Stage::Attestation))
    );
    let waited = run.now.mono - start().mono;
    assert!(
        waited > Duration::from_secs(800) && waited < Duration::from_secs(900),
        "{waited:?}"
    );
    assert!(!run.device.armed);
}

#[test]
fn an_answer_during_an_extension_waits_for_it() {
    let mut run = asked(Device::new(), AttestationPolicy::Ask);
    // The extension is sent 30 s after the first one was armed, answered 20 ms later.
    run.person = Some((true, Duration::from_secs(30)));
    run.finish().commissioned();
}

#[test]
fn a_lost_answer_to_the_last_command_is_asked_for_again() {
    for error in [ExchangeError::TimedOut, ExchangeError::SessionLost] {
        let run = full(Device::with("CommissioningComplete", Fault::Silent(error))).finish();
        run.commissioned();
        assert!(run.device.complete);
        assert_eq!(run.answered(), 16);
    }
}

#[test]
fn a_device_that_never_completes_is_given_up_and_our_fabric_removed() {
    let silence = Fault::Silent(ExchangeError::TimedOut);
    let mut device = Device::with("CommissioningComplete", silence);
    device.faults_last = true;
    let run = full(device).finish();
    assert_eq!(run.failure().code, "timeout");
    assert_eq!(run.device.log.last(), Some(&(Over::Case, "RemoveFabric")));
}

#[test]
fn case_that_fails_is_cleaned_up_over_pase() {
    for (error, code) in [
        (ExchangeError::TimedOut, "timeout"),
        (
            ExchangeError::Refused("no shared root".to_owned()),
            "device-refused",
        ),
    ] {
        let mut run = full(Device::new());
        run.case = vec![Err(error)];
        let run = run.finish();
        assert_eq!(
            (run.failure().code.as_str(), run.failure().stage),
            (code, Some(Stage::Case))
        );
        assert_eq!(run.device.log.last(), Some(&(Over::Pase, "ArmFailSafe")));
        assert!(!run.device.has_noc && run.persisted.is_none());
    }
}

#[test]
fn a_full_disk_stops_it_before_the_device_is_ours() {
    let mut run = full(Device::new());
    run.store = Err("disk full".to_owned());
    let run = run.finish();
    assert_eq!(
        (run.failure().code.as_str(), run.failure().detail.as_str()),
        ("store", "disk full")
    );
    assert!(!run.device.complete && !run.device.has_noc);
}

#[test]
fn a_hub_that_stopped_while_completing_goes_on() {
    for complete in [false, true] {
        let before = full(Device::new()).finish();
        let commissioned = before.commissioned().clone();
        let mut device = Device::new();
        (device.has_noc, device.complete) = (true, complete);
        let now = start();
        let params = params(TrustStore::empty(), CommissioningConfig::default());
        let resumed = Commissioning::resume(params, commissioned.clone(), &mut Seeded::new(9), now);
        let run = Run::of(resumed, device, now).finish();
        assert_eq!(run.commissioned(), &commissioned);
        assert_eq!(commands(&run), ["CommissioningComplete"]);
        assert!(run.device.complete);
    }
}

#[test]
fn silence_ends_with_the_fail_safe() {
    let now = start();
    let trust = TrustStore::empty();
    let params = params(trust, CommissioningConfig::default());
    let mut commissioning = Commissioning::new(params, &mut Seeded::new(4), now);
    while commissioning.next_step(now).is_some() {}
    let end = commissioning.poll_timeout().unwrap();
    assert_eq!(end - now.mono, Duration::from_secs(60));
    let now = now + Duration::from_secs(60);
    assert!(matches!(
        commissioning.next_step(now),
        Some(Step::Invoke(_))
    ));
    // Not even the clean-up is answered.
    let now = now + Duration::from_secs(5);
    assert!(matches!(
        commissioning.next_step(now),
        Some(Step::Failed(_))
    ));
    assert!(commissioning.is_ending());
}

#[test]
fn secrets_are_not_printed() {
    let now = start();
    let params = params(TrustStore::empty(), CommissioningConfig::default());
    let ipk = format!("{:?}", params.fabric.ipk_epoch_key().expose());
    let commissioning = Commissioning::new(params, &mut Seeded::new(4), now);
    assert!(!format!("{commissioning:?}").contains(&ipk));
}
