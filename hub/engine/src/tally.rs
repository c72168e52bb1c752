//! How much there is in the home, for whoever watches over the hub.

/// How much there is in the home at one moment. Labels of it are few and fixed, however many
/// devices there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Nodes, by whether they are there.
    pub nodes: Nodes,
    /// Devices that the nodes are divided into.
    pub devices: usize,
    /// Attributes, by whether their values can be relied upon.
    pub attributes: Attributes,
    /// Jobs of the journal, by how they stand.
    pub jobs: Jobs,
}

/// Nodes by reachability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nodes {
    /// Not heard of since the start.
    pub unknown: usize,
    /// There.
    pub online: usize,
    /// Gone.
    pub offline: usize,
    /// Those of all that no bridge claims.
    pub orphaned: usize,
}

/// Attributes by quality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Their values can be relied upon.
    pub known: usize,
    /// Their values were so once.
    pub stale: usize,
}

/// Jobs by state. Ended ones fall out of the journal after a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jobs {
    /// Under way.
    pub running: usize,
    /// Waiting for a person.
    pub asking: usize,
    /// Ended well.
    pub done: usize,
    /// Ended without their aim.
    pub failed: usize,
}
