//! The promises of waiters: kept here, or by a host.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use multi_throttler_engine::Ticket;

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
    pub(super) fn keep_alive(this: &Host, armed: bool);
    /// Calls `callback` once in `ms` milliseconds, where the clock is the system's. Returns the
    /// timer's handle.
    #[wasm_bindgen(method, structural, catch, js_name = setTimeout)]
    pub(super) fn set_timeout(this: &Host, callback: &JsValue, ms: f64)
    -> Result<JsValue, JsValue>;
    /// Cancels a timer, by its handle.
    #[wasm_bindgen(method, structural, catch, js_name = clearTimeout)]
    pub(super) fn clear_timeout(this: &Host, handle: &JsValue) -> Result<(), JsValue>;
}

impl Host {
    /// Settles a waiter: with an error, or with its grant.
    ///
    /// # Errors
    /// The exception of the host.
    pub(super) fn deliver(&self, ticket: Ticket, error: Option<&JsValue>) -> Result<(), JsValue> {
        match self.settle(ticket.index(), error.unwrap_or(&JsValue::UNDEFINED)) {
            true => Ok(()),
            false => Err(self.failure()),
        }
    }
}

/// The promises of waiters where no host keeps them: the functions of each, by the index of its
/// waiter.
#[derive(Default)]
pub(super) struct Promises(Vec<Option<Resolvers>>);

/// The functions of a promise.
pub(super) struct Resolvers {
    resolve: Function,
    reject: Function,
}

impl Promises {
    /// Returns a new promise for a waiter.
    pub(super) fn create(&mut self, ticket: Ticket) -> Promise {
        let Self(resolvers) = self;
        Promise::new(&mut |resolve, reject| {
            let index = ticket.index() as usize;
            if resolvers.len() <= index {
                resolvers.resize_with(index.saturating_add(1), || None);
            }
            if let Some(place) = resolvers.get_mut(index) {
                *place = Some(Resolvers { resolve, reject });
            }
        })
    }

    /// Removes a waiter. Its promise is to be settled once nothing of the throttler is borrowed any
    /// more.
    pub(super) fn take(&mut self, ticket: Ticket) -> Option<Resolvers> {
        self.0.get_mut(ticket.index() as usize).and_then(Option::take)
    }
}

impl Resolvers {
    /// Settles the promise: with an error, or with a grant.
    pub(super) fn settle(&self, error: Option<&JsValue>) -> Result<(), JsValue> {
        match error {
            None => self.resolve.call0(&JsValue::UNDEFINED),
            Some(error) => self.reject.call1(&JsValue::UNDEFINED, error),
        }
        .map(|_| ())
    }
}
