//! Remembers what was asked lately, within a bound.

use std::collections::HashMap;
use std::hash::Hash;

/// A map that forgets what was not used for long: two generations, of which the older one goes when the younger one is
/// full.
#[derive(Debug)]
pub(super) struct Memory<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    most: usize,
}

impl<K: Eq + Hash + Clone, V: Clone + Default> Memory<K, V> {
    /// Starts empty; holds twice `most` entries at the most.
    pub(super) fn new(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), most }
    }

    /// Returns what is known, and does not count that as use.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Forgets what will not be asked for again.
    pub(super) fn forget(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Returns what is known, or begins to know it.
    pub(super) fn entry(&mut self, key: &K) -> V {
        if let Some(value) = self.young.get(key) {
            return value.clone();
        }
        if self.young.len() >= self.most {
            self.old = std::mem::take(&mut self.young);
        }
        let value = self.old.remove(key).unwrap_or_default();
        self.young.insert(key.clone(), value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::Memory;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut memory: Memory<u32, Rc<Cell<u32>>> = Memory::new(2);
        for key in 0..2 {
            memory.entry(&key).set(key + 10);
        }
        // The third entry makes the first two old, using one keeps it.
        memory.entry(&2);
        assert_eq!(memory.entry(&0).get(), 10);
        memory.entry(&3);
        memory.entry(&4);
        assert_eq!(memory.get(&0).map(|cell| cell.get()), Some(10));
        assert_eq!(memory.get(&1), None);
        memory.forget(&0);
        assert_eq!(memory.get(&0), None);
    }
}
