//! The UDP sockets of nodes and of the mDNS responder.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use async_io::Async;
use socket2::{Domain, Protocol, Socket, Type};

use crate::host::Interfaces;

/// The mDNS port and groups. RFC 6762 §3.
pub(crate) const MDNS_PORT: u16 = 5353;
pub(crate) const MDNS_GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
pub(crate) const MDNS_GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);

/// Room for a burst of requests while a node is busy with a handshake.
const RECEIVE_BUFFER: usize = 256 * 1024;

/// A node's socket; port 0 takes a free one. On loopback nobody else can reach it.
pub(crate) fn node_socket(port: u16, interfaces: Interfaces) -> io::Result<Async<UdpSocket>> {
    match interfaces {
        Interfaces::Loopback => bind_node(Ipv6Addr::LOCALHOST.into(), port)
            .or_else(|_| bind_node(Ipv4Addr::LOCALHOST.into(), port)),
        Interfaces::All => bind_node(Ipv6Addr::UNSPECIFIED.into(), port)
            .or_else(|_| bind_node(Ipv4Addr::UNSPECIFIED.into(), port)),
    }
}

fn bind_node(address: IpAddr, port: u16) -> io::Result<Async<UdpSocket>> {
    let domain = if address.is_ipv6() {
        Domain::IPV6
    } else {
        Domain::IPV4
    };
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    if address.is_ipv6() {
        // IPv4 comes through the same socket.
        socket.set_only_v6(false)?;
    }
    socket.bind(&SocketAddr::from((address, port)).into())?;
    Async::new(socket.into())
}

/// A socket on the mDNS port that hears one interface's IPv4 group alone.
pub(crate) fn mdns_v4(interface: Ipv4Addr) -> io::Result<Async<UdpSocket>> {
    let socket = shared(Domain::IPV4)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, MDNS_PORT)).into())?;
    socket.set_multicast_all_v4(false)?;
    socket.set_multicast_loop_v4(true)?;
    socket.set_multicast_ttl_v4(255)?;
    socket.set_multicast_if_v4(&interface)?;
    socket.join_multicast_v4(&MDNS_GROUP_V4, &interface)?;
    Async::new(socket.into())
}

/// A socket on the mDNS port that hears one interface's IPv6 group alone.
pub(crate) fn mdns_v6(interface: u32) -> io::Result<Async<UdpSocket>> {
    let socket = shared(Domain::IPV6)?;
    socket.set_only_v6(true)?;
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, MDNS_PORT)).into())?;
    socket.set_multicast_all_v6(false)?;
    socket.set_multicast_loop_v6(true)?;
    socket.set_multicast_hops_v6(255)?;
    socket.set_multicast_if_v6(interface)?;
    socket.join_multicast_v6(&MDNS_GROUP_V6, interface)?;
    Async::new(socket.into())
}

/// A socket that shares its port with every other mDNS program of the machine.
fn shared(domain: Domain) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    Ok(socket)
}
