//! A list of 16-bit numbers of some IANA registry, saved as hex digits: a hello offers hundreds.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Numbers in an order that means something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers(pub Vec<u16>);

impl Numbers {
    /// Returns whether a number is among them.
    pub fn has(&self, number: u16) -> bool {
        self.0.contains(&number)
    }
}

impl FromIterator<u16> for Numbers {
    fn from_iter<T: IntoIterator<Item = u16>>(numbers: T) -> Self {
        Self(numbers.into_iter().collect())
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = self.0.iter().map(|number| format!("{number:04x}")).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
        let digits = digits.filter(|digits| digits.len() % 4 == 0);
        let digits = digits.ok_or_else(|| D::Error::custom("not numbers of four hex digits each"))?;
        let number = |four: &[u32]| four.iter().fold(0, |number, digit| number << 4 | digit);
        // Four hex digits are 16 bits.
        Ok(digits.chunks(4).map(|four| number(four) as u16).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn numbers_are_saved_as_digits_and_come_back() {
        let numbers = Numbers(vec![0x1301, 0x000A, 0xFFFF]);
        let text = serde_json::to_string(&numbers).unwrap();
        assert_eq!(text, "\"1301000affff\"");
        assert_eq!(serde_json::from_str::<Numbers>(&text).unwrap(), numbers);
        assert!(serde_json::from_str::<Numbers>("\"130\"").is_err());
        assert!(serde_json::from_str::<Numbers>("\"wxyz\"").is_err());
    }
}
