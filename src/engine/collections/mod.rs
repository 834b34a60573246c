//! Collections for waiters: pools, heaps, and the store of cost vectors.

pub(crate) mod cost_vectors;
pub(crate) mod lazy_heap;
pub(crate) mod pool;
