//! Reads when a line was written, in the forms that mail servers and the tools around them use.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What the times of a log are read by.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// When the log ends at the latest: a date without a year is the last one before.
    pub latest: Timestamp,
}

/// The furthest from its start that a time begins, in bytes: containers and syslog put words before it.
const MOST_BEFORE: usize = 64;

const MONTHS: [&[u8; 3]; 12] =
    [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];

const DAY: i64 = 86_400;

impl Clock {
    /// Reads the time that a line begins with, to the second; none where there is none.
    pub(super) fn read(&self, line: &[u8]) -> Option<Timestamp> {
        let mut text = Cursor { rest: bare(line) };
        let second = match text.rest {
            [b'@', ..] => tai64n(text.rest),
            [b'0'..=b'9', ..] => self.date_first(&mut text),
            _ => self.month_first(&mut text),
        };
        second.and_then(|second| Timestamp::from_second(second).ok())
    }

    /// `2026-03-03T10:00:02.123+01:00`, `2026-03-03 10:00:02`, `2026/03/03 10:00:02`, `1772532002.123`.
    fn date_first(&self, text: &mut Cursor<'_>) -> Option<i64> {
        let digits = text.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 10 {
            return text.number(10);
        }
        let year = text.number(4)?;
        let between = text.any(b"-/")?;
        let month = text.number(2)?;
        text.byte(between)?;
        let day = text.number(2)?;
        text.any(b"T t_")?;
        let clock = text.clock()?;
        let at = date_time(year, month, day, clock)?;
        match text.zone() {
            Some(offset) => Some(TimeZone::UTC.to_timestamp(at).ok()?.as_second() - offset),
            None => Some(self.zone.to_timestamp(at).ok()?.as_second()),
        }
    }

    /// `Mar  3 10:00:02`, `Mar 3 2026 10:00:02`, `Tue Mar  3 10:00:02 2026`.
    fn month_first(&self, text: &mut Cursor<'_>) -> Option<i64> {
        let month = text.month().or_else(|| {
            // The day of the week stands before it.
            text.rest = text.rest.get(3..)?;
            text.any(b" ,")?;
            text.month()
        })?;
        text.blanks();
        let day = text.short_number()?;
        text.blanks();
        let mut year = text.year();
        text.blanks();
        let clock = text.clock()?;
        text.blanks();
        year = year.or_else(|| text.year());
        let latest = self.latest.to_zoned(self.zone.clone());
        let years = match year {
            Some(year) => year..=year,
            None => i64::from(latest.year()) - 4..=i64::from(latest.year()) + 1,
        };
        let mut seconds = years.rev().filter_map(|year| {
            let at = date_time(year, month, day, clock)?;
            Some(self.zone.to_timestamp(at).ok()?.as_second())
        });
        // The clock of the file's machine may be ahead a little.
        seconds.find(|second| year.is_some() || *second <= self.latest.as_second() + DAY)
    }
}

/// Skips what stands before the time: `mail_1  | ` of containers, `<22>` of syslog, a bracket.
fn bare(line: &[u8]) -> &[u8] {
    let head = &line[..line.len().min(MOST_BEFORE)];
    let after = memchr::memmem::find(head, b" | ").map_or(line, |at| &line[at + 3..]);
    let after = match after {
        [b'<', rest @ ..] => {
            memchr::memchr(b'>', &rest[..rest.len().min(4)]).map_or(after, |at| &rest[at + 1..])
        }
        [b'[', rest @ ..] => rest,
        _ => after,
    };
    after.trim_ascii_start()
}

/// The labels of `multilog`: 2^62 and the seconds of TAI in hexadecimal, which is ten seconds and the leap seconds since
/// 1972 ahead of UTC; daemontools leaves out the latter.
fn tai64n(text: &[u8]) -> Option<i64> {
    let digits = text.get(1..17).and_then(|digits| str::from_utf8(digits).ok())?;
    let label = u64::from_str_radix(digits, 16).ok()?;
    i64::try_from(label.checked_sub((1 << 62) + 10)?).ok().filter(|second| *second < 1 << 40)
}

fn date_time(year: i64, month: i64, day: i64, (hour, minute, second): (i64, i64, i64)) -> Option<DateTime> {
    let small = |number: i64| i8::try_from(number).ok();
    let year = i16::try_from(year).ok()?;
    // A leap second counts as the one before it.
    DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second.min(59))?, 0)
        .ok()
}

/// Bytes that are read from the front.
struct Cursor<'l> {
    rest: &'l [u8],
}

impl Cursor<'_> {
    fn byte(&mut self, wanted: u8) -> Option<u8> {
        self.any(&[wanted])
    }

    fn any(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        wanted.contains(first).then(|| {
            self.rest = rest;
            *first
        })
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Reads so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (digits, rest) = self.rest.split_at_checked(digits)?;
        let number = digits.iter().try_fold(0_i64, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
        })?;
        self.rest = rest;
        Some(number)
    }

    /// Reads one or two digits.
    fn short_number(&mut self) -> Option<i64> {
        self.number(2).or_else(|| self.number(1))
    }

    fn year(&mut self) -> Option<i64> {
        let is_year = self.rest.starts_with(b"19") || self.rest.starts_with(b"20");
        let ends = self.rest.get(4).is_none_or(u8::is_ascii_whitespace);
        if is_year && ends { self.number(4) } else { None }
    }

    fn month(&mut self) -> Option<i64> {
        let (name, rest) = self.rest.split_at_checked(3)?;
        let month = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
        self.rest = rest;
        (rest.first() == Some(&b' ')).then_some(month as i64 + 1)
    }

    fn clock(&mut self) -> Option<(i64, i64, i64)> {
        let hour = self.number(2)?;
        self.byte(b':')?;
        let minute = self.number(2)?;
        self.byte(b':')?;
        Some((hour, minute, self.number(2)?))
    }

    /// Reads `Z`, `UTC`, `+01:00`, ` +0100` behind a fraction of a second; in seconds east of UTC.
    fn zone(&mut self) -> Option<i64> {
        if self.any(b".,").is_some() {
            let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            self.rest = &self.rest[digits..];
        }
        if self.any(b"Zz").is_some() {
            return Some(0);
        }
        self.any(b" ");
        if self.rest.starts_with(b"UTC") || self.rest.starts_with(b"GMT") {
            return Some(0);
        }
        let sign = self.any(b"+-")?;
        let hours = self.number(2)?;
        self.any(b":");
        let minutes = self.number(2)?;
        let offset = hours * 3600 + minutes * 60;
        Some(if sign == b'-' { -offset } else { offset })
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::{TimeZone, offset};

    use super::Clock;

    fn read(line: &str) -> Option<String> {
        let clock = Clock { zone: TimeZone::UTC, latest: "2026-03-05T00:00:00Z".parse().unwrap() };
        clock.read(line.as_bytes()).map(|time| time.to_string())
    }

    #[test]
    fn times_are_read_in_every_form() {
        for line in [
            "Mar  3 10:00:02 mx postfix/smtp[1]: x",
            "Mar 3 10:00:02 x",
            "Mar 03 10:00:02 imap-login: Info: x",
            "Tue Mar  3 10:00:02 2026 x",
            "Mar  3 2026 10:00:02 x",
            "<22>Mar  3 10:00:02 mx x",
            "mail_1  | Mar  3 10:00:02 mx x",
            "2026-03-03T10:00:02.123456+00:00 mx x",
            "2026-03-03T11:00:02+01:00 mx x",
            "2026-03-03T10:00:02Z INFO x",
            "2026-03-03 10:00:02 1rAbCd-000001-Ef x",
            "2026-03-03 05:00:02 -0500 [7] x",
            "2026-03-03 10:00:02,123 x",
            "2026/03/03 10:00:02 smtp: x",
            "[2026-03-03T10:00:02.1Z] x",
            "1772532002.123 x",
            "@4000000069a6b12c00000000 x",
        ] {
            assert_eq!(read(line).as_deref(), Some("2026-03-03T10:00:02Z"), "{line}");
        }
        for line in
            ["", "x", "Mar", "Mar  3", "2026-13-03 10:00:02", "Mar 32 10:00:02 x", "10:00:02 x", "@40"]
        {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn a_date_without_a_year_is_the_last_one() {
        assert_eq!(read("Mar  5 23:00:00 x").as_deref(), Some("2026-03-05T23:00:00Z"));
        assert_eq!(read("Mar  6 00:00:01 x").as_deref(), Some("2025-03-06T00:00:01Z"));
        assert_eq!(read("Dec 31 23:59:60 x").as_deref(), Some("2025-12-31T23:59:59Z"));
        assert_eq!(read("Feb 29 12:00:00 x").as_deref(), Some("2024-02-29T12:00:00Z"));
        let clock =
            Clock { zone: TimeZone::fixed(offset(2)), latest: "2025-12-31T22:30:00Z".parse().unwrap() };
        let time = clock.read(b"Jan  1 00:20:00 mx x").unwrap();
        assert_eq!(time.to_string(), "2025-12-31T22:20:00Z");
    }
}
