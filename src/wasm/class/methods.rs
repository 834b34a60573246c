//! The methods behind the door `call`, by name, for Rust programs.

use wasm_bindgen::prelude::*;

use super::MultiThrottler;
use crate::wasm::protocol::*;

impl MultiThrottler {
    /// Takes the costs if they can be granted at once, or takes nothing. `options` is `{ priority?
    /// }`.
    ///
    /// # Errors
    /// The error with which `throttle` would reject.
    pub fn try_throttle(&self, costs: &JsValue, options: &JsValue) -> Result<bool, JsValue> {
        self.bool(TRY_THROTTLE, costs, options)
    }

    /// Returns how many milliseconds a request would wait if nothing happened but the passing of
    /// time; `Infinity` if it would not be granted then. `options` is `{ priority? }`.
    ///
    /// # Errors
    /// A cost names an unknown rule or is invalid, an option is invalid, or the throttler is
    /// closed.
    pub fn estimate_wait(&self, costs: &JsValue, options: &JsValue) -> Result<f64, JsValue> {
        self.number(ESTIMATE_WAIT, costs, options)
    }

    /// Returns how many requests wait, in all classes or in one. Settles waiters that are due
    /// before.
    ///
    /// # Errors
    /// There is no such class, or an exception of the clock or of the host.
    pub fn get_queue_length(&self, priority: &JsValue) -> Result<usize, JsValue> {
        Ok(self.number(GET_QUEUE_LENGTH, priority, &JsValue::UNDEFINED)? as usize)
    }

    /// Moves a waiter to another class and rank, numbered as by
    /// [`submit`](MultiThrottler::submit). Returns false if the request does not wait any more.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn set_priority(&self, ticket: f64, priority: u32) -> Result<bool, JsValue> {
        self.bool(SET_PRIORITY, &ticket.into(), &priority.into())
    }

    /// Adds a rule, or replaces the rule of the same id together with its usage.
    ///
    /// # Errors
    /// The rule is invalid, or the throttler is closed.
    pub fn add_rule(&self, rule: &JsValue) -> Result<(), JsValue> {
        self.nothing(ADD_RULE, rule, &JsValue::UNDEFINED)
    }

    /// Changes fields of a rule: any but its id and algorithm. Its usage is kept.
    ///
    /// # Errors
    /// There is no such rule, a field is invalid, or the throttler is closed.
    pub fn update_rule(&self, id: &JsValue, patch: &JsValue) -> Result<(), JsValue> {
        self.nothing(UPDATE_RULE, id, patch)
    }

    /// Removes a rule and rejects the requests that wait on it. Returns false if there is no such
    /// rule.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn remove_rule(&self, id: &JsValue) -> Result<bool, JsValue> {
        self.bool(REMOVE_RULE, id, &JsValue::UNDEFINED)
    }

    /// Returns the status of each rule: `{ [id]: { tokens, capacity, utilization, scope? } }`. With
    /// `peaks`, the largest utilization of each so far: `{ [id]: number }`. Settles waiters that
    /// are due before.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn get_status(&self, peaks: bool) -> Result<JsValue, JsValue> {
        self.call(GET_STATUS, &peaks.into(), &JsValue::UNDEFINED)
    }

    /// Returns statistics as an array of numbers: granted and cancelled requests; the waits that
    /// 50, 95 and 99 % did not exceed, and the longest one; the factor to slow down by; refusals in
    /// a row; the end of the longest pause in Unix milliseconds (`-Infinity` if nothing is paused);
    /// timers that fired; and the numbers of rejections in the order of `CODES`. Settles waiters
    /// that are due before.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn get_stats(&self) -> Result<JsValue, JsValue> {
        self.call(GET_STATS, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    }

    /// Records events of these kinds from now on, in place of those of an earlier call: the sum of
    /// their bits. `notify` is called without arguments when there are recorded events, once until
    /// [`take_events`](MultiThrottler::take_events) takes them, within the call that recorded them.
    /// It must neither throw nor call the throttler.
    ///
    /// # Errors
    /// An exception of the clock.
    pub fn watch(&self, kinds: u32, notify: &JsValue) -> Result<(), JsValue> {
        self.nothing(WATCH, &kinds.into(), notify)
    }

    /// Returns the events that were recorded since the last call, in the order in which they
    /// occurred, in one array: of each its kind, value and detail, the number of its names, and its
    /// names with their numbers. `Event` in the engine says what they are; the end of a pause is in
    /// Unix milliseconds.
    ///
    /// # Errors
    /// None.
    pub fn take_events(&self) -> Result<JsValue, JsValue> {
        self.call(TAKE_EVENTS, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    }

    /// Changes fields of the configuration that the engine has: `{ maxCapacity?, ordering?,
    /// overflow?, share?, aging?, modes?, adaptive?, backoff? }`.
    ///
    /// # Errors
    /// A field is invalid or cannot be changed, and nothing has changed then; or the throttler is
    /// closed.
    pub fn configure(&self, patch: &JsValue) -> Result<(), JsValue> {
        self.nothing(CONFIGURE, patch, &JsValue::UNDEFINED)
    }

    /// Makes every rule full again.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn reset(&self) -> Result<(), JsValue> {
        self.nothing(RESET, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    }

    /// Sets the remaining tokens of a rule, clamped to `0..=capacity`. An unknown id is ignored.
    ///
    /// # Errors
    /// `tokens` is no number.
    pub fn set_tokens(&self, id: &JsValue, tokens: &JsValue) -> Result<(), JsValue> {
        self.nothing(SET_TOKENS, id, tokens)
    }

    /// Adds tokens to what remains of a rule, capped at its capacity. An unknown id is ignored.
    ///
    /// # Errors
    /// `tokens` is no number.
    pub fn add_tokens(&self, id: &JsValue, tokens: &JsValue) -> Result<(), JsValue> {
        self.nothing(ADD_TOKENS, id, tokens)
    }

    /// Pauses rules, or all rules, for a time or until they are resumed: `{ ms?, rules? }`.
    ///
    /// # Errors
    /// An id names no rule, an option is invalid, or the throttler is closed.
    pub fn pause(&self, options: &JsValue) -> Result<(), JsValue> {
        self.nothing(PAUSE, options, &JsValue::UNDEFINED)
    }

    /// Ends the pauses of rules, or of all: `{ rules? }`.
    ///
    /// # Errors
    /// An id names no rule, an option is invalid, or the throttler is closed.
    pub fn resume(&self, options: &JsValue) -> Result<(), JsValue> {
        self.nothing(RESUME, options, &JsValue::UNDEFINED)
    }

    /// Switches to a mode, for a duration in milliseconds or until the next switch.
    ///
    /// # Errors
    /// There is no such mode, the duration is no number of 0 or more, or the throttler is closed.
    pub fn set_mode(&self, name: &JsValue, duration: &JsValue) -> Result<(), JsValue> {
        self.nothing(SET_MODE, name, duration)
    }

    /// Returns the name of the mode in force.
    ///
    /// # Errors
    /// An exception of the clock.
    pub fn mode(&self) -> Result<String, JsValue> {
        let mode = self.run(MODE, &JsValue::UNDEFINED, &JsValue::UNDEFINED)?;
        Ok(mode.as_text().unwrap_or_default().to_owned())
    }

    /// Takes in a response of the server: `{ status, retryAfter?, date?, rules?, permit?, usage?
    /// }`. `retryAfter` is in milliseconds, `date` in Unix milliseconds, `permit` a ticket, and
    /// `usage` an array of `{ rule, used?, remaining?, limit?, resetAt?, resetIn?, exact? }`. A
    /// closed throttler ignores it.
    ///
    /// # Errors
    /// A field is invalid, or a rule to pause does not exist. An error in `usage` is returned last,
    /// as a refusal must pause whatever a reader of headers returns.
    pub fn report(&self, answer: &JsValue) -> Result<(), JsValue> {
        self.nothing(REPORT, answer, &JsValue::UNDEFINED)
    }

    /// Sets the usage that the server counts: `{ [ruleId]: used }`. It only raises usage unless
    /// `exact` is true.
    ///
    /// # Errors
    /// A rule does not exist, a usage is not a finite number of 0 or more, or the throttler is
    /// closed.
    pub fn sync_usage(&self, usage: &JsValue, exact: bool) -> Result<(), JsValue> {
        self.nothing(SYNC_USAGE, usage, &exact.into())
    }

    /// Sets the server's clock, in Unix milliseconds. Its reading took `round_trip` milliseconds
    /// from request to response. A closed throttler ignores it.
    ///
    /// # Errors
    /// One of the two is not a finite number, or the round trip is negative.
    pub fn sync_clock(&self, server_unix: &JsValue, round_trip: &JsValue) -> Result<(), JsValue> {
        self.nothing(SYNC_CLOCK, server_unix, round_trip)
    }

    /// Returns the state to keep over a restart: `{ version, savedAt, clockOffset, mode,
    /// modeEndsIn, pausedFor, refusals, bans, backoffFor, rules: { [ruleId]: { algorithm, used,
    /// pausedFor } } }`. An infinite duration is `null`.
    ///
    /// # Errors
    /// The throttler is closed, or an exception of the clock.
    pub fn snapshot(&self) -> Result<JsValue, JsValue> {
        self.call(SNAPSHOT, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    }

    /// Continues from a snapshot.
    ///
    /// # Errors
    /// The snapshot is damaged or of a later version; then nothing has changed. Or the throttler is
    /// closed.
    pub fn restore(&self, snapshot: &JsValue) -> Result<(), JsValue> {
        self.nothing(RESTORE, snapshot, &JsValue::UNDEFINED)
    }

    /// Grants a request with a permit if that is possible at once, and returns its ticket;
    /// undefined if it would wait. `options` is `{ priority? }`.
    ///
    /// # Errors
    /// The error with which a request would be rejected.
    pub fn try_acquire(&self, costs: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
        self.call(TRY_ACQUIRE, costs, options)
    }

    /// Limits how long the permit of a ticket is held: that many milliseconds after its grant it is
    /// released, and the host's `settle` is called with the error.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn lease(&self, ticket: f64, timeout: f64) -> Result<(), JsValue> {
        self.nothing(LEASE, &ticket.into(), &timeout.into())
    }

    /// Returns `[waiting, held]`: the numbers of waiters and of held permits, in all or under the
    /// rule or family of an id. Settles waiters that are due before.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn get_load(&self, rule: &JsValue) -> Result<JsValue, JsValue> {
        self.call(GET_LOAD, rule, &JsValue::UNDEFINED)
    }

    /// Rejects all waiters, or those under the rule or family of an id. Returns how many there
    /// were.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn clear(&self, rule: &JsValue) -> Result<usize, JsValue> {
        Ok(self.number(CLEAR, rule, &JsValue::UNDEFINED)? as usize)
    }

    /// Rejects all waiters and frees the engine. Later requests and changes are rejected.
    /// Idempotent.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn close(&self) -> Result<(), JsValue> {
        self.nothing(CLOSE, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    }

    fn nothing(&self, method: u32, first: &JsValue, second: &JsValue) -> Result<(), JsValue> {
        self.run(method, first, second)?;
        Ok(())
    }

    fn bool(&self, method: u32, first: &JsValue, second: &JsValue) -> Result<bool, JsValue> {
        Ok(self.run(method, first, second)?.as_bool().unwrap_or_default())
    }

    fn number(&self, method: u32, first: &JsValue, second: &JsValue) -> Result<f64, JsValue> {
        Ok(self.run(method, first, second)?.as_number().unwrap_or_default())
    }
}
