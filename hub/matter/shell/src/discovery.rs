//! Matter's names on top of multicast DNS: devices that can be added, and our nodes' addresses.
//!
//! Devices that can be added are asked for by the subtype of their discriminator, so a home with
//! a hundred other devices does not answer. Nodes are asked for one by one by their instance
//! name. Announcements of our nodes are heard without asking.
//!
//! Spec: Matter 1.6 Core §4.3 (service discovery), §4.3.1.3 (subtypes), §4.3.2 (operational).

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::task::Poll;
use std::time::{Duration, Instant};

use hub_model::{JobId, NodeId};
use hub_runtime::clock;
use matter_engine::{Commissionable, Discover, Discovered, Location, Pace, ScopedAddr};
use tracing::trace;

use crate::mdns::message::{Kind, Name, Question};
use crate::mdns::network::Network;
use crate::mdns::resolver::{Event, Heard, Resolver};

/// The hub's one querier.
#[derive(Debug)]
pub(crate) struct Discovery {
    resolver: Resolver,
    network: Network,
    searches: BTreeMap<JobId, Commissionable>,
    watched: BTreeMap<NodeId, Name>,
    /// Told, but not yet taken.
    told: Vec<Discovered>,
    /// When a change of the network will have settled.
    settles: Option<Instant>,
}

/// What is told to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Something was heard.
    Discovered(Discovered),
    /// The host's interfaces or addresses are others than before.
    NetworkChanged,
}

/// A new interface gets its addresses one after the other.
const SETTLE: Duration = Duration::from_millis(300);
/// Messages taken in before the caller gets a turn.
const MESSAGES_AT_ONCE: usize = 64;

enum Wake {
    Message,
    Change,
    Due,
}

impl Discovery {
    /// Opens the querier; it asks nothing yet.
    pub(crate) fn open() -> Self {
        Self {
            resolver: Resolver::default(),
            network: Network::open(),
            searches: BTreeMap::new(),
            watched: BTreeMap::new(),
            told: Vec::new(),
            settles: None,
        }
    }

    /// Does what the engine asks.
    pub(crate) fn handle(&mut self, discover: Discover) {
        match discover {
            Discover::Find { job, device } => {
                self.searches.insert(job, device);
                self.ask(listing(&device));
            }
            Discover::StopFinding { job } => self.stop_finding(job),
            Discover::Watch { node, instance } => {
                let instance = Name::new(&format!("{instance}.{OPERATIONAL}"));
                self.resolver.watch(instance.clone());
                self.watched.insert(node, instance);
            }
            Discover::Resolve { node } => {
                if let Some(instance) = self.watched.get(&node) {
                    self.ask(location(instance));
                }
            }
            Discover::StopResolving { node } => {
                if let Some(instance) = self.watched.get(&node) {
                    self.resolver.stop(&location(instance));
                }
            }
            Discover::Unwatch { node } => {
                if let Some(instance) = self.watched.remove(&node) {
                    self.resolver.stop(&location(&instance));
                    self.resolver.unwatch(&instance);
                }
            }
        }
    }

    /// What is told next. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Told {
        loop {
            self.transmit();
            while let Some(event) = self.resolver.poll_event() {
                self.interpret(event);
            }
            if !self.told.is_empty() {
                return Told::Discovered(self.told.remove(0));
            }
            match self.wake().await {
                Wake::Message => {}
                Wake::Change => self.settles = Some(clock::now().mono + SETTLE),
                Wake::Due => {
                    let now = clock::now().mono;
                    self.resolver.handle_timeout(now);
                    if self.settles.is_some_and(|at| at <= now) {
                        self.settles = None;
                        if self.network.refresh() {
                            self.resolver.handle_network_change(now);
                            self.transmit();
                            return Told::NetworkChanged;
                        }
                    }
                }
            }
        }
    }

    fn ask(&mut self, question: Question) {
        self.resolver.ask(question, clock::now().mono);
        self.transmit();
    }

    fn stop_finding(&mut self, job: JobId) {
        let Some(ended) = self.searches.remove(&job).map(|device| listing(&device)) else {
            return;
        };
        if !self
            .searches
            .values()
            .any(|device| listing(device) == ended)
        {
            self.resolver.stop(&ended);
        }
    }

    fn transmit(&mut self) {
        for message in self.resolver.poll_transmit() {
            self.network.send(&message);
        }
    }

    async fn wake(&mut self) -> Wake {
        let deadline = self
            .resolver
            .poll_timeout()
            .into_iter()
            .chain(self.settles)
            .min();
        let Self {
            resolver, network, ..
        } = self;
        let event = poll_fn(|context| {
            if network.poll_change(context).is_ready() {
                return Poll::Ready(Wake::Change);
            }
            let mut taken = 0;
            while taken < MESSAGES_AT_ONCE {
                let Poll::Ready((link, message)) = network.poll_receive(context) else {
                    break;
                };
                taken += 1;
                if let Err(error) = resolver.handle_message(message, link, clock::now().mono) {
                    trace!(%error, interface = link.index, "malformed multicast message");
                }
            }
            if taken > 0 {
                Poll::Ready(Wake::Message)
            } else {
                Poll::Pending
            }
        });
        match deadline {
            None => event.await,
            Some(at) => tokio::select! {
                wake = event => wake,
                () = tokio::time::sleep_until(at.into()) => Wake::Due,
            },
        }
    }

    fn interpret(&mut self, event: Event) {
        match event {
            Event::Gone(instance) => {
                let node = self.node(&instance);
                self.told.extend(node.map(|node| Discovered::Gone { node }));
            }
            Event::Heard(heard) if heard.services.is_empty() => {
                if let Some(node) = self.node(&heard.instance) {
                    self.resolver.stop(&location(&heard.instance));
                    self.told.push(Discovered::Operational {
                        node,
                        at: whereabouts(&heard),
                        fresh: heard.announced,
                    });
                }
            }
            Event::Heard(heard) => {
                let device = Device::of(&heard);
                let matching = self.searches.iter().filter(|(_, sought)| {
                    heard.services.contains(&listing(sought).name) && device.can_be(sought)
                });
                self.told
                    .extend(matching.map(|(job, _)| Discovered::Commissionable {
                        job: *job,
                        instance: heard.instance.split_first().0.to_ascii_uppercase(),
                        at: whereabouts(&heard),
                        vendor_product: device.vendor_product,
                        open: device.open,
                    }));
            }
        }
    }

    fn node(&self, instance: &Name) -> Option<NodeId> {
        let mut watched = self.watched.iter();
        watched.find_map(|(node, name)| (name == instance).then_some(*node))
    }
}

/// What a device that can be added tells of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Device {
    vendor_product: Option<(u16, Option<u16>)>,
    open: bool,
}

impl Device {
    fn of(heard: &Heard) -> Self {
        let told = attributes(heard);
        let vendor_product = told.get("VP").and_then(|both| {
            let (vendor, product) = both.split_once('+').unwrap_or((both, ""));
            Some((vendor.parse().ok()?, product.parse().ok()))
        });
        Self {
            vendor_product,
            open: told.get("CM") != Some(&"0"),
        }
    }

    /// Whether it can be the device sought: what either does not tell matches.
    fn can_be(&self, sought: &Commissionable) -> bool {
        fn agree(a: Option<u16>, b: Option<u16>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        let (vendor, product) = match self.vendor_product {
            Some((vendor, product)) => (Some(vendor), product),
            None => (None, None),
        };
        agree(vendor, sought.vendor) && agree(product, sought.product)
    }
}

const OPERATIONAL: &str = "_matter._tcp.local";
const COMMISSIONABLE: &str = "_sub._matterc._udp.local";

/// The question that lists the devices which may be the one sought.
fn listing(sought: &Commissionable) -> Question {
    Question {
        name: Name::new(&format!(
            "{}.{COMMISSIONABLE}",
            sought.discriminator.subtype()
        )),
        kind: Kind::Ptr,
    }
}

/// The question where an instance is.
fn location(instance: &Name) -> Question {
    Question {
        name: instance.clone(),
        kind: Kind::Srv,
    }
}

fn whereabouts(heard: &Heard) -> Location {
    Location {
        addresses: heard.addresses.iter().map(scoped).collect(),
        port: heard.addresses.first().map_or(0, SocketAddr::port),
        pace: pace(&attributes(heard)),
    }
}

fn scoped(address: &SocketAddr) -> ScopedAddr {
    let scope = match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(address) => address.scope_id(),
    };
    ScopedAddr {
        ip: address.ip(),
        scope,
    }
}

fn attributes(heard: &Heard) -> BTreeMap<&str, &str> {
    let pairs = heard.attributes.iter();
    pairs
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect()
}

fn pace(told: &BTreeMap<&str, &str>) -> Pace {
    let read = |key, longest_ms: u64| {
        let ms: u64 = told.get(key)?.parse().ok()?;
        (ms <= longest_ms).then_some(Duration::from_millis(ms))
    };
    Pace {
        idle: read("SII", MAX_INTERVAL_MS),
        active: read("SAI", MAX_INTERVAL_MS),
        active_threshold: read("SAT", MAX_THRESHOLD_MS),
    }
}

/// An hour (Matter 1.6 Core §4.3.4).
const MAX_INTERVAL_MS: u64 = 3_600_000;
/// What fits 16 bits (Matter 1.6 Core §4.3.4).
const MAX_THRESHOLD_MS: u64 = 65_535;

#[cfg(test)]
mod tests {
    use super::*;
    use matter_engine::Discriminator;

    const INSTANCE: &str = "0123456789ABCDEF-00000000000000A5";

    fn heard(instance: &str, services: &[&Commissionable], attributes: &[(&str, &str)]) -> Event {
        Event::Heard(Heard {
            instance: Name::new(instance),
            services: services.iter().map(|sought| listing(sought).name).collect(),
            addresses: vec!["[fe80::1%3]:5540".parse().unwrap()],
            attributes: attributes
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            announced: true,
        })
    }

    fn sought(discriminator: Discriminator, product: Option<u16>) -> Commissionable {
        Commissionable {
            discriminator,
            vendor: product.map(|_| 0xFFF1),
            product,
        }
    }

    #[test]
    fn subtypes_are_those_of_the_specification() {
        let name = |discriminator| listing(&sought(discriminator, None)).name.to_string();
        assert_eq!(
            name(Discriminator::Long(840)),
            "_l840._sub._matterc._udp.local"
        );
        assert_eq!(
            name(Discriminator::Short(3)),
            "_s3._sub._matterc._udp.local"
        );
    }

    #[tokio::test]
    async fn a_device_is_told_to_each_search_that_it_matches() {
        let mut discovery = Discovery::open();
        let any = sought(Discriminator::Long(3840), None);
        let other_product = sought(Discriminator::Long(3840), Some(0x8001));
        let other_subtype = sought(Discriminator::Short(15), None);
        for (job, device) in [(1, any), (2, other_product), (3, other_subtype), (4, any)] {
            discovery.handle(Discover::Find {
                job: JobId(job),
                device,
            });
        }
        discovery.handle(Discover::StopFinding { job: JobId(4) });
        let told = [
            ("CM", "1"),
            ("VP", "65521+32768"),
            ("SII", "5000"),
            ("SAI", "9999999"),
        ];
        discovery.interpret(heard(
            "DD200C20D25AE5F7._matterc._udp.local",
            &[&any],
            &told,
        ));
        let Discovered::Commissionable {
            job,
            instance,
            at,
            vendor_product,
            open,
        } = discovery.told.remove(0)
        else {
            panic!("not a device");
        };
        assert_eq!(
            (job, instance.as_str(), open),
            (JobId(1), "DD200C20D25AE5F7", true)
        );
        assert_eq!(vendor_product, Some((0xFFF1, Some(0x8000))));
        assert_eq!((at.port, at.addresses[0].scope), (5540, 3));
        assert_eq!(at.pace.idle, Some(Duration::from_secs(5)));
        assert_eq!(at.pace.active, None, "an hour at most");
        assert_eq!(discovery.told, []);
    }

    #[test]
    fn a_device_may_say_that_it_is_closed() {
        let Event::Heard(heard) = heard("A._matterc._udp.local", &[], &[("CM", "0"), ("VP", "1")])
        else {
            unreachable!()
        };
        let closed = Device {
            vendor_product: Some((1, None)),
            open: false,
        };
        assert_eq!(Device::of(&heard), closed);
    }

    #[tokio::test]
    async fn only_watched_nodes_are_told() {
        let mut discovery = Discovery::open();
        discovery.handle(Discover::Watch {
            node: NodeId(0xA5),
            instance: INSTANCE.to_owned(),
        });
        discovery.interpret(heard(
            "0123456789ABCDEF-00000000000000A6._matter._tcp.local",
            &[],
            &[],
        ));
        assert_eq!(discovery.told, []);
        let ours = format!("{INSTANCE}._matter._tcp.local");
        discovery.interpret(heard(&ours, &[], &[]));
        discovery.interpret(Event::Gone(Name::new(&ours)));
        assert!(matches!(
            discovery.told[..],
            [
                Discovered::Operational {
                    node: NodeId(0xA5),
                    fresh: true,
                    ..
                },
                Discovered::Gone { node: NodeId(0xA5) }
            ]
        ));
        discovery.handle(Discover::Unwatch { node: NodeId(0xA5) });
        discovery.interpret(heard(&ours, &[], &[]));
        assert_eq!(discovery.told.len(), 2);
    }
}
