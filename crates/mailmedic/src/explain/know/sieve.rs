//! Finds many fixed words in one pass over large texts, several times as fast as an automaton that reads each byte.
//!
//! Each word is looked for by four of its bytes, those that ordinary logs have least, and only at every second place of the
//! text. Such a place costs one look into a table of bits that fits the processor's first cache; only where the bit is set
//! are words compared.

use std::collections::HashMap;
use std::ops::ControlFlow;

/// Fixed words, ready to be found; upper and lower case are the same.
pub(in crate::explain) struct Sieve {
    words: Vec<Vec<u8>>,
    /// Two bits in one of these for each four bytes that stand in a word (a blocked Bloom filter).
    bits: Box<[u64; BLOCKS]>,
    /// For each block the last of its entries, counted from 1; 0 is none.
    heads: Box<[u16; BLOCKS]>,
    entries: Vec<Entry>,
}

/// Four bytes of a word.
struct Entry {
    gram: u32,
    word: u16,
    /// Where they stand in it; below 0 where they begin before it.
    offset: i16,
    /// The entry before it in the block, counted from 1; 0 is none.
    before: u16,
}

const BLOCKS: usize = 1 << 12;
/// How many bytes are looked at together.
const GRAM: usize = 4;
/// How far apart the places are that are looked at.
const STEP: usize = 2;
/// Sets the bit that tells lower case from upper; other signs fall together, too, until words are compared.
const FOLD: u32 = 0x2020_2020;

impl Sieve {
    /// Takes words, a few thousand at most; one of fewer than three bytes is never found.
    pub(in crate::explain) fn new<'w>(words: impl Iterator<Item = &'w [u8]>) -> Self {
        let words: Vec<Vec<u8>> = words.map(<[u8]>::to_ascii_lowercase).collect();
        let common = Common::new(&words);
        let mut sieve = Self {
            words: Vec::new(),
            bits: Box::new([0; BLOCKS]),
            heads: Box::new([0; BLOCKS]),
            entries: Vec::new(),
        };
        for lower in words {
            let Ok(number) = u16::try_from(sieve.words.len()) else { break };
            // One of two places next to each other is looked at.
            match lower.as_slice() {
                [first, second, third] => {
                    for other in 0..=u8::MAX {
                        sieve.add([*first, *second, *third, other], number, 0);
                        sieve.add([other, *first, *second, *third], number, -1);
                    }
                }
                [first, second, third, fourth] => {
                    sieve.add([*first, *second, *third, *fourth], number, 0);
                    for other in 0..=u8::MAX {
                        sieve.add([*second, *third, *fourth, other], number, 1);
                    }
                }
                _ => {
                    let start = common.rarest(&lower);
                    for (offset, four) in lower.windows(GRAM).enumerate().skip(start).take(STEP) {
                        if let (Some(four), Ok(offset)) = (four.first_chunk(), i16::try_from(offset)) {
                            sieve.add(*four, number, offset);
                        }
                    }
                }
            }
            sieve.words.push(lower);
        }
        sieve
    }

    fn add(&mut self, four: [u8; GRAM], word: u16, offset: i16) {
        let gram = gram(four);
        let mut of_word = self.entries.iter().rev().take_while(|old| old.word == word);
        let is_known = of_word.any(|old| old.gram == gram && old.offset == offset);
        let Some(number) = u16::try_from(self.entries.len() + 1).ok().filter(|_| !is_known) else { return };
        let (block, bits) = place(gram);
        self.bits[block] |= bits;
        let head = &mut self.heads[block];
        self.entries.push(Entry { gram, word, offset, before: *head });
        *head = number;
    }

    /// Calls for each word that stands in a text, from a place on, with its number and where it starts: by the place of
    /// its rarest bytes, so the places of one word come in order. Ends early with what the call breaks with.
    pub(in crate::explain) fn each<T>(
        &self,
        text: &[u8],
        from: usize,
        mut met: impl FnMut(usize, usize) -> ControlFlow<T>,
    ) -> Option<T> {
        let rest = text.get(from..)?;
        let mut at = from;
        let (pairs, _) = rest.as_chunks::<STEP>();
        if let Some((first, others)) = pairs.split_first() {
            let mut low = u16::from_le_bytes(*first);
            for pair in others {
                let high = u16::from_le_bytes(*pair);
                let gram = u32::from(low) | u32::from(high) << 16 | FOLD;
                let (block, bits) = place(gram);
                if self.bits[block] & bits == bits
                    && let ControlFlow::Break(end) = self.compare(text, from, at, gram, &mut met)
                {
                    return Some(end);
                }
                low = high;
                at += STEP;
            }
        }
        // A short word may be the last of the text.
        while let Some(last) = text.get(at..).filter(|last| !last.is_empty()) {
            let mut four = [0; GRAM];
            four[..last.len()].copy_from_slice(last);
            if let ControlFlow::Break(end) = self.compare(text, from, at, gram(four), &mut met) {
                return Some(end);
            }
            at += STEP;
        }
        None
    }

    fn compare<T>(
        &self,
        text: &[u8],
        from: usize,
        at: usize,
        gram: u32,
        met: &mut impl FnMut(usize, usize) -> ControlFlow<T>,
    ) -> ControlFlow<T> {
        let mut number = self.heads[place(gram).0];
        while let Some(entry) = usize::from(number).checked_sub(1).and_then(|index| self.entries.get(index)) {
            number = entry.before;
            if entry.gram != gram {
                continue;
            }
            let word = &self.words[usize::from(entry.word)];
            let start = at.checked_add_signed(-isize::from(entry.offset)).filter(|start| *start >= from);
            let here = start.and_then(|start| text.get(start..start + word.len()));
            if let (Some(start), true) = (start, here.is_some_and(|here| here.eq_ignore_ascii_case(word))) {
                met(usize::from(entry.word), start)?;
            }
        }
        ControlFlow::Continue(())
    }
}

fn gram(four: [u8; GRAM]) -> u32 {
    u32::from_le_bytes(four) | FOLD
}

/// Returns the block of four bytes, and their bits in it.
fn place(gram: u32) -> (usize, u64) {
    let hash = gram.wrapping_mul(0x9E37_79B1);
    ((hash >> 20) as usize, 1 << (hash >> 14 & 63) | 1 << (hash >> 8 & 63))
}

/// What is met too often to look for.
struct Common {
    /// How often ordinary lines hold four bytes, and how many words do.
    grams: HashMap<u32, (u32, u32)>,
    /// How often ordinary lines hold each byte.
    bytes: [u32; 256],
}

impl Common {
    fn new(words: &[Vec<u8>]) -> Self {
        let mut common = Self { grams: HashMap::new(), bytes: [0; 256] };
        for four in ORDINARY.as_bytes().windows(GRAM).filter_map(<[u8]>::first_chunk) {
            common.grams.entry(gram(*four)).or_default().0 += 1;
            common.bytes[usize::from(four[0].to_ascii_lowercase())] += 1;
        }
        for four in words.iter().flat_map(|word| word.windows(GRAM)).filter_map(<[u8]>::first_chunk) {
            common.grams.entry(gram(*four)).or_default().1 += 1;
        }
        common
    }

    /// Returns where the bytes of a word stand that ordinary lines have least, and then other words: four, and four from
    /// the next place on.
    fn rarest(&self, word: &[u8]) -> usize {
        let known = |four: &[u8; GRAM]| self.grams.get(&gram(*four)).copied().unwrap_or_default();
        let cost = |five: &[u8]| {
            let first = five.first_chunk().map_or((0, 0), known);
            let second = five.last_chunk().map_or((0, 0), known);
            let bytes = five.iter().map(|byte| self.bytes[usize::from(*byte)]).sum::<u32>();
            (first.0 + second.0, first.1 + second.1, bytes)
        };
        let places = word.windows(GRAM + STEP - 1).enumerate();
        places.min_by_key(|(_, five)| cost(five)).map_or(0, |(offset, _)| offset)
    }
}

/// One line of each common kind, without names and numbers: what a word has in common with them finds too much.
const ORDINARY: &str = "\
Nov 28 06:25:14 mail postfix/smtpd[]: connect from mx.example.org[]
mail postfix/smtpd[]: Anonymous TLS connection established from mail[]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) \
key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256 ECDHE-RSA-AES128 ECDSA (prime256v1)
mail postfix/smtpd[]: client=mx.example.org[], sasl_method=PLAIN, sasl_username=user@example.org
mail postfix/cleanup[]: message-id=<user@example.org>
mail postfix/qmgr[]: from=<user@example.org>, size=, nrcpt=1 (queue active)
mail postfix/smtp[]: Trusted Verified Untrusted TLS connection established to mx.example.org[]:25:
mail postfix/smtp[]: to=<user@example.org>, relay=mx.example.org[]:25, delay=, delays=///, dsn=2.0.0, status=sent relay=mx.example.org[private/dovecot-lmtp], \
(250 2.0.0 Ok: queued as) (250 2.0.0 OK gsmtp) (delivered to mailbox) (delivered via dovecot service)
mail postfix/qmgr[]: removed
mail postfix/anvil[]: statistics: max connection rate for (smtp:) at
mail postfix/smtpd[]: disconnect from unknown[] ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 auth=1 commands=7
mail postfix/postscreen[]: CONNECT from [] to []:25 PASS NEW OLD DISCONNECT
mail dovecot: imap-login: Login: user=<user@example.org>, method=PLAIN, rip=, lip=, mpid=, TLS, session=<>
mail dovecot: imap(user@example.org)<><>: Logged out in= out= deleted=0 expunged=0 trashed=0 hdr_count= hdr_bytes= body_count= body_bytes=
mail dovecot: imap(user)<><>: Disconnected: Connection closed (IDLE running for, waiting input, state=wait-input)
mail dovecot: lmtp(user@example.org)<><>: msgid=<>: saved mail to INBOX
mail dovecot: pop3-login: pop3(user): Disconnected: Logged out top=0/0, retr=0/0, del=0/0, size=
2026-11-28 06:25:14 - <= user@example.org H=mx.example.org [] P=esmtps X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no S= id=
2026-11-28 06:25:14 - => user@example.org R=dnslookup T=remote_smtp H=mx.example.org [] X=TLS1.3: CV=yes C=\"250 OK id=\"
2026-11-28 06:25:14 - => user <user@example.org> R=local_user T=maildir_home
2026-11-28 06:25:14 - Completed
2026-11-28 06:25:14 Start queue run: pid= End queue run: pid=
mail sm-mta[]: from=<user@example.org>, size=, class=0, nrcpts=1, msgid=<>, proto=ESMTPS, daemon=MTA-v4, relay=mx.example.org []
mail sm-mta[]: STARTTLS=client, relay=mx.example.org., version=TLSv1.3, verify=OK, cipher=, bits=256/256
mail sm-mta[]: to=<user@example.org>, delay=, xdelay=, mailer=esmtp, pri=, relay=mx.example.org. [], dsn=2.0.0, stat=Sent (ok)
mail opendkim[]: DKIM-Signature field added (s=mail, d=example.org)
mail rspamd[]: <>; task; rspamd_task_write_log: id: <>, qid: <>, ip: , from: <>, (default: F (no action): [/] [
mail amavis[]: Passed CLEAN {RelayedInbound}, [] [] <user@example.org> -> <user@example.org>, Message-ID: <>, Hits: -, size:
mail systemd[]: Started Stopped session of user root. Postfix Mail Transport Agent. Dovecot IMAP/POP3 email server.
mail CRON[]: (root) CMD (command -v debian-sa1 > /dev/null) pam_unix(cron:session): session opened closed for user root(uid=0)
";

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::Sieve;

    fn found(words: &[&str], text: &[u8]) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        let sieve = Sieve::new(words.iter().map(|word| word.as_bytes()));
        let end: Option<()> = sieve.each(text, 0, |word, at| {
            all.push((word, at));
            ControlFlow::Continue(())
        });
        assert_eq!(end, None);
        all.sort_unstable();
        all
    }

    #[test]
    fn words_are_found_wherever_they_stand() {
        let words = ["SPF", "no shared cipher", "shared", "d c", "(-9807)"];
        let text = b"SPF no Shared Cipher (-9807) spf";
        assert_eq!(found(&words, text), [(0, 0), (0, 29), (1, 4), (2, 7), (3, 12), (4, 21)]);
        assert_eq!(found(&words, b"SP"), []);
        assert_eq!(found(&words, b"no shared\ncipher"), [(2, 3)]);
        assert_eq!(found(&["aba"], b"abababa"), [(0, 0), (0, 2), (0, 4)]);
    }

    #[test]
    fn every_place_is_found_that_a_plain_search_finds() {
        let words = ["aab", "abab", "bbbb", "abba baab", "bab"];
        let mut state: u32 = 3;
        let text: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b"aAbB "[(state >> 24) as usize % 5]
        })
        .take(3000)
        .collect();
        let mut plain = Vec::new();
        for (number, word) in words.iter().enumerate() {
            let at = text.windows(word.len()).enumerate();
            plain.extend(
                at.filter(|(_, here)| here.eq_ignore_ascii_case(word.as_bytes())).map(|(at, _)| (number, at)),
            );
        }
        assert_eq!(found(&words, &text), plain);
    }

    #[test]
    fn the_caller_can_end_it() {
        let sieve = Sieve::new(["abcd".as_bytes()].into_iter());
        assert_eq!(sieve.each(b"--abcd--abcd", 0, |_, at| ControlFlow::Break(at)), Some(2));
        assert_eq!(sieve.each(b"--abcd--abcd", 3, |_, at| ControlFlow::Break(at)), Some(8));
    }
}
