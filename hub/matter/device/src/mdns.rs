//! One mDNS responder for all nodes of the process.
//!
//! Nodes pin what they offer to the [`Board`]; the responder announces changes and answers
//! queries on every interface, each with a socket of its own so that an answer carries that
//! interface's addresses. It also asks where a peer is when a node must reach one.
//!
//! Spec: RFC 6762, RFC 6763, Matter 1.6 Core §4.3.

mod question;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::rc::Rc;

use async_io::Async;
use embassy_time::{Duration, Timer};
use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use rs_matter::dm::networks::unix::UnixNetifs;
use rs_matter::transport::network::mdns::MdnsLocalService;
use rs_matter::transport::network::mdns::builtin::{Host, RespondMode};
use tokio::sync::{Notify, broadcast};

use crate::host::Interfaces;
use crate::sockets::{MDNS_GROUP_V4, MDNS_GROUP_V6, MDNS_PORT, mdns_v4, mdns_v6};

pub(crate) use question::resolve_query;

/// A service that a node offers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Advert {
    pub(crate) name: String,
    /// `_matter._tcp` or `_matterc._udp`, in its two labels.
    pub(crate) service: String,
    pub(crate) protocol: String,
    pub(crate) port: u16,
    pub(crate) subtypes: Vec<String>,
    pub(crate) txt: Vec<(String, String)>,
}

/// What all nodes offer and ask.
pub(crate) struct Board {
    adverts: RefCell<BTreeMap<u64, Vec<Advert>>>,
    /// Offers withdrawn and not yet told.
    withdrawn: RefCell<Vec<Advert>>,
    questions: RefCell<VecDeque<Vec<u8>>>,
    changed: Notify,
    answers: broadcast::Sender<Rc<[u8]>>,
}

/// Answers that may wait for a node that asked; later ones repeat.
const ANSWERS: usize = 16;
/// Seconds that others may remember what they heard.
const TTL_SECS: u32 = 120;
/// An announcement is told twice, a second apart. RFC 6762 §8.3.
const REPEAT: Duration = Duration::from_secs(1);
/// How often interfaces are looked at.
const LOOK: Duration = Duration::from_secs(10);
/// The largest mDNS packet. RFC 6762 §17.
const MAX_PACKET: usize = 9000;

impl Board {
    pub(crate) fn new() -> Self {
        Self {
            adverts: RefCell::default(),
            withdrawn: RefCell::default(),
            questions: RefCell::default(),
            changed: Notify::new(),
            answers: broadcast::channel(ANSWERS).0,
        }
    }

    /// Replaces what a node offers.
    pub(crate) fn pin(&self, node: u64, adverts: Vec<Advert>) {
        let old = self.adverts.borrow_mut().insert(node, adverts.clone());
        let gone = old.unwrap_or_default().into_iter();
        self.withdrawn
            .borrow_mut()
            .extend(gone.filter(|advert| !adverts.contains(advert)));
        self.changed.notify_one();
    }

    /// Asks the network; answers come to every subscriber.
    pub(crate) fn ask(&self, question: Vec<u8>) -> broadcast::Receiver<Rc<[u8]>> {
        let receiver = self.answers.subscribe();
        self.questions.borrow_mut().push_back(question);
        self.changed.notify_one();
        receiver
    }

    fn each(&self, mut tell: impl FnMut(&Advert)) {
        self.adverts.borrow().values().flatten().for_each(&mut tell);
    }
}

/// One socket on one interface.
struct Port {
    socket: Async<UdpSocket>,
    group: SocketAddr,
    ipv4: Ipv4Addr,
    ipv6: Vec<Ipv6Addr>,
}

/// An interface as it was when last looked at.
#[derive(Clone, Debug, PartialEq)]
struct Interface {
    name: String,
    index: u32,
    ipv4: Vec<Ipv4Addr>,
    ipv6: Vec<Ipv6Addr>,
}

/// Answers and announces for ever; interfaces that come and go are followed.
pub(crate) async fn respond(board: &Board, hostname: &str, interfaces: Interfaces) {
    let mut known = look(interfaces);
    loop {
        let ports = open(&known, interfaces);
        if ports.is_empty() {
            tracing::warn!("no interface for mDNS; nodes cannot be found");
        }
        let serving = serve(board, hostname, &ports, interfaces);
        let looking = async {
            loop {
                Timer::after(LOOK).await;
                let now = look(interfaces);
                if now != known {
                    return now;
                }
            }
        };
        match select(std::pin::pin!(serving), std::pin::pin!(looking)).await {
            Either::Left(((), _)) => return,
            Either::Right((now, _)) => known = now,
        }
        board.changed.notify_one();
    }
}

async fn serve(board: &Board, hostname: &str, ports: &[Port], interfaces: Interfaces) {
    let listeners: FuturesUnordered<_> = ports
        .iter()
        .map(|port| listen(board, hostname, port, interfaces))
        .collect();
    let listening = listeners.for_each(|()| std::future::ready(()));
    let announcing = announce(board, hostname, ports);
    futures_util::future::join(listening, announcing).await;
}

/// Tells changes as they come.
async fn announce(board: &Board, hostname: &str, ports: &[Port]) {
    loop {
        board.changed.notified().await;
        for _ in 0..2 {
            tell(board, hostname, ports).await;
            let repeat = std::pin::pin!(Timer::after(REPEAT));
            match select(repeat, std::pin::pin!(board.changed.notified())).await {
                Either::Left(_) => {}
                // Something newer: begin anew.
                Either::Right(_) => {
                    board.changed.notify_one();
                    break;
                }
            }
        }
    }
}

async fn tell(board: &Board, hostname: &str, ports: &[Port]) {
    let questions: Vec<_> = board.questions.borrow_mut().drain(..).collect();
    let withdrawn: Vec<_> = board.withdrawn.borrow_mut().drain(..).collect();
    for port in ports {
        let mut packets = questions.clone();
        packets.extend(
            withdrawn
                .iter()
                .filter_map(|a| port.announcement(hostname, a, 0)),
        );
        board.each(|a| packets.extend(port.announcement(hostname, a, TTL_SECS)));
        for packet in packets {
            if let Err(error) = port.socket.send_to(&packet, port.group).await {
                tracing::debug!(%error, group = %port.group, "mDNS announcement not sent");
                break;
            }
        }
    }
}

async fn listen(board: &Board, hostname: &str, port: &Port, interfaces: Interfaces) {
    let mut packet = vec![0; MAX_PACKET];
    loop {
        let received = port.socket.recv_from(&mut packet).await;
        let (packet, from) = match received {
            Ok((length, from)) => (packet.get(..length).unwrap_or_default(), from),
            Err(error) => {
                tracing::debug!(%error, "mDNS socket failed");
                Timer::after(REPEAT).await;
                continue;
            }
        };
        if question::is_response(packet) {
            // Nobody may be waiting for it.
            let _ = board.answers.send(packet.into());
            continue;
        }
        let (answers, wait) = port.answers(board, hostname, packet, from);
        if wait && interfaces == Interfaces::All {
            // Others may answer too: RFC 6762 §6 asks for 20 to 120 ms.
            Timer::after(Duration::from_millis(20 + u64::from(from.port() % 100))).await;
        }
        for (answer, to) in answers {
            if let Err(error) = port.socket.send_to(&answer, to).await {
                tracing::debug!(%error, %to, "mDNS answer not sent");
            }
        }
    }
}

impl Port {
    fn host<'a>(&'a self, hostname: &'a str) -> Host<'a> {
        Host {
            hostname,
            ip: self.ipv4,
            ipv6: &self.ipv6,
        }
    }

    fn announcement(&self, hostname: &str, advert: &Advert, ttl: u32) -> Option<Vec<u8>> {
        let mut space = [0; MAX_PACKET];
        let written = with_service(advert, |service| {
            self.host(hostname)
                .broadcast(service, &mut space, TTL_SECS, ttl)
        });
        Some(space.get(..written.ok()?)?.to_vec())
    }

    /// The answers to a query, and whether to wait before they are sent.
    fn answers(
        &self,
        board: &Board,
        hostname: &str,
        query: &[u8],
        from: SocketAddr,
    ) -> (Vec<(Vec<u8>, SocketAddr)>, bool) {
        let legacy = from.port() != MDNS_PORT;
        let mut answers = Vec::new();
        let mut wait = false;
        let mut space = [0; MAX_PACKET];
        board.each(|advert| {
            let answer = with_service(advert, |service| {
                self.host(hostname)
                    .respond(service, query, &mut space, TTL_SECS, legacy)
            });
            let (length, to) = match answer {
                Ok((_, RespondMode::Skip)) | Err(_) => return,
                Ok((length, RespondMode::Unicast)) => (length, from),
                Ok((length, RespondMode::Multicast { delay })) => {
                    wait |= delay;
                    (length, self.group)
                }
            };
            if let Some(answer) = space.get(..length).filter(|answer| !answer.is_empty()) {
                answers.push((answer.to_vec(), to));
            }
        });
        (answers, wait)
    }
}

/// Hands the advert over in rs-matter's words.
fn with_service<R>(
    advert: &Advert,
    act: impl FnOnce(
        &MdnsLocalService<
            '_,
            std::iter::Map<std::slice::Iter<'_, String>, fn(&String) -> &str>,
            std::iter::Map<
                std::slice::Iter<'_, (String, String)>,
                fn(&(String, String)) -> (&str, &str),
            >,
        >,
    ) -> R,
) -> R {
    let service_protocol = format!("{}.{}", advert.service, advert.protocol);
    act(&MdnsLocalService {
        name: &advert.name,
        service: &advert.service,
        protocol: &advert.protocol,
        service_protocol: &service_protocol,
        port: advert.port,
        service_subtypes: advert
            .subtypes
            .iter()
            .map(String::as_str as fn(&String) -> &str),
        txt_kvs: advert
            .txt
            .iter()
            .map(pair as fn(&(String, String)) -> (&str, &str)),
    })
}

fn pair((key, value): &(String, String)) -> (&str, &str) {
    (key, value)
}

/// The interfaces to serve.
fn look(interfaces: Interfaces) -> Vec<Interface> {
    let all = match UnixNetifs.get() {
        Ok(all) => all,
        Err(error) => {
            tracing::warn!(code = ?error.code(), "interfaces cannot be listed");
            return Vec::new();
        }
    };
    let up = all.into_iter().filter(|netif| netif.operational);
    let mut found: Vec<_> = up
        .map(|netif| Interface {
            name: netif.name,
            index: netif.netif_index,
            ipv4: netif.ipv4addrs,
            ipv6: netif.ipv6addrs,
        })
        .filter(|interface| interface.is_loopback() == (interfaces == Interfaces::Loopback))
        .collect();
    found.sort_by_key(|interface| interface.index);
    found
}

impl Interface {
    fn is_loopback(&self) -> bool {
        self.ipv4.iter().any(Ipv4Addr::is_loopback) || self.ipv6.iter().any(Ipv6Addr::is_loopback)
    }
}

fn open(interfaces: &[Interface], scope: Interfaces) -> Vec<Port> {
    let mut ports = Vec::new();
    for interface in interfaces {
        // A node on loopback is bound to ::1 where there is one, and then deaf to 127.0.0.1.
        let ipv6_alone = scope == Interfaces::Loopback && !interface.ipv6.is_empty();
        let ipv4 = interface.ipv4.first().copied().filter(|_| !ipv6_alone);
        let addresses = (
            ipv4.unwrap_or(Ipv4Addr::UNSPECIFIED),
            interface.ipv6.clone(),
        );
        let v4 = interface.ipv4.first().map(|own| {
            let group = SocketAddr::from((MDNS_GROUP_V4, MDNS_PORT));
            (mdns_v4(*own), group)
        });
        let v6 = (!interface.ipv6.is_empty()).then(|| {
            let group = SocketAddrV6::new(MDNS_GROUP_V6, MDNS_PORT, 0, interface.index);
            (mdns_v6(interface.index), SocketAddr::V6(group))
        });
        for (socket, group) in v4.into_iter().chain(v6) {
            ports.extend(port(socket, group, interface, &addresses));
        }
    }
    ports
}

fn port(
    socket: io::Result<Async<UdpSocket>>,
    group: SocketAddr,
    interface: &Interface,
    addresses: &(Ipv4Addr, Vec<Ipv6Addr>),
) -> Option<Port> {
    match socket {
        Ok(socket) => Some(Port {
            socket,
            group,
            ipv4: addresses.0,
            ipv6: addresses.1.clone(),
        }),
        Err(error) => {
            tracing::warn!(%error, interface = interface.name, %group, "no mDNS socket");
            None
        }
    }
}
