//! The calls that concern rules, made on the engine and on the oracle.

use crate::model::oracle::calls::{Shape, Step, millis};
use crate::model::oracle::pair::Pair;
use crate::model::oracle::rules::{QUARTER, Rule};
use crate::model::oracle::{Oracle, Request};
use multi_throttler_engine::{Fields, Ticket, Value};

impl Pair {
    /// Expects the same requests to leave both queues.
    pub fn evict(
        &mut self,
        code: &'static str,
        leaves: impl Fn(&Oracle<Ticket>, &Request<Ticket>) -> bool,
    ) {
        let leaving: Vec<_> =
            self.oracle.waiting.iter().filter(|r| leaves(&self.oracle, r)).map(|r| r.key).collect();
        for ticket in leaving {
            self.oracle.leave(&ticket);
            self.evicted.push((ticket, code));
        }
    }

    /// Rejects waiters that the rule at `index` can never grant any more: for their cost, or
    /// because they have no permit.
    pub fn evict_ungrantable(&mut self, index: usize) {
        let cost = |request: &Request<Ticket>| {
            request.costs.iter().find(|cost| cost.0 == index).map_or(0, |c| c.1)
        };
        self.evict("COST_EXCEEDS_CAPACITY", |oracle, request| {
            let rule = oracle.rules[index].as_ref().unwrap();
            cost(request) > oracle.ceiling(rule)
        });
        self.evict("NEEDS_PERMIT", |oracle, request| {
            oracle.rules[index].as_ref().unwrap().is_concurrency()
                && cost(request) > 0
                && !request.permit
        });
    }

    pub fn pause(&mut self, rule: Option<usize>, until: i128) {
        let id = rule.map(|rule| rule.to_string());
        let ids = id.as_ref().map(|id| [id.as_str()]);
        let paused = self.engine.pause(ids.as_ref().map(|ids| &ids[..]), millis(until), self.now());
        let known = rule.is_none_or(|rule| self.oracle.rules[rule].is_some());
        assert_eq!(paused.is_ok(), known);
        self.paused = if rule.is_none() { self.paused.max(until) } else { self.paused };
        for model_rule in self.named(rule) {
            model_rule.paused = model_rule.paused.max(until);
        }
    }

    pub fn resume(&mut self, rule: Option<usize>) {
        let id = rule.map(|rule| rule.to_string());
        let ids = id.as_ref().map(|id| [id.as_str()]);
        let resumed = self.engine.resume(ids.as_ref().map(|ids| &ids[..]), self.now());
        assert_eq!(resumed.is_ok(), rule.is_none_or(|rule| self.oracle.rules[rule].is_some()));
        self.paused = if rule.is_none() { i128::MIN } else { self.paused };
        for model_rule in self.named(rule) {
            model_rule.paused = i128::MIN;
        }
    }

    /// One rule, or all.
    fn named(&mut self, rule: Option<usize>) -> impl Iterator<Item = &mut Rule<Ticket>> {
        let is_named = move |index: usize| rule.is_none_or(|rule| rule == index);
        self.oracle
            .rules
            .iter_mut()
            .enumerate()
            .filter(move |rule| is_named(rule.0))
            .filter_map(|r| r.1.as_mut())
    }

    fn shape(&self, shape: Shape) -> Shape {
        if self.dyadic { shape.dyadic().sound() } else { shape.sound() }
    }

    pub fn change_rules(&mut self, step: Step) {
        let (now, tick) = (self.now(), self.oracle.now);
        match step {
            Step::SetTokens(index, quarters) => {
                let limit =
                    self.oracle.rules[index].as_ref().map(|rule| self.oracle.limit(rule.limit));
                let known = self.engine.set_tokens(&index.to_string(), quarters as f64 / 4.0, now);
                assert_eq!(known, limit.is_some());
                if let (Some(limit), Some(rule)) = (limit, &mut self.oracle.rules[index]) {
                    rule.set(quarters * QUARTER, limit, tick);
                }
            }
            Step::Reset => {
                self.engine.reset(now);
                self.oracle
                    .rules
                    .iter_mut()
                    .flatten()
                    .for_each(|rule| rule.set(i128::MAX, rule.limit, tick));
            }
            Step::Replace(index, shape) => {
                let shape = self.shape(shape);
                self.engine.add_rule(shape.rule(index), now);
                let mut model_rule = shape.model_rule();
                // A pause that the server asked for outlasts the replacement of a rule.
                model_rule.paused =
                    self.oracle.rules[index].as_ref().map_or(self.paused, |old| old.paused);
                self.oracle.rules[index] = Some(model_rule);
                self.shapes[index] = shape;
                self.evict_ungrantable(index);
            }
            Step::Update(index, shape) => {
                let Some(shape) = self.shapes[index].updated(&self.shape(shape)) else { return };
                // Fractions of tokens would have to be kept to the last bit.
                if shape.is_bucket() && !self.dyadic {
                    return;
                }
                let patch: Vec<(&str, Value)> = if shape.is_spacing() {
                    vec![("interval", Value::Number(shape.interval()))]
                } else if shape.is_bucket() {
                    vec![
                        ("capacity", Value::Number(shape.limit())),
                        ("refillRate", Value::Number(shape.rate())),
                    ]
                } else {
                    vec![("limit", Value::Number(shape.limit()))]
                };
                let updated =
                    self.engine.update_rule(&index.to_string(), &Fields::from_iter(patch), now);
                let Some(old) = self.oracle.rules[index].as_ref().map(|rule| rule.limit) else {
                    return assert!(updated.is_err());
                };
                updated.unwrap();
                let new = shape.model_rule::<Ticket>();
                let shares = (self.oracle.share(old), self.oracle.share(new.limit));
                let rule = self.oracle.rules[index].as_mut().unwrap();
                rule.update(new.kind, new.limit, shares);
                self.shapes[index] = shape;
                self.evict_ungrantable(index);
            }
            Step::Remove(index) => {
                let removed = self.engine.remove_rule(&index.to_string(), now);
                assert_eq!(removed, self.oracle.rules[index].is_some());
                self.evict("UNKNOWN_RULE", |_, request| {
                    request.costs.iter().any(|&(i, _)| i == index)
                });
                self.oracle.rules[index] = None;
            }
            other => panic!("{other:?} changes no rule"),
        }
    }
}
