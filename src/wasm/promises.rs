//! Who is told what became of a waiting request.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::output;
use crate::queue::Ticket;
use crate::request::Settled;

#[wasm_bindgen]
extern "C" {
    /// Keeps promises where they are cheap. It must not call back into the throttler.
    ///
    /// Whatever wasm refers to is never collected, so it should hold the promises weakly; only a timer that is to settle
    /// them gives a reason to hold them.
    #[derive(Clone)]
    pub type Host;
    /// What became of a waiting request; `undefined` if it was granted.
    #[wasm_bindgen(method, structural, catch)]
    fn settle(this: &Host, index: u32, error: &JsValue) -> Result<(), JsValue>;
    /// Whether a timer is armed from now on.
    #[wasm_bindgen(method, structural, catch)]
    fn hold(this: &Host, armed: bool) -> Result<(), JsValue>;
}

/// Keeps the ends of the promises of waiting requests, or leaves that to a host.
pub(super) enum Promises {
    /// The resolving functions, at the index of each request's ticket.
    Own(Vec<Option<Resolvers>>),
    Host(Host),
}

pub(super) struct Resolvers {
    resolve: Function,
    reject: Function,
}

impl Promises {
    pub(super) fn new(host: Option<Host>) -> Self {
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
    pub(super) fn hold(&self, armed: bool) -> Result<(), JsValue> {
        match self {
            Promises::Own(_) => Ok(()),
            Promises::Host(host) => host.hold(armed),
        }
    }

    /// Who is to be told of a settled request.
    pub(super) fn take(&mut self, (ticket, outcome): Settled) -> Notice {
        let error = outcome.err().map(|refusal| output::refusal(&refusal));
        match self {
            Promises::Own(resolvers) => {
                Notice::Own(resolvers.get_mut(ticket.index() as usize).and_then(Option::take), error)
            }
            Promises::Host(host) => Notice::Host(host.clone(), ticket, error),
        }
    }
}

/// Word of what became of a request, to be given when nothing of the throttler is borrowed any more.
pub(super) enum Notice {
    Own(Option<Resolvers>, Option<JsValue>),
    Host(Host, Ticket, Option<JsValue>),
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
                host.settle(ticket.index(), &error.unwrap_or(JsValue::UNDEFINED))
            }
        }
    }
}
