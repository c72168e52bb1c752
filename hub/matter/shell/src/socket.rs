//! The one UDP socket through which all nodes are spoken to.
//!
//! It is dual-stack: the core sees plain IPv4 and IPv6 addresses, the mapping stays here. What
//! cannot be sent at once is lost like any datagram; the core's retransmission covers it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;
use tracing::debug;

/// See the module.
#[derive(Debug)]
pub(crate) struct MatterSocket {
    socket: UdpSocket,
    is_dual_stack: bool,
    buffer: Box<[u8]>,
}

/// What may wait in the kernel while the hub is busy: about a thousand full messages. A home of
/// 60 nodes sends that much when all are primed at once.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Larger than any Matter message over UDP (Matter 1.6 Core §4.4.4: 1280 octets).
const MAX_DATAGRAM: usize = 2048;
/// Datagrams taken in before the core is drained.
const DATAGRAMS_AT_ONCE: usize = 64;

impl MatterSocket {
    /// Binds a port, or a free one for 0.
    ///
    /// # Errors
    /// When the port is taken, or the host has no UDP.
    pub(crate) fn bind(port: u16) -> io::Result<Self> {
        match open(Domain::IPV6, (Ipv6Addr::UNSPECIFIED, port).into()) {
            Ok(socket) => Self::new(socket, true),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
            Err(error) => {
                debug!(%error, "this host has no IPv6");
                let socket = open(Domain::IPV4, (Ipv4Addr::UNSPECIFIED, port).into())?;
                Self::new(socket, false)
            }
        }
    }

    fn new(socket: Socket, is_dual_stack: bool) -> io::Result<Self> {
        Ok(Self {
            socket: UdpSocket::from_std(socket.into())?,
            is_dual_stack,
            buffer: vec![0; MAX_DATAGRAM].into_boxed_slice(),
        })
    }

    /// The port it is bound to.
    pub(crate) fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// Waits until there is something to receive. Cancel-safe.
    pub(crate) async fn readable(&self) {
        if let Err(error) = self.socket.readable().await {
            debug!(%error, "socket not readable");
        }
    }

    /// Hands over what has come, up to a bound.
    pub(crate) fn receive(&mut self, mut handle: impl FnMut(&[u8], SocketAddr)) {
        for _ in 0..DATAGRAMS_AT_ONCE {
            match self.socket.try_recv_from(&mut self.buffer) {
                Ok((length, from)) => {
                    let datagram = self.buffer.get(..length).unwrap_or_default();
                    handle(datagram, plain(from));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP error of an earlier datagram; the next call goes on.
                Err(error) => debug!(%error, "receive"),
            }
        }
    }

    /// Sends a datagram.
    ///
    /// # Errors
    /// When it surely did not leave: no route, no such scope, or the queue is full.
    pub(crate) fn send(&self, datagram: &[u8], to: SocketAddr) -> io::Result<()> {
        let to = if self.is_dual_stack { mapped(to) } else { to };
        // Not by tokio's call: that refuses until the reactor has seen the socket writable.
        SockRef::from(&self.socket)
            .send_to(datagram, &to.into())
            .map(|_| ())
    }
}

fn open(domain: Domain, address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
    if domain == Domain::IPV6 {
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    // The kernel grants what its limit allows.
    if let Err(error) = socket.set_recv_buffer_size(RECEIVE_BUFFER) {
        debug!(%error, "receive buffer stays small");
    }
    Ok(socket)
}

/// The address without the mapping of IPv4 into IPv6.
fn plain(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => (ip, address.port()).into(),
        IpAddr::V6(_) => address,
    }
}

/// The address as an IPv6 socket takes it.
fn mapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) => (ip.to_ipv6_mapped(), address.port()).into(),
        IpAddr::V6(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn speaks_both_ip_versions_on_one_port() {
        let mut hub = MatterSocket::bind(0).unwrap();
        for loopback in ["127.0.0.1:0", "[::1]:0"] {
            let device = std::net::UdpSocket::bind(loopback).unwrap();
            let address = device.local_addr().unwrap();
            hub.send(b"ask", address).unwrap();
            let mut buffer = [0; 8];
            let (length, from) = device.recv_from(&mut buffer).unwrap();
            assert_eq!(
                (&buffer[..length], from.port()),
                (&b"ask"[..], hub.port().unwrap())
            );

            device.send_to(b"tell", from).unwrap();
            let mut received = Vec::new();
            hub.readable().await;
            hub.receive(|datagram, from| received.push((datagram.to_vec(), from)));
            assert_eq!(received, [(b"tell".to_vec(), address)]);
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error() {
        let first = MatterSocket::bind(0).unwrap();
        let error = MatterSocket::bind(first.port().unwrap()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }
}
