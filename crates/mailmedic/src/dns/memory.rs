//! Remembers what was asked lately, within a bound.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

/// A map that forgets what was not used for long: two generations, of which the older one goes when the younger one is
/// full.
#[derive(Debug)]
pub(super) struct Memory<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    most: usize,
}

impl<K: Eq + Hash, V: Clone + Default> Memory<K, V> {
    /// Starts empty; holds twice `most` entries at the most.
    pub(super) fn new(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), most }
    }

    /// Returns what is known, and does not count that as use.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Returns what is known if it was used lately; what was not is for [`Memory::entry`] to keep from being forgotten.
    pub(super) fn lately(&self, key: &K) -> Option<&V> {
        self.young.get(key)
    }

    /// Forgets what will not be asked for again, and hands it over: who holds a lock lets go of that first.
    pub(super) fn forget(&mut self, key: &K) -> Option<V> {
        // Hashing a name costs more than to look whether there is anything to find.
        let old = if self.old.is_empty() { None } else { self.old.remove(key) };
        self.young.remove(key).or(old)
    }

    /// Returns what is known, or begins to know it.
    pub(super) fn entry(&mut self, key: K) -> V {
        if self.young.len() >= self.most && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        match self.young.entry(key) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) if self.old.is_empty() => place.insert(V::default()).clone(),
            Entry::Vacant(place) => {
                let value = self.old.remove(place.key()).unwrap_or_default();
                place.insert(value).clone()
            }
        }
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
            memory.entry(key).set(key + 10);
        }
        // The third entry makes the first two old, using one keeps it.
        memory.entry(2);
        assert_eq!(memory.entry(0).get(), 10);
        memory.entry(3);
        memory.entry(4);
        assert_eq!(memory.get(&0).map(|cell| cell.get()), Some(10));
        assert_eq!(memory.get(&1), None);
        assert_eq!((memory.lately(&4), memory.lately(&0)), (memory.get(&4), None));
        assert_eq!(memory.forget(&0).map(|cell| cell.get()), Some(10));
        assert_eq!(memory.get(&0), None);
    }
}
