//! The exported class.

mod calls;
mod changes;
mod methods;
mod reports;
mod requests;

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::decode;
use super::driver::Driver;
use super::promises::Host;
use super::protocol::CostBuffer;
use reports::ReportBuffer;

/// Rate limiter for JavaScript: many limits at once, all or nothing, one timer.
#[wasm_bindgen]
pub struct MultiThrottler {
    driver: Rc<Driver>,
    costs: CostBuffer,
    reports: ReportBuffer,
    /// The error of the last request that was rejected, until `takeError` takes it.
    error: RefCell<Option<JsValue>>,
}

#[wasm_bindgen]
impl MultiThrottler {
    /// Returns a throttler with the rules of an iterable. The fields of `config` are those of
    /// `MultiThrottlerConfig` in `ts/config.ts`. A host keeps the promises of waiters in place of
    /// the throttler: see `submit`.
    ///
    /// # Errors
    /// A rule, a field of the configuration or the clock is invalid: an `Error` with a `code`, a
    /// `field` and a `value`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        rules: &JsValue,
        config: &JsValue,
        host: Option<Host>,
    ) -> Result<MultiThrottler, JsValue> {
        let config = decode::config(config)?;
        let rules = decode::rules(rules)?;
        let driver = Driver::new(rules, config, host)?;
        Ok(Self {
            driver,
            costs: CostBuffer::new(),
            reports: ReportBuffer::new(),
            error: RefCell::default(),
        })
    }
}
