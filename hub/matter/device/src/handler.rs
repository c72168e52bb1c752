//! The bridge from rs-matter's operations to the [`Model`]: one handler for every cluster of
//! every endpoint that is data.

use std::cell::RefCell;
use std::time::Duration;

use hub_model::{AttributeId, ClusterId, CommandId, EndpointId, Value};
use rs_matter::dm::clusters::groups::{self, GroupsHandler};
use rs_matter::dm::{
    Async, AttrChangeNotifier, AttrDetails, Dataver, EventEmitter, Handler, InvokeContext,
    InvokeReply, MatchContext, Matcher, Metadata, Node, NonBlockingHandler, ReadContext, ReadReply,
    Reply, WriteContext,
};
use rs_matter::error::{Error, ErrorCode};
use rs_matter::im::EventPriority;
use rs_matter::im::events::EVENT_DATA_TAG;
use rs_matter::root_endpoint;
use tokio::sync::Notify;

use crate::behaviour::{Call, Status, scenes};
use crate::device::{Device, Endpoint};
use crate::error::DeviceError;
use crate::model::{Change, Emission, Model, Output};
use crate::shape::Shape;
use crate::tlv;

/// What a node shares between rs-matter's handlers and its own loop; one thread.
pub(crate) struct Shared {
    /// The data of all endpoints but the root.
    model: RefCell<Model>,
    /// The metadata of all endpoints.
    endpoints: RefCell<Vec<rs_matter::dm::Endpoint<'static>>>,
    observer: RefCell<Option<crate::device::Observer>>,
    /// A behaviour may be due earlier than before, or kept values changed.
    pub(crate) touched: Notify,
    /// An attribute changed.
    pub(crate) changed: Notify,
}

/// The field of a fabric-scoped struct that names its fabric. Matter 1.6 Core §7.13.6.
const FABRIC_INDEX: u32 = 254;

/// The root endpoint, all of it the stack's own.
const ROOT: rs_matter::dm::Endpoint<'static> = root_endpoint!(eth);

/// The time since rs-matter's clock began.
pub(crate) fn uptime() -> Duration {
    Duration::from_micros(embassy_time::Instant::now().as_micros())
}

impl Shared {
    pub(crate) fn new(device: &mut Device, version: u32) -> Result<Self, DeviceError> {
        let shared = Self {
            model: RefCell::default(),
            endpoints: RefCell::new(vec![ROOT]),
            observer: RefCell::new(device.observer.take()),
            touched: Notify::new(),
            changed: Notify::new(),
        };
        for endpoint in device.endpoints.drain(..) {
            shared.add(endpoint, version)?;
        }
        // Nobody listens yet.
        while shared.model.borrow_mut().poll_output().is_some() {}
        Ok(shared)
    }

    /// Adds an endpoint to data and metadata.
    pub(crate) fn add(&self, endpoint: Endpoint, version: u32) -> Result<(), DeviceError> {
        let (id, device_types) = (endpoint.id, endpoint.device_types.clone());
        let mut model = self.model.borrow_mut();
        model.add(endpoint, version)?;
        let shape = Shape::of(&device_types, model.clusters(id));
        self.endpoints.borrow_mut().push(shape.endpoint(id));
        Ok(())
    }

    /// Removes an endpoint and its parts from data and metadata.
    pub(crate) fn remove(&self, endpoint: EndpointId) -> Vec<EndpointId> {
        let removed = self.model.borrow_mut().remove(endpoint);
        self.endpoints
            .borrow_mut()
            .retain(|endpoint| !removed.contains(&EndpointId(endpoint.id)));
        removed
    }

    /// Runs `act` on the data, then tells others what came of it.
    pub(crate) fn change<R>(
        &self,
        to: &(impl AttrChangeNotifier + EventEmitter),
        act: impl FnOnce(&mut Model) -> R,
    ) -> R {
        let result = act(&mut self.model.borrow_mut());
        loop {
            // The borrow must end before others are told: they bump versions here.
            let output = self.model.borrow_mut().poll_output();
            match output {
                Some(Output::Changed(change)) => self.tell(to, &change),
                Some(Output::Emitted(emission)) => emit(to, &emission),
                None => break,
            }
        }
        self.touched.notify_one();
        result
    }

    /// Looks at the data.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&Model) -> R) -> R {
        look(&self.model.borrow())
    }

    /// Changes the data before anybody listens.
    pub(crate) fn prepare(&self, act: impl FnOnce(&mut Model)) {
        act(&mut self.model.borrow_mut());
    }

    fn tell(&self, to: &impl AttrChangeNotifier, change: &Change) {
        to.notify_attr_changed(change.endpoint.0, change.cluster.0, change.attribute.0);
        self.changed.notify_one();
        if let Some(observer) = self.observer.borrow_mut().as_mut() {
            observer(change);
        }
    }
}

fn emit(to: &impl EventEmitter, emission: &Emission) {
    let priority = match emission.priority {
        hub_model::EventPriority::Debug => EventPriority::Debug,
        hub_model::EventPriority::Info => EventPriority::Info,
        hub_model::EventPriority::Critical => EventPriority::Critical,
    };
    let sent = to.emit_event(
        emission.endpoint.0,
        emission.cluster.0,
        emission.event.0,
        priority,
        |mut tw| tlv::write(&mut tw, &EVENT_DATA_TAG, &emission.fields),
    );
    if let Err(error) = sent {
        tracing::warn!(
            endpoint = %emission.endpoint,
            cluster = %emission.cluster,
            event = %emission.event,
            code = ?error.code(),
            "event does not fit the event buffer"
        );
    }
}

/// The metadata of the node.
pub(crate) struct Composition<'a>(pub(crate) &'a Shared);

impl Metadata for Composition<'_> {
    fn access<F, R>(&self, f: F) -> R
    where
        F: FnOnce(&Node<'_>) -> R,
    {
        f(&Node::new(&self.0.endpoints.borrow()))
    }
}

/// Serves every cluster that is data.
pub(crate) struct DataHandler<'a>(pub(crate) &'a Shared);

/// The Groups cluster: the stack's own, as it keeps the node's group table.
pub(crate) const GROUPS: u32 = 0x0004;

/// Serves Groups on every endpoint.
pub(crate) fn groups_handler(
    rng: &mut impl rand::Rng,
) -> Async<groups::HandlerAdaptor<GroupsHandler<'static>>> {
    Async(GroupsHandler::new(Dataver::new_rand(rng)).adapt())
}

/// Whether a cluster is data.
pub(crate) struct IsData<'a>(pub(crate) &'a Shared);

impl Matcher for IsData<'_> {
    fn matches(&self, ctx: impl MatchContext) -> bool {
        let (Some(endpoint), Some(cluster)) = (ctx.endpt(), ctx.cluster()) else {
            return true;
        };
        cluster != GROUPS
            && self.0.with(|model| {
                model
                    .cluster(EndpointId(endpoint), ClusterId(cluster))
                    .is_some()
            })
    }
}

impl NonBlockingHandler for DataHandler<'_> {}

impl Handler for DataHandler<'_> {
    fn read(&self, ctx: impl ReadContext, reply: impl ReadReply) -> Result<(), Error> {
        let attr = ctx.attr();
        let (endpoint, cluster) = (EndpointId(attr.endpoint_id), ClusterId(attr.cluster_id));
        let (version, value) = self.0.with(|model| {
            let live = model
                .cluster(endpoint, cluster)
                .ok_or(ErrorCode::ClusterNotFound)?;
            let value = live.cluster.attributes.get(&AttributeId(attr.attr_id));
            Ok::<_, Error>((live.version, value.map(|attribute| attribute.value.clone())))
        })?;
        let Some(mut writer) = reply.with_dataver(version)? else {
            return Ok(());
        };
        if attr.is_system() {
            return attr.cluster(ctx.metadata(), |cluster| cluster.read(attr, writer));
        }
        let value = visible(attr, value.ok_or(ErrorCode::AttributeNotFound)?);
        let tag = writer.tag().clone();
        tlv::write(&mut writer.writer(), &tag, &wanted(attr, &value)?)?;
        writer.complete()
    }

    fn write(&self, ctx: impl WriteContext) -> Result<(), Error> {
        let attr = ctx.attr();
        let value = tlv::read(ctx.data())?;
        let append = attr
            .list_index
            .as_ref()
            .is_some_and(|index| index.as_opt_ref().is_none());
        self.0
            .change(&ctx, |model| {
                model.write(
                    uptime(),
                    EndpointId(attr.endpoint_id),
                    ClusterId(attr.cluster_id),
                    AttributeId(attr.attr_id),
                    value,
                    append,
                )
            })
            .map_err(code)
    }

    fn invoke(&self, ctx: impl InvokeContext, reply: impl InvokeReply) -> Result<(), Error> {
        let command = ctx.cmd();
        let fields = tlv::read(ctx.data())?;
        let groups = if command.cluster_id == scenes::ID {
            groups_of(&ctx)
        } else {
            Vec::new()
        };
        let call = Call {
            command: CommandId(command.cmd_id),
            fields: &fields,
            fabric: command.fab_idx,
            groups: &groups,
        };
        let (endpoint, cluster) = (
            EndpointId(command.endpoint_id),
            ClusterId(command.cluster_id),
        );
        let answer = self
            .0
            .change(&ctx, |model| {
                model.invoke(uptime(), endpoint, cluster, &call)
            })
            .map_err(code)?;
        let Some((command, fields)) = answer else {
            return Ok(());
        };
        let mut writer = reply.with_command(command.0)?;
        let tag = writer.tag().clone();
        tlv::write(&mut writer.writer(), &tag, &fields)?;
        writer.complete()
    }

    fn bump_dataver(&self, ctx: impl MatchContext) {
        if let (Some(endpoint), Some(cluster)) = (ctx.endpt(), ctx.cluster()) {
            self.0
                .model
                .borrow_mut()
                .bump(EndpointId(endpoint), ClusterId(cluster));
        }
    }
}

/// The groups of the asking fabric that the endpoint is in.
fn groups_of(ctx: &impl InvokeContext) -> Vec<u16> {
    let (fabric, endpoint) = (ctx.cmd().fab_idx, ctx.cmd().endpoint_id);
    let Some(fabric) = std::num::NonZeroU8::new(fabric) else {
        return Vec::new();
    };
    ctx.matter().with_state(|state| {
        let groups = state.fabrics.get(fabric).map(|fabric| fabric.groups());
        let entries = groups.into_iter().flat_map(|groups| groups.iter());
        entries
            .filter(|entry| entry.endpoints.contains(&endpoint))
            .map(|entry| entry.group_id)
            .collect()
    })
}

/// The entries that the reader may see: of a fabric-scoped list, its own when it asks for them.
fn visible(attr: &AttrDetails, value: Value) -> Value {
    let Value::List(entries) = &value else {
        return value;
    };
    let fabric = |entry: &Value| entry.field(FABRIC_INDEX).and_then(Value::as_u64);
    if !attr.fab_filter || !entries.iter().any(|entry| fabric(entry).is_some()) {
        return value;
    }
    let own = entries
        .iter()
        .filter(|e| fabric(e) == Some(attr.fab_idx.into()));
    Value::list(own.cloned())
}

/// The whole value, or the part of a list that a chunked report asks for.
fn wanted(attr: &AttrDetails, value: &Value) -> Result<Value, Error> {
    let (Some(index), Value::List(entries)) = (&attr.list_index, value) else {
        return Ok(value.clone());
    };
    match index.as_opt_ref() {
        None => Ok(Value::list([])),
        Some(index) => entries
            .get(usize::from(*index))
            .cloned()
            .ok_or_else(|| ErrorCode::ConstraintError.into()),
    }
}

fn code(status: Status) -> Error {
    match status {
        Status::UnsupportedEndpoint => ErrorCode::EndpointNotFound,
        Status::UnsupportedCluster => ErrorCode::ClusterNotFound,
        Status::UnsupportedAttribute | Status::UnsupportedWrite => ErrorCode::AttributeNotFound,
        Status::UnsupportedCommand => ErrorCode::CommandNotFound,
        Status::InvalidCommand => ErrorCode::InvalidCommand,
        Status::ConstraintError => ErrorCode::ConstraintError,
        Status::InvalidDataType => ErrorCode::InvalidDataType,
        Status::NotFound => ErrorCode::NotFound,
        Status::ResourceExhausted => ErrorCode::ResourceExhausted,
        Status::Busy => ErrorCode::Busy,
        // The stack has no code for the status INVALID_IN_STATE.
        Status::InvalidInState | Status::Failure => ErrorCode::Failure,
    }
    .into()
}
