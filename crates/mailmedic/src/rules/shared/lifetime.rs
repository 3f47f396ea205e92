//! When a certificate should have been renewed, by who issued it and for how long.

use jiff::Timestamp;

use crate::certificate::Certificate;

/// One day in seconds.
pub(in crate::rules) const DAY: i64 = 86_400;

/// What is known of a certificate's remaining time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) struct Lifetime {
    /// From start to end, in seconds; notAfter is inclusive (RFC 5280 §4.1.2.5).
    pub(in crate::rules) whole: i64,
    /// From now to the end, in seconds; negative if it is past.
    pub(in crate::rules) left: i64,
    /// The end.
    pub(in crate::rules) end: Timestamp,
    /// Whether a program renews it: its issuer is reached by ACME only, or it lives too short for hands.
    pub(in crate::rules) automated: bool,
}

impl Lifetime {
    /// Reads the lifetime, if both dates could be read.
    pub(in crate::rules) fn of(certificate: &Certificate, now: Timestamp) -> Option<Self> {
        let (start, end) = (certificate.not_before?, certificate.not_after?);
        let whole = end.duration_since(start).as_secs() + 1;
        let left = end.duration_since(now).as_secs();
        let known = AUTOMATED_ISSUERS.iter().any(|issuer| certificate.issuer.contains(issuer));
        let automated = (known && whole <= LONGEST_AUTOMATED) || whole <= LONGEST_BY_MACHINE_ONLY;
        Some(Self { whole, left, end, automated })
    }

    /// Returns the seconds before the end at which programs renew: a third of the lifetime, half where it
    /// lives ten days or less (certbot 4, lego; 30 days of 90).
    pub(in crate::rules) fn renewed_at(&self) -> i64 {
        if self.whole <= SHORT_LIVED { self.whole / 2 } else { self.whole / 3 }
    }

    /// Returns the seconds before the end after which a renewal by a program is overdue.
    ///
    /// A client that runs daily, fails once and tries again is not overdue yet: a margin of an eighteenth of
    /// the lifetime (25 days of 90 are left), and of a sixth where it lives ten days or less.
    pub(in crate::rules) fn overdue_at(&self) -> i64 {
        if self.whole <= SHORT_LIVED { self.whole / 3 } else { self.whole * 5 / 18 }
    }

    /// Returns the seconds before the end from which a renewal by hand is urgent to plan: thirty days, or a
    /// quarter of a short lifetime, which is later than any program would renew.
    pub(in crate::rules) fn expires_soon_at(&self) -> i64 {
        (30 * DAY).min(self.whole / 4)
    }
}

/// Organisations, as they stand in issuers, whose certificates people get by ACME.
const AUTOMATED_ISSUERS: [&str; 4] = ["O=Let's Encrypt", "O=ZeroSSL", "O=Google Trust Services", "O=Buypass"];
/// The longest lifetime that these issue by ACME: Buypass Go, 180 days.
const LONGEST_AUTOMATED: i64 = 181 * DAY;
/// Nobody renews by hand what lives so short, whoever issues it.
const LONGEST_BY_MACHINE_ONLY: i64 = 20 * DAY;
/// From here down ACME clients renew at half of the lifetime.
const SHORT_LIVED: i64 = 10 * DAY;
