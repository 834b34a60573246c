//! How much of a rule's limit may be used: share and modes.
//!
//! The limit in force is never above that of the rule, and when it changes all that was used still counts, as what it
//! is: an amount taken at its instant. So at each grant no more is used than the rule's limit, which is all that the
//! safety argument of each window rests on; for buckets see [`TokenBucket`](crate::TokenBucket).

use crate::config::Mode;
use crate::error::{InvalidField, Value};
use crate::limit::{Definition, InForce, whole_part};

const SHARE: &str = "a number above 0 and at most 1";
const FRACTION: &str = "a number from 0 to below 1";
const NAME: &str = "the name of a mode that was configured";

/// The mode at the start, and after one that was set for some time.
pub(crate) const NORMAL: &str = "normal";

/// What share of a limit is used, in which modes, and which of them is on.
///
/// For a rule of limit `L` the share `s` gives `L1 = max(1, floor(L * s))`; the mode's buffer leaves `E = floor(L1 *
/// (1 - buffer))` for critical requests; of that `R = floor(E * reserve)` is kept for them, so that others use up to
/// `E - R`. What is not asked for rounds nothing: with share 1, buffer 0 and reserve 0 the limit is `L` itself.
#[derive(Clone, Debug)]
pub(crate) struct Quota {
    share: f64,
    /// The first one is the normal one.
    modes: Vec<Mode>,
    current: usize,
    /// When the normal mode is on again.
    until: f64,
}

impl Default for Quota {
    fn default() -> Self {
        let normal = Mode { name: NORMAL.into(), buffer: 0.0, reserve: 0.0 };
        Self { share: 1.0, modes: vec![normal], current: 0, until: f64::INFINITY }
    }
}

impl Quota {
    pub(crate) fn new(share: f64, modes: &[Mode]) -> Result<Self, InvalidField> {
        if !(share > 0.0 && share <= 1.0) {
            return Err(InvalidField::new("share", Value::Number(share), SHARE));
        }
        let Self { modes: mut all, .. } = Self::default();
        for mode in modes {
            for (field, fraction) in [("buffer", mode.buffer), ("reserve", mode.reserve)] {
                if !(0.0..1.0).contains(&fraction) {
                    let field = ["modes.", &mode.name, ".", field].concat();
                    return Err(InvalidField::new(field, Value::Number(fraction), FRACTION));
                }
            }
            match all.iter_mut().find(|known| known.name == mode.name) {
                Some(known) => known.clone_from(mode),
                None => all.push(mode.clone()),
            }
        }
        Ok(Self { share, modes: all, current: 0, until: f64::INFINITY })
    }

    /// The name of the mode that is on.
    pub(crate) fn mode(&self) -> &str {
        self.modes.get(self.current).map_or(NORMAL, |mode| &mode.name)
    }

    /// Turns a mode on, up to the instant `until`.
    pub(crate) fn set_mode(&mut self, name: &str, until: f64) -> Result<(), InvalidField> {
        let Some(at) = self.modes.iter().position(|mode| mode.name == name) else {
            return Err(InvalidField::new("mode", Value::Text(name.into()), NAME));
        };
        self.current = at;
        self.until = if at == 0 { f64::INFINITY } else { until };
        Ok(())
    }

    /// Turns the normal mode on.
    pub(crate) fn set_normal(&mut self) {
        (self.current, self.until) = (0, f64::INFINITY);
    }

    /// When the mode that is on ends.
    pub(crate) fn ends(&self) -> f64 {
        self.until
    }

    /// The limit in force for a rule of a limit.
    pub(crate) fn in_force(&self, limit: f64) -> InForce {
        self.modes.get(self.current).map_or(InForce::whole(limit), |mode| self.in_mode(mode, limit))
    }

    /// The limits in force for a rule of a limit in all modes.
    fn in_all_modes(&self, limit: f64) -> impl Iterator<Item = InForce> {
        self.modes.iter().map(move |mode| self.in_mode(mode, limit))
    }

    /// The most that a critical and that another request can ever be granted at once, in the most generous mode.
    pub(super) fn max_grantable(&self, definition: &dyn Definition) -> [f64; 2] {
        let mut most = [f64::NEG_INFINITY; 2];
        for in_force in self.in_all_modes(definition.limit()) {
            let capacity = definition.capacity(in_force);
            for (most, reserve) in most.iter_mut().zip([0.0, in_force.reserve]) {
                *most = most.max(capacity - reserve);
            }
        }
        most.map(|most| match definition.traits().allows_debt {
            // Of any finite cost, unless what is kept for others is more than there can be.
            true if most >= 0.0 => f64::MAX,
            _ => most.max(0.0),
        })
    }

    fn in_mode(&self, mode: &Mode, limit: f64) -> InForce {
        let share = match self.share < 1.0 {
            // A limit below 1 is not to grow.
            true => whole_part(limit * self.share).max(1.0).min(limit),
            false => limit,
        };
        let limit = if mode.buffer > 0.0 { whole_part(share * (1.0 - mode.buffer)) } else { share };
        let reserve = whole_part(limit * mode.reserve);
        InForce { share, limit, reserve }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(share: f64, buffer: f64, reserve: f64) -> InForce {
        let modes = vec![Mode { name: NORMAL.into(), buffer, reserve }];
        Quota::new(share, &modes).unwrap().in_force(2400.0)
    }

    #[test]
    fn check_figures() {
        for (buffer, reserve, critical, others) in
            [(0.1, 0.2, 2160.0, 1728.0), (0.05, 0.1, 2280.0, 2052.0), (0.05, 0.05, 2280.0, 2166.0)]
        {
            let in_force = quota(1.0, buffer, reserve);
            assert_eq!((in_force.limit, in_force.limit - in_force.reserve), (critical, others));
        }
    }

    #[test]
    fn what_is_cut_keeps_its_proportion() {
        let in_force = quota(1.0, 0.1, 0.2);
        assert_eq!(in_force.below(1080.0), InForce { share: 2400.0, limit: 1080.0, reserve: 216.0 });
        assert_eq!([2160.0, 3000.0].map(|ceiling| in_force.below(ceiling)), [in_force; 2]);
    }

    #[test]
    fn nothing_is_rounded_that_is_not_cut() {
        let quota = Quota::new(1.0, &[]).unwrap();
        assert_eq!(quota.in_force(0.75), InForce { share: 0.75, limit: 0.75, reserve: 0.0 });
    }

    #[test]
    fn a_share_leaves_at_least_one_but_adds_nothing() {
        let quota = Quota::new(0.29, &[]).unwrap();
        assert_eq!([100.0, 2.0, 0.5].map(|limit| quota.in_force(limit).limit), [29.0, 1.0, 0.5]);
    }

    #[test]
    fn names_what_is_wrong() {
        let mode = |buffer, reserve| vec![Mode { name: "burst".into(), buffer, reserve }];
        let message = |share, modes: Vec<Mode>| Quota::new(share, &modes).unwrap_err().to_string();
        assert_eq!(message(0.0, vec![]), "share must be a number above 0 and at most 1, got 0");
        assert_eq!(
            message(1.0, mode(1.0, 0.0)),
            "modes.burst.buffer must be a number from 0 to below 1, got 1"
        );
        assert_eq!(
            message(1.0, mode(0.0, f64::NAN)),
            "modes.burst.reserve must be a number from 0 to below 1, got NaN"
        );
        let mut quota = Quota::new(1.0, &mode(0.5, 0.5)).unwrap();
        let unknown = quota.set_mode("brust", 0.0).unwrap_err().to_string();
        assert_eq!(unknown, "mode must be the name of a mode that was configured, got \"brust\"");
    }
}
