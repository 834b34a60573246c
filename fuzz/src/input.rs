//! Decoding of bytes into input, such that most bytes become calls that reach deep into the engine.

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};

/// Any `f64`, but mostly numbers that a program would pass.
#[derive(Clone, Copy, PartialEq)]
pub struct Number(pub f64);

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Numbers at which floating-point arithmetic or the engine changes its behaviour.
const EDGES: [f64; 32] = [
    0.0,
    -0.0,
    -1.0,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MIN_POSITIVE,
    5e-324,
    f64::EPSILON,
    f64::MAX,
    f64::MIN,
    1.0 / 3.0,
    1.0 / 7.0,
    0.1,
    0.1 + 0.2,
    0.5,
    0.999_999_999_999_999_9,
    1.000_000_000_000_000_2,
    4096.0,
    60_000.0,
    86_400_000.0,
    2_147_483_647.0,
    4_294_967_296.0,
    1.7e12,
    9_007_199_254_740_991.0,
    9_007_199_254_740_992.0,
    1e-9,
    1e-300,
    1e16,
    1e19,
    1e100,
    1e300,
];

impl<'a> Arbitrary<'a> for Number {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self(match u8::arbitrary(u)? {
            0..=127 => f64::from(u8::arbitrary(u)?),
            128..=159 => f64::from(u16::arbitrary(u)?) / 8.0,
            160..=175 => f64::from(u8::arbitrary(u)?) / 256.0,
            176..=191 => f64::from(u16::arbitrary(u)?) * 1000.0,
            edge @ 192..=223 => EDGES[usize::from(edge - 192)],
            // The next number above or below an edge.
            edge @ 224..=239 => {
                let edge = EDGES[usize::from(edge - 224) * 2];
                if bool::arbitrary(u)? { edge.next_up() } else { edge.next_down() }
            }
            _ => f64::from_bits(u64::arbitrary(u)?),
        }))
    }

    fn size_hint(_depth: usize) -> (usize, Option<usize>) {
        (1, Some(9))
    }
}

/// Up to `MOST` values, with an explicit count.
#[derive(Clone)]
pub struct Few<T, const MOST: u8>(pub Vec<T>);

impl<'a, T: Arbitrary<'a>, const MOST: u8> Arbitrary<'a> for Few<T, MOST> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let count = u.int_in_range(0..=MOST)?;
        (0..count).map(|_| u.arbitrary()).collect::<Result<_>>().map(Self)
    }
}

/// Values until the bytes end, at most `MOST`. (A `Vec` ends at the first even byte,
/// so random bytes would make a short one.)
#[derive(Clone)]
pub struct Many<T, const MOST: usize>(pub Vec<T>);

impl<'a, T: Arbitrary<'a>, const MOST: usize> Arbitrary<'a> for Many<T, MOST> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut all = Vec::new();
        while !u.is_empty() && all.len() < MOST {
            all.push(u.arbitrary()?);
        }
        Ok(Self(all))
    }
}

impl<T: fmt::Debug, const MOST: u8> fmt::Debug for Few<T, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, even in pretty-printed output.
        write!(f, "{:?}", self.0)
    }
}

/// Shows one value per line.
impl<T: fmt::Debug, const MOST: usize> fmt::Debug for Many<T, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|each| write!(f, "\n  {each:?}"))
    }
}
