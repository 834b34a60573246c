//! The back-off after refusals.

use super::report::{BANNED, Report};
use crate::config::BackoffConfig;

/// The consecutive refusals, and the end of their pause.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    backoff: BackoffConfig,
    /// The refusals (429) and bans (418) since the last response below 400.
    pub(crate) refusals: i32,
    pub(crate) bans: i32,
    /// The instants of the last refusal or ban that counted, and of the last ban.
    refused_at: f64,
    banned_at: f64,
    /// The end of the pauses after refusals.
    pub(crate) paused_until: f64,
}

impl Backoff {
    pub(crate) fn new(backoff: BackoffConfig) -> Self {
        let never = f64::NEG_INFINITY;
        Self {
            backoff,
            refusals: 0,
            bans: 0,
            refused_at: never,
            banned_at: never,
            paused_until: never,
        }
    }

    pub(crate) fn config(&self) -> BackoffConfig {
        self.backoff
    }

    /// Changes the pauses after later refusals.
    pub(crate) fn configure(&mut self, backoff: BackoffConfig) {
        self.backoff = backoff;
    }

    /// Continues from a snapshot.
    pub(crate) fn resume(&mut self, refusals: u32, bans: u32, paused_until: f64) {
        let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        (self.refusals, self.bans, self.paused_until) =
            (count(refusals), count(bans), paused_until);
    }

    /// Records a response below 400.
    pub(crate) fn accepted(&mut self) {
        (self.refusals, self.bans) = (0, 0);
    }

    /// Counts a refusal of a request that was granted at `granted_at`, if that is known. Returns
    /// the end of its pause, and whether it counts as a new refusal: refusals of requests that were
    /// in flight when the last one arrived belong to that one. A ban after a refusal counts as new.
    pub(crate) fn refused(
        &mut self,
        report: &Report,
        granted_at: Option<f64>,
        now: f64,
    ) -> (f64, bool) {
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
        let BackoffConfig { base, max, ban_base, ban_max } = self.backoff;
        // A server that names no time, or zero, again and again does not know it.
        let pause = match report.retry_after.filter(|&ms| ms > 0.0 || before == 0) {
            Some(ms) => ms.max(0.0),
            None if !is_another => 0.0,
            None if is_ban => (ban_base * 2_f64.powi(before)).min(ban_max),
            None => {
                (base * 2_f64.powi(self.refusals)).min(max)
                    * (1.0 + report.random.clamp(0.0, 1.0) / 10.0)
            }
        };
        let until = now + pause;
        self.paused_until = self.paused_until.max(until);
        (until, is_another)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> Report<'static> {
        Report { status, ..Report::default() }
    }

    #[test]
    fn consecutive_refusals_double_the_pause_up_to_max() {
        let mut backoff = Backoff::new(BackoffConfig::default());
        let pauses = [0; 8].map(|_| backoff.refused(&refused(429), None, 0.0).0);
        assert_eq!(pauses, [2e3, 4e3, 8e3, 16e3, 32e3, 60e3, 60e3, 60e3]);
        backoff.accepted();
        assert_eq!(backoff.refused(&refused(429), None, 100.0), (2100.0, true));
    }

    #[test]
    fn random_part_is_up_to_a_tenth() {
        let mut backoff = Backoff::new(BackoffConfig::default());
        let report = Report { random: 0.5, ..refused(429) };
        assert_eq!(backoff.refused(&report, None, 0.0).0, 2100.0);
    }

    #[test]
    fn ban_pauses_grow_with_refusals_and_bans() {
        let mut backoff = Backoff::new(BackoffConfig::default());
        let pauses = [0; 7].map(|_| backoff.refused(&refused(418), None, 0.0).0 / 120e3);
        assert_eq!(pauses, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 32.0]);
        backoff.accepted();
        backoff.refused(&refused(429), None, 0.0);
        backoff.refused(&refused(429), None, 0.0);
        assert_eq!(backoff.refused(&refused(418), None, 0.0).0, 480e3);
    }

    #[test]
    fn time_named_by_the_server_replaces_backoff() {
        let mut backoff = Backoff::new(BackoffConfig::default());
        for status in [429, 418] {
            let report = Report { retry_after: Some(700.0), random: 0.9, ..refused(status) };
            assert_eq!(backoff.refused(&report, None, 10.0).0, 710.0);
        }
        assert_eq!(backoff.paused_until, 710.0);
    }

    #[test]
    fn times_of_zero_in_a_row_back_off() {
        let mut backoff = Backoff::new(BackoffConfig::default());
        let at_once = Report { retry_after: Some(0.0), ..refused(429) };
        let mut pauses = [0; 4].map(|_| backoff.refused(&at_once, None, 0.0).0);
        assert_eq!(pauses, [0.0, 4e3, 8e3, 16e3]);
        backoff.accepted();
        assert_eq!(backoff.refused(&at_once, None, 0.0).0, 0.0);
        let ban = Report { retry_after: Some(-1.0), ..refused(418) };
        pauses = [0; 4].map(|_| backoff.refused(&ban, None, 0.0).0 / 120e3);
        assert_eq!(pauses, [2.0, 4.0, 8.0, 16.0]);
    }

    #[test]
    fn time_of_zero_adds_nothing_for_requests_in_flight() {
        let mut backoff = Backoff::new(BackoffConfig::default());
        let at_once = Report { retry_after: Some(0.0), ..refused(429) };
        backoff.refused(&at_once, Some(0.0), 50.0);
        assert_eq!(backoff.refused(&at_once, Some(40.0), 60.0), (60.0, false));
    }

    #[test]
    fn refusals_of_requests_in_flight_count_once() {
        let mut backoff = Backoff::new(BackoffConfig::default());
        backoff.refused(&refused(429), Some(0.0), 50.0);
        assert_eq!(backoff.refused(&refused(429), Some(40.0), 60.0), (60.0, false));
        assert_eq!((backoff.refusals, backoff.paused_until), (1, 2050.0));
        assert_eq!(backoff.refused(&refused(429), Some(2050.0), 2100.0), (6100.0, true));
    }
}
