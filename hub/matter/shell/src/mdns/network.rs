//! The querier's sockets: one for each interface and IP version, and word of network changes.
//!
//! Each socket is bound to the multicast group itself, so nothing that was sent to this host
//! alone, from wherever, is taken for multicast; and it joins on its interface alone, so a
//! message's link is known. Loopback is joined like any other interface: there it is that the
//! virtual home and a machine without a network are found. Linux needs neither a route nor a
//! privilege for that over IPv4; over IPv6 sending fails there, which does no harm.
//!
//! Changes of interfaces and addresses come as netlink messages, so nothing is polled.
//!
//! Spec: RFC 6762 §3 (groups), §11 (source address), §15.1 (several responders on a host);
//! rtnetlink(7).

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::AsRawFd;
use std::task::{Context, Poll};

use nix::net::if_::{InterfaceFlags, if_nametoindex};
use nix::sys::socket::{
    AddressFamily, NetlinkAddr, SockFlag, SockProtocol, SockType, SockaddrStorage,
};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, SockRef, Socket, Type};
use tokio::io::ReadBuf;
use tokio::net::{UdpSocket, UnixDatagram};
use tracing::{debug, warn};

use super::resolver::Link;

/// The open sockets and the watch for changes.
#[derive(Debug)]
pub(crate) struct Network {
    sockets: BTreeMap<SocketKey, UdpSocket>,
    addresses: BTreeSet<Address>,
    changes: Option<UnixDatagram>,
    buffer: Box<[u8]>,
}

/// An address of an interface of this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Address {
    link: Link,
    ip: IpAddr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SocketKey {
    link: Link,
    is_ipv4: bool,
}

const PORT: u16 = 5353;
const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xFF02, 0, 0, 0, 0, 0, 0, 0xFB);
/// The largest message (RFC 6762 §17).
const MAX_MESSAGE: usize = 9000;
/// Messages of changes taken in before the caller gets a turn.
const CHANGES_AT_ONCE: usize = 64;
/// Interfaces joined; a host with containers may have hundreds.
const MAX_INTERFACES: usize = 32;

impl Network {
    /// Opens the sockets that can be opened now. What cannot is logged and tried again at the
    /// next change of the network.
    pub(crate) fn open() -> Self {
        let changes = watch_changes()
            .inspect_err(|error| warn!(%error, "network changes will not be noticed"))
            .ok();
        let mut network = Self {
            sockets: BTreeMap::new(),
            addresses: BTreeSet::new(),
            changes,
            buffer: vec![0; MAX_MESSAGE].into_boxed_slice(),
        };
        network.refresh();
        network
    }

    /// Follows the host's interfaces; whether any address came or went.
    pub(crate) fn refresh(&mut self) -> bool {
        let addresses = match local_addresses() {
            Ok(addresses) => addresses,
            Err(error) => {
                warn!(%error, "interfaces cannot be listed");
                return false;
            }
        };
        let mut wanted = BTreeMap::new();
        for address in &addresses {
            let key = SocketKey {
                link: address.link,
                is_ipv4: address.ip.is_ipv4(),
            };
            wanted.entry(key).or_insert(address.ip);
        }
        self.sockets.retain(|key, _| wanted.contains_key(key));
        for (key, ip) in wanted {
            if self.sockets.contains_key(&key) {
                continue;
            }
            match open_socket(key.link, ip) {
                Ok(socket) => {
                    self.sockets.insert(key, socket);
                }
                Err(error) => debug!(%error, interface = key.link.index, %ip, "no multicast here"),
            }
        }
        let has_changed = addresses != self.addresses;
        self.addresses = addresses;
        has_changed
    }

    /// Sends a message over every link; one that cannot take it now misses it, as if lost.
    pub(crate) fn send(&self, message: &[u8]) {
        // Not by tokio's call: that refuses until the reactor has seen the socket writable.
        for (key, socket) in &self.sockets {
            if let Err(error) = SockRef::from(socket).send_to(message, &group(key).into()) {
                debug!(%error, interface = key.link.index, ipv4 = key.is_ipv4, "query not sent");
            }
        }
    }

    /// The next message and its link. Cancel-safe.
    pub(crate) fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<(Link, &[u8])> {
        let mut received = None;
        for (key, socket) in &self.sockets {
            let mut buffer = ReadBuf::new(&mut self.buffer);
            match socket.poll_recv(context, &mut buffer) {
                Poll::Ready(Ok(())) => {
                    received = Some((key.link, buffer.filled().len()));
                    break;
                }
                Poll::Ready(Err(error)) => {
                    debug!(%error, interface = key.link.index, "multicast socket failed");
                    context.waker().wake_by_ref();
                }
                Poll::Pending => {}
            }
        }
        match received {
            Some((link, length)) => {
                Poll::Ready((link, self.buffer.get(..length).unwrap_or_default()))
            }
            None => Poll::Pending,
        }
    }

    /// Ready when the network may have changed. Cancel-safe.
    pub(crate) fn poll_change(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(changes) = &self.changes else {
            return Poll::Pending;
        };
        // What changed is not read, all is listed anew; so an overrun (ENOBUFS) is as good as a
        // message, and so is any other error.
        let mut message = [0; MAX_MESSAGE];
        let mut has_changed = false;
        for _ in 0..CHANGES_AT_ONCE {
            let mut buffer = ReadBuf::new(&mut message);
            if changes.poll_recv(context, &mut buffer).is_pending() {
                break;
            }
            has_changed = true;
        }
        if has_changed {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

fn group(key: &SocketKey) -> SocketAddr {
    if key.is_ipv4 {
        SocketAddrV4::new(GROUP_V4, PORT).into()
    } else {
        SocketAddrV6::new(GROUP_V6, PORT, 0, key.link.index).into()
    }
}

fn open_socket(link: Link, ip: IpAddr) -> io::Result<UdpSocket> {
    let key = SocketKey {
        link,
        is_ipv4: ip.is_ipv4(),
    };
    let socket = Socket::new(
        Domain::for_address(group(&key)),
        Type::DGRAM.nonblocking(),
        Some(Protocol::UDP),
    )?;
    socket.set_reuse_address(true)?;
    match ip {
        IpAddr::V4(ip) => {
            socket.set_multicast_all_v4(false)?;
            socket.join_multicast_v4_n(&GROUP_V4, &InterfaceIndexOrAddress::Index(link.index))?;
            socket.set_multicast_if_v4(&ip)?;
            socket.set_multicast_ttl_v4(255)?;
        }
        IpAddr::V6(_) => {
            socket.set_only_v6(true)?;
            socket.set_multicast_all_v6(false)?;
            socket.join_multicast_v6(&GROUP_V6, link.index)?;
            socket.set_multicast_if_v6(link.index)?;
            socket.set_multicast_hops_v6(255)?;
        }
    }
    socket.bind(&group(&key).into())?;
    UdpSocket::from_std(socket.into())
}

/// The addresses of all interfaces that are up and can multicast, and of loopback.
fn local_addresses() -> io::Result<BTreeSet<Address>> {
    let mut addresses = BTreeSet::new();
    let mut links = BTreeSet::new();
    for interface in nix::ifaddrs::getifaddrs()? {
        let flags = interface.flags;
        let is_loopback = flags.contains(InterfaceFlags::IFF_LOOPBACK);
        let is_usable = flags.contains(InterfaceFlags::IFF_UP)
            && (is_loopback || flags.contains(InterfaceFlags::IFF_MULTICAST));
        let Some(ip) = interface.address.as_ref().and_then(ip_of) else {
            continue;
        };
        let Ok(index) = if_nametoindex(interface.interface_name.as_str()) else {
            continue;
        };
        let link = Link { index, is_loopback };
        if is_usable && (links.contains(&link) || links.len() < MAX_INTERFACES) {
            links.insert(link);
            addresses.insert(Address { link, ip });
        }
    }
    Ok(addresses)
}

fn ip_of(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|a| a.ip().into());
    v4.or_else(|| address.as_sockaddr_in6().map(|a| a.ip().into()))
}

/// The multicast groups of rtnetlink(7): links, IPv4 addresses, IPv6 addresses.
const CHANGES: u32 = 0x1 | 0x10 | 0x100;

/// A netlink socket. It is held as a Unix one, which tokio can wait for and which receives
/// datagrams of any family alike.
fn watch_changes() -> io::Result<UnixDatagram> {
    let fd = nix::sys::socket::socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        SockProtocol::NetlinkRoute,
    )?;
    nix::sys::socket::bind(fd.as_raw_fd(), &NetlinkAddr::new(0, CHANGES))?;
    UnixDatagram::from_std(fd.into())
}
