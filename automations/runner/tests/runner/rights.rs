//! A rule has its owner's rights and no more.

use std::sync::Arc;

use hub_engine::{Action, Authorise, Denied, Home, Principal, PrincipalKind};

use crate::rig::{LAMP, MOTION, Parts, Rig};

/// Ben may look, but touch nothing.
struct Rights;

impl Authorise for Rights {
    fn authorise(&self, who: &Principal, action: &Action<'_>, _: &Home) -> Result<(), Denied> {
        let rights = who.rights();
        let is_ben = rights.kind == PrincipalKind::Person && &*rights.name == "ben";
        match action {
            Action::Command(_) if is_ben => Err(Denied::new(who, "he may only look")),
            _ => Ok(()),
        }
    }
}

fn rule(id: &str, owner: &str) -> String {
    format!(
        "version = 1\nid = \"{id}\"\nname = \"{id}\"\n{owner}\n[[when]]\nbecomes = \"motion.occupied\"\n\
         [[do]]\nset = {{ target = \"lamp\", on = true }}\n"
    )
}

#[tokio::test(start_paused = true)]
async fn what_the_owner_may_not_is_not_sent_and_the_trace_says_so() {
    let parts = Parts {
        authorise: Arc::new(Rights),
        ..Parts::default()
    };
    let (bens, ours) = (rule("of-ben", "owner = \"ben\""), rule("ours", ""));
    let mut rig = Rig::new(parts, &[&bens, &ours]).await;
    rig.motion(MOTION).await;
    let trace = rig.trace("of-ben", |trace| trace.outcome.is_final()).await;
    let result = trace.steps[0].result.clone().unwrap();
    assert!(result.starts_with("not sent: "), "{result}");
    assert!(
        result.contains("ben") && result.contains("may not"),
        "{result}"
    );
    rig.trace("ours", |trace| trace.outcome.is_final()).await;
    assert_eq!(rig.told().await, (LAMP, 1));
    assert!(rig.is_quiet(std::time::Duration::from_secs(1)).await);
    rig.stop().await;
}
