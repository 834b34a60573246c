//! What a server says: usage, refusals, bans, the time. What follows from it for how long to back off.

use crate::error::{InvalidField, Value};
use crate::queue::Ticket;

/// For how long nothing is sent after a refusal that does not say so itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackOff {
    /// The n-th refusal in a row (429, n from 1) pauses `base * 2^n` milliseconds, and up to a tenth more at random.
    pub base: f64,
    /// But no longer than this, in milliseconds.
    pub max: f64,
    /// A ban (418) pauses `ban_base * 2^n` milliseconds after n refusals in a row. (Binance bans for 2 minutes to 3 days.)
    pub ban_base: f64,
    /// But no longer than this, in milliseconds.
    pub ban_max: f64,
}

impl Default for BackOff {
    fn default() -> Self {
        Self { base: 1000.0, max: 60_000.0, ban_base: 120_000.0, ban_max: 32.0 * 120_000.0 }
    }
}

impl BackOff {
    /// # Errors
    /// A time is not above 0.
    pub(crate) fn check(&self) -> Result<(), InvalidField> {
        let times =
            [("base", self.base), ("max", self.max), ("banBase", self.ban_base), ("banMax", self.ban_max)];
        match times.into_iter().find(|(_, ms)| *ms <= 0.0 || ms.is_nan()) {
            Some((name, ms)) => {
                let field = ["backoff.", name].concat();
                Err(InvalidField::new(field, Value::Number(ms), "a number of milliseconds above 0"))
            }
            None => Ok(()),
        }
    }
}

/// What a server answered to a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report<'a> {
    /// The HTTP status.
    pub status: u16,
    /// For how many milliseconds it asks to send nothing.
    pub retry_after: Option<f64>,
    /// Its clock, in Unix milliseconds, cut to whole seconds as in the header `Date`.
    pub date: Option<f64>,
    /// The rules that a refusal pauses, by id; all if they are not named.
    pub rules: Option<&'a [&'a str]>,
    /// The permit of the request.
    pub permit: Option<Ticket>,
    /// What it says of its counts.
    pub usage: &'a [Usage<'a>],
    /// A random number from 0 to below 1, by which clients that were refused together do not all come back together.
    pub random: f64,
}

/// What a server says of its count under one rule. Numbers that are none are not looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage<'a> {
    /// The rule's id. One that there is no rule of is passed over, as a server may tell of more than is asked.
    pub rule: &'a str,
    /// What is used, in tokens.
    pub used: Option<f64>,
    /// What is left, in tokens.
    pub remaining: Option<f64>,
    /// How much there is in all, in tokens; of interest if that is less than the rule's limit.
    pub limit: Option<f64>,
    /// When it begins to count anew, in Unix milliseconds of its own clock, to about a second.
    pub resets_at: Option<f64>,
    /// Whether `used` is all that the server counted under the rule when it answered, the answered request included. Then
    /// fixed windows give back what requests turned out not to cost, if the report names the permit. What is left does not
    /// tell as much: the server's limit may be another than the rule's.
    pub exact: bool,
}

/// The refusals in a row, and how long they pause.
#[derive(Clone, Debug)]
pub(crate) struct Feedback {
    back_off: BackOff,
    /// Refusals (429) and bans (418) since the last answer below 400.
    pub(crate) refusals: i32,
    pub(crate) bans: i32,
    /// When the last of either was told that counted, and the last ban.
    refused_at: f64,
    banned_at: f64,
    /// When the pauses end that refusals brought about.
    pub(crate) paused_until: f64,
}

impl Feedback {
    pub(crate) fn new(back_off: BackOff) -> Self {
        let never = f64::NEG_INFINITY;
        Self { back_off, refusals: 0, bans: 0, refused_at: never, banned_at: never, paused_until: never }
    }

    /// Goes on from what was saved.
    pub(crate) fn resume(&mut self, refusals: u32, bans: u32, paused_until: f64) {
        let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        (self.refusals, self.bans, self.paused_until) = (count(refusals), count(bans), paused_until);
    }

    /// An answer below 400.
    pub(crate) fn accepted(&mut self) {
        (self.refusals, self.bans) = (0, 0);
    }

    /// Counts a refusal, of a request that was granted at an instant if that is known. Returns until when it pauses,
    /// and whether it is another one than the last: of requests that were on their way when that came all are of the
    /// same. But a ban is another than a refusal.
    pub(crate) fn refused(&mut self, report: &Report, granted_at: Option<f64>, now: f64) -> (f64, bool) {
        let is_ban = report.status == BANNED;
        let before = self.refusals.saturating_add(self.bans);
        let last = if is_ban { self.banned_at } else { self.refused_at };
        let is_another = granted_at.is_none_or(|granted_at| granted_at > last);
        if is_another {
            self.refused_at = now;
            if is_ban {
                (self.bans, self.banned_at) = (self.bans.saturating_add(1), now);
            } else {
                self.refusals = self.refusals.saturating_add(1);
            }
        }
        let BackOff { base, max, ban_base, ban_max } = self.back_off;
        let pause = match report.retry_after {
            Some(ms) => ms.max(0.0),
            None if !is_another => 0.0,
            None if is_ban => (ban_base * 2_f64.powi(before)).min(ban_max),
            None => {
                (base * 2_f64.powi(self.refusals)).min(max) * (1.0 + report.random.clamp(0.0, 1.0) / 10.0)
            }
        };
        let until = now + pause;
        self.paused_until = self.paused_until.max(until);
        (until, is_another)
    }
}

/// Too Many Requests (RFC 6585).
pub(crate) const REFUSED: u16 = 429;
/// What Binance, and those that copy its interface, answer to an address that is banned.
pub(crate) const BANNED: u16 = 418;

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> Report<'static> {
        Report { status, ..Report::default() }
    }

    #[test]
    fn refusals_in_a_row_double_the_pause_up_to_the_longest() {
        let mut feedback = Feedback::new(BackOff::default());
        let pauses = [0; 8].map(|_| feedback.refused(&refused(429), None, 0.0).0);
        assert_eq!(pauses, [2e3, 4e3, 8e3, 16e3, 32e3, 60e3, 60e3, 60e3]);
        feedback.accepted();
        assert_eq!(feedback.refused(&refused(429), None, 100.0), (2100.0, true));
    }

    #[test]
    fn chance_adds_up_to_a_tenth() {
        let mut feedback = Feedback::new(BackOff::default());
        let report = Report { random: 0.5, ..refused(429) };
        assert_eq!(feedback.refused(&report, None, 0.0).0, 2100.0);
    }

    #[test]
    fn bans_grow_with_all_that_was_refused_before() {
        let mut feedback = Feedback::new(BackOff::default());
        let pauses = [0; 7].map(|_| feedback.refused(&refused(418), None, 0.0).0 / 120e3);
        assert_eq!(pauses, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 32.0]);
        feedback.accepted();
        feedback.refused(&refused(429), None, 0.0);
        feedback.refused(&refused(429), None, 0.0);
        assert_eq!(feedback.refused(&refused(418), None, 0.0).0, 480e3);
    }

    #[test]
    fn the_server_knows_best() {
        let mut feedback = Feedback::new(BackOff::default());
        for status in [429, 418] {
            let report = Report { retry_after: Some(700.0), random: 0.9, ..refused(status) };
            assert_eq!(feedback.refused(&report, None, 10.0).0, 710.0);
        }
        assert_eq!(feedback.paused_until, 710.0);
    }

    #[test]
    fn what_was_on_its_way_when_one_was_refused_is_of_the_same() {
        let mut feedback = Feedback::new(BackOff::default());
        feedback.refused(&refused(429), Some(0.0), 50.0);
        assert_eq!(feedback.refused(&refused(429), Some(40.0), 60.0), (60.0, false));
        assert_eq!((feedback.refusals, feedback.paused_until), (1, 2050.0));
        assert_eq!(feedback.refused(&refused(429), Some(2050.0), 2100.0), (6100.0, true));
    }

    #[test]
    fn times_are_checked() {
        let message = |back_off: BackOff| back_off.check().unwrap_err().to_string();
        let zero = BackOff { base: 0.0, ..BackOff::default() };
        assert_eq!(message(zero), "backoff.base must be a number of milliseconds above 0, got 0");
        let nan = BackOff { ban_max: f64::NAN, ..BackOff::default() };
        assert_eq!(message(nan), "backoff.banMax must be a number of milliseconds above 0, got NaN");
        assert_eq!(BackOff { max: f64::INFINITY, ..BackOff::default() }.check(), Ok(()));
    }
}
