//! Services of helpers that hold a value, which become variables of the home.

use rules::expr::Expr;
use rules::tree::{Action, Step};

use super::call::Call;
use super::plain;
use crate::case::Case;
use crate::cursor::At;
use crate::make::{number, option, parsed, quoted};
use crate::table::Mapped;
use crate::template;

/// Gives variables the value under this key.
pub(super) fn assign(case: &mut Case<'_, '_>, call: &Call<'_>, key: &str) -> Vec<Step> {
    let Some(at) = call.take(key) else {
        case.dropped(&call.at, format!("`{key}` is missing"), "");
        return Vec::new();
    };
    let Some(value) = value(case, &at, call.service) else {
        let what = format!("{} is no fixed value", at.node.described());
        case.dropped(&at, what, "write the value, or an expression here");
        return Vec::new();
    };
    let mut steps = Vec::new();
    for entity in call.entities() {
        match case.meaning(&call.at, entity).mapped {
            Mapped::Home(name) => {
                let value = value.clone();
                steps.push(plain(Action::Assign { name, value }));
            }
            other => {
                let what = format!("{other} is no variable of the home");
                case.dropped(&call.at, what, "name a home.variable for it in the table");
            }
        }
    }
    if call.entities().next().is_none() {
        case.dropped(&call.at, "it names no helper", "");
    }
    steps
}

fn value(case: &mut Case<'_, '_>, at: &At<'_>, service: &str) -> Option<Expr> {
    let text = at.text()?;
    if at.is_template() {
        return template::value(case, at, text).filter(crate::make::is_readable);
    }
    match service {
        "input_number.set_value" => parsed(&number(at.number()?)),
        "input_select.select_option" => Some(option(text)),
        _ => Some(quoted(text)),
    }
}
