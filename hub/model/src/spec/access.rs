//! Access and quality of attributes, commands and events. Matter 1.6 Core §7.6, §7.7.

/// A privilege of the access control list, in ascending order. Matter 1.6 Core §6.6.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// May read what is not security sensitive.
    View,
    /// May use the node's primary function.
    Operate,
    /// May change its configuration.
    Manage,
    /// May change who may do what.
    Administer,
}

/// What fabrics have to do with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fabric {
    /// Nothing.
    Unaware,
    /// Its data belongs to a fabric each; a command needs an accessing fabric.
    Scoped,
    /// Only the fabric itself sees it.
    Sensitive,
}

/// Who may do what with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// What reading takes; none when it cannot be read. Of an event: what receiving it takes.
    pub read: Option<Privilege>,
    /// What writing takes; none when it cannot be written. Of a command: what invoking it takes.
    pub write: Option<Privilege>,
    /// Whether writing is left to the device (`R[W]`).
    pub write_optional: bool,
    /// Whether writing or invoking takes a timed interaction. Matter 1.6 Core §8.8.
    pub timed: bool,
    /// What fabrics have to do with it.
    pub fabric: Fabric,
}

/// The other qualities of an element, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality(pub u16);

impl Quality {
    /// `X`: null is a value.
    pub const NULLABLE: Self = Self(1 << 0);
    /// `N`: kept over restarts.
    pub const NON_VOLATILE: Self = Self(1 << 1);
    /// `F`: changes only with the device's software or configuration.
    pub const FIXED: Self = Self(1 << 2);
    /// `S`: part of scenes.
    pub const SCENE: Self = Self(1 << 3);
    /// `P`: of use to reporting.
    pub const REPORTABLE: Self = Self(1 << 4);
    /// `C`: changes are not reported.
    pub const CHANGES_OMITTED: Self = Self(1 << 5);
    /// `I`: one cluster a node.
    pub const SINGLETON: Self = Self(1 << 6);
    /// `K`: for diagnostics; left out of wildcards on request.
    pub const DIAGNOSTICS: Self = Self(1 << 7);
    /// `L`: may be larger than one datagram.
    pub const LARGE_MESSAGE: Self = Self(1 << 8);
    /// `Q`: not each change is reported.
    pub const QUIETER: Self = Self(1 << 9);
    /// `T`: written only within an atomic write.
    pub const ATOMIC: Self = Self(1 << 10);

    /// Whether all qualities of `other` are in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
