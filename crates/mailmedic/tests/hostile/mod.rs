//! What must hold of any bytes whatever; fuzzing and ordinary tests share it.

use std::io::{BufReader, Read as _};
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mailmedic::bytes::Bytes;
use mailmedic::certificate::Certificate;
use mailmedic::chain::{Anchors, Strict, strict};
use mailmedic::client_config::{Config, Unusable, autoconfig, autodiscover, mobileconfig, oddities, pacc};
use mailmedic::diagnosis::Says;
use mailmedic::explain::explain;
use mailmedic::explain::log::{Clock, Lines, Log};
use mailmedic::generate::spf as made_spf;
use mailmedic::keyfile::{self, Contents, Item, Password};
use mailmedic::name::{Host, Name};
use mailmedic::observation::{DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType};
use mailmedic::provision::file;
use mailmedic::provision::site::{Request, Site};
use mailmedic::records::{Answers, bimi, caa, dkim, dmarc, mta_sts, spf, tls_rpt, tlsa};
use mailmedic::revocation::{is_listed, list_says, response_says};
use mailmedic::trust::{Store, Stores};
use mailmedic::unpack;

/// A certificate is read as far as it goes: nothing is lost, nothing is invented.
pub fn certificate(bytes: &[u8]) {
    let certificate = Certificate::read(bytes);
    assert_eq!(certificate.der, bytes);
    assert!(certificate.subject_der.len() + certificate.issuer_der.len() <= bytes.len());
    assert!(certificate.spki_der.len() <= bytes.len());
    assert_eq!(certificate, Certificate::read(bytes));
}

/// A file of certificates and keys: what it holds is part of it, what is locked costs no more than allowed, and no key is
/// shown.
pub fn keyfile(bytes: &[u8]) {
    let Ok(contents) = keyfile::read(bytes) else { return };
    check_contents(&contents);
    for item in &contents.items {
        let Item::Locked(locked) = item else { continue };
        for password in ["", "secret"] {
            // Enough for every seed, and done before fuzzing calls it slow.
            if let Ok(opened) = locked.open_within(&Password::new(password.to_owned()), 20_000) {
                check_contents(&opened);
            }
        }
    }
}

fn check_contents(contents: &Contents) {
    assert!(contents.items.len() + contents.left_out.len() <= 2000);
    for item in &contents.items {
        match item {
            Item::Certificate(der) => certificate(der),
            Item::Key(key) => {
                assert!(format!("{key:?}").len() < 200);
                assert_eq!(key.belongs_to(&Certificate::read(b"")), None);
            }
            Item::Locked(locked) => assert!(format!("{locked:?}").len() < 50),
        }
    }
}

/// A list of certificates is judged in bounded time, twice alike; what is taken leads from the first to the root.
///
/// Each certificate stands behind its length in two bytes; the last one is the root.
pub fn chain(bytes: &[u8]) {
    let mut list = Vec::new();
    let mut rest = bytes;
    while let Some((length, after)) = rest.split_at_checked(2) {
        let length = usize::from(u16::from_be_bytes([length[0], length[1]])).min(after.len());
        list.push(after[..length].to_vec());
        rest = &after[length..];
    }
    let Some(root) = list.pop() else { return };
    let mut anchors = Anchors::default();
    let root = Certificate::read(&root);
    let print = root.fingerprint;
    anchors.add(Stores::of(&[Store::Given]), root);
    let host = Host::new("mail.example.org").ok();
    let now = Timestamp::from_second(1_795_262_400).unwrap_or_default();
    let verdict = strict(&list, &anchors, host.as_ref(), now);
    assert_eq!(verdict, strict(&list, &anchors, host.as_ref(), now));
    if let Strict::Accept(way) = verdict {
        assert_eq!(way.first(), Some(&Certificate::read(&list[0]).fingerprint));
        assert_eq!(way.last(), Some(&print));
    }
}

/// A list of revoked certificates, followed by its issuer's certificate and one of its issuer's: what is cut short is
/// no list, and what is found in it does not hang on the reader.
pub fn crl(bytes: &[u8]) {
    let [list, issuer, certificate] = three(bytes);
    let (issuer, certificate) = (Certificate::read(issuer), Certificate::read(certificate));
    let says = list_says(list, &certificate, &issuer, certificate.not_before.unwrap_or_default());
    assert!(!matches!(says, Says::Unreachable(_)));
    for serial in [&b""[..], &[1], &list[..list.len().min(8)]] {
        if is_listed(list, serial).is_some() {
            assert_eq!(is_listed(&list[..list.len() - 1], serial), None);
        }
    }
}

/// An OCSP response, followed by its issuer's certificate and the one that it is about.
pub fn ocsp(bytes: &[u8]) {
    let [response, issuer, certificate] = three(bytes);
    let (issuer, certificate) = (Certificate::read(issuer), Certificate::read(certificate));
    let says = response_says(response, &certificate, &issuer, certificate.not_before.unwrap_or_default());
    assert!(!matches!(says, Says::Unreachable(_)));
    let cut = &response[..response.len().saturating_sub(1)];
    assert!(!matches!(response_says(cut, &certificate, &issuer, Default::default()), Says::Good { .. }));
}

/// The texts of a name, one a line, and at the same time a message: what is read is bounded, twice alike, and shown
/// without driving a terminal; a policy that is written anew asks for the same.
pub fn dmarc(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let texts: Vec<&str> = text.lines().collect();
    let reading = dmarc::Reading::of(&texts);
    assert_eq!(reading, dmarc::Reading::of(&texts));
    for (_, record) in &reading.records {
        check_policy(record);
    }
    for texts in texts.iter().map(std::slice::from_ref).chain([texts.as_slice(), &[text.as_ref()]]) {
        match dkim::read(texts) {
            Ok(Some(record)) => assert!(record.slips.len() <= 3 && record.key.name().len() < 20),
            Ok(None) => assert!(texts.is_empty()),
            Err(fault) => check_shown(&fault.to_string()),
        }
        if let Some(mended) = dkim::mended(texts) {
            assert!(matches!(dkim::read(&[&mended]), Ok(Some(_))), "{mended:?}");
        }
        if let Some((counted, Err(fault))) = bimi::read(texts) {
            assert!(!counted.is_empty());
            check_shown(&fault.to_string());
        }
    }
    let signers = dkim::signers(bytes);
    assert_eq!(signers, dkim::signers(bytes));
    assert!(signers.len() <= 20 && signers.iter().all(|signer| signer.selector.len() <= 253));
}

fn check_policy(record: &dmarc::Record) {
    assert!(record.rua.len() <= 20 && record.ruf.len() <= 20 && record.faults.len() <= 21);
    record.faults.iter().for_each(|fault| check_shown(&fault.to_string()));
    record.obsolete.iter().for_each(|obsolete| check_shown(&obsolete.to_string()));
    let written = record.to_string();
    assert!(!written.contains(['"', '\\', '\n', '\u{1b}']), "{written:?}");
    if record.is_broken {
        return;
    }
    let again = dmarc::Record::read(&written).expect("what is written begins with the version");
    assert!(!again.is_broken && again.obsolete.is_empty());
    for whom in [dmarc::Whom::Itself, dmarc::Whom::Below, dmarc::Whom::Nonexistent] {
        assert_eq!(again.request(whom), record.request(whom), "{written:?}");
    }
    assert_eq!((again.adkim, again.aspf, again.psd), (record.adkim, record.aspf, record.psd));
    let hosts = |record: &dmarc::Record| dmarc::hosts(record).into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(hosts(&again), hosts(record));
}

/// What protects delivery, read as each kind: the document and the records of MTA-STS, the record of TLS-RPT, TLSA, CAA, and the
/// two documents of BIMI. What is taken is written anew and read alike, and whatever is told can be shown.
pub fn policy(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().take(20).collect();
    match mta_sts::read_policy(bytes) {
        Ok(policy) => {
            check_shown(&policy.summary().chars().take(500).collect::<String>());
            let again = mta_sts::read_policy(policy.lines().join("\n").as_bytes())
                .expect("what is written can be read");
            assert_eq!((again.mode, again.max_age, again.mx), (policy.mode, policy.max_age, policy.mx));
        }
        Err(fault) => check_shown(&fault.to_string()),
    }
    if let Err(fault) = mta_sts::read_record(&lines) {
        check_shown(&fault.to_string());
    }
    if let Err(fault) = tls_rpt::read(&lines) {
        check_shown(&fault.to_string());
    }
    check_tlsa(bytes);
    check_caa(&lines);
    let logo = bimi::Logo::read(bytes);
    assert!(logo.faults.len() < 32);
    logo.faults.iter().for_each(|fault| check_shown(&fault.to_string()));
    match bimi::read_mark(bytes) {
        Ok(mark) => {
            let name = Name::new("example.org").expect("it is a name");
            if let Ok(faults) = bimi::mark_faults(&mark, &[name], Timestamp::UNIX_EPOCH) {
                faults.iter().for_each(|fault| check_shown(&fault.to_string()));
            }
        }
        Err(fault) => check_shown(&fault.to_string()),
    }
}

/// Three bytes and the digest: usage, selector, matching.
fn check_tlsa(bytes: &[u8]) {
    let [usage, selector, matching, data @ ..] = bytes else { return };
    let (usage, selector, matching) = (*usage, *selector, *matching);
    let data = DnsData::Tlsa { usage, selector, matching, data: Bytes(data.to_vec()) };
    let record = tlsa::Tlsa::read(&data).expect("it is one");
    for port in [25, 465] {
        check_shown(&record.meaning(port));
        // Senders take the digest of nothing for a good record.
        let is_usable = matches!(record.useless(port), None | Some(tlsa::Useless::OfNothing));
        assert_eq!(record.is_usable(port), is_usable);
    }
    // Whether it fits hangs on the digest, whatever the certificate is.
    let certificate = Certificate::read(&record.data);
    assert_eq!(record.fits(&certificate), record.fits(&certificate));
}

/// A record a line: a sign for a critical one, the property, a blank, the value.
fn check_caa(lines: &[&str]) {
    let Ok(domain) = Name::new("example.org") else { return };
    let records: Vec<DnsData> = lines
        .iter()
        .map(|line| {
            let (tag, value) = line.trim_start_matches('!').split_once(' ').unwrap_or((line, ""));
            DnsData::Caa { critical: line.starts_with('!'), tag: tag.to_owned(), value: value.to_owned() }
        })
        .collect();
    let answers = [DnsAnswer {
        name: domain.clone(),
        kind: DnsType::Caa,
        outcome: DnsOutcome::Found { aliases: Vec::new(), records },
        state: DnsState::Insecure,
        evidence: DnsEvidence::default(),
    }];
    let answers = Answers::new(&answers);
    let Ok(Some(set)) = caa::relevant(&answers, &domain) else { return };
    set.lines().iter().for_each(|line| check_shown(line));
    let issuer = caa::issuer_of("O=Let's Encrypt").expect("it is known");
    let is_critical = lines.iter().any(|line| line.starts_with('!'));
    for is_wildcard in [false, true] {
        match set.permits(issuer, is_wildcard) {
            caa::Permission::Critical(tag) => {
                assert!(is_critical);
                check_shown(&tag);
            }
            caa::Permission::Allowed | caa::Permission::NotNamed => {}
        }
    }
}

/// A document for mail programs, read as each kind: what it names is legal and bounded, and what is told of it can be shown.
pub fn client_config(bytes: &[u8]) {
    let Ok(domain) = Name::new("example.org") else { return };
    let read = || {
        [
            autoconfig::read(bytes, &domain),
            autodiscover::read(bytes),
            pacc::read(bytes),
            mobileconfig::read(bytes),
        ]
    };
    let readings = read();
    for reading in &readings {
        match reading {
            Ok(config) => check_config(config),
            Err(why) => check_words(why),
        }
    }
    assert_eq!(readings, read());
    let record = pacc::digest_record(bytes);
    assert_eq!(pacc::digest(&[&record], bytes), pacc::Digest::Matches);
    if let Ok(text) = str::from_utf8(bytes) {
        assert!(pacc::digest(&[text], b"") != pacc::Digest::Matches || text.contains("UAAC1"));
    }
}

fn check_config(config: &Config) {
    assert!(config.servers.len() <= 16 && config.faults.len() <= 40);
    for server in &config.servers {
        assert!(Host::new(&server.host).is_ok() && server.port != 0);
        assert!(oddities(server.protocol, server.security, server.port).len() <= 1);
    }
    for fault in &config.faults {
        check_shown(&fault.to_string());
    }
}

fn check_words(why: &Unusable) {
    check_shown(&why.to_string());
}

/// What is told of foreign text is short and harms no terminal.
fn check_shown(text: &str) {
    assert!(text.len() < 2000 && !text.chars().any(char::is_control), "{text:?}");
}

/// Splits input into three: each part but the last has its length, of two bytes, in front.
fn three(bytes: &[u8]) -> [&[u8]; 3] {
    let part = |bytes: &'_ [u8]| -> (usize, usize) {
        let [high, low, rest @ ..] = bytes else { return (bytes.len(), bytes.len()) };
        (2, 2 + usize::from(u16::from_be_bytes([*high, *low])).min(rest.len()))
    };
    let (start, end) = part(bytes);
    let (first, rest) = (&bytes[start..end], &bytes[end..]);
    let (start, end) = part(rest);
    [first, &rest[start..end], &rest[end..]]
}

/// SPF records, one a line: the first is that of example.org, the others those of a.example, b.example … Whatever they
/// say, evaluation and walk end, ask for no more than a limit, and agree on what it costs.
pub fn spf(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let records: Vec<&str> = text.split('\n').take(9).collect();
    for record in &records {
        check_record(record);
    }
    let domain = Name::new("example.org").expect("it is a name");
    let mut seen = Vec::new();
    let tree = settle(&records, &mut seen, |answers| {
        let tree = spf::walk(answers, &domain);
        (!tree.is_open).then_some(tree)
    });
    assert!(seen.len() < 2000, "{} questions", seen.len());
    let drawn = spf::draw(&tree);
    assert!(drawn.len() <= 201 && drawn.iter().all(|line| !line.chars().any(char::is_control)));
    for text in [spf::slimmer(&tree, 10), spf::without_voids(&tree, 2)].into_iter().flatten() {
        assert!(spf::is_record(&text));
    }
    for (ip, family) in [("192.0.2.7", spf::Sender::Ipv4), ("2001:db8::7", spf::Sender::Ipv6)] {
        let ip = ip.parse().expect("it is an address");
        let client =
            spf::Client { ip, sender: "us-er+x@example.org", helo: "HE LO", receiver: "r", seconds: 7 };
        let limits = spf::Limits::default();
        let verdict = settle(&records, &mut Vec::new(), |answers| spf::mail_from(answers, &client, limits));
        assert!(verdict.lookups <= 11 && verdict.voids <= 3);
        let tally = tree.tally(family);
        assert!(verdict.lookups <= tally.lookups || tally.is_least || tally.is_endless);
        assert!(verdict.voids <= tally.voids.len() || tally.is_least_of_voids || tally.is_endless);
    }
}

/// A record alone: what is proposed in its place can be read.
fn check_record(text: &str) {
    let record = spf::parse(text);
    assert_eq!(record, spf::parse(text));
    if !spf::is_record(text) {
        return;
    }
    if let Some(mended) = spf::mend(text) {
        assert_eq!(spf::parse(&mended).faults, []);
    }
    let merged = spf::merged(&[text.to_owned(), "v=spf1 mx -all".to_owned()]);
    assert_eq!(spf::parse(&merged).faults, [], "{merged}");
    let line = spf::zone_line(&Name::new("example.org").expect("it is a name"), text);
    assert!(line.starts_with("example.org. 3600 IN TXT \""));
}

/// Answers what is wanted until there is a result.
fn settle<T>(records: &[&str], seen: &mut Vec<DnsAnswer>, look: impl Fn(&Answers<'_>) -> Option<T>) -> T {
    let mut rounds = 0;
    loop {
        let answers = Answers::new(seen);
        if let Some(found) = look(&answers) {
            return found;
        }
        let wanted = answers.into_wanted();
        assert!(!wanted.is_empty(), "an open result asks for something");
        seen.extend(wanted.iter().map(|(name, kind)| dns_answer(records, name, *kind)));
        rounds += 1;
        assert!(rounds < 60, "there is no result");
    }
}

fn dns_answer(records: &[&str], name: &Name, kind: DnsType) -> DnsAnswer {
    const NAMES: [&str; 9] = [
        "example.org",
        "a.example",
        "b.example",
        "c.example",
        "d.example",
        "e.example",
        "f.example",
        "g.example",
        "h.example",
    ];
    // The same name has the same answer always, and names of every kind come up.
    let sum = name.as_ascii().bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let text = NAMES.iter().position(|known| *known == name.as_ascii()).and_then(|at| records.get(at));
    let one = |data| DnsOutcome::Found { aliases: Vec::new(), records: vec![data] };
    let outcome = match (kind, sum % 5) {
        (DnsType::Txt, _) => text.map_or(DnsOutcome::NoName, |text| one(DnsData::Txt((*text).to_owned()))),
        (_, 0) => DnsOutcome::NoName,
        (_, 1) => DnsOutcome::NoData,
        (_, 2) => DnsOutcome::Failed("SERVFAIL".to_owned()),
        (DnsType::A, _) => one(DnsData::Address([192, 0, 2, 9].into())),
        (DnsType::Aaaa, _) => one(DnsData::Address([0x2001, 0xdb8, 0, 0, 0, 0, 0, 9].into())),
        (DnsType::Mx, low) => DnsOutcome::Found {
            aliases: Vec::new(),
            records: (0..4 * (low as u16))
                .map(|at| DnsData::Mx { preference: at, exchange: Some(format!("m{at}.{name}")) })
                .collect(),
        },
        (DnsType::Ptr, _) => one(DnsData::Ptr("c.example".to_owned())),
        _ => DnsOutcome::NoData,
    };
    let (state, evidence) = (DnsState::Insecure, DnsEvidence::default());
    DnsAnswer { name: name.clone(), kind, outcome, state, evidence }
}

/// A message and a log, packed or not: what is said is bounded and safe to show, and a log means the same in whatever pieces
/// it comes.
pub fn explanation(bytes: &[u8]) {
    let seen = explain(bytes);
    assert!(seen.causes.len() <= 6 && seen.consequences.len() <= 5);
    let quoted = seen.causes.iter().map(|cause| &cause.decided_by).chain(&seen.consequences);
    // A character that is not shown as it is takes up to ten.
    assert!(quoted.clone().all(|line| line.chars().count() <= 4_001 && !line.chars().any(char::is_control)));

    let log = || Log::new(Clock { zone: TimeZone::UTC, latest: Timestamp::UNIX_EPOCH });
    let mut whole = log();
    let mut input = bytes;
    whole.read(&mut input).unwrap_or_default();
    let mut pieces = log();
    let mut lines = Lines::default();
    for mut piece in bytes.chunks(7) {
        while lines.read(&mut piece, &mut pieces).unwrap_or_default() > 0 {}
    }
    lines.end(&mut pieces);
    let (whole, pieces) = (whole.finish(), pieces.finish());
    assert_eq!(whole, pieces);
    assert!(
        whole.told <= whole.lines && whole.groups.iter().map(|group| group.count).sum::<u64>() <= whole.told
    );

    // What unpacks to very much takes its time, so not all of it is read.
    let Ok(unpacked) = unpack::unpack(bytes) else { return };
    let mut any = log();
    let mut some = BufReader::new(unpacked.take(1 << 20));
    any.read_any(&mut some).unwrap_or_default();
    any.finish();
}
/// A request to the server of documents: method and target in the first line, the host in the second, then the body.
/// Whatever it is, the same answer comes twice, of a bounded length, and never a fault of our own.
pub fn web_request(bytes: &[u8]) {
    let (line, rest) = cut(bytes);
    let (host, body) = cut(rest);
    let line = String::from_utf8_lossy(line);
    let (method, target) = line.split_once(' ').unwrap_or((&line, ""));
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let host = String::from_utf8_lossy(host);
    let request = Request { method, path, query, host: Some(&host), body };
    let answer = SITE.answer(request, Timestamp::UNIX_EPOCH);
    assert!(matches!(answer.status, 200 | 400 | 404 | 405), "{}", answer.status);
    // An address stands in a document a few times, each character escaped at worst.
    assert!(answer.body.len() < 8192 + 64 * target.len().max(body.len()));
    assert_eq!(answer, SITE.answer(request, Timestamp::UNIX_EPOCH));
}

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let text = "{\"services\": [{\"domains\": [\"example.org\"], \"imap\": [\"mail.example.org\"], \
                \"submission\": [\"mail.example.org\"], \"mta_sts\": {\"mode\": \"none\"}}]}";
    Site::new(file::read(text).expect("it describes a service"), None)
});

/// Lines as published TXT records of a name: what is made of them is one line of a zone file, and stays the same when it
/// is merged with itself.
pub fn spf_merge(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let published: Vec<&str> = text.lines().collect();
    let domain = Name::new("example.org").expect("it is a name");
    let make = |published: &[&str]| made_spf::make(&domain, &made_spf::Wishes::default(), published, 3600);
    let mut made = make(&published);
    let record = made_spf::text(&made).expect("a record is made");
    assert!(made.records.iter().all(|record| !record.line().contains(['\n', '\r', '\0'])));
    assert!(record.len() <= text.len() + 16);
    made_spf::weigh(&mut made, &domain, &Answers::new(&[]));
    assert_eq!(made_spf::text(&make(&[&record])), Some(record));
}

/// Cuts off the first line.
fn cut(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[]),
    }
}
