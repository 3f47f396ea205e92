//! The fewest connections in which anybody could have listed what a server takes.

use super::{Listing, Proven, TLS12, TLS13, VERSIONS};

impl Listing {
    /// Returns the fewest hellos that can prove what this listing has proven.
    ///
    /// A hello is answered with one suite, one group and one signature scheme at most: a version costs as many hellos
    /// as the longest of its lists has entries. That nothing is left of a list takes a refusal of its own, since a
    /// hello that is refused for its suites says nothing of its groups. A version that is not spoken takes one
    /// refusal, which speaks for all older ones; SSL 2 has a hello of its own.
    pub fn lower_bound(&self) -> usize {
        let ssl2 = 1;
        // That suites are chosen and cannot be used, no shorter look shows than a handshake that fails.
        let unfinished = usize::from(self.rsa_unfinished);
        ssl2 + self.tls13() + self.before_tls13() + unfinished
    }

    fn tls13(&self) -> usize {
        let suites = self.suites(TLS13);
        if suites.yes.is_empty() {
            return 1;
        }
        let (groups, schemes) = (self.groups(TLS13), self.schemes(TLS13));
        let picks = suites.yes.len().max(groups.yes.len()).max(schemes.yes.len());
        picks + [suites, groups, schemes].map(refusal).iter().sum::<usize>()
    }

    fn before_tls13(&self) -> usize {
        let spoken: Vec<u16> =
            VERSIONS.into_iter().filter(|version| *version != TLS13 && self.speaks(*version)).collect();
        let mut hellos = 0;
        for (index, version) in spoken.iter().enumerate() {
            let suites = self.suites(*version);
            let mut picks = suites.yes.len();
            hellos += refusal(suites);
            if *version == TLS12 {
                picks = picks.max(self.schemes(TLS12).yes.len());
                hellos += refusal(self.schemes(TLS12));
            }
            // The groups of all old versions are one list; those known from TLS 1.3 are told already.
            if index == 0 {
                let groups = self.groups(TLS12);
                let new = groups.yes.iter().filter(|group| !self.groups(TLS13).yes.contains(*group)).count();
                picks = picks.max(new);
                hellos += refusal(groups);
            }
            hellos += picks;
        }
        // A refusal of all that is older than the oldest spoken version; of all of them where none is spoken.
        let oldest = VERSIONS.last();
        hellos + usize::from(spoken.last() != oldest)
    }
}

/// Returns the hello that proves that nothing is left, where something was refused.
fn refusal(proven: &Proven) -> usize {
    usize::from(!proven.no.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Listing, TLS12, TLS13};

    #[test]
    fn the_longest_list_of_a_version_counts_and_each_list_needs_a_refusal() {
        let mut listing = Listing::default();
        assert_eq!(listing.lower_bound(), 3);
        let tls13 = listing.suites.entry(TLS13).or_default();
        tls13.yes.extend([0x1301, 0x1302, 0x1303]);
        tls13.no.insert(0x1304);
        listing.groups[1].yes.extend([0x1D, 0x17, 0x18, 0x19]);
        assert_eq!(listing.lower_bound(), 1 + (4 + 1) + 1);
        listing.groups[1].no.insert(0x1E);
        assert_eq!(listing.lower_bound(), 1 + (4 + 2) + 1);
        let tls12 = listing.suites.entry(TLS12).or_default();
        tls12.yes.extend([0xC02F, 0xC030]);
        tls12.no.insert(0x0005);
        listing.schemes[0].yes.extend([0x0401, 0x0501, 0x0804]);
        listing.schemes[0].no.insert(0x0201);
        assert_eq!(listing.lower_bound(), 1 + 6 + (3 + 2) + 1);
        listing.rsa_unfinished = true;
        assert_eq!(listing.lower_bound(), 1 + 6 + (3 + 2) + 1 + 1);
    }
}
