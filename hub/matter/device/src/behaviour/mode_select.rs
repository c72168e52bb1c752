//! Mode Select. Matter 1.6 Application Clusters §1.9.

use hub_model::Value;

use super::{Behaviour, Call, DONE, Reply, Scope, Status};

pub(super) const ID: u32 = 0x0050;
const SUPPORTED_MODES: u32 = 2;
const CURRENT_MODE: u32 = 3;
/// Where a mode option has its number.
const MODE: u32 = 1;

const CHANGE_TO_MODE: u32 = 0;

/// Takes the modes that it offers.
#[derive(Debug)]
pub(super) struct ModeSelect;

impl Behaviour for ModeSelect {
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        if call.command.0 != CHANGE_TO_MODE {
            return Err(Status::UnsupportedCommand);
        }
        let wanted = call.uint(0)?;
        let modes = scope.get(SUPPORTED_MODES).and_then(Value::as_list);
        let number = |option: &Value| option.field(MODE).and_then(Value::as_u64);
        if !modes
            .unwrap_or_default()
            .iter()
            .any(|option| number(option) == Some(wanted))
        {
            return Err(Status::InvalidCommand);
        }
        scope.set_uint(CURRENT_MODE, wanted);
        DONE
    }
}
