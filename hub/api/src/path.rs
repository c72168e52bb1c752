//! What people and programs call things: `kitchen-lamp/1/OnOff.Toggle`, a room's name.
//!
//! The form of paths is the model's; here their nodes are found in the home. Beside paths, nodes go
//! by id, slug or name, rooms and floors by number or name. What is unknown is answered with the
//! nearest.

use hub_engine::{FloorId, Home, RoomId};
use hub_model::text_path::{Member, NodeRef, Part, PathError, TextPath};
use hub_model::{AttributePath, AttributePattern, ClusterId, CommandPath, EndpointId, NodeId};

use crate::problem::{Kind, Problem};
use hub_model::nearest::nearest;

/// Attributes of one node or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// The node; none for all.
    pub(crate) node: Option<NodeId>,
    /// The attributes.
    pub(crate) attributes: AttributePattern,
}

impl Pattern {
    /// Whether the attribute is one of these.
    pub(crate) fn matches(&self, path: &AttributePath) -> bool {
        self.node.is_none_or(|node| node == path.node) && self.attributes.matches(path)
    }
}

/// The attributes of `node/endpoint/Cluster.attribute`; `*` is any, a missing end all below.
pub(crate) fn pattern(home: &Home, text: &str) -> Result<Pattern, Problem> {
    let path = parse(text)?;
    let node = match &path.node {
        NodeRef::Any => None,
        one => Some(node_of(home, one)?),
    };
    let attribute = match path.member.and_then(Part::one) {
        Some(member) => Some(
            member
                .attribute()
                .ok_or_else(|| other_kind("attribute", text))?,
        ),
        None => None,
    };
    let endpoint = path.endpoint.and_then(Part::one);
    let cluster = path.cluster.and_then(Part::one);
    Ok(Pattern {
        node,
        attributes: AttributePattern {
            endpoint,
            cluster,
            attribute,
        },
    })
}

/// The attribute of `node/endpoint/Cluster.attribute`.
pub(crate) fn attribute(home: &Home, text: &str) -> Result<AttributePath, Problem> {
    let (node, endpoint, cluster, member) = whole(home, text)?;
    let attribute = member
        .attribute()
        .ok_or_else(|| other_kind("attribute", text))?;
    Ok(AttributePath {
        node,
        endpoint,
        cluster,
        attribute,
    })
}

/// The command of `node/endpoint/Cluster.command`.
pub(crate) fn command(home: &Home, text: &str) -> Result<CommandPath, Problem> {
    let (node, endpoint, cluster, member) = whole(home, text)?;
    let command = member
        .command()
        .ok_or_else(|| other_kind("command", text))?;
    Ok(CommandPath {
        node,
        endpoint,
        cluster,
        command,
    })
}

/// The node of this id, slug or name.
pub(crate) fn node(home: &Home, text: &str) -> Result<NodeId, Problem> {
    if let Some(hex) = text.strip_prefix("0x")
        && let Ok(id) = u64::from_str_radix(hex, 16)
    {
        return known(home, NodeId(id));
    }
    if let Some(node) = home.node_by_slug(text) {
        return Ok(node.id);
    }
    let mut named = home.nodes().filter(|node| same(&node.name, text));
    let Some(node) = named.next() else {
        let names = home
            .nodes()
            .flat_map(|node| [node.slug.as_ref(), node.name.as_ref()]);
        return Err(unknown(Kind::UnknownNode, "node", text, names).or_advise(LISTED));
    };
    let others: Vec<_> = named.map(|other| other.slug.as_ref()).collect();
    if others.is_empty() {
        return Ok(node.id);
    }
    Err(Problem::new(
        Kind::AmbiguousName,
        format!("several nodes are named {text:?}"),
    )
    .advise(format!("Say which: {}, {}.", node.slug, others.join(", "))))
}

/// The room of this number or name.
pub(crate) fn room(home: &Home, text: &str) -> Result<RoomId, Problem> {
    let names = || home.rooms().into_iter().map(|room| room.name.as_ref());
    find_room(home, text).ok_or_else(|| unknown(Kind::UnknownThing, "room", text, names()))
}

/// The room of this number or name, if there is one. A name comes first.
pub(crate) fn find_room(home: &Home, text: &str) -> Option<RoomId> {
    let rooms = home.rooms();
    let named = rooms.iter().find(|room| same(&room.name, text));
    let numbered = || rooms.iter().find(|room| room.id.to_string() == text);
    named.or_else(numbered).map(|room| room.id)
}

/// The floor of this number or name.
pub(crate) fn floor(home: &Home, text: &str) -> Result<FloorId, Problem> {
    let names = || home.floors().into_iter().map(|floor| floor.name.as_ref());
    find_floor(home, text).ok_or_else(|| unknown(Kind::UnknownThing, "floor", text, names()))
}

/// The floor of this number or name, if there is one. A name comes first.
pub(crate) fn find_floor(home: &Home, text: &str) -> Option<FloorId> {
    let floors = home.floors();
    let named = floors.iter().find(|floor| same(&floor.name, text));
    let numbered = || floors.iter().find(|floor| floor.id.to_string() == text);
    named.or_else(numbered).map(|floor| floor.id)
}

/// All parts of a path that leaves nothing out.
fn whole(home: &Home, text: &str) -> Result<(NodeId, EndpointId, ClusterId, Member), Problem> {
    let path = parse(text)?;
    let (Some(Part::This(endpoint)), Some(Part::This(cluster)), Some(Part::This(member))) =
        (path.endpoint, path.cluster, path.member)
    else {
        return Err(Problem::new(
            Kind::BadPath,
            format!("{text:?} is not the path of one thing"),
        )
        .advise(FORM));
    };
    Ok((node_of(home, &path.node)?, endpoint, cluster, member))
}

pub(crate) fn parse(text: &str) -> Result<TextPath, Problem> {
    text.parse()
        .map_err(|error: PathError| Problem::new(Kind::BadPath, error.to_string()).advise(FORM))
}

pub(crate) fn node_of(home: &Home, node: &NodeRef) -> Result<NodeId, Problem> {
    match node {
        NodeRef::Any => Err(Problem::new(Kind::BadPath, "one node must be named").advise(FORM)),
        NodeRef::Id(id) => known(home, *id),
        NodeRef::Slug(slug) => self::node(home, slug),
    }
}

fn known(home: &Home, id: NodeId) -> Result<NodeId, Problem> {
    home.node(id).map(|node| node.id).ok_or_else(|| {
        Problem::new(Kind::UnknownNode, format!("there is no node {id}")).advise(LISTED)
    })
}

fn other_kind(wanted: &str, text: &str) -> Problem {
    Problem::new(
        Kind::BadPath,
        format!("{text:?} is not the path of an {wanted}"),
    )
    .advise(FORM)
}

const FORM: &str = "A path is node/endpoint/Cluster.member, such as kitchen-lamp/1/OnOff.OnOff \
                    or 0x12/1/0x0402.0.";
const LISTED: &str = "`ingle nodes` lists them.";

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn unknown<'a>(
    kind: Kind,
    what: &str,
    text: &str,
    names: impl Iterator<Item = &'a str>,
) -> Problem {
    let problem = Problem::new(kind, format!("there is no {what} {text:?}"));
    match nearest(text, names) {
        Some(near) => problem.advise(format!("Did you mean {near:?}?")),
        None => problem,
    }
}
