//! Orders that a run gives to devices, and how long it waits for their answers.

use std::sync::Arc;
use std::time::Duration;

use hub_model::{Operation, Value};

use super::Machine;
use super::answers::Asking;
use super::run::{At, Flow};
use super::state::Waiting;
use super::timers::Timer;
use crate::compile::{Op, Order};
use crate::tree::Ensure;

/// How long a device may take to answer a command.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How much longer than a command may take its answer is waited for.
const GRACE: Duration = Duration::from_secs(2);

impl Machine {
    /// Gives orders, and waits for their answers.
    pub(super) fn set(
        &mut self,
        run: &At,
        orders: &[Order],
        ensure: Option<&Ensure>,
        transition: Option<Duration>,
    ) -> Flow {
        let within = attempt_within(ensure, orders);
        let mut sent = false;
        for (index, order) in orders.iter().enumerate() {
            let given = self.give(run, index, order, within, transition, None, 0);
            sent |= given || ensure.is_some();
        }
        if !sent {
            return Flow::Next;
        }
        // The engine tells when a command times out; the grace is for a hub that was away meanwhile.
        let until = if ensure.is_some() {
            within
        } else {
            within + GRACE
        };
        self.await_answers(run, 0, until);
        Flow::Wait
    }

    /// Gives one order; whether it could be given. One that could not counts as refused.
    #[expect(clippy::too_many_arguments, reason = "the parts of one order")]
    pub(super) fn give(
        &mut self,
        run: &At,
        index: usize,
        order: &Order,
        within: Duration,
        transition: Option<Duration>,
        step: Option<usize>,
        attempt: u8,
    ) -> bool {
        let value = self.value(run.id, &order.value);
        let shown = match &value {
            Ok(value) => value.shown(&order.datatype),
            Err(_) => "?".to_owned(),
        };
        let step = match step {
            Some(step) => Some(step),
            None => self.step(run, format!("{} = {shown}", order.label)),
        };
        let order = &Order {
            transition: transition.or(order.transition),
            ..order.clone()
        };
        let operation = value.and_then(|value| {
            let operation = order.operation(&value);
            operation.map_err(|error| error.to_string())
        });
        match operation {
            Ok(operation) => {
                let token = self.command(run.id, operation, order.spot.0, within);
                self.expect(token, run, index, step, order.is_confirmed(), attempt);
                true
            }
            Err(why) => {
                self.result(run.id, step, format!("not sent: {why}"));
                let token = self.token();
                self.expect(token, run, index, step, true, attempt);
                self.answers.refused(token);
                false
            }
        }
    }

    fn expect(
        &mut self,
        token: u64,
        run: &At,
        index: usize,
        step: Option<usize>,
        confirm: bool,
        attempt: u8,
    ) {
        let depth = self
            .runs
            .get(&run.id)
            .map_or(0, |run| run.depth.saturating_add(1));
        let asked = Asking {
            run: run.id,
            thread: run.thread,
            index,
            step,
            confirm,
            attempt,
            depth,
        };
        self.answers.expect(token, asked);
    }

    pub(super) fn await_answers(&mut self, run: &At, attempt: u8, within: Duration) {
        let now = self.now;
        if let Some(thread) = self.thread_mut(run.id, run.thread) {
            thread.here = true;
            thread.wait = Waiting::Answers {
                attempt,
                until: now.wall + within,
            };
        }
        self.timers
            .set(Timer::Thread(run.id, run.thread), now.mono + within);
    }

    pub(super) fn apply_scene(
        &mut self,
        run: &At,
        scene: &Arc<str>,
        transition: Option<Duration>,
    ) -> Flow {
        let Some(loaded) = self.scenes.all.get(scene) else {
            let step = self.step(run, format!("scene {scene}"));
            self.result(run.id, step, "there is no such scene any more");
            return Flow::Next;
        };
        let orders = loaded.orders.clone();
        let problems: Vec<_> = loaded.problems.iter().map(ToString::to_string).collect();
        for problem in problems {
            let step = self.step(run, format!("scene {scene}"));
            self.result(run.id, step, format!("not sent: {problem}"));
        }
        self.set(run, &orders, None, transition)
    }

    pub(super) fn invoke(&mut self, run: &At, op: &Op) -> Flow {
        let Op::Invoke {
            node,
            endpoint,
            cluster,
            command,
            fields,
            timed,
            label,
        } = op
        else {
            return Flow::Next;
        };
        let step = self.step(run, Arc::clone(label));
        let fields = fields.iter().map(|(tag, field, code)| {
            let value = self.value(run.id, code)?;
            let wire = crate::compile::wire(&field.schema, &value);
            Ok((*tag, wire.map_err(|error| error.to_string())?))
        });
        let fields = match fields.collect::<Result<Vec<_>, String>>() {
            Ok(fields) => fields,
            Err(why) => {
                self.result(run.id, step, format!("not sent: {why}"));
                return Flow::Next;
            }
        };
        let operation = Operation::Invoke {
            endpoint: *endpoint,
            cluster: *cluster,
            command: *command,
            fields: Value::structure(fields),
            timed: *timed,
        };
        let token = self.command(run.id, operation, *node, ANSWER_WITHIN);
        self.expect(token, run, 0, step, false, 0);
        self.await_answers(run, 0, ANSWER_WITHIN + GRACE);
        Flow::Wait
    }
}

/// How long one attempt to set something may take: a slow change has its own time in addition.
pub(super) fn attempt_within(ensure: Option<&Ensure>, orders: &[Order]) -> Duration {
    let slowest = orders.iter().filter_map(|order| order.transition).max();
    ensure.map_or(ANSWER_WITHIN, |ensure| {
        ensure.within + slowest.unwrap_or_default()
    })
}
