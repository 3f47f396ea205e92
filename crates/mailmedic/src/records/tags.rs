//! Lists of `tag=value`, as DKIM, DMARC and BIMI write them (RFC 6376 §3.2).

/// Returns the fields of a list in order: a tag with its value, or a text without `=`; blanks around them are no part.
pub(super) fn fields(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let fields = text.split(';').map(trim).filter(|field| !field.is_empty()).take(MOST_FIELDS);
    fields.map(|field| match field.split_once('=') {
        Some((tag, value)) => (trim(tag), Some(trim(value))),
        None => (field, None),
    })
}

/// Takes the blanks away that may stand around tags and values, folded lines among them (RFC 6376 §2.8).
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// Far more than any honest record has.
const MOST_FIELDS: usize = 100;

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn blanks_and_empty_fields_are_no_part() {
        let found: Vec<_> = fields("v=DKIM1;; k = rsa;\tp=ab=\r\n ; odd; ").collect();
        assert_eq!(found, [("v", Some("DKIM1")), ("k", Some("rsa")), ("p", Some("ab=")), ("odd", None)]);
        assert_eq!(fields(";; ;").count(), 0);
        assert_eq!(fields(&"a=b;".repeat(1_000)).count(), 100);
    }
}
