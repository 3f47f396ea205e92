//! Yes, no, or could not tell.

/// A three-valued answer; "not looked at" is never "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was seen.
    Yes,
    /// It was asked and refused.
    No,
    /// It could not be told; the reason completes "could not tell: …".
    Unknown(String),
}

impl Answer {
    /// Returns whether it is [`Answer::Yes`].
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes)
    }

    /// Returns whether it is [`Answer::No`].
    pub fn is_no(&self) -> bool {
        matches!(self, Self::No)
    }

    /// Joins two looks at the same thing: one sight is enough, and a doubt outweighs a refusal.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(why),
            (Self::No, Self::No) => Self::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn a_doubt_outweighs_a_refusal_and_a_sight_both() {
        let doubt = || Answer::Unknown("cut short".into());
        assert_eq!(Answer::No.or(Answer::No), Answer::No);
        assert_eq!(Answer::No.or(doubt()), doubt());
        assert_eq!(doubt().or(Answer::Yes), Answer::Yes);
    }
}
