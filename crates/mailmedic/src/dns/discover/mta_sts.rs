//! MTA-STS as far as look-ups need it: is there a policy, and in which mode (RFC 8461).

use crate::observation::{DnsAnswer, DnsData, MtaStsMode};

/// Returns whether the `_mta-sts` TXT records announce a policy: exactly one that begins with the version
/// (RFC 8461 §3.1).
pub(super) fn is_announced(answer: &DnsAnswer) -> bool {
    let announces = |record: &&DnsData| {
        let DnsData::Txt(text) = record else { return false };
        text.split_once(';').is_some_and(|(version, _)| version.trim_end_matches([' ', '\t']) == "v=STSv1")
    };
    answer.records().iter().filter(announces).count() == 1
}

/// Reads the mode of a policy (RFC 8461 §3.2).
///
/// # Errors
/// Says in words why senders would not accept it.
pub(super) fn mode(policy: &[u8]) -> Result<MtaStsMode, String> {
    let text = str::from_utf8(policy).map_err(|_| "it is no UTF-8 text")?;
    let pairs: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    // Of a key that stands twice, the first counts.
    let value = |wanted: &str| pairs.iter().find(|pair| pair.0 == wanted).map(|pair| pair.1);
    if value("version") != Some("STSv1") {
        return Err("it has no line \"version: STSv1\"".into());
    }
    let mode = match value("mode") {
        Some("enforce") => MtaStsMode::Enforce,
        Some("testing") => MtaStsMode::Testing,
        Some("none") => MtaStsMode::None,
        Some(_) => return Err("its mode is none of enforce, testing, none".into()),
        None => return Err("it has no mode".into()),
    };
    if !value("max_age")
        .is_some_and(|age| (1..=10).contains(&age.len()) && age.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err("it has no max_age in seconds".into());
    }
    if mode != MtaStsMode::None && value("mx").is_none() {
        return Err("it lists no mx".into());
    }
    Ok(mode)
}

#[cfg(test)]
mod tests {
    use super::{is_announced, mode};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType, MtaStsMode};

    fn announced(texts: &[&str]) -> bool {
        is_announced(&DnsAnswer {
            name: Name::new("_mta-sts.example").unwrap(),
            kind: DnsType::Txt,
            outcome: DnsOutcome::Found {
                aliases: Vec::new(),
                records: texts.iter().map(|text| DnsData::Txt((*text).to_owned())).collect(),
            },
            state: DnsState::Insecure,
            evidence: Default::default(),
        })
    }

    #[test]
    fn exactly_one_record_announces() {
        assert!(announced(&["v=STSv1; id=20260101;"]));
        assert!(announced(&["v=spf1 -all", "v=STSv1 ;id=1"]));
        assert!(!announced(&["v=STSv1; id=1", "v=STSv1; id=2"]));
        assert!(!announced(&["v=STSv10; id=1"]));
        assert!(!announced(&["v=STSv1"]));
    }

    #[test]
    fn modes_are_read_and_broken_policies_refused() {
        let policy = |mode: &str| {
            format!("version: STSv1\r\nmode: {mode}\r\nmx: *.example.org\r\nmax_age: 604800\r\n")
        };
        assert_eq!(mode(policy("enforce").as_bytes()), Ok(MtaStsMode::Enforce));
        assert_eq!(mode(policy("testing").as_bytes()), Ok(MtaStsMode::Testing));
        assert_eq!(mode(b"version: STSv1\nmode: none\nmax_age: 1"), Ok(MtaStsMode::None));
        assert!(mode(policy("maybe").as_bytes()).is_err());
        assert!(mode(b"version: STSv1\nmode: enforce\nmax_age: 1").is_err());
        assert!(mode(b"version: STSv1\nmode: enforce\nmx: a\nmax_age: x").is_err());
        assert!(mode(b"mode: enforce\nmx: a\nmax_age: 1").is_err());
        assert!(mode(&[0xFF]).is_err());
    }
}
