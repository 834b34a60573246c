//! Reports of responses as numbers, which is the cheapest way for them to cross.

use std::cell::{Cell, RefCell};

use js_sys::Math;
use wasm_bindgen::prelude::*;

use super::MultiThrottler;
use crate::wasm::data::Data;
use crate::wasm::failure::Failure;
use crate::wasm::protocol::{REPORT_BUFFER_LENGTH, REPORT_HEAD, USAGE_NUMBERS};
use crate::wasm::tape;
use multi_throttler_engine::{Report, Usage};

/// Number of ids that reports can name as numbers. Further ones cross as texts, by `call`.
const MOST_NAMES: usize = 256;

/// The numbers of the report that is being made, which the host writes, and the ids that they name.
pub(super) struct ReportBuffer {
    numbers: [Cell<f64>; REPORT_BUFFER_LENGTH],
    names: RefCell<Vec<Box<str>>>,
}

impl ReportBuffer {
    pub(super) fn new() -> Self {
        Self {
            numbers: [const { Cell::new(0.0) }; REPORT_BUFFER_LENGTH],
            names: RefCell::default(),
        }
    }
}

/// For a host: see `ts/core/report-buffer.ts`.
#[wasm_bindgen]
impl MultiThrottler {
    /// Returns the address of the report buffer: numbers of 64 bits. A report is `REPORT_HEAD`
    /// numbers, then `USAGE_NUMBERS` for each usage, then one for each rule to pause. Rules are
    /// numbers of [`reportName`](MultiThrottler::report_name), a value that is absent is NaN, and
    /// `exact` is 0 or 1.
    #[wasm_bindgen(js_name = reportBuffer)]
    pub fn report_buffer(&self) -> *const f64 {
        self.reports.numbers.as_ptr().cast()
    }

    /// Returns a number for the id of a rule, for use in the report buffer, or -1 if there is none.
    /// To be called once for an id, whether there is such a rule or not.
    #[wasm_bindgen(js_name = reportName)]
    pub fn report_name(&self, id: &JsValue) -> i32 {
        let mut names = self.reports.names.borrow_mut();
        match tape::leaf(id) {
            Data::Text(id) if !id.is_empty() && names.len() < MOST_NAMES => {
                let number = names.len() as i32;
                names.push(id.into());
                number
            }
            _ => -1,
        }
    }

    /// Takes in the report of the buffer. With `rules` below 0, a refusal pauses all rules. A
    /// closed throttler ignores it.
    ///
    /// # Errors
    /// A rule to pause does not exist, or an exception of the clock or of the host.
    #[wasm_bindgen(js_name = reportNumbers)]
    pub fn report_numbers(&self, usages: usize, rules: i32) -> Result<(), JsValue> {
        Ok(self.report_written(usages, rules)?)
    }
}

impl MultiThrottler {
    fn report_written(&self, usages: usize, rules: i32) -> Result<(), Failure> {
        let driver = &self.driver;
        if driver.closed.get() {
            return Ok(());
        }
        // Copied first, as a clock may make a report of its own.
        let numbers = self.reports.numbers.each_ref().map(Cell::get);
        let now = driver.now_and_wall()?;
        let status = numbers[0] as u16;
        // Read while nothing is borrowed, as a program may have replaced `Math.random`. A success
        // pauses nothing, so that nothing has to be spread.
        let random = if status < 400 { 0.0 } else { Math::random() };
        let names = self.reports.names.borrow();
        let name = |number: f64| names.get(number as usize).map_or("", |name| name);
        let (head, rest) = numbers.split_at(REPORT_HEAD);
        let mut readings = rest.chunks_exact(USAGE_NUMBERS);
        let usage: Vec<_> =
            readings.by_ref().take(usages).filter_map(|reading| usage(reading, name)).collect();
        let paused: Option<Vec<_>> = usize::try_from(rules).ok().map(|count| {
            rest.iter()
                .skip(usages.saturating_mul(USAGE_NUMBERS))
                .take(count)
                .map(|&number| name(number))
                .collect()
        });
        let &[_, retry_after, date, permit] = head else { return Ok(()) };
        let mut engine = driver.engine.borrow_mut();
        let report = Report {
            status,
            retry_after: finite(retry_after).filter(|&ms| ms >= 0.0),
            date: finite(date),
            rules: paused.as_deref(),
            permit: finite(permit).and_then(|ticket| engine.ticket(ticket)),
            usage: &usage,
            random,
        };
        engine.report(&report, now)?;
        drop(engine);
        drop(names);
        // At the reading of above, as a release does: nothing that matters passes within a report.
        Ok(driver.settle_at(Ok(now))?)
    }
}

/// Returns the usage that a host has written.
fn usage<'a>(reading: &[f64], name: impl Fn(f64) -> &'a str) -> Option<Usage<'a>> {
    let &[rule, used, remaining, limit, resets_at, resets_in, exact] = reading else { return None };
    Some(Usage {
        rule: name(rule),
        used: finite(used),
        remaining: finite(remaining),
        limit: finite(limit),
        resets_at: finite(resets_at),
        resets_in: finite(resets_in),
        exact: exact == 1.0,
    })
}

fn finite(number: f64) -> Option<f64> {
    Some(number).filter(|number| number.is_finite())
}
