//! Domains that nobody holds any more.

use crate::name::Name;
use crate::observation::{DnsOutcome, DnsType};
use crate::records::Answers;

/// Returns the part of a name that anybody could register, where it does not exist: whoever did would answer for all names
/// below. What is not asked yet is wanted.
pub fn lapsed(answers: &Answers<'_>, name: &Name) -> Option<Name> {
    let labels: Vec<&str> = name.as_ascii().split('.').collect();
    let ending = |count: usize| {
        let from = labels.len().checked_sub(count)?;
        Name::of_dns(&labels.get(from..)?.join(".")).ok()
    };
    // Below a few second levels domains are registered, too: example.co.uk.
    let second = labels.len().checked_sub(2).and_then(|at| labels.get(at)).copied();
    let count = if second.is_some_and(|label| SECOND_LEVELS.contains(&label)) { 3 } else { 2 };
    let registered = ending(count)?;
    let answer = answers.answer(&registered, DnsType::Txt)?;
    answers.records(&registered, DnsType::Txt).ok()?;
    (answer.outcome == DnsOutcome::NoName).then_some(registered)
}

const SECOND_LEVELS: [&str; 9] = ["ac", "co", "com", "edu", "gob", "gov", "net", "or", "org"];

#[cfg(test)]
mod tests {
    use super::lapsed;
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsEvidence, DnsOutcome, DnsState, DnsType};
    use crate::records::Answers;

    fn seen(name: &str, outcome: DnsOutcome) -> DnsAnswer {
        let (state, evidence) = (DnsState::Insecure, DnsEvidence::default());
        DnsAnswer { name: Name::new(name).unwrap(), kind: DnsType::Txt, outcome, state, evidence }
    }

    #[test]
    fn the_name_that_can_be_registered_is_asked_for() {
        for (name, registered) in [
            ("_spf.mail.gone.example", "gone.example"),
            ("gone.example", "gone.example"),
            ("_spf.gone.co.uk", "gone.co.uk"),
        ] {
            let name = Name::new(name).unwrap();
            let answers = Answers::new(&[]);
            assert_eq!(lapsed(&answers, &name), None);
            assert_eq!(answers.into_wanted(), [(Name::new(registered).unwrap(), DnsType::Txt)]);
            let gone = [seen(registered, DnsOutcome::NoName)];
            assert_eq!(lapsed(&Answers::new(&gone), &name).unwrap().as_ascii(), registered);
            for outcome in [DnsOutcome::NoData, DnsOutcome::Failed("SERVFAIL".into())] {
                assert_eq!(lapsed(&Answers::new(&[seen(registered, outcome)]), &name), None);
            }
        }
        assert_eq!(lapsed(&Answers::new(&[]), &Name::new("example").unwrap()), None);
    }
}
