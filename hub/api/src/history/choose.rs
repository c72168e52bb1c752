//! Which series are meant by paths: `kitchen-lamp/1/OnOff.OnOff`, `kitchen-lamp`,
//! `*/*/TemperatureMeasurement.*`, `kitchen-lamp/reachability`, or the key of a series.
//!
//! Nodes that left the home go by their number, as long as something of them is kept.

use history::series::SeriesKey;
use hub_engine::Home;
use hub_model::nearest::nearest;
use hub_model::text_path::{Member, NodeRef, Part, TextPath};
use hub_model::{ClusterId, EndpointId, NodeId};

use super::title::{self, COMMANDS, REACHABILITY};
use crate::path;
use crate::problem::{Kind, Problem};

/// The most series of one answer.
pub(crate) const MOST_SERIES: usize = 50;
const FORM: &str = "A path is node/endpoint/Cluster.attribute, such as kitchen-lamp/1/OnOff.OnOff; \
                    `*` is any, a missing end all below; also kitchen-lamp/reachability and \
                    kitchen-lamp/commands.";

/// The series that paths mean, each once, in the order of the paths; a problem when a path means none,
/// or all together too many.
pub(crate) fn choose(
    home: &Home,
    known: &[SeriesKey],
    paths: &[String],
) -> Result<Vec<SeriesKey>, Problem> {
    if paths.is_empty() {
        return Err(Problem::new(Kind::BadQuery, "no path is given").advise(FORM));
    }
    let mut chosen: Vec<SeriesKey> = Vec::new();
    for text in paths {
        for key in matching(home, known, text)? {
            if !chosen.contains(&key) {
                chosen.push(key);
            }
        }
        if chosen.len() > MOST_SERIES {
            return Err(Problem::new(
                Kind::TooMuch,
                format!("these are more than {MOST_SERIES} series"),
            )
            .advise("Name the cluster or the attribute; `ingle history series` lists them."));
        }
    }
    Ok(chosen)
}

/// The series that a path means, by key; a problem when there are none.
pub(crate) fn matching(
    home: &Home,
    known: &[SeriesKey],
    text: &str,
) -> Result<Vec<SeriesKey>, Problem> {
    let first = text.split('/').next().unwrap_or_default();
    if home.node_by_slug(first).is_none()
        && let Ok(key) = text.parse::<SeriesKey>()
        && known.contains(&key)
    {
        return Ok(vec![key]);
    }
    let wanted = wanted(home, known, text)?;
    let found: Vec<_> = known
        .iter()
        .filter(|key| wanted.takes(key))
        .cloned()
        .collect();
    if found.is_empty() {
        return Err(none(home, known, text, &wanted));
    }
    Ok(found)
}

/// What a path means.
struct Wanted {
    /// The node; all when none.
    node: Option<NodeId>,
    what: What,
}

enum What {
    Everything,
    Reachability,
    Commands,
    Below {
        endpoint: Option<EndpointId>,
        cluster: Option<ClusterId>,
        member: Option<Member>,
    },
}

fn wanted(home: &Home, known: &[SeriesKey], text: &str) -> Result<Wanted, Problem> {
    let (rest, special) = match text.rsplit_once('/') {
        Some((node, REACHABILITY)) => (node, Some(What::Reachability)),
        Some((node, COMMANDS)) => (node, Some(What::Commands)),
        _ => (text, None),
    };
    let path = path::parse(rest)?;
    let node = node(home, known, &path.node)?;
    let what = match (special, path.endpoint) {
        (Some(special), None) => special,
        (Some(_), Some(_)) => {
            let what = format!("{text:?} is of an endpoint, but only whole nodes have that");
            return Err(Problem::new(Kind::BadPath, what).advise(FORM));
        }
        (None, None) => What::Everything,
        (None, Some(endpoint)) => below(text, endpoint, &path)?,
    };
    Ok(Wanted { node, what })
}

fn below(text: &str, endpoint: Part<EndpointId>, path: &TextPath) -> Result<What, Problem> {
    let member = path.member.and_then(Part::one);
    if member.is_some_and(|member| member.attribute().is_none() && member.event().is_none()) {
        return Err(
            Problem::new(Kind::BadPath, format!("{text:?} is a command")).advise(format!(
                "What was asked of a node is at {}/{COMMANDS}.",
                path.node
            )),
        );
    }
    Ok(What::Below {
        endpoint: endpoint.one(),
        cluster: path.cluster.and_then(Part::one),
        member,
    })
}

fn node(home: &Home, known: &[SeriesKey], node: &NodeRef) -> Result<Option<NodeId>, Problem> {
    match node {
        NodeRef::Any => Ok(None),
        NodeRef::Id(id) if known.iter().any(|key| key.node() == Some(*id)) => Ok(Some(*id)),
        one => path::node_of(home, one).map(Some),
    }
}

impl Wanted {
    fn takes(&self, key: &SeriesKey) -> bool {
        let Some(node) = key.node() else { return false };
        self.node.is_none_or(|wanted| wanted == node) && self.what.takes(key)
    }
}

impl What {
    fn takes(&self, key: &SeriesKey) -> bool {
        let Self::Below {
            endpoint,
            cluster,
            member,
        } = self
        else {
            return match self {
                Self::Reachability => matches!(key, SeriesKey::Reachability(_)),
                Self::Commands => matches!(key, SeriesKey::Commands(_)),
                _ => true,
            };
        };
        let lies = |at: EndpointId, of: ClusterId| {
            endpoint.is_none_or(|id| id == at) && cluster.is_none_or(|id| id == of)
        };
        match key {
            SeriesKey::Attribute(path) => {
                lies(path.endpoint, path.cluster)
                    && member.is_none_or(|member| member.attribute() == Some(path.attribute))
            }
            // A number alone is an attribute's.
            SeriesKey::Event(path) => {
                lies(path.endpoint, path.cluster)
                    && member.is_none_or(|member| {
                        !matches!(member, Member::Number(_)) && member.event() == Some(path.event)
                    })
            }
            _ => false,
        }
    }
}

/// That a path means nothing that was recorded, and what may have been meant.
fn none(home: &Home, known: &[SeriesKey], text: &str, wanted: &Wanted) -> Problem {
    let problem = Problem::new(Kind::NoHistory, text);
    let of_node = |key: &&SeriesKey| wanted.node.is_none_or(|node| key.node() == Some(node));
    let there: Vec<_> = known
        .iter()
        .filter(of_node)
        .map(|key| title::path(home, key))
        .collect();
    match (nearest(text, there.iter().map(String::as_str)), wanted.node) {
        (Some(near), _) => problem.advise(format!("Did you mean {near}?")),
        (None, Some(node)) if !there.is_empty() => {
            let node = home
                .node(node)
                .map_or_else(|| node.to_string(), |node| node.slug.to_string());
            problem.advise(format!(
                "`ingle history series {node}` lists what is recorded of it."
            ))
        }
        _ => problem.advise("`ingle history series` lists what is recorded."),
    }
}
