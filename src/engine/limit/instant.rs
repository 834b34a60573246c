//! The first instants at which conditions hold.

/// The first instant from `guess` on, and not before `from`, at which `holds`. The guess is right
/// except for rounding, and the condition keeps holding once it does.
///
/// The search steps forward by one representable instant and doubles the step each time, as numbers
/// computed from large ones change in large steps. It then bisects the last step down to the last
/// bit. Instants before the guess are not searched, as the condition holds there only by rounding.
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

/// The number of windows that are needed for `amount`, after one with `left` remaining, if each
/// passes `capacity`.
pub(super) fn windows_for(amount: f64, left: f64, capacity: f64) -> f64 {
    if amount <= left { 0.0 } else { ((amount - left) / capacity).ceil() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// The result for a condition that holds from `first` on, and the number of evaluations.
    fn look(from: f64, guess: f64, first: f64) -> (f64, usize) {
        let asked = Cell::new(0_usize);
        let found = first_instant(from, guess, |at| {
            asked.set(asked.get() + 1);
            at >= first
        });
        (found, asked.get())
    }

    #[test]
    fn right_guess_is_evaluated_once() {
        assert_eq!(look(0.0, 7.0, 7.0), (7.0, 1));
        assert_eq!(look(0.0, 7.0, 3.0), (7.0, 1));
        assert_eq!(look(9.0, 7.0, 3.0), (9.0, 1));
    }

    #[test]
    fn early_guess_is_corrected_to_the_last_bit() {
        for (late, doublings) in [(1, 1), (2, 2), (3, 2), (10, 4), (1000, 10), (1_000_000, 20)] {
            let guess = 1e12_f64;
            let first = f64::from_bits(guess.to_bits() + late);
            let (found, asked) = look(0.0, guess, first);
            assert_eq!(found, first);
            assert!(asked <= 1 + 2 * doublings, "{asked} for {late}");
        }
    }

    #[test]
    fn condition_that_never_holds_ends_the_search() {
        assert_eq!(look(0.0, 7.0, f64::NAN).0, f64::INFINITY);
    }

    #[test]
    fn counts_windows_for_an_amount() {
        let windows = [0.0, 2.0, 2.5, 12.0, 12.5].map(|amount| windows_for(amount, 2.0, 10.0));
        assert_eq!(windows, [0.0, 0.0, 1.0, 1.0, 2.0]);
    }
}
