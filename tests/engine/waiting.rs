//! What happens to those that wait: pauses, estimates, a full queue, deadlines, changes of priority.

use crate::support::{
    costs, engine, next_due, poll_all, rule, ten, timeout, tokens, wait, with_config, within,
};
use multi_throttler_engine::{
    AlignedWindow, Concurrency, Config, Costs, Engine, FirstRequestWindow, MaxWaiting, Mode, Options,
    Ordering, Overflow, Priority, Refusal, RollingWindow, Submission, Ticket, TokenBucket,
};

fn submit(engine: &mut Engine, costs: &Costs, options: Options, now: f64) -> Result<Submission, Refusal> {
    engine.submit(costs, options, now)
}

#[test]
fn nothing_is_granted_in_a_pause_and_all_that_is_left_after_it() {
    let mut engine = engine([ten("a", 2.0), ten("b", 10.0)]);
    engine.pause(Some(&["a"]), 500.0, 0.0).unwrap();
    let (a, b, both) = (
        costs(&mut engine, &[("a", 1.0)]),
        costs(&mut engine, &[("b", 1.0)]),
        costs(&mut engine, &[("a", 1.0), ("b", 9.0)]),
    );
    let first = wait(&mut engine, &a, Priority::Normal, 0.0);
    let second = wait(&mut engine, &both, Priority::Normal, 0.0);
    // What is not paused goes on, as far as it leaves what those ahead want.
    assert_eq!(submit(&mut engine, &b, Options::default(), 0.0), Ok(Submission::Granted));
    let third = wait(&mut engine, &b, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 100.0);
    assert_eq!(poll_all(&mut engine, 100.0), [(third, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 499.0), []);
    assert_eq!(next_due(&mut engine), 500.0);
    assert_eq!(poll_all(&mut engine, 500.0), [(first, Ok(())), (second, Ok(()))]);
    // Meanwhile the bucket went on to fill.
    assert_eq!(tokens(&mut engine, "a", 500.0), 5.0);
}

#[test]
fn a_pause_is_extended_but_not_shortened() {
    let mut engine = engine([ten("a", 10.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    engine.pause(None, 500.0, 0.0).unwrap();
    engine.pause(Some(&["a"]), 300.0, 0.0).unwrap();
    let ticket = wait(&mut engine, &one, Priority::Critical, 0.0);
    assert_eq!(next_due(&mut engine), 500.0);
    engine.pause(Some(&["a"]), 700.0, 0.0).unwrap();
    assert_eq!(poll_all(&mut engine, 500.0), []);
    assert_eq!(next_due(&mut engine), 700.0);
    engine.resume(Some(&["a"]), 600.0).unwrap();
    assert_eq!(poll_all(&mut engine, 600.0), [(ticket, Ok(()))]);
}

#[test]
fn a_pause_of_all_holds_for_rules_that_are_added_later() {
    let mut engine = engine([ten("a", 10.0)]);
    engine.pause(None, f64::INFINITY, 0.0).unwrap();
    engine.add_rule(ten("b", 10.0), 100.0);
    let b = costs(&mut engine, &[("b", 1.0)]);
    let ticket = wait(&mut engine, &b, Priority::Normal, 100.0);
    assert_eq!(next_due(&mut engine), f64::INFINITY);
    assert_eq!(engine.estimate_wait(&b, Priority::Normal, 100.0), Ok(f64::INFINITY));
    engine.resume(None, 200.0).unwrap();
    assert_eq!(poll_all(&mut engine, 200.0), [(ticket, Ok(()))]);
    engine.add_rule(ten("c", 10.0), 200.0);
    let c = costs(&mut engine, &[("c", 1.0)]);
    assert_eq!(submit(&mut engine, &c, Options::default(), 200.0), Ok(Submission::Granted));
}

#[test]
fn a_pause_stops_nobody_who_takes_nothing() {
    let mut engine = engine([ten("a", 10.0)]);
    engine.pause(None, f64::INFINITY, 0.0).unwrap();
    let nothing = costs(&mut engine, &[("a", 0.0)]);
    assert_eq!(submit(&mut engine, &nothing, Options::default(), 0.0), Ok(Submission::Granted));
    assert_eq!(submit(&mut engine, &Costs::default(), Options::default(), 0.0), Ok(Submission::Granted));
}

#[test]
fn a_pause_of_a_rule_that_there_is_not_changes_nothing() {
    let mut engine = engine([ten("a", 10.0)]);
    assert_eq!(engine.pause(Some(&["a", "x"]), 500.0, 0.0).unwrap_err().code(), "UNKNOWN_RULE");
    assert_eq!(engine.resume(Some(&["x"]), 0.0).unwrap_err().code(), "UNKNOWN_RULE");
    let one = costs(&mut engine, &[("a", 1.0)]);
    assert_eq!(submit(&mut engine, &one, Options::default(), 0.0), Ok(Submission::Granted));
}

/// Drives an engine from one due instant to the next until this request is settled.
fn run_until(engine: &mut Engine, ticket: Ticket) -> f64 {
    loop {
        let due = next_due(engine).min(1e9);
        assert!(due < 1e9, "never");
        for (settled, outcome) in poll_all(engine, due) {
            assert_eq!(outcome, Ok(()));
            if settled == ticket {
                return due;
            }
        }
    }
}

#[test]
fn an_estimate_comes_true_if_nothing_else_happens() {
    let mut engine = engine([
        ten("bucket", 3.0),
        rule("debt", TokenBucket::new(5.0, 0.02).unwrap().with_debt().unwrap()),
        rule("rolling", RollingWindow::new(7.0, 300.0, 10.0).unwrap()),
        rule("aligned", AlignedWindow::new(4.0, 250.0, 20.0).unwrap()),
        rule("first", FirstRequestWindow::new(6.0, 400.0, 30.0).unwrap()),
    ]);
    engine.pause(Some(&["rolling"]), 777.0, 0.0).unwrap();
    let ids = ["bucket", "debt", "rolling", "aligned", "first"];
    let mut estimated = Vec::new();
    for n in 0..60_usize {
        let amounts: Vec<_> = (0..3).map(|k| (ids[(n + k * k) % 5], ((n * 7 + k) % 4) as f64)).collect();
        let costs = costs(&mut engine, &amounts);
        let priority = Priority::ALL[n % 3];
        let estimate = engine.estimate_wait(&costs, priority, 0.0).unwrap();
        let options = Options { priority, ..Options::default() };
        match submit(&mut engine, &costs, options, 0.0).unwrap() {
            Submission::Waiting(ticket) => {
                assert_eq!(run_until(&mut engine.clone(), ticket), estimate);
                estimated.push(estimate);
            }
            _ => assert_eq!(estimate, 0.0),
        }
    }
    assert!(estimated.len() > 40, "{estimated:?}");
}

#[test]
fn an_estimate_counts_the_end_of_a_pause_and_of_the_permits_of_others_nothing() {
    let mut engine = engine([ten("a", 0.0), rule("tasks", Concurrency::new(1.0).unwrap())]);
    engine.pause(Some(&["a"]), 1000.0, 0.0).unwrap();
    let a = costs(&mut engine, &[("a", 2.0)]);
    assert_eq!(engine.estimate_wait(&a, Priority::Normal, 300.0), Ok(700.0));
    let task = costs(&mut engine, &[("tasks", 1.0)]);
    assert_eq!(engine.estimate_wait(&task, Priority::Normal, 300.0), Ok(0.0));
    let permit = Options { permit: true, ..Options::default() };
    assert!(matches!(submit(&mut engine, &task, permit, 300.0), Ok(Submission::Held(_))));
    assert_eq!(engine.estimate_wait(&task, Priority::Normal, 300.0), Ok(f64::INFINITY));
}

#[test]
fn who_waits_for_a_permit_may_give_up_before_so_nobody_is_refused_for_it() {
    let permit = |max_wait| Options { permit: true, max_wait, ..Options::default() };
    for ordering in [Ordering::WorkConserving, Ordering::StrictFifo] {
        let config = Config { ordering, ..Config::default() };
        let mut engine = with_config(config, [ten("a", 10.0), rule("tasks", Concurrency::new(1.0).unwrap())]);
        let task = costs(&mut engine, &[("tasks", 1.0)]);
        let both = costs(&mut engine, &[("a", 5.0), ("tasks", 1.0)]);
        let [five, six, whole] = [5.0, 6.0, 10.0].map(|amount| costs_of(&mut engine, amount));
        assert!(matches!(submit(&mut engine, &task, permit(1e9), 0.0), Ok(Submission::Held(_))));
        let first = submit(&mut engine, &both, permit(50.0), 0.0);
        // If a permit were released at once, five would go to the one ahead, the sixth left for the other would come at 100.
        let second = submit(&mut engine, &six, within(60.0), 0.0);
        let (Ok(Submission::Waiting(first)), Ok(Submission::Waiting(second))) = (first, second) else {
            panic!("both wait")
        };
        assert_eq!(poll_all(&mut engine, 50.0), [(first, Err(timeout(50.0, 0.0))), (second, Ok(()))]);

        // It is still known what is too late without those who give up, and who does not give up by then.
        assert!(matches!(submit(&mut engine, &both, permit(200.0), 50.0), Ok(Submission::Waiting(_))));
        assert_eq!(submit(&mut engine, &whole, within(500.0), 50.0), Err(timeout(500.0, 1100.0)));
        assert_eq!(submit(&mut engine, &five, within(199.0), 50.0), Err(timeout(199.0, 600.0)));
        assert!(matches!(submit(&mut engine, &five, within(200.0), 50.0), Ok(Submission::Waiting(_))));
    }
}

#[test]
fn nobody_knows_when_a_permit_is_given_back_so_a_deadline_is_waited_for() {
    let mut engine = engine([ten("a", 0.0), rule("tasks", Concurrency::new(1.0).unwrap())]);
    let permit = |max_wait| Options { permit: true, max_wait, ..Options::default() };
    let (task, a) = (costs(&mut engine, &[("tasks", 1.0)]), costs(&mut engine, &[("a", 1.0)]));
    let Ok(Submission::Held(holder)) = submit(&mut engine, &task, permit(1e9), 0.0) else { panic!("held") };
    let first = submit(&mut engine, &task, permit(100.0), 0.0);
    let second = submit(&mut engine, &task, permit(100.0), 0.0);
    let (Ok(Submission::Waiting(first)), Ok(Submission::Waiting(second))) = (first, second) else {
        panic!("both wait")
    };
    assert_eq!(engine.due(), 100.0);
    assert!(engine.release(holder, false, 50.0));
    assert_eq!(poll_all(&mut engine, 50.0), [(first, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 100.0), [(second, Err(timeout(100.0, 0.0)))]);

    // What time alone brings is known, also behind one that waits for a permit.
    let both = costs(&mut engine, &[("a", 10.0), ("tasks", 1.0)]);
    assert_eq!(submit(&mut engine, &both, permit(899.0), 100.0), Err(timeout(899.0, 900.0)));
    assert!(matches!(submit(&mut engine, &both, permit(f64::INFINITY), 100.0), Ok(Submission::Waiting(_))));
    let behind = |max_wait| Options { max_wait, ..Options::default() };
    assert_eq!(submit(&mut engine, &a, behind(999.0), 100.0), Err(timeout(999.0, 1000.0)));
    assert!(matches!(submit(&mut engine, &a, behind(1000.0), 100.0), Ok(Submission::Waiting(_))));
}

#[test]
fn trying_takes_what_a_submission_would_be_granted_and_nothing_else() {
    let mut engine = engine([ten("a", 5.0), ten("b", 0.0)]);
    let (three, one) = (costs(&mut engine, &[("a", 3.0)]), costs(&mut engine, &[("a", 1.0)]));
    assert_eq!(engine.try_submit(&three, Priority::Normal, 0.0), Ok(true));
    assert_eq!(engine.try_submit(&three, Priority::Normal, 0.0), Ok(false));
    assert_eq!((tokens(&mut engine, "a", 0.0), engine.waiting(None)), (2.0, 0));
    // Behind one that wants two nothing is left for another of its class, but for a more important one.
    let waits = costs(&mut engine, &[("a", 2.0), ("b", 1.0)]);
    wait(&mut engine, &waits, Priority::Normal, 0.0);
    assert_eq!(engine.try_submit(&one, Priority::Normal, 0.0), Ok(false));
    assert_eq!(engine.try_submit(&one, Priority::Critical, 0.0), Ok(true));
    let eleven = costs(&mut engine, &[("a", 11.0)]);
    assert_eq!(
        engine.try_submit(&eleven, Priority::Normal, 0.0).unwrap_err().code(),
        "COST_EXCEEDS_CAPACITY"
    );
}

/// A queue of two in which the last of the lowest priority makes room.
fn of_two() -> (Engine, Costs) {
    let (max_waiting, overflow) = (MaxWaiting::Total(2.0), Overflow::DropLowest);
    let config = Config { max_waiting, overflow, ..Config::default() };
    let mut engine = with_config(config, [ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    (engine, one)
}

#[test]
fn the_last_of_the_lowest_makes_room_for_a_more_important_one() {
    let (mut engine, one) = of_two();
    let full = Err(Refusal::QueueOverflow { max_capacity: 2.0 });
    let low = wait(&mut engine, &one, Priority::Low, 0.0);
    let last = wait(&mut engine, &one, Priority::Low, 0.0);
    let normal = wait(&mut engine, &one, Priority::Normal, 0.0);
    assert_eq!((engine.waiting(None), engine.due()), (2, 0.0));
    assert_eq!(poll_all(&mut engine, 0.0), [(last, full.clone())]);
    let critical = wait(&mut engine, &one, Priority::Critical, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), [(low, full.clone())]);
    // None is lower than this one, and of the same priority none makes room.
    let submission = submit(&mut engine, &one, Options::default(), 0.0);
    assert_eq!(submission.map(|_| ()), full);
    let another = wait(&mut engine, &one, Priority::Critical, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), [(normal, full)]);
    assert_eq!(poll_all(&mut engine, 200.0), [(critical, Ok(())), (another, Ok(()))]);
}

#[test]
fn nobody_is_dropped_for_one_that_is_refused_or_granted_at_once() {
    let (mut engine, one) = of_two();
    engine.add_rule(ten("b", 5.0), 0.0);
    for _ in 0..2 {
        wait(&mut engine, &one, Priority::Low, 0.0);
    }
    let options = Options { priority: Priority::Critical, max_wait: 50.0, permit: false };
    assert_eq!(submit(&mut engine, &one, options, 0.0), Err(timeout(50.0, 100.0)));
    let b = costs(&mut engine, &[("b", 1.0)]);
    assert_eq!(submit(&mut engine, &b, Options::default(), 0.0), Ok(Submission::Granted));
    assert_eq!((engine.waiting(None), poll_all(&mut engine, 0.0)), (2, vec![]));
}

#[test]
fn queue_limits_of_each_priority_drop_nobody() {
    let (max_waiting, overflow) = (MaxWaiting::PerPriority([1.0, 1.0, 1.0]), Overflow::DropLowest);
    let config = Config { max_waiting, overflow, ..Config::default() };
    let mut engine = with_config(config, [ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    for priority in Priority::ALL {
        wait(&mut engine, &one, priority, 0.0);
    }
    let critical = Options { priority: Priority::Critical, ..Options::default() };
    assert_eq!(submit(&mut engine, &one, critical, 0.0).unwrap_err().code(), "QUEUE_OVERFLOW");
    assert_eq!(engine.waiting(None), 3);
}

#[test]
fn a_new_priority_keeps_the_arrival() {
    let mut engine = engine([ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let early = wait(&mut engine, &one, Priority::Low, 0.0);
    let normal = wait(&mut engine, &one, Priority::Normal, 1.0);
    let critical = wait(&mut engine, &one, Priority::Critical, 2.0);
    assert!(engine.set_priority(early, Priority::Normal, 3.0));
    assert!(engine.set_priority(critical, Priority::Low, 3.0));
    assert_eq!(Priority::ALL.map(|priority| engine.waiting(Some(priority))), [0, 2, 1]);
    let order: Vec<_> = poll_all(&mut engine, 300.0).into_iter().map(|settled| settled.0).collect();
    assert_eq!(order, [early, normal, critical]);
    assert!(!engine.set_priority(early, Priority::Critical, 300.0));
}

#[test]
fn who_is_moved_ahead_goes_at_once_if_that_is_all_it_takes() {
    let mut engine = engine([ten("a", 5.0)]);
    let (ten, two) = (costs(&mut engine, &[("a", 10.0)]), costs(&mut engine, &[("a", 2.0)]));
    wait(&mut engine, &ten, Priority::Normal, 0.0);
    let ticket = wait(&mut engine, &two, Priority::Normal, 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), []);
    assert!(engine.set_priority(ticket, Priority::Critical, 0.0));
    assert_eq!(engine.due(), 0.0);
    assert_eq!(poll_all(&mut engine, 0.0), [(ticket, Ok(()))]);
}

#[test]
fn whoever_waits_long_enough_is_served_one_class_higher() {
    let mut engine = with_config(Config { aging: 150.0, ..Config::default() }, [ten("a", 0.0)]);
    let one = costs(&mut engine, &[("a", 1.0)]);
    let low = wait(&mut engine, &one, Priority::Low, 0.0);
    let normal = wait(&mut engine, &one, Priority::Normal, 20.0);
    // At 100 the normal one goes; at 150 the low one is normal; at 200 it goes before a normal one that came later.
    let late = wait(&mut engine, &one, Priority::Normal, 120.0);
    assert_eq!(poll_all(&mut engine, 120.0), [(normal, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 200.0), [(low, Ok(()))]);
    assert_eq!(engine.waiting(Some(Priority::Normal)), 1);
    // At 270 it becomes critical, and a critical one that came later waits behind it.
    let critical = wait(&mut engine, &one, Priority::Critical, 250.0);
    assert_eq!(poll_all(&mut engine, 300.0), [(late, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 400.0), [(critical, Ok(()))]);
}

#[test]
fn a_priority_with_which_it_could_never_be_granted_is_not_set() {
    let normal = Mode { name: "normal".into(), buffer: 0.0, reserve: 0.5 };
    let config = Config { modes: vec![normal], ..Config::default() };
    let empty = TokenBucket::new(10.0, 0.01).unwrap().with_tokens(0.0).unwrap();
    let mut engine = with_config(config, [rule("a", empty)]);
    let costs = costs(&mut engine, &[("a", 10.0)]);
    let options = Options { priority: Priority::Critical, ..Options::default() };
    let Submission::Waiting(ticket) = engine.submit(&costs, options, 0.0).unwrap() else { panic!() };
    assert!(!engine.set_priority(ticket, Priority::Normal, 0.0));
    assert_eq!((engine.waiting(Some(Priority::Critical)), engine.due()), (1, 1000.0));
}

#[test]
fn what_is_due_is_what_all_rules_agree_about() {
    let slow = TokenBucket::new(1.0, 1.0 / 950.0).unwrap().with_tokens(0.0).unwrap();
    let window = FirstRequestWindow::new(2.0, 1000.0, 100.0).unwrap();
    let mut engine = engine([rule("slow", slow), rule("window", window)]);
    let first = costs(&mut engine, &[("window", 1.0)]);
    assert_eq!(submit(&mut engine, &first, Options::default(), 0.0), Ok(Submission::Granted));
    // The window has one left up to 900 and again after 1100, the bucket has one from 950 on.
    let both = costs(&mut engine, &[("slow", 1.0), ("window", 1.0)]);
    wait(&mut engine, &both, Priority::Normal, 0.0);
    assert_eq!(next_due(&mut engine), 1100.0_f64.next_up());
}

#[test]
fn who_gives_up_is_told_how_long_it_would_have_been_what_is_kept_for_others_included() {
    let mode = Mode { name: "normal".into(), buffer: 0.0, reserve: 0.5 };
    let slow = rule("slow", TokenBucket::new(1.0, 1e-6).unwrap().with_tokens(0.0).unwrap());
    let mut engine = with_config(Config { modes: vec![mode], ..Config::default() }, [ten("a", 4.0), slow]);
    // What costs nothing is not waited for, whoever is ahead there.
    let other = costs(&mut engine, &[("slow", 0.25)]);
    wait(&mut engine, &other, Priority::Normal, 0.0);
    let three = costs(&mut engine, &[("a", 3.0), ("slow", 0.0)]);
    let options = Options { max_wait: 450.0, ..Options::default() };
    let Ok(Submission::Waiting(ticket)) = submit(&mut engine, &three, options, 0.0) else { panic!() };
    assert_eq!(next_due(&mut engine), 400.0);
    engine.set_tokens("a", 0.0, 100.0);
    assert_eq!(poll_all(&mut engine, 450.0), [(ticket, Err(timeout(450.0, 450.0)))]);
}

#[test]
fn a_grant_without_a_queue_takes_what_a_submission_would_be_granted() {
    let mut engine = engine([ten("a", 5.0), rule("tasks", Concurrency::new(1.0).unwrap())]);
    let [three, none] = [3.0, 0.0].map(|amount| costs(&mut engine, &[("a", amount)]));
    assert!(engine.grant(three.iter(), Priority::Normal, 0.0));
    assert_eq!(tokens(&mut engine, "a", 0.0), 2.0);
    assert!(!engine.grant(three.iter(), Priority::Normal, 99.0));
    let [task, too_much] = [("tasks", 1.0), ("a", 11.0)].map(|cost| costs(&mut engine, &[cost]));
    assert!(!engine.grant(task.iter(), Priority::Normal, 99.0));
    assert!(!engine.grant(too_much.iter(), Priority::Normal, 99.0));
    assert!(engine.grant(none.iter(), Priority::Normal, 99.0));
    assert_eq!(tokens(&mut engine, "a", 100.0), 3.0);
    // Who waits may want what is left.
    let seven = costs_of(&mut engine, 7.0);
    let ticket = wait(&mut engine, &seven, Priority::Low, 100.0);
    assert!(!engine.grant(three.iter(), Priority::Normal, 100.0));
    engine.cancel(ticket);
    assert!(engine.grant(three.iter(), Priority::Normal, 100.0));
}

#[test]
fn costs_that_name_a_rule_twice_have_to_be_submitted_to_be_granted() {
    let mut engine = engine([ten("a", 5.0), ten("b", 5.0)]);
    let [a, b] = ["a", "b"].map(|id| engine.slot(id, 0.0).unwrap());
    let twice = [(a, 3.0), (b, 1.0), (a, 3.0)];
    assert!(!engine.grant(twice.into_iter(), Priority::Normal, 0.0));
    assert_eq!([tokens(&mut engine, "a", 0.0), tokens(&mut engine, "b", 0.0)], [5.0, 5.0]);
    // In any order.
    assert!(engine.grant([(b, 1.0), (a, 3.0)].into_iter(), Priority::Normal, 0.0));
    assert_eq!([tokens(&mut engine, "a", 0.0), tokens(&mut engine, "b", 0.0)], [2.0, 4.0]);
}

fn costs_of(engine: &mut Engine, amount: f64) -> Costs {
    costs(engine, &[("a", amount)])
}

#[test]
fn the_last_is_known_however_many_came_and_went() {
    let overflow = Overflow::DropLowest;
    let config = Config { max_waiting: MaxWaiting::Total(2.0), overflow, ..Config::default() };
    let mut engine = with_config(config, [ten("a", 0.0)]);
    let one = costs_of(&mut engine, 1.0);
    let low = wait(&mut engine, &one, Priority::Low, 0.0);
    for _ in 0..1000 {
        let ticket = wait(&mut engine, &one, Priority::Normal, 0.0);
        engine.cancel(ticket);
    }
    wait(&mut engine, &one, Priority::Normal, 0.0);
    wait(&mut engine, &one, Priority::Critical, 0.0);
    let dropped = Refusal::QueueOverflow { max_capacity: 2.0 };
    assert_eq!(poll_all(&mut engine, 0.0), [(low, Err(dropped))]);
}

#[test]
fn whoever_is_moved_up_has_the_age_that_it_would_have_there() {
    let mut engine = with_config(Config { aging: 100.0, ..Config::default() }, [ten("a", 0.0)]);
    let ten = costs_of(&mut engine, 10.0);
    let low = wait(&mut engine, &ten, Priority::Low, 0.0);
    let normal = wait(&mut engine, &ten, Priority::Normal, 10.0);
    assert_eq!(poll_all(&mut engine, 150.0), []);
    // Normal since 0 it would be critical since 100, and the other one is since 110.
    assert!(engine.set_priority(low, Priority::Normal, 150.0));
    assert_eq!(poll_all(&mut engine, 1000.0), [(low, Ok(()))]);
    assert_eq!(poll_all(&mut engine, 2000.0), [(normal, Ok(()))]);
}
