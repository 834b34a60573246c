//! The part of each limit that is in force: share and modes.
//!
//! The limit in force never exceeds the share of the limit. When it changes, usage still counts as
//! amounts taken at their instants. A cost above the limit in force is granted while nothing counts
//! (`Entry::need`), if the share allows it. After each grant, usage is therefore at most the share,
//! which is the only premise of the proof of each window; [`TokenBucket`](crate::TokenBucket) has
//! the argument for buckets, and docs/internals/large-requests.md in the repository all steps.

use crate::config::Mode;
use crate::error::{InvalidField, Value};
use crate::limit::{Definition, InForce, whole_part};

const SHARE: &str = "a number above 0 and at most 1";
const FRACTION: &str = "a number from 0 to below 1";
const NAME: &str = "the name of a mode that was configured";

/// The initial mode, and the one after a mode that was set for some time.
pub(crate) const NORMAL: &str = "normal";

/// The share of the limits that is used, all modes, and the mode that is on.
///
/// Let `L` be the limit of a rule and `s` the share. The rule gets `L1 = max(1, floor(L * s))`. The
/// buffer of the mode leaves `E = max(1, floor(L1 * (1 - buffer)))` for critical requests. The
/// reserve is `R = floor(E * reserve)`, so other requests use up to `E - R`. A factor that was not
/// configured does not round: with share 1, buffer 0 and reserve 0 the limit is `L` itself.
#[derive(Clone, Debug)]
pub(crate) struct Quota {
    share: f64,
    /// The first mode is `normal`.
    modes: Vec<Mode>,
    current: usize,
    /// The instant at which the mode returns to `normal`.
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

    pub(crate) fn share(&self) -> f64 {
        self.share
    }

    /// All modes, `normal` first.
    pub(crate) fn modes(&self) -> &[Mode] {
        &self.modes
    }

    /// Turns a mode on until the instant `until`.
    pub(crate) fn set_mode(&mut self, name: &str, until: f64) -> Result<(), InvalidField> {
        let Some(at) = self.modes.iter().position(|mode| mode.name == name) else {
            return Err(InvalidField::new("mode", Value::Text(name.into()), NAME));
        };
        self.current = at;
        self.until = if at == 0 { f64::INFINITY } else { until };
        Ok(())
    }

    /// Turns the mode `normal` on.
    pub(crate) fn set_normal(&mut self) {
        (self.current, self.until) = (0, f64::INFINITY);
    }

    /// The end of the mode that is on.
    pub(crate) fn ends(&self) -> f64 {
        self.until
    }

    /// The limit in force of a rule with this limit.
    pub(crate) fn in_force(&self, limit: f64) -> InForce {
        self.modes.get(self.current).map_or(InForce::whole(limit), |mode| self.in_mode(mode, limit))
    }

    /// The largest cost that a request can ever be granted: what the share leaves, in any mode.
    pub(super) fn max_grantable(&self, definition: &dyn Definition) -> f64 {
        let traits = definition.traits();
        match traits.allows_debt || traits.spaces_grants {
            true => f64::MAX,
            false => {
                let share = self.in_force(definition.limit()).share;
                definition.capacity(InForce::whole(share))
            }
        }
    }

    fn in_mode(&self, mode: &Mode, limit: f64) -> InForce {
        let share = match self.share < 1.0 {
            // A limit below 1 must not grow.
            true => whole_part(limit * self.share).max(1.0).min(limit),
            false => limit,
        };
        let limit = match mode.buffer > 0.0 {
            // A limit of 1 stays 1, or the mode would stop all requests.
            true => whole_part(share * (1.0 - mode.buffer)).max(1.0).min(share),
            false => share,
        };
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
    fn buffer_and_reserve_leave_whole_tokens() {
        for (buffer, reserve, critical, others) in
            [(0.1, 0.2, 2160.0, 1728.0), (0.05, 0.1, 2280.0, 2052.0), (0.05, 0.05, 2280.0, 2166.0)]
        {
            let in_force = quota(1.0, buffer, reserve);
            assert_eq!((in_force.limit, in_force.limit - in_force.reserve), (critical, others));
        }
    }

    #[test]
    fn reduced_limit_keeps_its_reserve_in_proportion() {
        let in_force = quota(1.0, 0.1, 0.2);
        assert_eq!(
            in_force.below(1080.0),
            InForce { share: 2400.0, limit: 1080.0, reserve: 216.0 }
        );
        assert_eq!([2160.0, 3000.0].map(|ceiling| in_force.below(ceiling)), [in_force; 2]);
    }

    #[test]
    fn whole_limit_is_not_rounded() {
        let quota = Quota::new(1.0, &[]).unwrap();
        assert_eq!(quota.in_force(0.75), InForce { share: 0.75, limit: 0.75, reserve: 0.0 });
    }

    #[test]
    fn share_leaves_at_least_one_but_adds_nothing() {
        let quota = Quota::new(0.29, &[]).unwrap();
        assert_eq!([100.0, 2.0, 0.5].map(|limit| quota.in_force(limit).limit), [29.0, 1.0, 0.5]);
    }

    #[test]
    fn buffer_leaves_at_least_one_but_adds_nothing() {
        let modes = vec![Mode { name: NORMAL.into(), buffer: 0.9, reserve: 0.9 }];
        let quota = Quota::new(1.0, &modes).unwrap();
        for (limit, expected) in [(1.0, 1.0), (5.0, 1.0), (0.5, 0.5), (20.0, 2.0)] {
            let in_force = quota.in_force(limit);
            assert_eq!(in_force.limit, expected, "{limit}");
            assert!(in_force.limit - in_force.reserve >= limit.min(1.0), "{limit}");
        }
    }

    #[test]
    fn error_names_the_invalid_field() {
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
