//! The querier's state: what is asked, what was heard, when to ask again.
//!
//! Sans-IO. Feed responses and time, then drain [`Resolver::poll_transmit`] and
//! [`Resolver::poll_event`], and call [`Resolver::handle_timeout`] at [`Resolver::poll_timeout`].
//!
//! A question is asked at once, a second later, and then at doubled waits up to a minute, for as
//! long as somebody asks it. Only what is heard after asking counts: a record that is still held
//! from a device that has gone would be dialled in vain. Records are held just to put together
//! what comes in several messages.
//!
//! Beside its questions the resolver watches for instances that announce themselves unasked: a
//! device that was restarted tells the same records again, and that is how we know.
//!
//! Not here: sockets (`network`), what the names mean (`discovery`).
//! Spec: RFC 6762 §5.2 (continuous querying), §10 (cache flush, goodbye), RFC 6763 §4, §12.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::{Duration, Instant};

use super::message::{
    Data, DecodeError, Kind, Name, Question, Record, decode_response, encode_queries,
};

/// The interface on which a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    /// Its index, the scope of its link-local addresses.
    pub(crate) index: u32,
    /// Whether it is the loopback interface.
    pub(crate) is_loopback: bool,
}

/// What was heard of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It can be dialled.
    Heard(Heard),
    /// A watched one said goodbye.
    Gone(Name),
}

/// An instance of a service that can be dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Its full name.
    pub(crate) instance: Name,
    /// The services asked for that list it.
    pub(crate) services: Vec<Name>,
    /// Where it listens, best first; never empty.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Its text attributes.
    pub(crate) attributes: Vec<(String, String)>,
    /// Whether it told this unasked.
    pub(crate) announced: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    asked: BTreeMap<Question, Repeat>,
    /// Instances of each service asked for.
    listed: BTreeMap<Name, BTreeSet<Name>>,
    instances: BTreeMap<Name, Instance>,
    hosts: BTreeMap<Name, Vec<HostAddress>>,
    watched: BTreeSet<Name>,
    outbox: BTreeSet<Question>,
    events: VecDeque<Event>,
}

#[derive(Debug)]
struct Repeat {
    next: Instant,
    wait: Duration,
}

#[derive(Debug, Default)]
struct Instance {
    target: Option<(Name, u16)>,
    attributes: Vec<(String, String)>,
    announced_at: Option<Instant>,
}

#[derive(Debug)]
struct HostAddress {
    ip: IpAddr,
    link: Link,
    heard_at: Instant,
    expires: Instant,
}

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The same announcement comes over IPv4 and IPv6 and over each interface.
const SAME_ANNOUNCEMENT: Duration = Duration::from_millis(500);
/// RFC 6762 §10.2: records younger than this survive a cache flush.
const FLUSH_AFTER: Duration = Duration::from_secs(1);
/// Instances held; a home has fewer, a flood has more.
const MAX_INSTANCES: usize = 4096;
/// Addresses held of one host.
const MAX_ADDRESSES: usize = 16;

impl Resolver {
    /// Tells unasked announcements and goodbyes of this instance.
    pub(crate) fn watch(&mut self, instance: Name) {
        self.watched.insert(instance);
    }

    /// Tells them no longer.
    pub(crate) fn unwatch(&mut self, instance: &Name) {
        self.watched.remove(instance);
        self.forget_unwanted();
    }

    /// Asks until [`Resolver::stop`]; asks anew if already asked.
    pub(crate) fn ask(&mut self, question: Question, now: Instant) {
        self.listed.remove(&question.name);
        let repeat = Repeat {
            next: now,
            wait: FIRST_WAIT,
        };
        self.asked.insert(question, repeat);
        self.handle_timeout(now);
    }

    /// Asks no longer.
    pub(crate) fn stop(&mut self, question: &Question) {
        self.asked.remove(question);
        self.listed.remove(&question.name);
        self.forget_unwanted();
    }

    /// What was heard belongs to links that may be gone: asks all anew.
    pub(crate) fn handle_network_change(&mut self, now: Instant) {
        self.hosts.values_mut().for_each(Vec::clear);
        for repeat in self.asked.values_mut() {
            repeat.next = now;
            repeat.wait = FIRST_WAIT;
        }
        self.handle_timeout(now);
    }

    /// Takes in a message that came over `link`.
    ///
    /// # Errors
    /// When the message is malformed; nothing of it has been taken then.
    pub(crate) fn handle_message(
        &mut self,
        message: &[u8],
        link: Link,
        now: Instant,
    ) -> Result<(), DecodeError> {
        let mut touched = BTreeMap::new();
        let records = decode_response(message)?;
        for record in &records {
            self.take_listing(record, &mut touched);
        }
        for record in &records {
            self.take_description(record, &mut touched);
        }
        for record in &records {
            self.take_address(record, link, now, &mut touched);
        }
        for (instance, announced) in touched {
            self.tell(&instance, announced, now);
        }
        Ok(())
    }

    /// The next message to send over every link.
    pub(crate) fn poll_transmit(&mut self) -> Vec<Vec<u8>> {
        encode_queries(&std::mem::take(&mut self.outbox))
    }

    /// What was heard next.
    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`Resolver::handle_timeout`].
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.asked.values().map(|repeat| repeat.next).min()
    }

    /// Asks what is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let mut due = Vec::new();
        for (question, repeat) in &mut self.asked {
            if repeat.next <= now {
                repeat.next = now + repeat.wait;
                repeat.wait = (repeat.wait * 2).min(LONGEST_WAIT);
                due.push(question.clone());
            }
        }
        for question in due {
            if question.kind == Kind::Ptr {
                let listed = self.listed.get(&question.name).cloned().unwrap_or_default();
                listed
                    .iter()
                    .for_each(|instance| self.ask_missing(instance, now));
            } else {
                self.ask_missing(&question.name.clone(), now);
            }
            self.outbox.insert(question);
        }
    }

    /// Asks once for what is not known of an instance.
    fn ask_missing(&mut self, instance: &Name, now: Instant) {
        let target = self.instances.get(instance).and_then(|i| i.target.clone());
        let (name, kinds) = match target {
            None => (instance.clone(), [Kind::Srv, Kind::Txt]),
            Some((host, _)) if !self.has_address(&host, now) => (host, [Kind::A, Kind::Aaaa]),
            Some(_) => return,
        };
        self.outbox.extend(kinds.map(|kind| Question {
            name: name.clone(),
            kind,
        }));
    }

    fn has_address(&self, host: &Name, now: Instant) -> bool {
        self.hosts
            .get(host)
            .is_some_and(|addresses| addresses.iter().any(|a| a.expires > now))
    }

    fn take_listing(&mut self, record: &Record, touched: &mut BTreeMap<Name, bool>) {
        let Data::Ptr(instance) = &record.data else {
            return;
        };
        let question = Question {
            name: record.name.clone(),
            kind: Kind::Ptr,
        };
        if !self.asked.contains_key(&question) {
            return;
        }
        let listed = self.listed.entry(question.name).or_default();
        if record.ttl_s == 0 {
            listed.remove(instance);
        } else if listed.len() < MAX_INSTANCES && listed.insert(instance.clone()) {
            touched.entry(instance.clone()).or_insert(false);
        }
    }

    fn take_description(&mut self, record: &Record, touched: &mut BTreeMap<Name, bool>) {
        let is_description = matches!(record.data, Data::Srv { .. } | Data::Txt(_));
        if !is_description || !self.is_wanted(&record.name) {
            return;
        }
        if record.ttl_s == 0 {
            self.goodbye(record);
            return;
        }
        if self.instances.len() >= MAX_INSTANCES && !self.instances.contains_key(&record.name) {
            return;
        }
        let entry = self.instances.entry(record.name.clone()).or_default();
        let mut announced = false;
        match &record.data {
            Data::Srv { host, port } => {
                entry.target = Some((host.clone(), *port));
                self.hosts.entry(host.clone()).or_default();
                announced = record.is_answer && !self.is_asked(&record.name);
            }
            Data::Txt(attributes) => entry.attributes.clone_from(attributes),
            Data::Ptr(_) | Data::Address(_) => {}
        }
        *touched.entry(record.name.clone()).or_insert(false) |= announced;
    }

    fn goodbye(&mut self, record: &Record) {
        let was_known = self.instances.remove(&record.name).is_some();
        if was_known && self.watched.contains(&record.name) {
            self.events.push_back(Event::Gone(record.name.clone()));
        }
    }

    fn take_address(
        &mut self,
        record: &Record,
        link: Link,
        now: Instant,
        touched: &mut BTreeMap<Name, bool>,
    ) {
        let Data::Address(ip) = record.data else {
            return;
        };
        let Some(addresses) = self.hosts.get_mut(&record.name) else {
            return;
        };
        if !can_be_dialled(ip, link) {
            return;
        }
        addresses.retain(|a| {
            let replaced = a.ip == ip && a.link == link;
            let flushed = record.flush
                && a.link == link
                && a.ip.is_ipv4() == ip.is_ipv4()
                && a.heard_at + FLUSH_AFTER < now;
            !replaced && !flushed && a.expires > now
        });
        if record.ttl_s > 0 && addresses.len() < MAX_ADDRESSES {
            addresses.push(HostAddress {
                ip,
                link,
                heard_at: now,
                expires: now + Duration::from_secs(record.ttl_s.into()),
            });
        }
        for (name, instance) in &self.instances {
            if instance
                .target
                .as_ref()
                .is_some_and(|(host, _)| *host == record.name)
            {
                touched.entry(name.clone()).or_insert(false);
            }
        }
    }

    /// Tells of an instance if it was asked for or announced itself, or asks what is missing.
    fn tell(&mut self, instance: &Name, announced: bool, now: Instant) {
        let services = self.services_of(instance);
        let is_asked = !services.is_empty() || self.is_asked(instance);
        if !is_asked && !announced {
            return;
        }
        let addresses = self.addresses(instance, now);
        if addresses.is_empty() {
            self.ask_missing(instance, now);
            return;
        }
        let Some(entry) = self.instances.get_mut(instance) else {
            return;
        };
        if announced && !is_asked {
            let last = entry.announced_at.replace(now);
            if last.is_some_and(|at| now < at + SAME_ANNOUNCEMENT) {
                return;
            }
        }
        self.events.push_back(Event::Heard(Heard {
            instance: instance.clone(),
            services,
            addresses,
            attributes: entry.attributes.clone(),
            announced,
        }));
    }

    fn services_of(&self, instance: &Name) -> Vec<Name> {
        self.listed
            .iter()
            .filter(|(_, listed)| listed.contains(instance))
            .map(|(service, _)| service.clone())
            .collect()
    }

    fn addresses(&self, instance: &Name, now: Instant) -> Vec<SocketAddr> {
        let Some((host, port)) = self.instances.get(instance).and_then(|i| i.target.as_ref())
        else {
            return Vec::new();
        };
        let known = self.hosts.get(host).map(Vec::as_slice).unwrap_or_default();
        let mut addresses: Vec<_> = known
            .iter()
            .filter(|a| a.expires > now)
            .map(|a| socket_address(a.ip, *port, a.link))
            .collect();
        addresses.sort_by_key(|address| (preference(address.ip()), *address));
        addresses.dedup();
        addresses
    }

    fn is_asked(&self, instance: &Name) -> bool {
        self.asked.contains_key(&Question {
            name: instance.clone(),
            kind: Kind::Srv,
        })
    }

    fn is_wanted(&self, instance: &Name) -> bool {
        self.watched.contains(instance)
            || self.is_asked(instance)
            || self.listed.values().any(|listed| listed.contains(instance))
    }

    fn forget_unwanted(&mut self) {
        let mut instances = std::mem::take(&mut self.instances);
        instances.retain(|name, _| self.is_wanted(name));
        self.hosts.retain(|host, _| {
            instances
                .values()
                .any(|i| i.target.as_ref().is_some_and(|(target, _)| target == host))
        });
        self.instances = instances;
    }
}

/// Whether an address told over `link` means a device there: the loopback address of another
/// machine is none.
fn can_be_dialled(ip: IpAddr, link: Link) -> bool {
    !ip.is_unspecified() && !ip.is_multicast() && ip.is_loopback() <= link.is_loopback
}

fn socket_address(ip: IpAddr, port: u16, link: Link) -> SocketAddr {
    match ip {
        IpAddr::V6(ip) if ip.is_unicast_link_local() => {
            SocketAddrV6::new(ip, port, 0, link.index).into()
        }
        ip => SocketAddr::new(ip, port),
    }
}

/// The order in which addresses are tried: what surely reaches the device first.
fn preference(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V6(Ipv6Addr::LOCALHOST) => 0,
        IpAddr::V6(ip) if ip.is_unicast_link_local() => 1,
        IpAddr::V6(ip) if is_unique_local(ip) => 2,
        IpAddr::V6(_) => 3,
        IpAddr::V4(_) => 4,
    }
}

const fn is_unique_local(ip: Ipv6Addr) -> bool {
    ip.segments()[0] & 0xFE00 == 0xFC00
}

#[cfg(test)]
mod tests;
