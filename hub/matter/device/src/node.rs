//! One running node: rs-matter's stack around the data of a device.
//!
//! rs-matter's futures are bound to one thread, so a node is one future of the host's thread. It
//! ends when its handle is gone or the stack fails.

use std::io;
use std::net::UdpSocket;
use std::path::Path;
use std::pin::pin;

use embassy_futures::select::{Either3, select3};
use embassy_time::{Duration, Timer};
use futures_util::FutureExt;
use futures_util::future::{Either, select, select_all};
use rand::Rng as _;
use rs_matter::crypto::{CryptoSensitive, CryptoSensitiveRef, default_crypto};
use rs_matter::dm::clusters::basic_info::{BasicInfoConfig, DeviceLocationConfig};
use rs_matter::dm::devices::test::{DAC_PRIVKEY, TEST_DEV_ATT, TEST_PID, TEST_VID};
use rs_matter::dm::endpoints::EthSysHandlerBuilder;
use rs_matter::dm::networks::eth::EthNetwork;
use rs_matter::dm::networks::unix::UnixNetifs;
use rs_matter::dm::{Async, AttrChangeNotifier, ChainedHandler, EventEmitter};
use rs_matter::error::Error;
use rs_matter::im::subscriptions::DEFAULT_MAX_SUBSCRIPTIONS;
use rs_matter::im::{InteractionModel, InteractionModelState};
use rs_matter::respond::DefaultResponder;
use rs_matter::sc::pase::MAX_COMM_WINDOW_TIMEOUT_SECS;
use rs_matter::transport::exchange::MatterBuffers;
use rs_matter::transport::network::mdns::builtin::parse_into_answer;
use rs_matter::transport::network::{MatterLocalService, MatterRemoteService};
use rs_matter::{BasicCommData, Matter};
use tokio::sync::{mpsc, oneshot};

use crate::descriptor::{DESCRIPTOR, PARTS_LIST};
use crate::device::Device;
use crate::error::DeviceError;
use crate::handle::{Fabrics, Order};
use crate::handler::{Composition, DataHandler, GROUPS, IsData, Shared, groups_handler, uptime};
use crate::host::Interfaces;
use crate::kept;
use crate::mdns::{Advert, Board, resolve_query};
use crate::pairing::{self, SetupCodes};
use crate::sockets::node_socket;
use crate::store::Folder;

/// What a node needs of the process around it.
pub(crate) struct Surroundings<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) board: &'a Board,
    /// The node's place on the board.
    pub(crate) key: u64,
    pub(crate) interfaces: Interfaces,
    pub(crate) fabrics: Fabrics,
}

/// What a node tells once it listens.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) port: u16,
    pub(crate) codes: SetupCodes,
}

/// Told once: that the node listens, or why it does not.
pub(crate) type Ready = oneshot::Sender<Result<Started, DeviceError>>;

/// Octets for events that no subscriber has fetched yet.
const EVENT_BUFFER: usize = 8192;
/// Requests that a node handles at a time, and those it answers "busy".
const HANDLERS: usize = 4;
const BUSY_HANDLERS: usize = 2;
/// How long resumption records and kept values may wait to be written together.
const WRITE_DELAY: Duration = Duration::from_millis(500);
/// How often a node that belongs to nobody sees to it that it can be added.
const WINDOW_CHECK: Duration = Duration::from_secs(5);
/// How long a node listens for the address of a peer.
const RESOLVE: Duration = Duration::from_secs(5);
/// Where a node remembers its port.
const PORT_RECORD: &str = "port.1.txt";
/// Space for one service in rs-matter's words.
const SERVICE_SPACE: usize = 1024;

type State = InteractionModelState<EthNetwork<'static>, DEFAULT_MAX_SUBSCRIPTIONS, EVENT_BUFFER>;

/// Runs a node until its orders end; tells `ready` when it listens.
pub(crate) async fn run(
    device: Device,
    around: Surroundings<'_>,
    orders: mpsc::Receiver<Order>,
    ready: Ready,
) {
    let (name, key, board) = (device.serial_number.clone(), around.key, around.board);
    let mut ready = Some(ready);
    let ended = live(device, around, orders, &mut ready).await;
    board.pin(key, Vec::new());
    match (ended, ready) {
        (Err(error), Some(ready)) => {
            // Nobody waits any more when the host is being dropped.
            let _ = ready.send(Err(error));
        }
        (Err(error), None) => tracing::error!(node = name, %error, "node stopped"),
        (Ok(()), _) => tracing::debug!(node = name, "node ended"),
    }
}

async fn live(
    mut device: Device,
    around: Surroundings<'_>,
    mut orders: mpsc::Receiver<Order>,
    ready: &mut Option<Ready>,
) -> Result<(), DeviceError> {
    let folder = Folder::open(around.folder).map_err(|error| {
        DeviceError::io(
            format!("open the folder {}", around.folder.display()),
            error,
        )
    })?;
    let (socket, port) = bind(&folder, device.port, around.interfaces)
        .map_err(|error| DeviceError::io(format!("bind port {}", device.port), error))?;

    let mut rng = rand::rng();
    let shared = Shared::new(&mut device, rng.next_u32())?;
    kept::load(&folder, &shared)?;
    shared.prepare(|model| model.start(uptime()));

    let info = basic_info(&device);
    let commissioning = commissioning_data(&device);
    let codes = pairing::codes(&commissioning, &info)?;
    let matter = Box::new(Matter::new(&info, commissioning, &TEST_DEV_ATT, port));
    let buffers = Box::new(MatterBuffers::<10>::new());
    let state: Box<State> = Box::new(InteractionModelState::new(EthNetwork::new_default()));
    let kv = matter.kv(folder.clone());
    matter
        .startup(&kv)
        .map_err(DeviceError::stack("read its records"))?;
    matter
        .persist_reboot_count(&kv)
        .map_err(DeviceError::stack("write its records"))?;

    let crypto = default_crypto(rand::rng(), DAC_PRIVKEY);
    let system = EthSysHandlerBuilder::new()
        .netif_diag(&UnixNetifs)
        .build(rand::rng())
        .chain(|_, cluster| cluster == GROUPS, groups_handler(&mut rng));
    let data =
        ChainedHandler::new_with_matcher(IsData(&shared), Async(DataHandler(&shared)), system);
    let im = InteractionModel::new(
        &matter,
        &crypto,
        &*buffers,
        (Composition(&shared), data),
        &kv,
        &*state,
    );
    im.startup()
        .await
        .map_err(DeviceError::stack("read its records"))?;
    let responder = DefaultResponder::new(&im);

    if let Some(ready) = ready.take()
        && ready.send(Ok(Started { port, codes })).is_err()
    {
        return Ok(());
    }
    let open_window = || im.open_basic_comm_window(MAX_COMM_WINDOW_TIMEOUT_SECS);
    let fabrics = &around.fabrics;
    let stack = [
        matter.run(&crypto, &socket, &socket, &socket).boxed_local(),
        responder.run::<HANDLERS, BUSY_HANDLERS>().boxed_local(),
        im.run().boxed_local(),
        matter
            .run_persist_resumption(&kv, WRITE_DELAY)
            .boxed_local(),
        keep_window(&matter, open_window).boxed_local(),
        advertise(&matter, around.board, around.key, fabrics).boxed_local(),
        resolve(&matter, around.board).boxed_local(),
        kept::save(&folder, &shared, WRITE_DELAY).boxed_local(),
    ];
    let obeying = pin!(obey(
        &shared,
        &im,
        || im.bump_configuration_version(),
        &mut orders
    ));
    match select(obeying, select_all(stack)).await {
        Either::Left(((), _)) => Ok(()),
        Either::Right(((ended, _, _), _)) => ended.map_err(DeviceError::stack("go on")),
    }
}

/// Binds the wished port, or when it is 0 the one of last time: controllers remember addresses.
fn bind(
    folder: &Folder,
    wished: u16,
    interfaces: Interfaces,
) -> io::Result<(async_io::Async<UdpSocket>, u16)> {
    let last = folder.read(PORT_RECORD)?;
    let last = last.and_then(|text| String::from_utf8(text).ok()?.parse().ok());
    let socket = match last.filter(|_| wished == 0) {
        Some(last) => node_socket(last, interfaces).or_else(|_| node_socket(0, interfaces)),
        None => node_socket(wished, interfaces),
    }?;
    let port = socket.get_ref().local_addr()?.port();
    if last != Some(port) {
        folder.write(PORT_RECORD, port.to_string().as_bytes())?;
    }
    Ok((socket, port))
}

/// Carries out orders and lets behaviours tick, until the last handle is gone.
async fn obey(
    shared: &Shared,
    im: &(impl AttrChangeNotifier + EventEmitter),
    recomposed: impl Fn() -> Result<u32, Error>,
    orders: &mut mpsc::Receiver<Order>,
) {
    loop {
        let due = shared.with(crate::model::Model::poll_timeout);
        let timer = async {
            match due {
                Some(due) => {
                    let micros = u64::try_from(due.as_micros()).unwrap_or(u64::MAX);
                    Timer::at(embassy_time::Instant::from_micros(micros)).await;
                }
                None => std::future::pending().await,
            }
        };
        // All three are cancel-safe; a touch only asks for a fresh look at what is due.
        match select3(orders.recv(), timer, shared.touched.notified()).await {
            Either3::First(Some(order)) => carry_out(shared, im, &recomposed, order),
            Either3::First(None) => return,
            Either3::Second(()) => shared.change(im, |model| model.tick(uptime())),
            Either3::Third(()) => {}
        }
    }
}

fn carry_out(
    shared: &Shared,
    im: &(impl AttrChangeNotifier + EventEmitter),
    recomposed: &impl Fn() -> Result<u32, Error>,
    order: Order,
) {
    match order {
        Order::Set {
            endpoint,
            cluster,
            attribute,
            value,
        } => {
            let set = shared.change(im, |model| {
                model.set(uptime(), endpoint, cluster, attribute, value)
            });
            if let Err(error) = set {
                tracing::warn!(%endpoint, %cluster, %attribute, %error, "attribute not set");
            }
        }
        Order::Emit(emission) => {
            let (endpoint, cluster) = (emission.endpoint, emission.cluster);
            if let Err(error) = shared.change(im, |model| model.emit(emission)) {
                tracing::warn!(%endpoint, %cluster, %error, "event not emitted");
            }
        }
        Order::Add { endpoint, done } => {
            let id = endpoint.id;
            let added = shared.add(endpoint, rand::rng().next_u32());
            if added.is_ok() {
                shared.change(im, |_| ());
                im.notify_endpoint_changed(id.0);
                tell_composition(im, recomposed);
            }
            // The caller may have gone.
            let _ = done.send(added);
        }
        Order::Remove { endpoint, done } => {
            let removed = shared.remove(endpoint);
            if !removed.is_empty() {
                shared.change(im, |_| ());
                tell_composition(im, recomposed);
            }
            // The caller may have gone.
            let _ = done.send(removed);
        }
    }
}

fn tell_composition(im: &impl AttrChangeNotifier, recomposed: &impl Fn() -> Result<u32, Error>) {
    im.notify_attr_changed(0, DESCRIPTOR.0, PARTS_LIST.0);
    if let Err(error) = recomposed() {
        tracing::warn!(code = ?error.code(), "configuration version not kept");
    }
}

/// Keeps a node that belongs to nobody open for commissioning.
async fn keep_window(
    matter: &Matter<'_>,
    open: impl Fn() -> Result<(), Error>,
) -> Result<(), Error> {
    loop {
        if !matter.has_fabrics() && !matter.comm_window_state().is_open() {
            open()?;
        }
        Timer::after(WINDOW_CHECK).await;
    }
}

/// Pins what the node offers to the board, at each change.
async fn advertise(
    matter: &Matter<'_>,
    board: &Board,
    key: u64,
    fabrics: &Fabrics,
) -> Result<(), Error> {
    loop {
        let mut services = Vec::new();
        matter.mdns_services(|service| {
            services.push(service);
            Ok(())
        })?;
        let owned = services
            .iter()
            .filter(|service| matches!(service, MatterLocalService::Commissioned { .. }));
        fabrics.set(owned.count());
        let adverts: Result<Vec<_>, _> = services
            .iter()
            .map(|service| advert(service, matter))
            .collect();
        board.pin(key, adverts?);
        matter.transport().wait_mdns().await;
    }
}

fn advert(service: &MatterLocalService, matter: &Matter<'_>) -> Result<Advert, Error> {
    let mut space = [0; SERVICE_SPACE];
    let (service, _) = service.service(matter, &mut space)?;
    let txt = service.txt_kvs;
    Ok(Advert {
        name: service.name.to_owned(),
        service: service.service.to_owned(),
        protocol: service.protocol.to_owned(),
        port: service.port,
        subtypes: service.service_subtypes.map(str::to_owned).collect(),
        txt: txt
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    })
}

/// Finds the peers that the stack wants to reach.
async fn resolve(matter: &Matter<'_>, board: &Board) -> Result<(), Error> {
    loop {
        let service = matter.transport().wait_mdns_resolve_request().await;
        let MatterRemoteService::Operational {
            compressed_fabric_id,
            node_id,
        } = service
        else {
            continue;
        };
        let instance = format!("{compressed_fabric_id:016X}-{node_id:016X}");
        let mut answers = board.ask(resolve_query(&[&instance, "_matter", "_tcp"]));
        let listening = async {
            while let Ok(packet) = answers.recv().await {
                if let Ok(Some(answer)) = parse_into_answer(&packet, None) {
                    matter.transport().try_deposit_mdns_resolve(&answer, &[]);
                }
            }
        };
        select(pin!(listening), pin!(Timer::after(RESOLVE))).await;
    }
}

fn basic_info(device: &Device) -> BasicInfoConfig<'_> {
    BasicInfoConfig {
        vendor_name: &device.vendor_name,
        vid: TEST_VID,
        product_name: &device.product_name,
        pid: TEST_PID,
        hw_ver: device.hardware_version,
        hw_ver_str: "1",
        sw_ver: device.software_version,
        sw_ver_str: &device.software_version_text,
        serial_no: &device.serial_number,
        unique_id: &device.unique_id,
        manufacturing_date: "20260101",
        device_name: &device.device_name,
        device_type: device.main_type(),
        device_location: device.location.as_deref().map(|name| DeviceLocationConfig {
            location_name: name,
            floor_number: None,
            area_type: None,
        }),
        ..BasicInfoConfig::new()
    }
}

fn commissioning_data(device: &Device) -> BasicCommData {
    let passcode = device.passcode.expose().to_le_bytes();
    BasicCommData {
        password: CryptoSensitive::new_from_ref(CryptoSensitiveRef::new(&passcode)),
        discriminator: device.discriminator,
    }
}
