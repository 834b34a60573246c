//! Random sequences of all calls, made on the engine and on the oracle.

use crate::model::oracle::Oracle;
use crate::model::oracle::calls::{self, RULES, Shape};
use crate::model::oracle::pair::Pair;
use crate::support::cases;
use multi_throttler_engine::Engine;
use proptest::prelude::*;

proptest! {
    #![proptest_config(cases(100_000))]

    #[test]
    fn engine_agrees_with_the_oracle(
        (settings, dyadic) in calls::settings(),
        shapes in prop::collection::vec(calls::shape(), RULES),
        steps in prop::collection::vec(calls::step(), 1..60),
    ) {
        let sound = |shape: Shape| if dyadic { shape.dyadic().sound() } else { shape.sound() };
        let shapes: Vec<_> = shapes.into_iter().map(sound).collect();
        let mut engine = Engine::new(calls::config(&settings)).unwrap();
        for (index, shape) in shapes.iter().enumerate() {
            engine.add_rule(shape.rule(index), 0.0);
        }
        let oracle = Oracle::new(settings, shapes.iter().map(|shape| Some(shape.model_rule())).collect());
        let (paused, evicted) = (i128::MIN, Vec::new());
        let mut pair = Pair { engine, oracle, shapes, dyadic, paused, evicted };
        for step in steps {
            pair.step(step);
            if pair.oracle.is_tied.get() {
                break;
            }
        }
    }
}
