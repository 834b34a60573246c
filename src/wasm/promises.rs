//! Who is told what became of a waiting request.

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::output;
use multi_throttler_engine::{Settled, Ticket};

#[wasm_bindgen]
extern "C" {
    /// Keeps promises where they are cheap. It must neither call back into the throttler nor throw, as catching takes
    /// longer than all that is done there.
    ///
    /// Whatever wasm refers to is never collected, so it should hold the promises weakly; only a timer that is to settle
    /// them gives a reason to hold them.
    pub type Host;
    /// What became of a waiting request; `undefined` if it was granted. Returns whether all went well.
    #[wasm_bindgen(method, structural)]
    fn settle(this: &Host, index: u32, error: &JsValue) -> bool;
    /// What went wrong in the call of `settle` before.
    #[wasm_bindgen(method, structural)]
    fn failure(this: &Host) -> JsValue;
    /// Whether a timer is armed from now on.
    #[wasm_bindgen(method, structural)]
    fn hold(this: &Host, armed: bool);
    /// Calls `callback` once in `ms` milliseconds, where the clock is the system's. Returns the timer's handle.
    #[wasm_bindgen(method, structural, catch, js_name = setTimeout)]
    pub(super) fn set_timeout(this: &Host, callback: &JsValue, ms: f64) -> Result<JsValue, JsValue>;
    /// Cancels a timer, by its handle.
    #[wasm_bindgen(method, structural, catch, js_name = clearTimeout)]
    pub(super) fn clear_timeout(this: &Host, handle: &JsValue) -> Result<(), JsValue>;
}

/// Keeps the ends of the promises of waiting requests, or leaves that to a host.
pub(super) enum Promises {
    /// The resolving functions, at the index of each request's ticket.
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

    /// A promise for the outcome of a waiting request.
    pub(super) fn make(&mut self, ticket: Ticket) -> Promise {
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

    /// Tells a host whether a timer is armed.
    pub(super) fn hold(&self, armed: bool) {
        if let Promises::Host(host) = self {
            host.hold(armed);
        }
    }

    /// Who is to be told of a settled request.
    pub(super) fn take(&mut self, (ticket, outcome): Settled) -> Notice {
        let error = outcome.err().map(|refusal| output::refusal(&refusal));
        match self {
            Promises::Own(resolvers) => {
                Notice::Own(resolvers.get_mut(ticket.index() as usize).and_then(Option::take), error)
            }
            Promises::Host(host) => Notice::Host(Rc::clone(host), ticket, error),
        }
    }
}

/// Word of what became of a request, to be given when nothing of the throttler is borrowed any more.
pub(super) enum Notice {
    Own(Option<Resolvers>, Option<JsValue>),
    Host(Rc<Host>, Ticket, Option<JsValue>),
}

impl Notice {
    pub(super) fn give(self) -> Result<(), JsValue> {
        match self {
            Notice::Own(None, _) => Ok(()),
            Notice::Own(Some(Resolvers { resolve, .. }), None) => {
                resolve.call0(&JsValue::UNDEFINED).map(|_| ())
            }
            Notice::Own(Some(Resolvers { reject, .. }), Some(error)) => {
                reject.call1(&JsValue::UNDEFINED, &error).map(|_| ())
            }
            Notice::Host(host, ticket, error) => {
                match host.settle(ticket.index(), error.as_ref().unwrap_or(&JsValue::UNDEFINED)) {
                    true => Ok(()),
                    false => Err(host.failure()),
                }
            }
        }
    }
}
