//! Runs nodes: one thread with its own executor for all nodes of the process, and one mDNS
//! responder for all of them.

use std::path::PathBuf;
use std::thread::JoinHandle;

use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use rand::Rng as _;
use tokio::sync::{mpsc, oneshot};

use crate::device::Device;
use crate::error::DeviceError;
use crate::handle::{DeviceHandle, Fabrics, ORDERS, Order};
use crate::mdns::{Board, respond};
use crate::node::{self, Ready, Surroundings};

/// Where and how nodes run.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// The folder of all nodes' records; each has a folder in it, named by its serial number.
    pub dir: PathBuf,
    /// Where the nodes can be reached.
    pub interfaces: Interfaces,
}

/// Where nodes can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interfaces {
    /// From this machine alone.
    Loopback,
    /// From every network that the machine is in.
    All,
}

/// A thread that runs nodes. Dropping it ends them all and waits for the thread.
#[derive(Debug)]
pub struct Host {
    nodes: Option<mpsc::Sender<NewNode>>,
    thread: Option<JoinHandle<()>>,
}

/// A node to be run.
struct NewNode {
    device: Device,
    orders: mpsc::Receiver<Order>,
    fabrics: Fabrics,
    ready: Ready,
}

/// Nodes that may wait to be started.
const NEW_NODES: usize = 16;
/// The stack of the thread: the stack's futures are large before they are boxed.
const STACK: usize = 16 * 1024 * 1024;

impl Host {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there can be no more threads.
    pub fn start(config: HostConfig) -> Result<Self, DeviceError> {
        let (nodes, incoming) = mpsc::channel(NEW_NODES);
        let thread = std::thread::Builder::new()
            .name("matter-devices".into())
            .stack_size(STACK)
            .spawn(move || async_io::block_on(run(&config, incoming)))
            .map_err(|error| DeviceError::io("start a thread", error))?;
        Ok(Self {
            nodes: Some(nodes),
            thread: Some(thread),
        })
    }

    /// Starts a node; returns when it listens.
    ///
    /// # Errors
    /// When its port is taken, its folder cannot be used, or it is not well formed.
    pub async fn add(&self, device: Device) -> Result<DeviceHandle, DeviceError> {
        check(&device)?;
        let (orders, received) = mpsc::channel(ORDERS);
        let (ready, started) = oneshot::channel();
        let fabrics = Fabrics::default();
        let nodes = self.nodes.as_ref().ok_or(DeviceError::Stopped)?;
        let node = NewNode {
            device,
            orders: received,
            fabrics: fabrics.clone(),
            ready,
        };
        nodes.send(node).await.map_err(|_| DeviceError::Stopped)?;
        let started = started.await.map_err(|_| DeviceError::Stopped)??;
        Ok(DeviceHandle {
            orders,
            fabrics,
            port: started.port,
            codes: started.codes,
        })
    }

    /// As [`Host::add`], for callers without an executor.
    ///
    /// # Errors
    /// As [`Host::add`].
    pub fn add_blocking(&self, device: Device) -> Result<DeviceHandle, DeviceError> {
        async_io::block_on(self.add(device))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.nodes = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the Matter nodes panicked");
        }
    }
}

/// Runs nodes as they come, until the host is dropped.
async fn run(config: &HostConfig, mut incoming: mpsc::Receiver<NewNode>) {
    let board = Board::new();
    let hostname = format!("{:016X}", rand::rng().next_u64());
    let mut running: FuturesUnordered<LocalBoxFuture<'_, ()>> = FuturesUnordered::new();
    running.push(respond(&board, &hostname, config.interfaces).boxed_local());
    let mut key = 0;
    loop {
        let next = match select(Box::pin(incoming.recv()), running.next()).await {
            Either::Left((None, _)) => return,
            Either::Left((Some(node), _)) => node,
            Either::Right(_) => continue,
        };
        key += 1;
        let (config, board) = (config, &board);
        running.push(
            async move {
                let folder = config.dir.join(&next.device.serial_number);
                let around = Surroundings {
                    folder: &folder,
                    board,
                    key,
                    interfaces: config.interfaces,
                    fabrics: next.fabrics,
                };
                node::run(next.device, around, next.orders, next.ready).await;
            }
            .boxed_local(),
        );
    }
}

/// Refuses what the stack would stumble over.
fn check(device: &Device) -> Result<(), DeviceError> {
    let malformed = |what: &str| Err(DeviceError::Malformed(what.to_owned()));
    let serial = &device.serial_number;
    let is_file_name = serial
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-');
    if serial.is_empty() || serial.len() > 32 || !is_file_name {
        return malformed("the serial number is not 1 to 32 letters, digits and hyphens");
    }
    if device.discriminator > 0x0FFF {
        return malformed("the discriminator has more than 12 bits");
    }
    if !(1..=99_999_998).contains(device.passcode.expose()) {
        return malformed("the passcode is not within 1 and 99999998");
    }
    let short = [
        &device.vendor_name,
        &device.product_name,
        &device.device_name,
    ];
    if short.iter().any(|name| name.len() > 32) || device.unique_id.len() > 32 {
        return malformed("a name or id has more than 32 octets");
    }
    Ok(())
}
