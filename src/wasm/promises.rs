//! The promises of waiters: kept here, or by a host.

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::encode;
use multi_throttler_engine::{Settled, Ticket};

#[wasm_bindgen]
extern "C" {
    /// Keeps promises where that is cheap: `Host` in `ts/core/host.ts`. It must neither throw nor
    /// call the throttler, as catching an exception takes longer than the call itself.
    ///
    /// Objects that wasm refers to are never collected, so a host should hold its promises weakly
    /// unless a timer is armed that will settle them.
    pub type Host;
    /// Settles a waiter; `error` is undefined for a grant. Returns whether that succeeded.
    #[wasm_bindgen(method, structural)]
    fn settle(this: &Host, index: u32, error: &JsValue) -> bool;
    /// Returns the exception within the last call of `settle`.
    #[wasm_bindgen(method, structural)]
    fn failure(this: &Host) -> JsValue;
    /// Says whether a timer is armed from now on.
    #[wasm_bindgen(method, structural, js_name = keepAlive)]
    fn keep_alive(this: &Host, armed: bool);
    /// Calls `callback` once in `ms` milliseconds, where the clock is the system's. Returns the
    /// timer's handle.
    #[wasm_bindgen(method, structural, catch, js_name = setTimeout)]
    pub(super) fn set_timeout(this: &Host, callback: &JsValue, ms: f64)
    -> Result<JsValue, JsValue>;
    /// Cancels a timer, by its handle.
    #[wasm_bindgen(method, structural, catch, js_name = clearTimeout)]
    pub(super) fn clear_timeout(this: &Host, handle: &JsValue) -> Result<(), JsValue>;
}

/// The promises of waiters.
pub(super) enum Promises {
    /// The functions of each promise, by the index of its waiter.
    Own(Vec<Option<Resolvers>>),
    Host(Rc<Host>),
}

pub(super) struct Resolvers {
    resolve: Function,
    reject: Function,
}

impl Promises {
    pub(super) fn new(host: Option<Rc<Host>>) -> Self {
        host.map_or_else(|| Promises::Own(Vec::new()), Promises::Host)
    }

    /// Returns a new promise for a waiter.
    pub(super) fn create(&mut self, ticket: Ticket) -> Promise {
        Promise::new(&mut |resolve, reject| {
            if let Promises::Own(resolvers) = self {
                let index = ticket.index() as usize;
                if resolvers.len() <= index {
                    resolvers.resize_with(index.saturating_add(1), || None);
                }
                if let Some(place) = resolvers.get_mut(index) {
                    *place = Some(Resolvers { resolve, reject });
                }
            }
        })
    }

    /// Tells the host whether a timer is armed.
    pub(super) fn keep_alive(&self, armed: bool) {
        if let Promises::Host(host) = self {
            host.keep_alive(armed);
        }
    }

    /// Removes a waiter. Its outcome is delivered by the result, once nothing of the throttler is
    /// borrowed any more.
    pub(super) fn take(&mut self, (ticket, outcome): Settled) -> Settlement {
        let error = outcome.err().map(|rejection| encode::rejection(&rejection));
        match self {
            Promises::Own(resolvers) => Settlement::Own(
                resolvers.get_mut(ticket.index() as usize).and_then(Option::take),
                error,
            ),
            Promises::Host(host) => Settlement::Host(Rc::clone(host), ticket, error),
        }
    }
}

/// An outcome on its way to a promise. The error is that of a rejected waiter.
pub(super) enum Settlement {
    Own(Option<Resolvers>, Option<JsValue>),
    Host(Rc<Host>, Ticket, Option<JsValue>),
}

impl Settlement {
    pub(super) fn deliver(self) -> Result<(), JsValue> {
        match self {
            Settlement::Own(None, _) => Ok(()),
            Settlement::Own(Some(Resolvers { resolve, .. }), None) => {
                resolve.call0(&JsValue::UNDEFINED).map(|_| ())
            }
            Settlement::Own(Some(Resolvers { reject, .. }), Some(error)) => {
                reject.call1(&JsValue::UNDEFINED, &error).map(|_| ())
            }
            Settlement::Host(host, ticket, error) => {
                match host.settle(ticket.index(), error.as_ref().unwrap_or(&JsValue::UNDEFINED)) {
                    true => Ok(()),
                    false => Err(host.failure()),
                }
            }
        }
    }
}
