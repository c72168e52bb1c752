//! What the home's policy makes of a verdict.

use hub_model::{AttestationPolicy, JobFailure, Stage};

use super::Verdict;

/// What to do with a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go on.
    Proceed,
    /// Ask a person this.
    Ask(String),
    /// Refuse it.
    Refuse(JobFailure),
}

/// Decides by the policy.
#[must_use]
pub fn decide(policy: AttestationPolicy, verdict: &Verdict) -> Decision {
    match (verdict, policy) {
        (Verdict::Trusted { .. }, _)
        | (Verdict::TestDevice { .. }, AttestationPolicy::AllowTest) => Decision::Proceed,
        (Verdict::TestDevice { by }, AttestationPolicy::Ask) => Decision::Ask(format!(
            "This is a test device: its certificates come from a test root ({by}) whose key is \
             public, so anyone could have made it. Add it?"
        )),
        (Verdict::Untrusted { why }, AttestationPolicy::Ask) => Decision::Ask(format!(
            "This device cannot prove who made it: {why}. Add it nevertheless?"
        )),
        (Verdict::TestDevice { by }, AttestationPolicy::Strict) => Decision::Refuse(refusal(
            "the device is a test device, and the policy is to trust none".to_owned(),
            "Add it with the policy `allow-test`, or `ask` to be asked, if you know where it \
             comes from.",
            format!("test root: {by}"),
        )),
        (Verdict::Untrusted { why }, AttestationPolicy::Strict | AttestationPolicy::AllowTest) => {
            Decision::Refuse(refusal(
                format!("the device cannot prove who made it: {why}"),
                "If it is genuine, put its maker's root certificate (PAA) and the signer of its \
                 certification declaration into the trust folders; or add it with the policy \
                 `ask` and accept it knowingly.",
                why.to_string(),
            ))
        }
    }
}

/// The failure of a device that a person, asked, did not want.
pub(crate) fn declined(attestation: &str) -> JobFailure {
    refusal(
        "the device was not accepted when its attestation was asked about".to_owned(),
        "Add it again and accept it, if you know where it comes from.",
        attestation.to_owned(),
    )
}

/// The failure of a device that proves nothing.
pub(crate) fn broken(why: &super::Broken) -> JobFailure {
    refusal(
        format!("the device's attestation is broken: {why}"),
        "No policy accepts this. Reset the device and try again; if it stays so, the device is \
         faulty or something sits between it and the hub.",
        why.to_string(),
    )
}

fn refusal(message: String, advice: &str, detail: String) -> JobFailure {
    JobFailure {
        stage: Some(Stage::Attestation),
        code: "untrusted-attestation".to_owned(),
        message,
        advice: advice.to_owned(),
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Distrust;
    use super::*;

    #[derive(Debug, PartialEq)]
    enum Outcome {
        Proceeds,
        Asks,
        Refuses,
    }

    #[test]
    fn follows_the_table() {
        use AttestationPolicy::{AllowTest, Ask, Strict};
        use Outcome::{Asks, Proceeds, Refuses};
        let trusted = Verdict::Trusted { by: "CN=A".into() };
        let test = Verdict::TestDevice { by: "CN=T".into() };
        let why = Distrust::Chain("expired".into());
        let untrusted = Verdict::Untrusted { why };
        for (verdict, strict, allow_test, ask) in [
            (trusted, Proceeds, Proceeds, Proceeds),
            (test, Refuses, Proceeds, Asks),
            (untrusted, Refuses, Refuses, Asks),
        ] {
            for (policy, expected) in [(Strict, strict), (AllowTest, allow_test), (Ask, ask)] {
                let outcome = match decide(policy, &verdict) {
                    Decision::Proceed => Proceeds,
                    Decision::Ask(_) => Asks,
                    Decision::Refuse(failure) => {
                        assert_eq!(failure.code, "untrusted-attestation");
                        assert!(failure.advice.contains("`ask`"));
                        Refuses
                    }
                };
                assert_eq!(outcome, expected, "{policy:?} {verdict:?}");
            }
        }
    }
}
