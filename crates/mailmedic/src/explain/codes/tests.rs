use super::*;

/// The names, rules and directions that a text yields.
fn read(text: &str) -> Vec<(CodeKind, &'static str, Option<u64>, &'static str)> {
    let all = codes(text);
    for code in &all {
        assert!(text.get(code.at.clone()).is_some_and(|at| !at.is_empty()), "{code:?} in {text:?}");
    }
    all.iter()
        .map(|code| (code.kind, code.name, code.number, code.means.map_or("", |means| means.rule)))
        .collect()
}

#[test]
fn both_numberings_of_openssl_say_the_same() {
    for (old, new, decimal) in [
        ("14090086", "0A000086", "167772294"),
        ("1408F10B", "0A00010B", "336130315"),
        ("1417A0C1", "0A0000C1", "167772353"),
    ] {
        let texts = [old, new, decimal].map(|number| format!("TLS failed: error:{number}:SSL routines:x"));
        let [one, two, three] = texts.map(|text| read(&text));
        assert_eq!(one, two);
        assert_eq!(two, three);
        assert_eq!(one.len(), 1);
    }
}
