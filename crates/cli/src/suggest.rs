//! The word that was probably meant.

/// Returns the known word that is nearest to a mistyped one, if one is near.
pub(crate) fn suggest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Nothing long is a slip of the finger, and the distance takes time.
    let typed: Vec<char> = typed.to_lowercase().replace('_', "-").chars().take(MOST).collect();
    let (distance, word) = known.map(|word| (distance(&typed, word), word)).min()?;
    let allowed = if word.starts_with(&typed.iter().collect::<String>()) { MOST } else { word.len() / 3 };
    (distance <= allowed).then_some(word)
}

/// Counts the letters to add, drop or change (Levenshtein).
fn distance(typed: &[char], word: &str) -> usize {
    let mut row: Vec<usize> = (0..=typed.len()).collect();
    for (above, letter) in word.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (index, other) in typed.iter().enumerate() {
            let changed = diagonal + usize::from(*other != letter);
            diagonal = row[index + 1];
            row[index + 1] = changed.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row[typed.len()]
}

const MOST: usize = 60;

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn slips_of_the_finger_are_understood() {
        let known = || ["cert-expired", "cert-expires-soon", "tls-dh-weak"].into_iter();
        assert_eq!(suggest("cert-expird", known()), Some("cert-expired"));
        assert_eq!(suggest("CERT_EXPIRED", known()), Some("cert-expired"));
        assert_eq!(suggest("tls-dh", known()), Some("tls-dh-weak"));
        assert_eq!(suggest("something-else", known()), None);
        assert_eq!(suggest(&"x".repeat(100_000), known()), None);
    }
}
