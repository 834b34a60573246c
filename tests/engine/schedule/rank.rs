//! Ranks inside a class: higher first, equal ranks in the order of arrival.

use crate::support::{costs, poll_all, rolling, ten, with_config};
use multi_throttler_engine::{
    Config, Costs, Engine, MaxWaiting, Options, Ordering, Overflow, Priority, Rank, Rejection,
    Standing, Submission, Ticket,
};

fn standing(class: Priority, rank: f64) -> Standing {
    Standing { class, rank: Rank::new(rank).unwrap() }
}

fn submit(
    engine: &mut Engine,
    costs: &Costs,
    Standing { class: priority, rank }: Standing,
    now: f64,
) -> Result<Submission, Rejection> {
    engine.submit(costs, Options { priority, rank, ..Options::default() }, now)
}

fn wait(engine: &mut Engine, costs: &Costs, standing: Standing, now: f64) -> Ticket {
    match submit(engine, costs, standing, now) {
        Ok(Submission::Waiting(ticket)) => ticket,
        other => panic!("expected to wait, got {other:?}"),
    }
}

/// An engine whose rule "a" is used up, and gains a token each 100 ms.
fn used_up(config: Config) -> Engine {
    with_config(config, [ten("a", 0.0)])
}

const ORDERINGS: [Ordering; 2] = [Ordering::WorkConserving, Ordering::StrictFifo];

#[test]
fn higher_rank_goes_first_inside_its_class() {
    for ordering in ORDERINGS {
        let mut engine = used_up(Config { ordering, ..Config::default() });
        let one = costs(&mut engine, &[("a", 1.0)]);
        let asked = [
            (Priority::Normal, 0.0),
            (Priority::Normal, -1.0),
            (Priority::Normal, 7.0),
            (Priority::Normal, 0.0),
            (Priority::Normal, 7.0),
            (Priority::Critical, -1000.0),
            (Priority::Low, 1000.0),
        ];
        let tickets =
            asked.map(|(class, rank)| wait(&mut engine, &one, standing(class, rank), 0.0));
        let granted: Vec<_> = poll_all(&mut engine, 700.0)
            .iter()
            .map(|settled| tickets.iter().position(|ticket| *ticket == settled.0).unwrap())
            .collect();
        assert_eq!(granted, [5, 2, 4, 0, 3, 1, 6], "{ordering:?}");
    }
}

#[test]
fn order_holds_among_different_costs_and_after_changes() {
    for ordering in ORDERINGS {
        let mut engine = used_up(Config { ordering, ..Config::default() });
        let amounts = [2.0, 1.0, 3.0, 1.0];
        let all = amounts.map(|amount| costs(&mut engine, &[("a", amount)]));
        let normal = |rank| standing(Priority::Normal, rank);
        let tickets: Vec<_> = all
            .iter()
            .zip([1.0, 2.0, 3.0, 4.0])
            .map(|(costs, rank)| wait(&mut engine, costs, normal(rank), 0.0))
            .collect();
        // The first one moves ahead of all, the last one behind all.
        assert!(engine.set_priority(tickets[0], normal(9.0), 0.0));
        assert!(engine.set_priority(tickets[3], normal(-9.0), 0.0));
        let expected = [(0, 200.0), (2, 500.0), (1, 600.0), (3, 700.0)];
        for (index, at) in expected {
            assert_eq!(poll_all(&mut engine, at - 0.1), [], "{ordering:?}");
            assert_eq!(poll_all(&mut engine, at), [(tickets[index], Ok(()))], "{ordering:?}");
        }
    }
}

#[test]
fn new_request_of_a_higher_rank_is_granted_before_those_that_wait() {
    for ordering in ORDERINGS {
        let mut engine = with_config(Config { ordering, ..Config::default() }, [ten("a", 5.0)]);
        let (six, one) = (costs(&mut engine, &[("a", 6.0)]), costs(&mut engine, &[("a", 1.0)]));
        let large = wait(&mut engine, &six, Priority::Normal.into(), 0.0);
        assert_eq!(engine.due(), 100.0);
        // Equal and lower ranks wait behind it; a higher one takes a token that it waits for.
        wait(&mut engine, &one, standing(Priority::Normal, 0.0), 0.0);
        wait(&mut engine, &one, standing(Priority::Normal, -1.0), 0.0);
        assert_eq!(engine.try_submit(&one, standing(Priority::Normal, 0.0), 0.0), Ok(false));
        let above = standing(Priority::Normal, 1.0);
        assert_eq!(engine.estimate_wait(&one, above, 0.0), Ok(0.0));
        assert_eq!(submit(&mut engine, &one, above, 0.0), Ok(Submission::Granted));
        assert_eq!(poll_all(&mut engine, 100.0), []);
        assert_eq!(poll_all(&mut engine, 200.0)[0], (large, Ok(())));
    }
}

#[test]
fn reservations_are_planned_in_the_order_of_ranks() {
    // Of 10 in a second, 6 are used. The waiter of 5 has the next window; one of 5 and a higher
    // rank displaces it, as together they fit, and one of 8 moves it to the window after.
    let mut engine = with_config(Config::default(), [rolling("w", 10.0)]);
    let [six, five, eight, four] = [6.0, 5.0, 8.0, 4.0].map(|n| costs(&mut engine, &[("w", n)]));
    assert_eq!(submit(&mut engine, &six, Priority::Normal.into(), 0.0), Ok(Submission::Granted));
    let low = wait(&mut engine, &five, standing(Priority::Normal, -5.0), 0.0);
    let high = wait(&mut engine, &eight, standing(Priority::Normal, 5.0), 1.0);
    // A gap before both is filled by any rank.
    let filler = standing(Priority::Normal, -1000.0);
    assert!(matches!(submit(&mut engine, &four, filler, 2.0), Ok(Submission::Waiting(_))));
    let first = 1000.0_f64.next_up();
    assert_eq!(poll_all(&mut engine, first), [(high, Ok(()))]);
    let granted = poll_all(&mut engine, (first + 1000.0).next_up());
    assert_eq!(granted[0], (low, Ok(())));
}

#[test]
fn new_waiter_delays_the_lower_ranks_of_its_class() {
    // Without reservations, so that the wait behind an equal request changes no plan.
    let config = Config { reservations: 0, ..Config::default() };
    let mut engine = with_config(config, [ten("a", 0.0), ten("b", 0.0)]);
    let both = costs(&mut engine, &[("a", 1.0), ("b", 10.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let high = standing(Priority::Normal, 1.0);
    wait(&mut engine, &both, high, 0.0);
    let low = wait(&mut engine, &one, Priority::Normal.into(), 0.0);
    assert_eq!(engine.due(), 200.0);
    wait(&mut engine, &both, high, 0.0);
    assert_eq!(engine.due(), 300.0);
    assert_eq!(poll_all(&mut engine, 300.0), [(low, Ok(()))]);
}

#[test]
fn full_queue_drops_the_lowest_rank_of_the_lowest_class() {
    let rejected = |ticket| (ticket, Err(Rejection::QueueOverflow { max_capacity: 4.0 }));
    for (overflow, victim) in [(Overflow::DropLowest, 3), (Overflow::DropOldest, 2)] {
        let max_waiting = MaxWaiting::Total(4.0);
        let mut engine = used_up(Config { overflow, max_waiting, ..Config::default() });
        let one = costs(&mut engine, &[("a", 1.0)]);
        let asked = [5.0, 0.0, -5.0, -5.0];
        let tickets = asked.map(|rank| wait(&mut engine, &one, standing(Priority::Low, rank), 0.0));
        // A lower rank is rejected itself; an equal one displaces only the oldest.
        let below = submit(&mut engine, &one, standing(Priority::Low, -6.0), 0.0);
        assert_eq!(below.unwrap_err().code(), "QUEUE_OVERFLOW");
        let equal = submit(&mut engine.clone(), &one, standing(Priority::Low, -5.0), 0.0);
        assert_eq!(equal.is_ok(), overflow == Overflow::DropOldest);
        wait(&mut engine, &one, standing(Priority::Low, -4.0), 0.0);
        assert_eq!(poll_all(&mut engine, 0.0), [rejected(tickets[victim])], "{overflow:?}");
        // A higher class displaces any rank.
        wait(&mut engine, &one, standing(Priority::Normal, -1000.0), 0.0);
        let left = if victim == 3 { 2 } else { 3 };
        assert_eq!(poll_all(&mut engine, 0.0), [rejected(tickets[left])], "{overflow:?}");
    }
}

#[test]
fn risen_waiter_has_the_default_rank() {
    let mut engine = used_up(Config { aging: 150.0, ..Config::default() });
    let one = costs(&mut engine, &[("a", 1.0)]);
    let low = wait(&mut engine, &one, standing(Priority::Low, 1000.0), 0.0);
    let normal = [1.0, 0.0, -1.0]
        .map(|rank| wait(&mut engine, &one, standing(Priority::Normal, rank), 60.0));
    // Since 150 it is a normal one of rank 0 that came first.
    assert_eq!(poll_all(&mut engine, 100.0), [(normal[0], Ok(()))]);
    assert_eq!(poll_all(&mut engine, 155.0), []);
    assert_eq!(poll_all(&mut engine, 200.0), [(low, Ok(()))]);
}

#[test]
fn rank_is_a_whole_number_within_its_range() {
    for rank in [0.5, 1001.0, -1001.0, f64::NAN, f64::INFINITY] {
        let message = Rank::new(rank).unwrap_err().to_string();
        assert!(
            message.starts_with("priority.rank must be a whole number from -1000 to 1000, got "),
            "{message}"
        );
    }
    assert_eq!(Rank::new(-0.0), Ok(Rank::DEFAULT));
    assert_eq!([Rank::HIGHEST, Rank::LOWEST].map(Rank::number), [1000, -1000]);
}
