//! Linked lists of waiters.

use crate::collections::pool::Chunks;

/// A doubly linked list of the waiters of a lane, in the order of arrival. All lists share one
/// [`LaneLinks`], so a list takes no memory of its own, and a waiter leaves from any place in
/// constant time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LaneList {
    ends: Option<Ends>,
}

#[derive(Clone, Copy, Debug)]
struct Ends {
    first: u32,
    last: u32,
}

/// The links of all waiters, by index.
#[derive(Clone, Debug, Default)]
pub(crate) struct LaneLinks(Chunks<Link>);

#[derive(Clone, Copy, Debug)]
struct Link {
    before: u32,
    after: u32,
}

/// Marks the absence of a neighbour: before the first waiter, after the last, and on both sides of
/// an unlinked one.
const NO_NEIGHBOUR: u32 = u32::MAX;
const UNLINKED: Link = Link { before: NO_NEIGHBOUR, after: NO_NEIGHBOUR };

impl LaneLinks {
    fn get(&self, index: u32) -> Link {
        self.0.get(index as usize).copied().unwrap_or(UNLINKED)
    }

    #[inline(always)]
    fn grow(&mut self, index: u32) {
        while self.0.len() <= index as usize {
            self.0.push(UNLINKED);
        }
    }

    fn change(&mut self, index: u32, change: impl FnOnce(&mut Link)) {
        if let Some(link) = self.0.get_mut(index as usize) {
            change(link);
        }
    }
}

impl LaneList {
    pub(crate) fn first(self) -> Option<u32> {
        self.ends.map(|ends| ends.first)
    }

    /// All waiters, from the first to the last.
    pub(crate) fn iter(self, links: &LaneLinks) -> impl Iterator<Item = u32> {
        let somebody = |index: u32| Some(index).filter(|&index| index != NO_NEIGHBOUR);
        std::iter::successors(self.first(), move |&at| somebody(links.get(at).after))
    }

    pub(crate) fn last(self) -> Option<u32> {
        self.ends.map(|ends| ends.last)
    }

    /// Appends a waiter that is in no list.
    pub(crate) fn push(&mut self, index: u32, links: &mut LaneLinks) {
        links.grow(index);
        let before = self.last().unwrap_or(NO_NEIGHBOUR);
        links.change(before, |link| link.after = index);
        links.change(index, |link| *link = Link { before, after: NO_NEIGHBOUR });
        self.ends = Some(Ends { first: self.first().unwrap_or(index), last: index });
    }

    /// Puts a waiter that is in no list before all others.
    pub(crate) fn push_front(&mut self, index: u32, links: &mut LaneLinks) {
        links.grow(index);
        let after = self.first().unwrap_or(NO_NEIGHBOUR);
        links.change(after, |link| link.before = index);
        links.change(index, |link| *link = Link { before: NO_NEIGHBOUR, after });
        self.ends = Some(Ends { first: index, last: self.last().unwrap_or(index) });
    }

    /// Removes a waiter. `false`: the waiter is not in this list.
    #[inline(always)]
    pub(crate) fn remove(&mut self, index: u32, links: &mut LaneLinks) -> bool {
        let Link { before, after } = links.get(index);
        let Some(Ends { first, last }) = self.ends else { return false };
        // A waiter inside the list has a neighbour on each side.
        if (before == NO_NEIGHBOUR && first != index) || (after == NO_NEIGHBOUR && last != index) {
            return false;
        }
        links.change(before, |link| link.after = after);
        links.change(after, |link| link.before = before);
        links.change(index, |link| *link = UNLINKED);
        let first = if first == index { after } else { first };
        let last = if last == index { before } else { last };
        self.ends = Some(Ends { first, last }).filter(|_| first != NO_NEIGHBOUR);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(list: LaneList, links: &LaneLinks) -> Vec<u32> {
        let before = |&at: &u32| Some(links.get(at).before).filter(|&index| index != NO_NEIGHBOUR);
        let forwards: Vec<u32> = list.iter(links).collect();
        let mut backwards: Vec<u32> = std::iter::successors(list.last(), before).collect();
        backwards.reverse();
        assert_eq!(forwards, backwards);
        forwards
    }

    #[test]
    fn waiters_leave_from_any_place() {
        let mut links = LaneLinks::default();
        let (mut list, mut other) = (LaneList::default(), LaneList::default());
        for index in [4, 2, 7, 0, 5] {
            list.push(index, &mut links);
        }
        other.push(1, &mut links);
        other.push(6, &mut links);
        for (out, left) in
            [(7, &[4, 2, 0, 5][..]), (4, &[2, 0, 5]), (5, &[2, 0]), (2, &[0]), (0, &[])]
        {
            assert!(list.remove(out, &mut links));
            assert_eq!(indices(list, &links), left);
            // A second removal fails.
            assert!(!list.remove(out, &mut links));
        }
        assert_eq!((list.first(), list.last()), (None, None));
        assert_eq!(indices(other, &links), [1, 6]);
        list.push(7, &mut links);
        assert_eq!(indices(list, &links), [7]);
    }

    #[test]
    fn waiter_joins_at_the_front() {
        let mut links = LaneLinks::default();
        let mut list = LaneList::default();
        for index in [3, 1] {
            list.push(index, &mut links);
        }
        assert!(list.remove(3, &mut links));
        list.push_front(3, &mut links);
        list.push(2, &mut links);
        assert_eq!(indices(list, &links), [3, 1, 2]);
        let (mut other, mut links_of_other) = (LaneList::default(), LaneLinks::default());
        other.push_front(9, &mut links_of_other);
        assert_eq!(indices(other, &links_of_other), [9]);
        let mut other = LaneList::default();
        assert!([1, 2, 3].into_iter().all(|index| list.remove(index, &mut links)));
        other.push_front(2, &mut links);
        other.push_front(1, &mut links);
        assert_eq!(indices(other, &links), [1, 2]);
    }

    #[test]
    fn unlinked_waiter_is_in_no_list() {
        let mut links = LaneLinks::default();
        let mut list = LaneList::default();
        list.push(3, &mut links);
        assert!(!list.remove(2, &mut links));
        assert!(!list.remove(9, &mut links));
        assert_eq!(indices(list, &links), [3]);
    }
}
