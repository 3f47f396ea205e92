//! Finds many fixed words in one pass over large texts.
//!
//! Each word is looked for by four of its bytes, those that ordinary logs have least. A place in the text costs one
//! look into a table of bits that fits the processor's first cache; only where the bit is set are words compared.

use std::collections::HashMap;
use std::ops::ControlFlow;

/// Fixed words, ready to be found; upper and lower case are the same.
pub(in crate::explain) struct Sieve {
    words: Vec<Vec<u8>>,
    /// A bit for each hash of four bytes that stand in a word.
    bits: Box<[u64; BITS / 64]>,
    /// For each bucket of hashes the last of its entries, counted from 1; 0 is none.
    heads: Box<[u16; BUCKETS]>,
    entries: Vec<Entry>,
}

/// Four bytes of a word.
struct Entry {
    gram: u32,
    word: u16,
    /// Where they stand in it.
    offset: u16,
    /// The entry before it in the bucket, counted from 1; 0 is none.
    before: u16,
}

const BITS: usize = 1 << 18;
const BUCKETS: usize = 1 << 13;
/// How many bytes are looked at together.
const GRAM: usize = 4;
/// Sets the bit that tells lower case from upper; other signs fall together, too, until words are compared.
const FOLD: u32 = 0x2020_2020;

impl Sieve {
    /// Takes words, at most 65,000; one of fewer than three bytes is never found.
    pub(in crate::explain) fn new<'w>(words: impl Iterator<Item = &'w [u8]>) -> Self {
        let common = Common::new();
        let mut sieve = Self {
            words: Vec::new(),
            bits: Box::new([0; BITS / 64]),
            heads: Box::new([0; BUCKETS]),
            entries: Vec::new(),
        };
        for word in words {
            let Ok(number) = u16::try_from(sieve.words.len()) else { break };
            let lower = word.to_ascii_lowercase();
            if lower.len() >= GRAM {
                let offset = common.rarest(&lower);
                sieve.add(gram(&lower[offset..]), number, offset);
            } else if lower.len() + 1 == GRAM {
                // What stands behind a short word is not known.
                for next in 0..=u8::MAX {
                    let mut long = lower.clone();
                    long.resize(GRAM, next);
                    sieve.add(gram(&long), number, 0);
                }
            }
            sieve.words.push(lower);
        }
        sieve
    }

    fn add(&mut self, gram: u32, word: u16, offset: usize) {
        let is_known = self.entries.iter().rev().take(256).any(|old| old.gram == gram && old.word == word);
        let (Ok(number), Ok(offset)) = (u16::try_from(self.entries.len() + 1), u16::try_from(offset)) else {
            return;
        };
        if !is_known {
            let hash = hash(gram);
            self.bits[hash >> 6] |= 1 << (hash & 63);
            let head = &mut self.heads[hash / (BITS / BUCKETS)];
            self.entries.push(Entry { gram, word, offset, before: *head });
            *head = number;
        }
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
        for (at, four) in rest.windows(GRAM).enumerate() {
            let gram = u32::from_le_bytes([four[0], four[1], four[2], four[3]]) | FOLD;
            let hash = hash(gram);
            if self.bits[hash >> 6] >> (hash & 63) & 1 == 1 {
                if let ControlFlow::Break(end) = self.compare(text, from + at, gram, &mut met) {
                    return Some(end);
                }
            }
        }
        // A short word may be the last of the text.
        for at in text.len().saturating_sub(GRAM - 1).max(from)..text.len() {
            if let ControlFlow::Break(end) = self.compare(text, at, gram_at_end(&text[at..]), &mut met) {
                return Some(end);
            }
        }
        None
    }

    fn compare<T>(
        &self,
        text: &[u8],
        at: usize,
        gram: u32,
        met: &mut impl FnMut(usize, usize) -> ControlFlow<T>,
    ) -> ControlFlow<T> {
        let mut number = self.heads[hash(gram) / (BITS / BUCKETS)];
        while let Some(entry) = usize::from(number).checked_sub(1).and_then(|index| self.entries.get(index)) {
            number = entry.before;
            if entry.gram != gram {
                continue;
            }
            let (word, Some(start)) =
                (&self.words[usize::from(entry.word)], at.checked_sub(usize::from(entry.offset)))
            else {
                continue;
            };
            if text.get(start..start + word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word)) {
                met(usize::from(entry.word), start)?;
            }
        }
        ControlFlow::Continue(())
    }
}

fn gram(bytes: &[u8]) -> u32 {
    gram_at_end(&bytes[..bytes.len().min(GRAM)])
}

/// Reads up to four bytes; what is missing counts as nothing.
fn gram_at_end(bytes: &[u8]) -> u32 {
    let mut four = [0; GRAM];
    four[..bytes.len()].copy_from_slice(bytes);
    u32::from_le_bytes(four) | FOLD
}

fn hash(gram: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> 14) as usize
}

/// What ordinary lines of logs hold.
struct Common {
    /// How often four bytes are met.
    grams: HashMap<u32, u32>,
    /// How often each byte is met.
    bytes: [u32; 256],
}

impl Common {
    fn new() -> Self {
        let mut common = Self { grams: HashMap::new(), bytes: [0; 256] };
        for four in ORDINARY.as_bytes().windows(GRAM) {
            *common.grams.entry(gram(four)).or_default() += 1;
            common.bytes[usize::from(four[0].to_ascii_lowercase())] += 1;
        }
        common
    }

    /// Returns where the four bytes of a word stand that ordinary lines have least.
    fn rarest(&self, word: &[u8]) -> usize {
        let cost = |four: &[u8]| {
            let whole = self.grams.get(&gram(four)).copied().unwrap_or_default();
            (whole, four.iter().map(|byte| self.bytes[usize::from(*byte)]).sum::<u32>())
        };
        let places = word.windows(GRAM).enumerate();
        places.min_by_key(|(_, four)| cost(four)).map_or(0, |(offset, _)| offset)
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
mail postfix/smtp[]: to=<user@example.org>, relay=mx.example.org[]:25, delay=, delays=///, dsn=2.0.0, status=sent \
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
