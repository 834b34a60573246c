//! How important a request is.

/// How important a request is. Critical requests are served before normal ones, normal ones before low ones; inside
/// a class the first come is the first served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Served before all others.
    Critical,
    /// The class of a request that names none.
    #[default]
    Normal,
    /// Served when nothing else waits.
    Low,
}

impl Priority {
    /// All classes, the most important first.
    pub const ALL: [Priority; 3] = [Priority::Critical, Priority::Normal, Priority::Low];

    /// The name in options and messages.
    pub fn name(self) -> &'static str {
        match self {
            Priority::Critical => "critical",
            Priority::Normal => "normal",
            Priority::Low => "low",
        }
    }

    /// The class above, for one that has waited long enough.
    pub(crate) fn raised(self) -> Self {
        match self {
            Priority::Critical | Priority::Normal => Priority::Critical,
            Priority::Low => Priority::Normal,
        }
    }
}
