//! Lines of JSON that wrap a message: `journalctl -o json`, the files of container engines, structured logs.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// A message out of a line of JSON.
pub(in crate::explain) struct Entry {
    /// When it was written.
    pub(in crate::explain) time: Option<Timestamp>,
    /// The message, behind the program that printed it where that is told.
    pub(in crate::explain) text: String,
}

/// The fields that hold the message, the most telling first.
const MESSAGES: &[&str] = &["MESSAGE", "log", "message", "msg"];

/// The fields beside the message that hold what went wrong.
const REASONS: &[&str] = &["error", "err", "reason", "cause", "exception", "error_message", "details"];

/// What they hold where they are objects.
const WITHIN: &[&str] = &["message", "code", "reason"];

/// The fields that hold the time.
const TIMES: &[&str] =
    &["_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP", "time", "timestamp", "@timestamp", "ts"];

/// Reads a line; none where it is no object with a message.
pub(in crate::explain) fn entry(line: &str) -> Option<Entry> {
    let fields: Map<String, Value> = serde_json::from_str(line.trim()).ok()?;
    let message = MESSAGES.iter().find_map(|name| text(fields.get(*name)?))?;
    let program = fields.get("SYSLOG_IDENTIFIER").and_then(text);
    let pid = fields.get("_PID").or_else(|| fields.get("SYSLOG_PID")).and_then(text);
    let time = TIMES.iter().find_map(|name| time(fields.get(*name)?));
    // Journald has all in the message; others put the reason beside it.
    let beside = if program.is_some() { Vec::new() } else { reasons(&fields) };
    let message = [message].into_iter().chain(beside).collect::<Vec<_>>().join(": ");
    let text = match (program, pid) {
        (Some(program), Some(pid)) => format!("{program}[{pid}]: {message}"),
        (Some(program), None) => format!("{program}: {message}"),
        _ => message,
    };
    Some(Entry { time, text })
}

/// Returns the texts beside a message that say why.
fn reasons(fields: &Map<String, Value>) -> Vec<String> {
    let of = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => vec![text.clone()],
        Value::Object(inner) => {
            WITHIN.iter().filter_map(|name| Some(inner.get(*name)?.as_str()?.to_owned())).collect()
        }
        _ => Vec::new(),
    };
    REASONS.iter().filter_map(|name| fields.get(*name)).flat_map(of).collect()
}

/// Reads a text; journald writes what is no UTF-8 as a list of bytes.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(bytes) => {
            let bytes: Option<Vec<u8>> =
                bytes.iter().map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok())).collect();
            Some(String::from_utf8_lossy(&bytes?).into_owned())
        }
        _ => None,
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok().or_else(|| since_1970(text.parse().ok()?)),
        Value::Number(number) => since_1970(number.as_f64()?),
        _ => None,
    }
}

/// Reads seconds, milliseconds or microseconds since 1970, whichever is a time of these centuries.
fn since_1970(number: f64) -> Option<Timestamp> {
    let seconds =
        [1.0, 1e3, 1e6, 1e9].iter().map(|scale| number / scale).find(|second| second.abs() < 1e10)?;
    Timestamp::from_second(seconds as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn journals_and_containers_are_read() {
        for (line, text, time) in [
            (
                r#"{"MESSAGE":"SSL_accept error","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"7","__REALTIME_TIMESTAMP":"1772532002123456"}"#,
                "postfix/smtpd[7]: SSL_accept error",
                Some("2026-03-03T10:00:02Z"),
            ),
            (r#"{"MESSAGE":[104,105,255]}"#, "hi\u{fffd}", None),
            (
                r#"{"log":"Mar  3 x\n","stream":"stdout","time":"2026-03-03T10:00:02.5Z"}"#,
                "Mar  3 x\n",
                Some("2026-03-03T10:00:02.5Z"),
            ),
            (r#"{"level":"warn","ts":1772532002.5,"msg":"x"}"#, "x", Some("2026-03-03T10:00:02Z")),
            (
                r#"{"msg":"not sent","error":"x509: y","err":{"message":"z","code":"E","stack":"s"},"cause":7}"#,
                "not sent: x509: y: z: E",
                None,
            ),
        ] {
            let entry = entry(line).unwrap();
            assert_eq!(
                (entry.text.as_str(), entry.time.map(|time| time.to_string()).as_deref()),
                (text, time)
            );
        }
        for line in ["", "{", "{}", "[1]", "{\"MESSAGE\":7}", "{\"MESSAGE\":[700]}"] {
            assert!(entry(line).is_none(), "{line}");
        }
    }
}
