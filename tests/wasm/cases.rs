// Tests of the exported class from JavaScript's side, with the system's clock and with a custom
// one. Included by the tests in Node and by those in a browser.

use js_sys::{Array, Error, Function, Object, Promise, Reflect};
use multi_throttler::EventKind;
use multi_throttler::wasm::MultiThrottler;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

include!("../replay.rs");

/// The value of a JavaScript expression.
fn js(expression: &str) -> JsValue {
    let body = ["return (", expression, ")"].concat();
    Function::new_no_args(&body)
        .call0(&JsValue::UNDEFINED)
        .unwrap_or_else(|error| wasm_bindgen::throw_val(error))
}

/// A clock that stands still until `advance` is called.
fn manual_clock() -> JsValue {
    js("(() => {
        let now = 0;
        let timers = [];
        return {
            armed: 0,
            now: () => now,
            wallNow: () => 1.7e12 + now,
            setTimeout(callback, ms) {
                this.armed++;
                const timer = { callback, due: now + ms };
                timers.push(timer);
                return timer;
            },
            clearTimeout(timer) {
                timers = timers.filter((other) => other !== timer);
            },
            advance(ms) {
                const end = now + ms;
                for (;;) {
                    const [next] = timers.filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due);
                    if (next === undefined) break;
                    now = Math.max(now, next.due);
                    timers = timers.filter((other) => other !== next);
                    next.callback();
                }
                now = end;
            },
        };
    })()")
}

fn advance(clock: &JsValue, ms: f64) {
    let advance: Function = get(clock, "advance").unchecked_into();
    advance.call1(clock, &ms.into()).unwrap();
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

fn number(object: &JsValue, name: &str) -> f64 {
    get(object, name).as_f64().unwrap()
}

fn config(clock: &JsValue) -> JsValue {
    let config = Object::new();
    Reflect::set(&config, &"clock".into(), clock).unwrap();
    config.into()
}

fn throttler(rules: &str, config: &JsValue) -> MultiThrottler {
    MultiThrottler::new(&js(rules), config, None)
        .unwrap_or_else(|error| wasm_bindgen::throw_val(error))
}

/// State of a promise after all due callbacks: `granted`, `waiting` or the error's text.
async fn state(promise: &Promise) -> String {
    let waiting: Promise = Promise::resolve(&JsValue::from("waiting"));
    match JsFuture::from(Promise::race(&Array::of2(promise, &waiting))).await {
        Ok(value) if value.is_undefined() => "granted".into(),
        Ok(value) => value.as_string().unwrap(),
        Err(error) => String::from(error.unchecked_into::<Error>().message()),
    }
}

const ONE_RULE: &str = "[{ id: 'weight', capacity: 10, refillRate: 1 / 100 }]";

#[wasm_bindgen_test]
async fn a_future_resolves_on_its_grant_and_not_early() {
    let throttler =
        throttler("[{ id: 'a', capacity: 1, refillRate: 1 / 20 }]", &JsValue::UNDEFINED);
    let now: Function = js("() => performance.now()").unchecked_into();
    let start = now.call0(&JsValue::UNDEFINED).unwrap().as_f64().unwrap();
    for _ in 0..3 {
        throttler.granted(&js("{ a: 1 }"), &JsValue::UNDEFINED).await.unwrap();
    }
    let elapsed = now.call0(&JsValue::UNDEFINED).unwrap().as_f64().unwrap() - start;
    assert!(elapsed >= 40.0, "{elapsed}");
    assert_eq!(throttler.get_queue_length(&JsValue::UNDEFINED), Ok(0));
}

#[wasm_bindgen_test]
async fn a_future_rejects_with_a_typed_error() {
    let throttler = throttler(ONE_RULE, &JsValue::UNDEFINED);
    let error = throttler.granted(&js("{ X: 1 }"), &JsValue::UNDEFINED).await.unwrap_err();
    let message = String::from(error.clone().unchecked_into::<Error>().message());
    assert_eq!(message, "Unknown throttle rule: X. Available rules: weight");
    assert_eq!(get(&error, "code").as_string().unwrap(), "UNKNOWN_RULE");
}

#[wasm_bindgen_test]
async fn invalid_request_options_reject() {
    let clock = manual_clock();
    let throttler = throttler(ONE_RULE, &config(&clock));
    for (options, message) in [
        ("{ maxWait: -1 }", "maxWait must be a number of milliseconds, 0 or more, got -1"),
        ("{ maxWait: NaN }", "maxWait must be a number of milliseconds, 0 or more, got NaN"),
        ("{ id: 1 }", "id must be text, got 1"),
        (
            "{ priority: 'urgent' }",
            "priority must be one of critical, normal, low, or an object with class and rank, got \"urgent\"",
        ),
        (
            "{ priority: { class: 'urgent' } }",
            "priority.class must be one of critical, normal, low, got \"urgent\"",
        ),
        (
            "{ priority: { rank: 1.5 } }",
            "priority.rank must be a whole number from -1000 to 1000, got 1.5",
        ),
        (
            "{ priority: { rank: '1' } }",
            "priority.rank must be a whole number from -1000 to 1000, got \"1\"",
        ),
        (
            "{ priority: { clas: 'low' } }",
            "unknown field \"clas\" for a priority; known fields: class, rank",
        ),
    ] {
        let promise = throttler.throttle(&js("{ weight: 1 }"), &js(options));
        assert_eq!(state(&promise).await, message);
    }
    assert_eq!(throttler.get_queue_length(&JsValue::UNDEFINED), Ok(0));
}

#[wasm_bindgen_test]
async fn each_grant_instant_arms_one_timer() {
    let clock = manual_clock();
    let throttler = throttler(ONE_RULE, &config(&clock));
    let seven = js("{ weight: 7 }");
    let promises: Vec<Promise> =
        (0..4).map(|_| throttler.throttle(&seven, &JsValue::UNDEFINED)).collect();
    assert_eq!(state(&promises[0]).await, "granted");
    assert_eq!(throttler.get_queue_length(&JsValue::UNDEFINED), Ok(3));
    for (ms, granted) in [(399.0, 1), (1.0, 2), (699.0, 2), (1.0, 3), (700.0, 4)] {
        advance(&clock, ms);
        for (index, promise) in promises.iter().enumerate() {
            assert_eq!(state(promise).await, if index < granted { "granted" } else { "waiting" });
        }
    }
    assert_eq!(number(&clock, "armed"), 3.0);
    assert_eq!(throttler.get_queue_length(&JsValue::UNDEFINED), Ok(0));
}

#[wasm_bindgen_test]
async fn statistics_count_grants_rejections_and_timers() {
    let clock = manual_clock();
    let throttler = throttler(ONE_RULE, &config(&clock));
    let _seven: Vec<Promise> =
        (0..2).map(|_| throttler.throttle(&js("{ weight: 7 }"), &JsValue::UNDEFINED)).collect();
    let unknown = throttler.throttle(&js("{ X: 1 }"), &JsValue::UNDEFINED);
    assert!(state(&unknown).await.starts_with("Unknown throttle rule: X"));
    advance(&clock, 400.0);
    let stats = Array::from(&throttler.get_stats().unwrap());
    let stats: Vec<f64> = stats.iter().map(|number| number.as_f64().unwrap()).collect();
    assert_eq!([stats[0], stats[1], stats[2], stats[5]], [2.0, 0.0, 0.0, 400.0]);
    assert_eq!(stats[8..], [&[f64::NEG_INFINITY, 1.0, 1.0][..], &[0.0; 9]].concat());
    assert_eq!(number(&throttler.get_status(true).unwrap(), "weight"), 1.0);
}

#[wasm_bindgen_test]
fn watched_events_are_announced_once_until_taken() {
    let clock = manual_clock();
    let throttler = throttler(ONE_RULE, &config(&clock));
    let calls = js("{ count: 0 }");
    let notify: Function = js("(calls) => () => { calls.count++; }").unchecked_into();
    let notify = notify.call1(&JsValue::UNDEFINED, &calls).unwrap();
    throttler.watch(EventKind::Pause.bit(), &notify).unwrap();
    throttler.try_throttle(&js("{ weight: 1 }"), &JsValue::UNDEFINED).unwrap();
    throttler.pause(&js("{ ms: 5, rules: ['weight'] }")).unwrap();
    throttler.pause(&js("{}")).unwrap();
    assert_eq!(number(&calls, "count"), 1.0);
    let events: Vec<JsValue> = Array::from(&throttler.take_events().unwrap()).iter().collect();
    let infinity = f64::INFINITY;
    let expected: [JsValue; 10] = [
        4.into(),
        (1.7e12 + 5.0).into(),
        0.into(),
        1.into(),
        "weight".into(),
        0.into(),
        4.into(),
        infinity.into(),
        0.into(),
        0.into(),
    ];
    assert_eq!(events, expected);
    assert_eq!(Array::from(&throttler.take_events().unwrap()).length(), 0);
    throttler.pause(&js("{ rules: ['weight'] }")).unwrap();
    assert_eq!(number(&calls, "count"), 1.0);
}

#[wasm_bindgen_test]
fn status_is_up_to_date_for_any_id() {
    let clock = manual_clock();
    let throttler = throttler(
        "[{ id: '__proto__', capacity: 10, refillRate: 1 / 100, tokens: 4 }]",
        &config(&clock),
    );
    advance(&clock, 100.0);
    let status = throttler.get_status(false).unwrap();
    let entries = Object::entries(status.unchecked_ref::<Object>());
    assert_eq!(entries.length(), 1);
    let rule = entries.get(0).unchecked_into::<Array>().get(1);
    assert_eq!((number(&rule, "tokens"), number(&rule, "capacity")), (5.0, 10.0));
    assert_eq!(number(&rule, "utilization"), 0.5);
}

#[wasm_bindgen_test]
async fn options_set_the_priority_and_max_wait() {
    let clock = manual_clock();
    let throttler =
        throttler("[{ id: 'a', capacity: 1, refillRate: 0.001, tokens: 0 }]", &config(&clock));
    let one = js("{ a: 1 }");
    let low = throttler.throttle(&one, &js("{ priority: 'low' }"));
    let critical = throttler.throttle(&one, &js("{ priority: 'critical' }"));
    let hurried = throttler.throttle(&one, &js("{ maxWait: 1999 }"));
    assert!(state(&hurried).await.contains("maxWait (1999 ms)"));
    assert_eq!(throttler.get_queue_length(&"low".into()), Ok(1));
    advance(&clock, 1000.0);
    assert_eq!((state(&critical).await, state(&low).await), ("granted".into(), "waiting".into()));
    let wrong = throttler.throttle(&one, &js("{ priority: 'urgent' }"));
    assert_eq!(
        state(&wrong).await,
        "priority must be one of critical, normal, low, or an object with class and rank, got \"urgent\""
    );
    let mistyped = throttler.throttle(&one, &js("{ maxwait: 5 }"));
    let expected = "unknown field \"maxwait\" for request options; known fields: priority, signal, maxWait, id";
    assert_eq!(state(&mistyped).await, expected);
}

#[wasm_bindgen_test]
async fn rules_can_change_while_requests_wait() {
    let clock = manual_clock();
    let throttler = throttler(
        "[{ id: 'a', capacity: 5, refillRate: 0, tokens: 0 }, { id: 'b', capacity: 5, refillRate: 0, tokens: 0 }]",
        &config(&clock),
    );
    let on_a = throttler.throttle(&js("{ a: 1, b: 1 }"), &JsValue::UNDEFINED);
    let on_b = throttler.throttle(&js("{ b: 1 }"), &JsValue::UNDEFINED);
    assert_eq!(throttler.remove_rule(&"a".into()), Ok(true));
    assert_eq!(throttler.remove_rule(&"a".into()), Ok(false));
    assert_eq!(state(&on_a).await, "Unknown throttle rule: a");
    assert_eq!(state(&on_b).await, "waiting");
    throttler.set_tokens(&"b".into(), &3.into()).unwrap();
    assert_eq!(state(&on_b).await, "granted");
    throttler.add_rule(&js("{ id: 'a', capacity: 2, refillRate: 1 }")).unwrap();
    assert!(throttler.slot(&"a".into()).is_ok_and(|slot| slot >= 0));
    let waits = throttler.throttle(&js("{ b: 5 }"), &JsValue::UNDEFINED);
    throttler.reset().unwrap();
    assert_eq!(state(&waits).await, "granted");
}

#[wasm_bindgen_test]
async fn closing_rejects_waiting_and_later_requests() {
    let throttler =
        throttler("[{ id: 'a', capacity: 5, refillRate: 0, tokens: 0 }]", &JsValue::UNDEFINED);
    let waits = throttler.throttle(&js("{ a: 1 }"), &JsValue::UNDEFINED);
    let cleared = throttler.clear(&JsValue::UNDEFINED);
    assert_eq!((cleared, state(&waits).await), (Ok(1), "The throttle queue was cleared".into()));
    let waits = throttler.throttle(&js("{ a: 1 }"), &JsValue::UNDEFINED);
    throttler.close().unwrap();
    throttler.close().unwrap();
    let late = throttler.throttle(&js("{ a: 1 }"), &JsValue::UNDEFINED);
    assert_eq!(
        (state(&waits).await, state(&late).await),
        ("The throttler is closed".into(), "The throttler is closed".into())
    );
}

#[wasm_bindgen_test]
async fn a_dropped_throttler_still_grants_its_waiters() {
    let clock = manual_clock();
    let waits = {
        let throttler =
            throttler("[{ id: 'a', capacity: 1, refillRate: 0.01, tokens: 0 }]", &config(&clock));
        throttler.throttle(&js("{ a: 1 }"), &JsValue::UNDEFINED)
    };
    advance(&clock, 100.0);
    assert_eq!(state(&waits).await, "granted");
}

#[wasm_bindgen_test]
fn invalid_configurations_name_the_field_and_the_value() {
    let message = |rules: &str, config: &str| {
        let error = MultiThrottler::new(&js(rules), &js(config), None).err().unwrap();
        String::from(error.unchecked_into::<Error>().message())
    };
    for (rules, config, expected) in [
        ("5", "undefined", "rules must be an iterable of rules, got 5"),
        ("[null]", "undefined", "rule must be an object, got null"),
        (
            "[{ id: 'a', capacity: '5' }]",
            "undefined",
            "Rule a: capacity must be a number above 0 and at most 2^53 - 1, got \"5\"",
        ),
        (
            "[{ id: 'a', capacity: 5, refillRate: NaN }]",
            "undefined",
            "Rule a: refillRate must be a finite number of 0 or more, got NaN",
        ),
        (
            "[{ id: 'a', capacity: 5, refillRate: 1, tokens: -1 }]",
            "undefined",
            "Rule a: tokens must be a number of 0 or more, got -1",
        ),
        (
            "[{ id: 'a', algorithm: 'x' }]",
            "undefined",
            "Rule a: algorithm must be one of: token-bucket rolling-window fixed-window first-request-window concurrency spacing, got \"x\"",
        ),
        ("[{ capacity: 5 }]", "undefined", "id must be a text that is not empty, got nothing"),
        ("[]", "null", "config must be an object, got null"),
        (
            "[]",
            "{ maxCapacity: 1.5 }",
            "maxCapacity must be a whole number of 0 or more, or Infinity, got 1.5",
        ),
        (
            "[]",
            "{ maxCapacity: { low: -1 } }",
            "maxCapacity.low must be a whole number of 0 or more, or Infinity, got -1",
        ),
        ("[]", "{ unref: 1 }", "unref must be true or false, got 1"),
        ("[]", "{ clock: { now: 5 } }", "clock.now must be a function, got 5"),
    ] {
        assert_eq!(message(rules, config), expected);
    }
}

#[wasm_bindgen_test]
fn an_exception_of_a_getter_passes_unchanged() {
    let thrown =
        |result: Result<MultiThrottler, JsValue>| result.err().unwrap().as_string().unwrap();
    let getter = "[{ id: 'a', get capacity() { throw 'from a getter' } }]";
    assert_eq!(
        thrown(MultiThrottler::new(&js(getter), &JsValue::UNDEFINED, None)),
        "from a getter"
    );
}

#[wasm_bindgen_test]
async fn a_waiter_keeps_its_demand_and_obeys_pauses() {
    let clock = manual_clock();
    let rules = "[{ id: 'a', capacity: 1, refillRate: 0.01, tokens: 0 }, { id: 'b', capacity: 5, refillRate: 0 }]";
    let throttler = throttler(rules, &config(&clock));
    let none = JsValue::UNDEFINED;
    let first = throttler.throttle(&js("{ a: 1, b: 1 }"), &none);
    assert_eq!(throttler.estimate_wait(&js("{ a: 1 }"), &none), Ok(200.0));
    assert_eq!(throttler.try_throttle(&js("{ b: 5 }"), &none), Ok(false));
    assert_eq!(throttler.try_throttle(&js("{ b: 3 }"), &none), Ok(true));
    throttler.pause(&js("{ ms: 300, rules: ['b'] }")).unwrap();
    advance(&clock, 299.0);
    assert_eq!(state(&first).await, "waiting");
    advance(&clock, 1.0);
    assert_eq!(state(&first).await, "granted");
}

/// Returns the ticket of a permit that is granted at once. The answer is `HELD_AT_ONCE`, -16, minus
/// the ticket.
fn acquire(throttler: &MultiThrottler, costs: &JsValue) -> f64 {
    -16.0 - throttler.submit_costs(costs, 1, f64::INFINITY, true)
}

#[wasm_bindgen_test]
fn a_permit_is_held_until_its_release() {
    let throttler =
        throttler("[{ id: 'a', algorithm: 'concurrency', limit: 1 }]", &JsValue::UNDEFINED);
    let one = js("{ a: 1 }");
    let permit = acquire(&throttler, &one);
    assert_eq!(throttler.waited(permit), 0.0);
    let refused = throttler.try_throttle(&one, &JsValue::UNDEFINED).unwrap_err();
    let message = String::from(refused.unchecked_into::<Error>().message());
    assert_eq!(message, "Rule a limits concurrency and needs a permit: use acquire or run");
    assert_eq!(throttler.estimate_wait(&one, &JsValue::UNDEFINED), Ok(f64::INFINITY));
    throttler.release(permit, false).unwrap();
    assert_eq!(throttler.estimate_wait(&one, &JsValue::UNDEFINED), Ok(0.0));
}

#[wasm_bindgen_test]
fn a_permit_is_released_at_its_actual_cost_once() {
    let throttler = throttler("[{ id: 'a', capacity: 200, refillRate: 0 }]", &JsValue::UNDEFINED);
    let left = || number(&get(&throttler.get_status(false).unwrap(), "a"), "tokens");
    let permit = acquire(&throttler, &js("{ a: 120 }"));
    throttler.release_at_cost(permit, &js("{ a: 22, gone: 1 }")).unwrap();
    throttler.release_at_cost(permit, &js("{}")).unwrap();
    assert_eq!(left(), 178.0);
    let permit = acquire(&throttler, &js("{ a: 100 }"));
    let message = throttler.release_at_cost(permit, &js("5")).unwrap_err();
    assert!(message.is_instance_of::<Error>() || message.is_object());
    // It is released all the same, as charged.
    assert_eq!(throttler.waited(permit), -1.0);
    assert_eq!(left(), 78.0);
}

#[wasm_bindgen_test]
fn a_mode_lowers_the_limit_by_its_buffer() {
    let config = js("{ modes: { careful: { buffer: 0.5 } } }");
    let throttler =
        MultiThrottler::new(&js("[{ id: 'a', capacity: 10, refillRate: 0 }]"), &config, None)
            .unwrap();
    throttler.set_mode(&"careful".into(), &JsValue::UNDEFINED).unwrap();
    assert_eq!(throttler.mode(), Ok("careful".into()));
    let status = throttler.get_status(false).unwrap();
    assert_eq!(number(&get(&status, "a"), "capacity"), 5.0);
    assert!(throttler.set_mode(&"careles".into(), &JsValue::UNDEFINED).is_err());
}

#[wasm_bindgen_test]
fn replayed_calls_give_the_grants_of_the_native_engine() {
    assert_eq!(replay(), REPLAY);
}
