//! The instants at which something begins to hold.

/// The first instant from `guess` on, and after `from`, at which `holds`: the guess is right but for rounding, and once
/// it holds it goes on to.
///
/// Steps on by one representable instant, then by twice as much each time, as numbers that are worked out from large
/// ones change in large steps; then halves the last step until it is known to the last bit. An instant before the guess
/// at which it seems to hold is not looked for: there it does by rounding.
pub(super) fn first_instant(from: f64, guess: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let mut at = guess.max(from);
    let mut before = at;
    let mut step = at.next_up() - at;
    while at.is_finite() && !holds(at) {
        before = at;
        at += step;
        step *= 2.0;
    }
    loop {
        let middle = before + (at - before) / 2.0;
        if !(before < middle && middle < at) {
            return at;
        }
        if holds(middle) {
            at = middle;
        } else {
            before = middle;
        }
    }
}

/// How many windows after one that has `left` are needed to pass `amount`, each of which passes `capacity`.
pub(super) fn windows_for(amount: f64, left: f64, capacity: f64) -> f64 {
    if amount <= left { 0.0 } else { ((amount - left) / capacity).ceil() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// What is found where something holds from `first` on, and how often it was asked whether it does.
    fn look(from: f64, guess: f64, first: f64) -> (f64, usize) {
        let asked = Cell::new(0_usize);
        let found = first_instant(from, guess, |at| {
            asked.set(asked.get() + 1);
            at >= first
        });
        (found, asked.get())
    }

    #[test]
    fn a_guess_that_is_right_is_asked_once_and_nothing_before_it() {
        assert_eq!(look(0.0, 7.0, 7.0), (7.0, 1));
        assert_eq!(look(0.0, 7.0, 3.0), (7.0, 1));
        assert_eq!(look(9.0, 7.0, 3.0), (9.0, 1));
    }

    #[test]
    fn a_guess_that_is_a_little_early_is_put_right_to_the_last_bit_in_few_steps() {
        for (late, doublings) in [(1, 1), (2, 2), (3, 2), (10, 4), (1000, 10), (1_000_000, 20)] {
            let guess = 1e12_f64;
            let first = f64::from_bits(guess.to_bits() + late);
            let (found, asked) = look(0.0, guess, first);
            assert_eq!(found, first);
            assert!(asked <= 1 + 2 * doublings, "{asked} for {late}");
        }
    }

    #[test]
    fn what_never_holds_is_not_looked_for_for_ever() {
        assert_eq!(look(0.0, 7.0, f64::NAN).0, f64::INFINITY);
    }

    #[test]
    fn so_many_windows_pass_an_amount() {
        let windows = [0.0, 2.0, 2.5, 12.0, 12.5].map(|amount| windows_for(amount, 2.0, 10.0));
        assert_eq!(windows, [0.0, 0.0, 1.0, 1.0, 2.0]);
    }
}
