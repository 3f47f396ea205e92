//! Alerts (RFC 8446 section 6).

use crate::names::{AlertDescription, AlertLevel, ContentType, ProtocolVersion};
use crate::reader::{Malformed, Reader};
use crate::record;

/// An alert in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Alert {
    /// How grave it is said to be.
    pub level: AlertLevel,
    /// What it says.
    pub description: AlertDescription,
}

impl Alert {
    /// Reads the two bytes of an alert.
    ///
    /// # Errors
    /// [`Malformed`] when there are not exactly two.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("alert", bytes);
        let alert = Self { level: AlertLevel(reader.u8()?), description: AlertDescription(reader.u8()?) };
        reader.finish()?;
        Ok(alert)
    }

    /// Tells whether the connection goes on after it: a warning other than `close_notify`.
    pub fn lets_go_on(self) -> bool {
        self.level == AlertLevel::WARNING && self.description != AlertDescription::CLOSE_NOTIFY
    }

    /// Writes the alert as one record, for a polite goodbye.
    pub fn encode_record(self, version: ProtocolVersion) -> Vec<u8> {
        record::write(ContentType::ALERT, version, &[self.level.0, self.description.0])
    }
}

impl std::fmt::Display for Alert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.level, self.description)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let alert = Alert { level: AlertLevel::FATAL, description: AlertDescription::HANDSHAKE_FAILURE };
        let bytes = alert.encode_record(ProtocolVersion::TLSv1_2);
        assert_eq!(bytes, [21, 3, 3, 0, 2, 2, 40]);
        assert_eq!(Alert::read(&bytes[5..]), Ok(alert));
        assert_eq!(alert.to_string(), "fatal handshake_failure");
        assert!(Alert::read(&[2]).is_err() && Alert::read(&[2, 40, 0]).is_err());
    }

    #[test]
    fn only_a_warning_that_does_not_close_lets_go_on() {
        let alert = |level, description| Alert {
            level: AlertLevel(level),
            description: AlertDescription(description),
        };
        assert!(alert(1, 112).lets_go_on());
        assert!(!alert(1, 0).lets_go_on() && !alert(2, 112).lets_go_on() && !alert(3, 112).lets_go_on());
    }
}
