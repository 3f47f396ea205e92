//! How many messages there were over time: a few bars, which grow wider with the log.

use jiff::Timestamp;

use crate::explanation::Histogram;

/// The most bars.
pub(super) const BARS: usize = 48;

/// The bars of one group.
pub(super) type Bars = [u32; BARS];

/// How long a bar may be, in seconds; each width is a multiple of the one before, so that bars can be joined.
const WIDTHS: [i64; 15] = [
    1,
    5,
    15,
    60,
    300,
    900,
    3_600,
    10_800,
    21_600,
    43_200,
    86_400,
    604_800,
    2_419_200,
    31_449_600,
    314_496_000,
];

/// Where the bars of all groups stand.
#[derive(Default)]
pub(super) struct Axis {
    /// Which width they have.
    step: usize,
    /// The first and the last bar that is used, counted in widths from 1970.
    used: Option<(i64, i64)>,
}

impl Axis {
    /// Returns the bar of a time, and changes the bars of all groups where they do not reach it.
    pub(super) fn bar(&mut self, time: Timestamp, mut all: impl FnMut(&mut dyn FnMut(&mut Bars))) -> usize {
        let second = time.as_second();
        loop {
            let bar = second.div_euclid(WIDTHS[self.step]);
            let (first, last) = self.used.unwrap_or((bar, bar));
            let (new_first, new_last) = (first.min(bar), last.max(bar));
            if new_last - new_first < BARS as i64 || self.step + 1 == WIDTHS.len() {
                let new_first = new_first.max(new_last - BARS as i64 + 1);
                if new_first != first {
                    all(&mut |bars| *bars = moved(bars, |old| first + old - new_first));
                }
                self.used = Some((new_first, new_last));
                return (bar - new_first).clamp(0, BARS as i64 - 1) as usize;
            }
            let ratio = WIDTHS[self.step + 1] / WIDTHS[self.step];
            let joined = first.div_euclid(ratio);
            all(&mut |bars| *bars = moved(bars, |old| (first + old).div_euclid(ratio) - joined));
            self.step += 1;
            self.used = Some((joined, last.div_euclid(ratio)));
        }
    }

    /// Writes the bars of a group.
    pub(super) fn histogram(&self, bars: &Bars) -> Option<Histogram> {
        let (first, last) = self.used?;
        let width = WIDTHS[self.step];
        let count = (last - first + 1).clamp(1, BARS as i64) as usize;
        Some(Histogram {
            start: Timestamp::from_second(first * width).ok()?,
            seconds: width.unsigned_abs(),
            counts: bars[..count].iter().map(|bar| u64::from(*bar)).collect(),
        })
    }
}

/// Returns the bars with each in a new place; those of one place are joined.
fn moved(bars: &Bars, place: impl Fn(i64) -> i64) -> Bars {
    let mut new = [0_u32; BARS];
    for (old, bar) in bars.iter().enumerate() {
        let place = place(old as i64).clamp(0, BARS as i64 - 1) as usize;
        new[place] = new[place].saturating_add(*bar);
    }
    new
}

#[cfg(test)]
mod tests {
    use super::{Axis, BARS, Bars};

    fn drawn(seconds: &[i64]) -> (u64, Vec<u64>, String) {
        let (mut axis, mut bars): (Axis, Bars) = (Axis::default(), [0; BARS]);
        for second in seconds {
            let time = jiff::Timestamp::from_second(*second).unwrap();
            let bar = axis.bar(time, |change| change(&mut bars));
            bars[bar] += 1;
        }
        let histogram = axis.histogram(&bars).unwrap();
        (histogram.seconds, histogram.counts, histogram.start.to_string())
    }

    #[test]
    fn bars_grow_wider_with_the_log() {
        assert_eq!(drawn(&[100]), (1, vec![1], "1970-01-01T00:01:40Z".to_owned()));
        assert_eq!(drawn(&[100, 102, 102]).1, [1, 0, 2]);
        let (seconds, counts, start) = drawn(&[100, 102, 102, 199]);
        assert_eq!((seconds, start.as_str()), (5, "1970-01-01T00:01:40Z"));
        assert_eq!((counts[0], counts[19], counts.len()), (3, 1, 20));
        let (seconds, counts, _) = drawn(&[0, 86_400 * 30]);
        assert_eq!((seconds, counts.len(), counts.iter().sum::<u64>()), (86_400, 31, 2));
    }

    #[test]
    fn older_times_find_room_before() {
        let (seconds, counts, start) = drawn(&[100, 90, 90, 70]);
        assert_eq!((seconds, start.as_str()), (1, "1970-01-01T00:01:10Z"));
        assert_eq!((counts[0], counts[20], counts[30], counts.len()), (1, 2, 1, 31));
    }

    #[test]
    fn nothing_is_lost_over_any_span() {
        let times = [0, 4_000_000_000, 1, -60_000_000_000, 200_000_000_000, 5];
        let (seconds, counts, _) = drawn(&times);
        assert_eq!((seconds, counts.iter().sum::<u64>()), (314_496_000, 6));
    }
}
