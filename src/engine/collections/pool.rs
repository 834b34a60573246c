//! Lists and pools whose values never move in memory.

/// The number of values in a chunk: a few pages of memory.
const CHUNK: usize = 256;

/// A list that grows by one chunk at a time. A doubling `Vec` would copy all waiters while the next
/// request comes, and as wasm memory never shrinks, the holes left behind would be half as large as
/// the list.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<T>(Vec<Vec<T>>);

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Chunks<T> {
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at / CHUNK)?.get(at % CHUNK)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.0.get_mut(at / CHUNK)?.get_mut(at % CHUNK)
    }

    pub(crate) fn len(&self) -> usize {
        let last = self.0.last().map_or(0, Vec::len);
        self.0.len().saturating_sub(1).saturating_mul(CHUNK).saturating_add(last)
    }

    /// Adds a value at the end.
    #[inline(never)]
    pub(crate) fn push(&mut self, value: T) {
        if self.0.last().is_none_or(|last| last.len() >= CHUNK) {
            // Most lists stay short; only a list that has become long gets whole chunks.
            self.0.push(Vec::with_capacity(if self.0.is_empty() { 0 } else { CHUNK }));
        }
        if let Some(last) = self.0.last_mut() {
            last.push(value);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

/// Values with stable indices. The index of a removed value is used again.
#[derive(Clone, Debug)]
pub(crate) struct Pool<T> {
    places: Chunks<Place<T>>,
    /// The free place to be used next. The last free place is followed by the end of the list.
    free: u32,
    len: usize,
}

#[derive(Clone, Debug)]
enum Place<T> {
    Taken(T),
    /// The free place to be used after this one.
    Free(u32),
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { places: Chunks::default(), free: 0, len: 0 }
    }
}

impl<T> Pool<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        match self.places.get(index as usize)? {
            Place::Taken(value) => Some(value),
            Place::Free(_) => None,
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        match self.places.get_mut(index as usize)? {
            Place::Taken(value) => Some(value),
            Place::Free(_) => None,
        }
    }

    /// Stores a value and returns its index. No memory holds 2^32 values.
    pub(crate) fn insert(&mut self, value: T) -> u32 {
        self.len = self.len.saturating_add(1);
        let index = self.free;
        match self.places.get_mut(index as usize) {
            Some(place) => {
                if let Place::Free(next) = std::mem::replace(place, Place::Taken(value)) {
                    self.free = next;
                }
            }
            None => {
                self.places.push(Place::Taken(value));
                self.free = self.places.len() as u32;
            }
        }
        index
    }

    /// Removes the value at an index, if there is one.
    pub(crate) fn remove(&mut self, index: u32) {
        if let Some(place @ Place::Taken(_)) = self.places.get_mut(index as usize) {
            *place = Place::Free(self.free);
            self.free = index;
            self.len = self.len.saturating_sub(1);
        }
    }

    /// All values with their indices.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(self.places.iter()).filter_map(|(index, place)| match place {
            Place::Taken(value) => Some((index, value)),
            Place::Free(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn values_keep_their_index_until_removal() {
        let mut pool = Pool::default();
        let mut known = BTreeMap::new();
        let mut seed = 1_u32;
        for n in 0..20_000_u32 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // The pool grows over several chunks, and then shrinks to nothing.
            if n < 10_000 && seed >> 30 != 0 || known.is_empty() {
                let index = pool.insert(n);
                assert_eq!(known.insert(index, n), None, "{index} is somebody's");
            } else {
                let any = *known.keys().nth(seed as usize % known.len()).expect("some are left");
                known.remove(&any);
                pool.remove(any);
                pool.remove(any);
                assert_eq!(pool.get(any), None);
                assert_eq!(pool.get_mut(any), None);
            }
            assert_eq!(pool.len(), known.len());
            if n % 1000 == 0 {
                assert!(
                    pool.iter()
                        .map(|(index, &value)| (index, value))
                        .eq(known.iter().map(|(&k, &v)| (k, v)))
                );
                assert!(known.iter().all(|(&index, value)| pool.get(index) == Some(value)));
            }
        }
        assert_eq!(pool.get(u32::MAX), None);
    }

    #[test]
    fn freed_indices_are_reused_first() {
        let mut pool = Pool::default();
        (0..600).for_each(|n| assert_eq!(pool.insert(n), n));
        for index in [300, 5, 599] {
            pool.remove(index);
        }
        assert_eq!([7, 7, 7, 7].map(|n| pool.insert(n)), [599, 5, 300, 600]);
    }

    #[test]
    fn long_list_has_at_most_a_chunk_to_spare() {
        let mut list = Chunks::default();
        for n in 0..3 * CHUNK {
            list.push(n);
            assert_eq!((list.len(), list.get(n), list.get(n + 1)), (n + 1, Some(&n), None));
        }
        assert!(list.0.iter().all(|chunk| chunk.capacity() == CHUNK));
        assert!(list.iter().copied().eq(0..3 * CHUNK));
    }
}
