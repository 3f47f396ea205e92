//! Lists of certificate transparency logs, in the third version of the JSON that Google and Apple publish.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::bytes::{Bytes, Fingerprint};

/// The logs that a list knows.
#[derive(Clone, Debug, Default)]
pub struct LogList {
    logs: BTreeMap<Fingerprint, Log>,
}

/// One log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its SubjectPublicKeyInfo.
    pub key: Vec<u8>,
    /// Who runs it.
    pub operator: String,
    /// Who ran it before, and until when.
    pub earlier: Vec<(String, Timestamp)>,
    /// What it counts for.
    pub state: LogState,
    /// Whether it is a log as RFC 6962 describes, and none of the newer kind (static-ct-api), of which at least one more is wanted.
    pub is_rfc6962: bool,
}

/// What a log counts for (<https://googlechrome.github.io/CertificateTransparency/log_states.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogState {
    /// Qualified, usable or read-only: approved now.
    Approved,
    /// Retired: approved for what it signed before this time.
    Retired(Timestamp),
    /// Pending, rejected, or nothing that is known.
    Other,
}

impl Log {
    /// Tells whether a timestamp of that time counts, though perhaps not alone.
    pub fn counted_at(&self, at_ms: u64) -> bool {
        match self.state {
            LogState::Approved => true,
            LogState::Retired(since) => i64::try_from(at_ms).is_ok_and(|at| at < since.as_millisecond()),
            LogState::Other => false,
        }
    }

    /// Returns who ran it at that time.
    pub fn operator_at(&self, at_ms: u64) -> &str {
        let at = i64::try_from(at_ms).unwrap_or(i64::MAX);
        let then = self.earlier.iter().filter(|(_, until)| at < until.as_millisecond());
        then.min_by_key(|(_, until)| *until).map_or(&self.operator, |(name, _)| name)
    }
}

impl LogList {
    /// Reads a list; a complaint says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: File =
            serde_json::from_str(text).map_err(|error| format!("it is no list of logs: {error}"))?;
        let mut logs = BTreeMap::new();
        for operator in file.operators {
            let ours = operator.logs.into_iter().map(|log| (log, true));
            let tiled = operator.tiled_logs.into_iter().map(|log| (log, false));
            for (entry, is_rfc6962) in ours.chain(tiled) {
                let id = Fingerprint::of(&entry.key.0);
                if entry.log_id.0 != id.0 {
                    return Err(format!(
                        "a log of {:?} has an id that is not the digest of its key",
                        operator.name
                    ));
                }
                let log = Log {
                    key: entry.key.0,
                    operator: operator.name.clone(),
                    earlier: entry
                        .previous_operators
                        .into_iter()
                        .map(|one| (one.name, one.end_time))
                        .collect(),
                    state: entry.state.unwrap_or_default().read(),
                    is_rfc6962,
                };
                logs.insert(id, log);
            }
        }
        if logs.is_empty() {
            return Err("it lists no log".to_owned());
        }
        Ok(Self { logs })
    }

    /// Returns the log of this id.
    pub fn find(&self, id: &Fingerprint) -> Option<&Log> {
        self.logs.get(id)
    }
}

#[derive(Deserialize)]
struct File {
    operators: Vec<Operator>,
}

#[derive(Deserialize)]
struct Operator {
    name: String,
    #[serde(default)]
    logs: Vec<Entry>,
    #[serde(default)]
    tiled_logs: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    log_id: Bytes,
    key: Bytes,
    #[serde(default)]
    state: Option<State>,
    #[serde(default)]
    previous_operators: Vec<Earlier>,
}

#[derive(Deserialize)]
struct Earlier {
    name: String,
    end_time: Timestamp,
}

#[derive(Default, Deserialize)]
struct State {
    qualified: Option<Since>,
    usable: Option<Since>,
    readonly: Option<Since>,
    retired: Option<Since>,
}

#[derive(Deserialize)]
struct Since {
    timestamp: Timestamp,
}

impl State {
    fn read(self) -> LogState {
        match (self.qualified.or(self.usable).or(self.readonly), self.retired) {
            (Some(_), _) => LogState::Approved,
            (None, Some(retired)) => LogState::Retired(retired.timestamp),
            (None, None) => LogState::Other,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{LogList, LogState};
    use crate::bytes::{Bytes, Fingerprint};

    /// A list of logs, each by its operator, its key and its state.
    pub(crate) fn list(logs: &[(&str, &[u8], &str)]) -> LogList {
        LogList::read(&text(logs)).unwrap()
    }

    fn text(logs: &[(&str, &[u8], &str)]) -> String {
        let base64 = |bytes: &[u8]| serde_json::to_string(&Bytes(bytes.to_vec())).unwrap();
        let entry = |(name, key, state): &(&str, &[u8], &str)| {
            let id = base64(&Fingerprint::of(key).0);
            format!(
                "{{\"name\": \"{name}\", \"email\": [], \"logs\": [{{\"description\": \"x\", \"log_id\": {id}, \
                 \"key\": {}, \"mmd\": 86400, \"state\": {{\"{state}\": {{\"timestamp\": \"2026-06-01T00:00:00Z\"}}}}, \
                 \"previous_operators\": [{{\"name\": \"Elder\", \"end_time\": \"2026-01-01T00:00:00Z\"}}]}}]}}",
                base64(key)
            )
        };
        let operators: Vec<String> = logs.iter().map(entry).collect();
        format!("{{\"version\": \"1\", \"operators\": [{}]}}", operators.join(", "))
    }

    fn at(time: &str) -> u64 {
        u64::try_from(time.parse::<jiff::Timestamp>().unwrap().as_millisecond()).unwrap()
    }

    #[test]
    fn states_and_operators_count_by_time() {
        let list = list(&[("A", b"1", "usable"), ("B", b"2", "retired"), ("C", b"3", "rejected")]);
        let log = |key: &[u8]| list.find(&Fingerprint::of(key)).unwrap();
        assert_eq!(log(b"1").state, LogState::Approved);
        assert!(log(b"1").counted_at(0) && log(b"1").is_rfc6962);
        assert!(log(b"2").counted_at(at("2026-05-31T23:59:59Z")));
        assert!(!log(b"2").counted_at(at("2026-06-01T00:00:00Z")));
        assert!(!log(b"3").counted_at(0));
        assert_eq!(log(b"1").operator_at(at("2025-12-31T23:59:59Z")), "Elder");
        assert_eq!(log(b"1").operator_at(at("2026-01-01T00:00:00Z")), "A");
        assert!(list.find(&Fingerprint::of(b"4")).is_none());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        assert!(LogList::read("").unwrap_err().starts_with("it is no list of logs"));
        assert_eq!(LogList::read("{\"operators\": []}").unwrap_err(), "it lists no log");
        let forged = text(&[("A", b"1", "usable")]).replace("\"key\": \"MQ==\"", "\"key\": \"Mg==\"");
        assert!(LogList::read(&forged).unwrap_err().contains("not the digest of its key"), "{forged}");
    }
}
