//! Messages: `notify.*` and `persistent_notification.create`.

use rules::tree::{Action, Step};

use super::call::Call;
use super::plain;
use crate::case::Case;
use crate::cursor::At;
use crate::template;

/// The longest message, in characters.
const LONGEST: usize = 800;
/// The longest title.
const LONGEST_TITLE: usize = 200;

pub(super) fn tell(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    if call.service == "persistent_notification.dismiss" {
        case.dropped(&call.at, "a message that was sent cannot be taken back", "");
        return Vec::new();
    }
    let parts = [
        (call.take("title"), LONGEST_TITLE),
        (call.take("message"), LONGEST),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(at, most)| part(case, &at?, most));
    let parts: Vec<_> = parts.collect();
    let message = parts.join(": ");
    if message.trim().is_empty() {
        case.dropped(&call.at, "the message is empty", "");
        return Vec::new();
    }
    for key in ["data", "target", "notification_id"] {
        let Some(at) = call.take(key) else {
            continue;
        };
        let what = format!("`{key}` of a message is left out: {}", at.node.described());
        case.changed(&at, what, "");
    }
    vec![plain(Action::Notify {
        message: message.trim().into(),
        to: whom(case, call),
    })]
}

fn whom(case: &mut Case<'_, '_>, call: &Call<'_>) -> Option<std::sync::Arc<str>> {
    // Newer files name the entity of a person's device; older ones a service for each.
    let entities: Vec<_> = call.entities().collect();
    match entities.as_slice() {
        [] => match call.service {
            "notify.notify" | "persistent_notification.create" => None,
            service => case.told_by(&call.at, service),
        },
        [one] => case.told_by(&call.at, one),
        [one, ..] => {
            let what = "only the first of those the message is for is told";
            case.dropped(&call.at, what, "add a `notify` for each of the others");
            case.told_by(&call.at, one)
        }
    }
}

fn part(case: &mut Case<'_, '_>, at: &At<'_>, most: usize) -> Option<String> {
    let Some(text) = at.text() else {
        case.dropped(at, format!("{} is no message", at.node.described()), "");
        return None;
    };
    let message = template::message(case, at, text, most);
    for template in message.lost {
        let what = format!("a part of the message is computed there: `{template}`");
        case.dropped(at, what, "write {expression} in the message for its value");
    }
    if message.is_cut {
        case.changed(at, "the message is too long and ends early", "");
    }
    Some(message.text)
}
