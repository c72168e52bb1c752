//! The device's half of the interaction model: answers, and subscriptions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use hub_model::Now;
use matter_interaction as im;
use matter_transport::SessionId;

use super::Device;
use super::messages::{self, Asked, Path, Pattern};
use crate::net::interaction::STATUS_RESPONSE;

/// An exchange on a secured session, of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) session: SessionId,
    pub(crate) id: u16,
    pub(crate) ours: bool,
}

impl Exchange {
    fn order(&self) -> (u16, u16, bool) {
        (self.session.0, self.id, self.ours)
    }
}

impl PartialOrd for Exchange {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exchange {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

/// What the device serves at present.
#[derive(Default)]
pub(crate) struct Served {
    pub(crate) subscriptions: Vec<Subscription>,
    sending: BTreeMap<Exchange, Sending>,
    timed: BTreeSet<Exchange>,
    next_id: u32,
}

pub(crate) struct Subscription {
    pub(crate) session: SessionId,
    pub(crate) id: u32,
    max: Duration,
    due: Instant,
    changed: BTreeSet<Path>,
    events_told: u64,
}

struct Sending {
    rest: VecDeque<Vec<u8>>,
    /// The answer after the last part.
    then: Option<(u8, Vec<u8>)>,
    subscription: Option<u32>,
}

impl Served {
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.subscriptions.iter().map(|one| one.due).min()
    }

    pub(crate) fn forget(&mut self, session: SessionId) {
        self.subscriptions.retain(|one| one.session != session);
        self.sending
            .retain(|exchange, _| exchange.session != session);
    }
}

impl Device {
    pub(super) fn serve(&mut self, exchange: Exchange, opcode: u8, payload: &[u8], now: Now) {
        match opcode {
            0x01 => self.status(exchange, payload, now),
            0x02 => {
                let asked = messages::read_request(payload);
                let parts = self.report_of(&asked, None, true);
                self.begin_sending(exchange, parts, None, None, now);
            }
            0x03 => self.subscribed(exchange, payload, now),
            0x06 => self.written(exchange, payload, now),
            0x08 => self.invoked(exchange, payload, now),
            0x0a => {
                self.served.timed.insert(exchange);
                self.send(
                    exchange,
                    STATUS_RESPONSE,
                    &im::build_status_response(0),
                    now,
                );
            }
            other => panic!("unexpected request {other:#x}"),
        }
        self.serve_due(now);
    }

    fn status(&mut self, exchange: Exchange, payload: &[u8], now: Now) {
        let status = im::parse_status_response(payload).unwrap().unwrap();
        let Some(sending) = self.served.sending.get_mut(&exchange) else {
            return;
        };
        if status != 0 {
            let id = sending.subscription;
            self.served.sending.remove(&exchange);
            self.served.subscriptions.retain(|one| Some(one.id) != id);
            return;
        }
        if let Some(part) = sending.rest.pop_front() {
            self.send(exchange, 0x05, &part, now);
            return;
        }
        let sending = self.served.sending.remove(&exchange).unwrap();
        if let Some((opcode, answer)) = sending.then {
            self.send(exchange, opcode, &answer, now);
        }
    }

    fn begin_sending(
        &mut self,
        exchange: Exchange,
        parts: Vec<Vec<u8>>,
        then: Option<(u8, Vec<u8>)>,
        subscription: Option<u32>,
        now: Now,
    ) {
        let mut rest = VecDeque::from(parts);
        let first = rest.pop_front().unwrap();
        let sending = Sending {
            rest,
            then,
            subscription,
        };
        self.served.sending.insert(exchange, sending);
        self.send(exchange, 0x05, &first, now);
    }

    fn report_of(&self, asked: &Asked, subscription: Option<u32>, quiet: bool) -> Vec<Vec<u8>> {
        let values: Vec<_> = self
            .state
            .attributes
            .iter()
            .filter(|(path, _)| {
                asked
                    .attributes
                    .iter()
                    .any(|pattern| matches(pattern, path))
            })
            .map(|(path, value)| (*path, value.clone()))
            .collect();
        let concrete = asked.attributes.iter().filter_map(|pattern| match pattern {
            (Some(endpoint), Some(cluster), Some(attribute)) => {
                Some((*endpoint, *cluster, *attribute))
            }
            _ => None,
        });
        let missing: Vec<_> = concrete
            .filter(|path| !self.state.attributes.contains_key(path))
            .map(|path| (path, 0x86))
            .collect();
        let events: Vec<_> = self
            .state
            .events
            .iter()
            .filter(|event| asked.events && event.number >= asked.event_min)
            .cloned()
            .collect();
        messages::report(subscription, &values, &missing, &events, quiet)
    }

    fn subscribed(&mut self, exchange: Exchange, payload: &[u8], now: Now) {
        let asked = messages::subscribe_request(payload);
        if let Some(status) = self.state.refuse_subscriptions {
            self.send(
                exchange,
                STATUS_RESPONSE,
                &im::build_status_response(status),
                now,
            );
            return;
        }
        if !asked.keep {
            self.served.subscriptions.clear();
        }
        self.served.next_id += 1;
        let id = self.served.next_id + self.state.subscription_base;
        let parts = self.report_of(&asked, Some(id), false);
        self.served.subscriptions.push(Subscription {
            session: exchange.session,
            id,
            max: Duration::from_secs(asked.max_interval_s.into()),
            due: now.mono + Duration::from_secs(asked.max_interval_s.into()),
            changed: BTreeSet::new(),
            events_told: self.state.events.last().map_or(0, |event| event.number),
        });
        let answer = messages::subscribe_response(id, asked.max_interval_s);
        self.begin_sending(exchange, parts, Some((0x04, answer)), Some(id), now);
    }

    fn written(&mut self, exchange: Exchange, payload: &[u8], now: Now) {
        let (writes, _more) = messages::write_request(payload);
        let statuses: Vec<_> = writes
            .into_iter()
            .map(|(path, value, append)| (path, self.state.write(path, value, append)))
            .collect();
        for (path, _) in &statuses {
            self.changed(*path);
        }
        let mut told = statuses;
        told.dedup_by_key(|(path, _)| *path);
        self.send(exchange, 0x07, &messages::write_response(&told), now);
    }

    fn invoked(&mut self, exchange: Exchange, payload: &[u8], now: Now) {
        let request = im::parse_invoke_request(payload).unwrap();
        let timed = self.served.timed.remove(&exchange);
        assert_eq!(request.timed, timed, "the flag tells of the request before");
        let command = &request.commands[0];
        let (path, fields) = (command.path, command.fields_tlv.clone());
        if self.state.mute.contains(&(path.cluster, path.command)) {
            return;
        }
        let answer = self.act(exchange.session, path, &fields, timed, now);
        self.send(exchange, 0x09, &answer, now);
    }

    /// Sets an attribute, as the device does by itself.
    pub(crate) fn set(&mut self, path: Path, value: matter_codec::Value, now: Now) {
        self.state.attributes.insert(path, value);
        self.changed(path);
        self.serve_due(now);
    }

    /// Logs an event.
    pub(crate) fn happen(&mut self, path: Path, now: Now) {
        self.state.log(path);
        self.serve_due(now);
    }

    pub(super) fn changed(&mut self, path: Path) {
        for one in &mut self.served.subscriptions {
            one.changed.insert(path);
        }
    }

    /// Sends the reports that are due.
    pub(super) fn serve_due(&mut self, now: Now) {
        if self.off {
            return;
        }
        let last = self.state.events.last().map_or(0, |event| event.number);
        for at in 0..self.served.subscriptions.len() {
            let one = &mut self.served.subscriptions[at];
            let busy = self
                .served
                .sending
                .values()
                .any(|sending| sending.subscription == Some(one.id));
            let news = !one.changed.is_empty() || one.events_told < last;
            if busy || !(news || one.due <= now.mono) {
                continue;
            }
            let values: Vec<_> = std::mem::take(&mut one.changed)
                .into_iter()
                .filter_map(|path| Some((path, self.state.attributes.get(&path)?.clone())))
                .collect();
            let events: Vec<_> = self
                .state
                .events
                .iter()
                .filter(|event| event.number > one.events_told)
                .cloned()
                .collect();
            one.events_told = last;
            one.due = now.mono + one.max;
            let (id, session) = (one.id, one.session);
            let mut rest = VecDeque::from(messages::report(Some(id), &values, &[], &events, !news));
            let first = rest.pop_front().unwrap();
            if let Some(exchange) = self.open(session, 0x05, &first, now)
                && news
            {
                let sending = Sending {
                    rest,
                    then: None,
                    subscription: Some(id),
                };
                self.served.sending.insert(exchange, sending);
            }
        }
    }
}

fn matches((endpoint, cluster, attribute): &Pattern, path: &Path) -> bool {
    endpoint.is_none_or(|id| id == path.0)
        && cluster.is_none_or(|id| id == path.1)
        && attribute.is_none_or(|id| id == path.2)
}
