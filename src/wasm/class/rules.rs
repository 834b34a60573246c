//! Rules, their status, pauses and modes.

use wasm_bindgen::prelude::*;

use super::MultiThrottler;
use crate::wasm::{decode, encode};
use multi_throttler_engine::{Engine, Rejection, UpdateError};

#[wasm_bindgen]
impl MultiThrottler {
    /// Adds a rule, or replaces the rule of the same id together with its usage.
    ///
    /// # Errors
    /// The rule is invalid, or the throttler is closed.
    #[wasm_bindgen(js_name = addRule)]
    pub fn add_rule(&self, rule: &JsValue) -> Result<(), JsValue> {
        let rule = decode::rule(rule)?;
        let now = self.driver.now()?;
        // Last, as a clock may close the throttler, and a closed one has no rules (see
        // `Driver::grant`).
        self.driver.check_open()?;
        self.driver.engine.borrow_mut().add_rule(rule, now);
        self.driver.rules_changed();
        self.driver.settle()
    }

    /// Changes fields of a rule: any but its id and algorithm. Its usage is kept.
    ///
    /// # Errors
    /// There is no such rule, a field is invalid, or the throttler is closed.
    #[wasm_bindgen(js_name = updateRule)]
    pub fn update_rule(&self, id: &JsValue, patch: &JsValue) -> Result<(), JsValue> {
        let patch = decode::fields(patch)?;
        let id = decode::rule_id(id)?;
        self.driver.check_open()?;
        let now = self.driver.now()?;
        let updated = self.driver.engine.borrow_mut().update_rule(&id, &patch, now);
        updated.map_err(|error| match error {
            UpdateError::Unknown(rejection) => encode::rejection(&rejection),
            UpdateError::Invalid(invalid) => encode::invalid_rule(&invalid),
        })?;
        self.driver.settle()
    }

    /// Removes a rule and rejects the requests that wait on it. Returns false if there is no such
    /// rule.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    #[wasm_bindgen(js_name = removeRule)]
    pub fn remove_rule(&self, id: &JsValue) -> Result<bool, JsValue> {
        let Some(id) = decode::id(id) else { return Ok(false) };
        let now = self.driver.now()?;
        let removed = self.driver.engine.borrow_mut().remove_rule(&id, now);
        self.driver.rules_changed();
        self.driver.settle()?;
        Ok(removed)
    }

    /// Returns the status of each rule: `{ [id]: { tokens, capacity, utilization, scope? } }`.
    ///
    /// # Errors
    /// An exception of the clock.
    #[wasm_bindgen(js_name = getStatus)]
    pub fn get_status(&self) -> Result<JsValue, JsValue> {
        let now = self.driver.now()?;
        let status = self.driver.engine.borrow_mut().status(now);
        encode::status(status)
    }

    /// Makes every rule full again.
    ///
    /// # Errors
    /// An exception of the clock or of the host.
    pub fn reset(&self) -> Result<(), JsValue> {
        let now = self.driver.now()?;
        self.driver.engine.borrow_mut().reset(now);
        self.driver.settle()
    }

    /// Sets the remaining tokens of a rule, clamped to `0..=capacity`. An unknown id is ignored.
    ///
    /// # Errors
    /// `tokens` is no number.
    #[wasm_bindgen(js_name = setTokens)]
    pub fn set_tokens(&self, id: &JsValue, tokens: &JsValue) -> Result<(), JsValue> {
        let tokens = decode::tokens(tokens)?;
        let Some(id) = decode::id(id) else { return Ok(()) };
        let now = self.driver.now()?;
        self.driver.engine.borrow_mut().set_tokens(&id, tokens, now);
        self.driver.settle()
    }

    /// Pauses rules, or all rules, for a time or until they are resumed: `{ ms?, rules? }`.
    ///
    /// # Errors
    /// An id names no rule, an option is invalid, or the throttler is closed.
    pub fn pause(&self, options: &JsValue) -> Result<(), JsValue> {
        let (ms, rules) = decode::pause(options)?;
        self.change_pause(rules, |engine, rules, now| {
            engine.pause(rules, ms.map_or(f64::INFINITY, |ms| now + ms), now)
        })
    }

    /// Ends the pauses of rules, or of all: `{ rules? }`.
    ///
    /// # Errors
    /// An id names no rule, an option is invalid, or the throttler is closed.
    pub fn resume(&self, options: &JsValue) -> Result<(), JsValue> {
        let rules = decode::resume(options)?;
        self.change_pause(rules, |engine, rules, now| engine.resume(rules, now))
    }

    /// Switches to a mode, for a duration in milliseconds or until the next switch.
    ///
    /// # Errors
    /// There is no such mode, the duration is no number of 0 or more, or the throttler is closed.
    #[wasm_bindgen(js_name = setMode)]
    pub fn set_mode(&self, name: &JsValue, duration: &JsValue) -> Result<(), JsValue> {
        let (name, duration) = decode::mode(name, duration)?;
        self.driver.check_open()?;
        let now = self.driver.now()?;
        let set = self.driver.engine.borrow_mut().set_mode(&name, duration, now);
        set.map_err(|invalid| encode::invalid_config(&invalid))?;
        self.driver.settle()
    }

    /// Returns the name of the mode in force.
    ///
    /// # Errors
    /// An exception of the clock.
    pub fn mode(&self) -> Result<String, JsValue> {
        let now = self.driver.now()?;
        Ok(self.driver.engine.borrow_mut().mode(now).to_owned())
    }
}

impl MultiThrottler {
    fn change_pause(
        &self,
        rules: Option<Vec<String>>,
        change: impl FnOnce(&mut Engine, Option<&[&str]>, f64) -> Result<(), Rejection>,
    ) -> Result<(), JsValue> {
        self.driver.check_open()?;
        let now = self.driver.now()?;
        let rules: Option<Vec<&str>> =
            rules.as_ref().map(|rules| rules.iter().map(String::as_str).collect());
        let changed = change(&mut self.driver.engine.borrow_mut(), rules.as_deref(), now);
        changed.map_err(|rejection| encode::rejection(&rejection))?;
        self.driver.settle()
    }
}
