//! The importance of a request: its class, and its rank inside the class.

use crate::error::{InvalidField, Value};

/// The class of a request. Critical requests are served before normal ones, and normal ones before
/// low ones; within a class by [`Rank`], then first come first served.
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

/// The place of a request inside its class: a whole number from -1000 to 1000. Higher ranks are
/// served first, equal ranks in the order of their arrival.
///
/// ```
/// use multi_throttler_engine::{Priority, Rank, Standing};
/// let urgent = Standing { class: Priority::Normal, rank: Rank::new(10.0)? };
/// assert_eq!(Standing::from(Priority::Normal).rank, Rank::DEFAULT);
/// assert_eq!(urgent.rank.number(), 10);
/// # Ok::<(), multi_throttler_engine::InvalidField>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(i16);

impl Rank {
    /// The range, as errors tell it.
    pub const RANGE: &str = "a whole number from -1000 to 1000";

    /// The rank of a request that names none: 0.
    pub const DEFAULT: Rank = Rank(0);

    /// The rank that is served first in a class: 1000.
    pub const HIGHEST: Rank = Rank(1000);

    /// The rank that is served last in a class: -1000.
    pub const LOWEST: Rank = Rank(-1000);

    /// Makes a rank.
    ///
    /// # Errors
    /// `rank` is no whole number from -1000 to 1000.
    pub fn new(rank: f64) -> Result<Self, InvalidField> {
        match rank.trunc() == rank && rank.abs() <= f64::from(Self::HIGHEST.0) {
            true => Ok(Self(rank as i16)),
            false => Err(InvalidField::new("priority.rank", Value::Number(rank), Self::RANGE)),
        }
    }

    /// The rank as a number.
    pub fn number(self) -> i16 {
        self.0
    }

    /// The number of ranks above this one.
    pub(crate) fn above(self) -> u16 {
        Self::HIGHEST.0.wrapping_sub(self.0) as u16
    }

    /// The rank that has so many ranks above it.
    pub(crate) fn below_highest(above: u16) -> Self {
        Self(Self::HIGHEST.0.saturating_sub_unsigned(above))
    }
}

/// The importance of a request: its class, and its rank inside the class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The class.
    pub class: Priority,
    /// The rank inside the class.
    pub rank: Rank,
}

impl From<Priority> for Standing {
    /// The standing of a request of a class that names no rank.
    #[inline(always)]
    fn from(class: Priority) -> Self {
        Self { class, rank: Rank::DEFAULT }
    }
}
