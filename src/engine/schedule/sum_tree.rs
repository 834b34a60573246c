//! Prefix sums of amounts in the order of turns.

use crate::numeric::MAX_SAFE;
use crate::queue::Turn;

/// The number of entries of a node: there are few levels, and a node is summed up in a few
/// nanoseconds.
const FANOUT: usize = 32;

/// Amounts by turn, with the sum of all before a turn: a B+ tree whose entries carry the sums of
/// their subtrees. Insertion, removal and summation take O(log n).
///
/// A sum only adds amounts that are present and subtracts none that were removed. It therefore
/// carries no rounding errors of the past, and is exactly 0 before the first turn.
#[derive(Clone, Debug, Default)]
pub(super) struct SumTree {
    nodes: Vec<Node>,
    /// Empty nodes for later use.
    free: Vec<u32>,
    root: Option<u32>,
    /// Whether a fractional amount was inserted since the tree was empty. Then any sum may be
    /// rounded, also to a whole number.
    fractions: bool,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// In a leaf, turns and amounts; in an inner node, a lower bound of the turns below each child,
    /// and the sum of its amounts.
    entries: Vec<(Turn, f64)>,
    /// Empty in a leaf.
    children: Vec<u32>,
}

impl Node {
    fn sum(&self) -> f64 {
        self.entries.iter().map(|entry| entry.1).sum()
    }

    /// The index of the child below which a turn is or belongs. Most turns are inserted last and
    /// removed first.
    fn way_to(&self, turn: Turn) -> usize {
        match self.entries.get(1) {
            Some(second) if second.0 <= turn => self.first_after(turn).saturating_sub(1),
            _ => 0,
        }
    }

    /// The index of the first entry after a turn.
    fn first_after(&self, turn: Turn) -> usize {
        match self.entries.last() {
            Some(last) if last.0 > turn => self.entries.partition_point(|entry| entry.0 <= turn),
            _ => self.entries.len(),
        }
    }
}

impl SumTree {
    pub(super) fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The sum of all amounts.
    pub(super) fn sum(&self) -> f64 {
        self.root.and_then(|root| self.nodes.get(root as usize)).map_or(0.0, Node::sum)
    }

    /// The sum of all amounts before `turn`.
    pub(super) fn before(&self, turn: Turn) -> f64 {
        let mut sum = 0.0;
        let mut at = self.root;
        while let Some(node) = at.and_then(|at| self.nodes.get(at as usize)) {
            let whole = match node.children.is_empty() {
                true => node.entries.partition_point(|entry| entry.0 < turn),
                false => node.way_to(turn),
            };
            sum += node.entries.iter().take(whole).map(|entry| entry.1).sum::<f64>();
            at = node.children.get(whole).copied();
        }
        sum
    }

    /// Inserts the amount of a new turn.
    pub(super) fn insert(&mut self, turn: Turn, amount: f64) {
        let root = match self.root {
            Some(root) => root,
            None => self.take_node(),
        };
        self.root = Some(root);
        self.fractions |= !is_whole(amount);
        if let Some(right) = self.insert_below(root, turn, amount) {
            let top = self.take_node();
            let (left, right) = (self.entry_of(root), self.entry_of(right));
            if let Some(node) = self.nodes.get_mut(top as usize) {
                node.children.reserve(FANOUT.saturating_add(1));
                for (child, entry) in [left, right] {
                    node.children.push(child);
                    node.entries.push(entry);
                }
            }
            self.root = Some(top);
        }
    }

    /// Removes a turn and its amount, if present.
    pub(super) fn remove(&mut self, turn: Turn) {
        let Some(root) = self.root else { return };
        self.remove_below(root, turn);
        match self.nodes.get(root as usize) {
            Some(node) if node.entries.is_empty() => {
                self.free.push(root);
                self.root = None;
                self.fractions = false;
            }
            Some(Node { children, .. }) if children.len() == 1 => {
                self.root = children.first().copied();
                self.give_node(root);
            }
            _ => {}
        }
    }

    /// Inserts below a node. Returns the node that was split off to its right, if any.
    fn insert_below(&mut self, at: u32, turn: Turn, amount: f64) -> Option<u32> {
        let node = self.nodes.get_mut(at as usize)?;
        let place = if node.children.is_empty() {
            let place = node.first_after(turn);
            node.entries.insert(place, (turn, amount));
            place
        } else {
            let place = node.way_to(turn);
            let child = *node.children.get(place)?;
            let entry = node.entries.get_mut(place)?;
            entry.0 = entry.0.min(turn);
            entry.1 += amount;
            if let Some(right) = self.insert_below(child, turn, amount) {
                let (left, right) = (self.entry_of(child), self.entry_of(right));
                let node = self.nodes.get_mut(at as usize)?;
                if let Some(entry) = node.entries.get_mut(place) {
                    entry.1 = left.1.1;
                }
                node.entries.insert(place.saturating_add(1), right.1);
                node.children.insert(place.saturating_add(1), right.0);
            }
            place
        };
        self.split(at, place)
    }

    /// Splits a node that has become too large by an entry at `place`.
    fn split(&mut self, at: u32, place: usize) -> Option<u32> {
        let length = self.nodes.get(at as usize)?.entries.len();
        if length <= FANOUT {
            return None;
        }
        let right = self.take_node();
        let mut node = std::mem::take(self.nodes.get_mut(right as usize)?);
        let full = self.nodes.get_mut(at as usize)?;
        // Most turns come at the end of their class, which is the end of the tree or lies before
        // lower classes. The left node stays full up to the new entry, so that the next one follows
        // it, and the right node takes the rest.
        let behind = place.saturating_add(1);
        let middle = if behind > FANOUT / 2 { behind.min(FANOUT) } else { FANOUT / 2 };
        node.entries.extend(full.entries.drain(middle..));
        if !full.children.is_empty() {
            node.children.reserve(FANOUT.saturating_add(1));
            node.children.extend(full.children.drain(middle.min(full.children.len())..));
        }
        *self.nodes.get_mut(right as usize)? = node;
        Some(right)
    }

    /// Removes a turn below a node. Returns its amount.
    fn remove_below(&mut self, at: u32, turn: Turn) -> Option<f64> {
        let node = self.nodes.get_mut(at as usize)?;
        if node.children.is_empty() {
            let place = node.entries.binary_search_by_key(&turn, |entry| entry.0).ok()?;
            return Some(node.entries.remove(place).1);
        }
        let place = node.way_to(turn);
        let child = *node.children.get(place)?;
        let amount = self.remove_below(child, turn)?;
        let is_empty = self.nodes.get(child as usize)?.entries.is_empty();
        let entry = self.nodes.get(at as usize)?.entries.get(place)?;
        let rest = match self.fractions || !is_whole(entry.1) {
            true => self.nodes.get(child as usize)?.sum(),
            // Exact, and faster.
            false => entry.1 - amount,
        };
        let node = self.nodes.get_mut(at as usize)?;
        if is_empty {
            node.entries.remove(place);
            node.children.remove(place);
            self.free.push(child);
        } else {
            node.entries.get_mut(place)?.1 = rest;
            let right = place.saturating_add(1);
            if !self.join(at, place, right) {
                self.join(at, place.saturating_sub(1), place);
            }
        }
        Some(amount)
    }

    /// Merges two neighbours below a node if they are sparse, so that memory stays proportional to
    /// the number of entries.
    fn join(&mut self, at: u32, left: usize, right: usize) -> bool {
        let children = self
            .nodes
            .get(at as usize)
            .map(|node| (node.children.get(left), node.children.get(right)));
        let Some((Some(&into), Some(&from))) = children.filter(|_| left != right) else {
            return false;
        };
        let length =
            |at: u32| self.nodes.get(at as usize).map_or(FANOUT, |node| node.entries.len());
        if length(into).saturating_add(length(from)) > FANOUT / 2 {
            return false;
        }
        let Some(mut moved) = self.nodes.get_mut(from as usize).map(std::mem::take) else {
            return false;
        };
        if let Some(node) = self.nodes.get_mut(into as usize) {
            node.entries.append(&mut moved.entries);
            node.children.append(&mut moved.children);
        }
        if let Some(place) = self.nodes.get_mut(from as usize) {
            *place = moved;
        }
        self.free.push(from);
        let entry = self.entry_of(into).1;
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.entries.remove(right);
            node.children.remove(right);
            if let Some(place) = node.entries.get_mut(left) {
                place.1 = entry.1;
            }
        }
        true
    }

    /// The entry of a node in its parent.
    fn entry_of(&self, at: u32) -> (u32, (Turn, f64)) {
        let node = self.nodes.get(at as usize);
        let first = node.and_then(|node| node.entries.first()).map_or(Turn::FIRST, |entry| entry.0);
        (at, (first, node.map_or(0.0, Node::sum)))
    }

    /// Takes an empty node.
    fn take_node(&mut self) -> u32 {
        if self.free.is_empty() {
            // Nodes get their full capacity, and some are allocated in advance: a queue in its
            // steady state allocates nothing.
            let more = self.nodes.len() / 4;
            for _ in 0..=more {
                let entries = Vec::with_capacity(FANOUT.saturating_add(1));
                // No memory holds 2^32 nodes.
                self.free.push(self.nodes.len() as u32);
                self.nodes.push(Node { entries, children: Vec::new() });
            }
        }
        self.free.pop().unwrap_or_default()
    }

    fn give_node(&mut self, at: u32) {
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.entries.clear();
            node.children.clear();
            self.free.push(at);
        }
    }
}

/// Whether a sum is a whole number from which another can be subtracted exactly.
fn is_whole(sum: f64) -> bool {
    sum.trunc() == sum && sum.abs() <= MAX_SAFE
}

// proptest does not build for wasm.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::request::Priority;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Compares the tree with a map that is added up.
        #[test]
        fn prefix_sums_equal_a_naive_sum(steps in prop::collection::vec((0u64..600, 1u16..50, 0u8..4), 1..2000)) {
            let mut tree = SumTree::default();
            let mut naive = BTreeMap::new();
            for (n, (arrival, amount, kind)) in (1000u64..).zip(steps) {
                // New turns come in order or in between. Removed turns are arbitrary, and some are
                // absent.
                let turn = Turn::new(Priority::Normal, if kind == 0 { n } else { arrival });
                if kind < 2 && !naive.contains_key(&turn) {
                    tree.insert(turn, f64::from(amount));
                    naive.insert(turn, f64::from(amount));
                } else {
                    tree.remove(turn);
                    naive.remove(&turn);
                }
                let probe = Turn::new(Priority::Normal, arrival + 300);
                prop_assert_eq!(tree.before(probe), naive.range(..probe).map(|entry| entry.1).sum::<f64>());
            }
            for turn in naive.keys() {
                tree.remove(*turn);
            }
            prop_assert_eq!(tree.root, None);
            prop_assert_eq!(tree.free.len(), tree.nodes.len());
        }
    }

    #[test]
    fn moving_queue_needs_no_more_nodes() {
        let mut tree = SumTree::default();
        let turn = |n| Turn::new(Priority::Low, n);
        (0..1000).for_each(|n| tree.insert(turn(n), 1.0));
        let nodes = tree.nodes.len();
        assert!(nodes < 2 * 1000 / FANOUT, "{nodes}");
        for n in 1000..100_000 {
            tree.insert(turn(n), 1.0);
            tree.remove(turn(n - 1000));
            assert_eq!(tree.before(turn(n + 1)), 1000.0);
            assert_eq!(tree.before(turn(n - 999)), 0.0);
        }
        assert_eq!(tree.nodes.len(), nodes);
    }

    #[test]
    fn sparse_queue_needs_few_nodes() {
        let mut tree = SumTree::default();
        let turn = |n| Turn::new(Priority::Low, n);
        (0..10_000).for_each(|n| tree.insert(turn(n), 1.0));
        (0..10_000).filter(|n| n % 20 != 0).for_each(|n| tree.remove(turn(n)));
        assert_eq!(tree.before(turn(10_000)), 500.0);
        let used = tree.nodes.len() - tree.free.len();
        assert!(used <= 4 * 500 / FANOUT + 4, "{used}");
    }
    /// A large amount and many small ones, in two leaves.
    fn beside(large: f64, small: f64) -> SumTree {
        let mut tree = SumTree::default();
        tree.insert(turn(0), large);
        (1..40).for_each(|n| tree.insert(turn(n), small));
        tree
    }

    fn turn(n: u64) -> Turn {
        Turn::new(Priority::Low, n)
    }

    #[test]
    fn small_amounts_survive_a_large_one() {
        for (large, small) in [
            (1e16, 0.1),
            (1e300, 1.0),
            // Sums that are rounded to a whole number, with and without whole numbers among the
            // amounts.
            (4_503_599_627_370_496.0, 0.1),
            (2_251_799_813_685_248.5, 0.3),
            (9_007_199_254_740_991.0, 1.0),
            (10_000_000_000.5, 0.1),
        ] {
            let mut tree = beside(large, small);
            tree.remove(turn(0));
            let sum = tree.before(turn(40));
            assert!((sum - 39.0 * small).abs() < 1e-12, "{large} beside {small}: {sum}");
        }
    }

    #[test]
    fn nodes_are_half_full_to_full() {
        let mut tree = SumTree::default();
        for n in 0..10_000 {
            tree.insert(turn(n * 7 % 10_007), 1.0);
            let used = tree.nodes.len() - tree.free.len();
            assert!(tree.nodes.len() <= used + used / 2 + 1, "{used} of {}", tree.nodes.len());
        }
        assert!(tree.nodes.iter().all(|node| node.entries.len() <= FANOUT));
        // Turns come in no order, so nodes are at least half full.
        let used = tree.nodes.len() - tree.free.len();
        assert!(used < 2 * 10_000 / (FANOUT / 2), "{used}");
    }

    #[test]
    fn leaves_merge_when_half_a_leaf_holds_all() {
        let mut tree = beside(1.0, 1.0);
        for left in (1..40_u32).rev() {
            tree.remove(turn(u64::from(39 - left)));
            let root = &tree.nodes[tree.root.expect("what is left") as usize];
            assert_eq!(
                root.children.len(),
                if left as usize > FANOUT / 2 { 2 } else { 0 },
                "{left}"
            );
            assert_eq!(tree.before(turn(40)), f64::from(left));
        }
    }
}
