//! Bytes that look random and are the same each time: a generator small enough to read (SplitMix64).

/// A stream of numbers that its seeds determine.
#[derive(Clone, Debug)]
pub struct Stream(u64);

impl Stream {
    /// Begins the stream of these seeds.
    pub fn new(seeds: &[u64]) -> Self {
        let mut stream = Self(0x6D61_696C);
        for seed in seeds {
            stream.0 = stream.number() ^ seed;
        }
        stream
    }

    /// Returns the next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit.max(1) as u64) as usize
    }

    /// Tells yes in so many of a hundred cases.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Returns so many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.number().to_be_bytes()).flatten().take(count).collect()
    }

    /// Returns `N` bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.number() as u8)
    }

    /// Shuffles a list.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            let other = self.below(last + 1);
            list.swap(last, other);
        }
    }

    /// Keeps each item with the same chance.
    pub fn some<T: Copy>(&mut self, list: &[T], percent: usize) -> Vec<T> {
        list.iter().copied().filter(|_| self.percent(percent)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_make_the_stream() {
        assert_eq!(Stream::new(&[1, 2]).bytes(9), Stream::new(&[1, 2]).bytes(9));
        assert_ne!(Stream::new(&[1, 2]).bytes(9), Stream::new(&[2, 1]).bytes(9));
        assert_eq!(Stream::new(&[7]).bytes(9).len(), 9);
    }
}
