//! What stands in ordinary lines of logs, and is met too often to look for.

use super::{FACTOR, GRAM, STEP};

/// What is met too often to look for.
///
/// Counts are kept by hash: two that fall together are counted together, which makes no more than a worse choice.
pub(super) struct Common {
    /// How often ordinary lines hold four bytes.
    fours: Box<[u16; COUNTS]>,
    /// How often ordinary lines hold three bytes.
    threes: Box<[u16; COUNTS]>,
    /// How often words do hold four bytes.
    of_words: Box<[u16; COUNTS]>,
    /// How often ordinary lines hold each byte.
    bytes: [u32; 256],
}

const COUNTS: usize = 1 << 16;

impl Common {
    /// Counts what ordinary lines and these words, which are in lower case, hold.
    pub(super) fn new(words: &[Vec<u8>]) -> Self {
        let none = || Box::new([0; COUNTS]);
        let mut common = Self { fours: none(), threes: none(), of_words: none(), bytes: [0; 256] };
        let ordinary: Vec<u8> = ORDINARY.bytes().map(kind).collect();
        for four in ordinary.windows(GRAM) {
            add(&mut common.fours[counted(four)]);
            add(&mut common.threes[counted(&four[1..])]);
            common.bytes[usize::from(four[0])] += 1;
        }
        for word in words {
            word.windows(GRAM).for_each(|four| add(&mut common.of_words[counted(four)]));
        }
        common
    }

    /// Returns where the bytes of a word stand that ordinary lines have least, and then other words: four, and four from
    /// the next place on.
    pub(super) fn rarest(&self, word: &[u8]) -> usize {
        let kinds: Vec<u8> = word.iter().copied().map(kind).collect();
        let sum = |counts: &[u16; COUNTS], length: usize, five: &[u8]| {
            five.windows(length).map(|few| u32::from(counts[counted(few)])).sum::<u32>()
        };
        let cost = |at: &usize| {
            let all = *at..*at + GRAM + STEP - 1;
            let (of_kind, five) = (&kinds[all.clone()], &word[all]);
            let threes = sum(&self.threes, GRAM - 1, of_kind);
            let bytes = of_kind.iter().map(|byte| self.bytes[usize::from(*byte)]).sum::<u32>();
            // That a line holds three of the bytes makes four likelier, and costs more than one word more to compare.
            (sum(&self.fours, GRAM, of_kind), 4 * threes + sum(&self.of_words, GRAM, five), bytes)
        };
        (0..word.len().saturating_sub(GRAM + STEP - 2)).min_by_key(cost).unwrap_or_default()
    }
}

fn add(count: &mut u16) {
    *count = count.saturating_add(1);
}

/// Returns the byte in lower case, and one digit for all: which number a line holds is chance.
fn kind(byte: u8) -> u8 {
    if byte.is_ascii_digit() { b'0' } else { byte.to_ascii_lowercase() }
}

/// Returns where a few bytes are counted.
fn counted(few: &[u8]) -> usize {
    let hash = few.iter().fold(0, |hash: u32, byte| hash << 8 | u32::from(*byte)).wrapping_mul(FACTOR);
    (hash >> 16) as usize
}

/// Lines of each common kind: what a word has in common with them finds too much.
const ORDINARY: &str = "\
Nov 28 06:25:14 mail postfix/smtpd[14213]: connect from mx.example.org[192.0.2.15]
Nov 28 06:25:14 mx postfix/smtpd[2213]: connect from client.example.org[198.51.100.115]
Nov  8 16:25:14 mail postfix/smtpd[214213]: Anonymous TLS connection established from mail[192.0.2.1]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) \
key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256 \
server-signature ECDSA (prime256v1) TLSv1.2 with cipher ECDHE-RSA-AES128-GCM-SHA256 (128/128 bits)
mail postfix/smtpd[14213]: 4D1C2A3B05: client=mx.example.org[192.0.2.15], sasl_method=PLAIN, sasl_username=user@example.org
mail postfix/cleanup[14213]: 4D1C2A3B05: message-id=<user12@example.org>
mail postfix/qmgr[1421]: 4D1C2A3B05: from=<user@example.org>, size=12345, nrcpt=1 (queue active)
mail postfix/smtp[14213]: Trusted Verified Untrusted TLS connection established to mx.example.org[192.0.2.15]:25: TLSv1.3 with cipher
mail postfix/smtp[14213]: 4D1C2A3B05: to=<user@example.org>, relay=mx.example.org[192.0.2.15]:25, delay=0.32, delays=0.05/0.01/0/0.26, dsn=2.0.0, \
status=sent relay=mx.example.org[private/dovecot-lmtp], (250 2.0.0 Ok: queued as 4D1C2A3B05) (250 2.0.0 OK gsmtp) (delivered to mailbox) (delivered via dovecot service)
mail postfix/qmgr[14213]: 4D1C2A3B05: removed
mail postfix/anvil[14213]: statistics: max connection rate 1/60s for (smtp:192.0.2.15) at Nov 28 06:25:14
mail postfix/anvil[14213]: statistics: max cache size 2 at Mar  3 06:25:14
mail postfix/smtpd[14213]: disconnect from unknown[192.0.2.15] ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 auth=1 commands=7
mail postfix/postscreen[14213]: CONNECT from [192.0.2.15]:12345 to [192.0.2.15]:25 PASS NEW OLD DISCONNECT
mail dovecot: imap-login: Login: user=<user@example.org>, method=PLAIN, rip=192.0.2.15, lip=192.0.2.15, mpid=12345, TLS, session=<>
mail dovecot: imap(user@example.org)<12345><>: Logged out in=123 out=12345 deleted=0 expunged=0 trashed=0 hdr_count=1 hdr_bytes=1234 body_count=1 body_bytes=1234
mail dovecot: imap(user)<12345><>: Disconnected: Connection closed (IDLE running for 0.001 + waiting input for 12.345 secs, 2 B in + 10 B out, state=wait-input)
mail dovecot: lmtp(user@example.org)<12345><>: msgid=<user12@example.org>: saved mail to INBOX
mail dovecot: lmtp(12345): Connect from local: Disconnect from local: Logged out (state=READY)
mail dovecot: lmtp(user@example.org)<12345><>: sieve: msgid=<user12@example.org>: stored mail into mailbox 'INBOX'
mail dovecot: pop3-login: pop3(user)<12345><>: Disconnected: Logged out top=0/0, retr=0/0, del=0/0, size=12345
2026-11-28 06:25:14 - <= user@example.org H=mx.example.org [192.0.2.15] P=esmtps X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no S=1234 id=user12@example.org
2026-11-28 06:25:14 - => user@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.15] X=TLS1.3: CV=yes C=\"250 OK id=\"
2026-11-28 06:25:14 - => user <user@example.org> R=local_user T=maildir_home
2026-11-28 06:25:14 - Completed
2026-11-28 06:25:14 Start queue run: pid=12345 End queue run: pid=12345
mail sm-mta[14213]: from=<user@example.org>, size=12345, class=0, nrcpts=1, msgid=<user12@example.org>, proto=ESMTPS, daemon=MTA-v4, relay=mx.example.org [192.0.2.15]
mail sm-mta[14213]: STARTTLS=client, relay=mx.example.org., version=TLSv1.3, verify=OK, cipher=TLS_AES_256_GCM_SHA384, bits=256/256
mail sm-mta[14213]: to=<user@example.org>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=12345, relay=mx.example.org. [192.0.2.15], dsn=2.0.0, stat=Sent (ok)
mail opendkim[14213]: 4D1C2A3B05: DKIM-Signature field added (s=mail, d=example.org)
mx rspamd[14213]: <1a2b3c>; task; rspamd_task_write_log: id: <user12@example.org>, qid: <4D1C2A3B05>, ip: 192.0.2.15, from: <user@example.org>, \
(default: F (no action): [-0.10/15.00] [MIME_GOOD(-0.10),ARC_NA(0.00)]), len: 12345, time: 142.1ms
mail amavis[14213]: Passed CLEAN {RelayedInbound}, [192.0.2.15] [192.0.2.15] <user@example.org> -> <user@example.org>, Message-ID: <>, Hits: -, size: 1234
mail systemd[1]: Started Stopped session of user root. Postfix Mail Transport Agent. Dovecot IMAP/POP3 email server.
mail CRON[14213]: (root) CMD (command -v debian-sa1 > /dev/null) pam_unix(cron:session): session opened closed for user root(uid=0)
";
