//! Configurations of an engine.

use super::input::{Few, Number};
use arbitrary::{Arbitrary, Result, Unstructured};
use multi_throttler_engine::{
    BackoffConfig, Config, InvalidField, MaxWaiting, Mode, Ordering, Overflow, Priority, Rank,
    Standing,
};

#[derive(Arbitrary, Clone, Debug)]
pub struct Setting {
    max_waiting: Option<Waiting>,
    order: Order,
    overflow: Full,
    aging: Option<Number>,
    share: Option<Number>,
    modes: Few<(u8, Option<Number>, Option<Number>), 3>,
    adaptive: bool,
    backoff: Option<[Number; 4]>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Waiting {
    Total(Number),
    PerPriority([Number; 3]),
}

/// The order of waiters: the lowest bit tells whether it is strict, the next ones the number of
/// reservations.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Order(u8);

/// The rule for a full queue.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Full(u8);

/// A class and a rank.
#[derive(Clone, Copy, Debug)]
pub struct Class(Standing);

/// The upper bits choose the class, the lowest ones the rank, so that saved inputs keep their
/// classes.
impl<'a> Arbitrary<'a> for Class {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let bits = u32::arbitrary(u)?;
        let class = Priority::ALL[((u64::from(bits) * 3) >> 32) as usize];
        let rank = [0.0, 0.0, 0.0, 0.0, -1.0, 1.0, -1000.0, 1000.0][(bits % 8) as usize];
        Ok(Self(Standing { class, rank: Rank::new(rank).unwrap_or_default() }))
    }
}

/// Names of modes: three that may be configured, and one that never is.
pub fn mode(pick: u8) -> &'static str {
    ["normal", "careful", "night", "none"][usize::from(pick % 4)]
}

impl Setting {
    pub fn config(&self) -> Config {
        let max_waiting = match self.max_waiting {
            None => MaxWaiting::default(),
            Some(Waiting::Total(total)) => MaxWaiting::Total(total.0),
            Some(Waiting::PerPriority(limits)) => {
                MaxWaiting::PerPriority(limits.map(|limit| limit.0))
            }
        };
        // Numbers below 1 are rare among decoded numbers, so others are scaled.
        let fraction = |n: Number| if n.0 >= 1.0 && n.0 < 256.0 { n.0 / 256.0 } else { n.0 };
        let modes = self.modes.0.iter().map(|&(name, buffer, reserve)| Mode {
            name: mode(name % 3).to_owned(),
            buffer: buffer.map_or(0.0, fraction),
            reserve: reserve.map_or(0.0, fraction),
        });
        let backoff = self.backoff.map_or(BackoffConfig::default(), |times| {
            let [base, max, ban_base, ban_max] = times.map(|n| n.0);
            BackoffConfig { base, max, ban_base, ban_max }
        });
        Config {
            max_waiting,
            ordering: match self.order.0 & 1 {
                0 => Ordering::WorkConserving,
                _ => Ordering::StrictFifo,
            },
            reservations: [Config::RESERVATIONS, 0, 1, 3][usize::from(self.order.0 >> 1) % 4],
            overflow: [Overflow::Reject, Overflow::DropLowest, Overflow::DropOldest]
                [usize::from(self.overflow.0 % 3)],
            aging: self.aging.map_or(f64::INFINITY, |n| n.0),
            share: self.share.map_or(1.0, fraction),
            modes: modes.collect(),
            adaptive: self.adaptive,
            backoff,
        }
    }

    /// Checks that a rejected setting has a field out of its range, and that the error names that
    /// field.
    pub fn check(&self, error: &InvalidField) {
        let config = self.config();
        let fits = |n: f64| (0.0..1.0).contains(&n);
        match error.field.as_str() {
            "aging" => assert!(config.aging.is_nan() || config.aging <= 0.0, "{error}"),
            "share" => assert!(
                config.share.is_nan() || config.share <= 0.0 || config.share > 1.0,
                "{error}"
            ),
            field if field.starts_with("backoff.") => {
                let BackoffConfig { base, max, ban_base, ban_max } = config.backoff;
                assert!(
                    [base, max, ban_base, ban_max].iter().any(|ms| ms.is_nan() || *ms <= 0.0),
                    "{error}"
                );
            }
            field => {
                assert!(field.starts_with("modes."), "{error}");
                assert!(
                    config.modes.iter().any(|mode| !fits(mode.buffer) || !fits(mode.reserve)),
                    "{error}"
                );
            }
        }
    }
}

impl Class {
    pub fn standing(self) -> Standing {
        self.0
    }
}
