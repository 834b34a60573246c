//! The importance of a request.

/// The importance of a request. Critical requests are served before normal ones, and normal ones
/// before low ones; within a class, first come first served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Served before all others.
    Critical,
    /// The class of a request that names none.
    #[default]
    Normal,
    /// Served when no other class has waiters.
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

    /// The class above, to which aging raises a waiter.
    pub(crate) fn raised(self) -> Self {
        match self {
            Priority::Critical | Priority::Normal => Priority::Critical,
            Priority::Low => Priority::Normal,
        }
    }
}
