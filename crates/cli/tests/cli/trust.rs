use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::run;

fn json(args: &[&str]) -> Value {
    let run = run(&[args, &["--format", "json"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn lists_are_told_with_day_and_origin() {
    let told = run(&["trust", "list"]);
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""));
    let list = json(&["trust", "list"]);
    assert_eq!(list["schema"], "mailmedic.trust-lists/1");
    let lists = list["lists"].as_array().unwrap();
    let names: Vec<&str> = lists.iter().map(|list| list["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Mozilla", "Apple", "Microsoft", "Android", "Java", "Debian 12"]);
    for list in lists {
        let count = list["roots"].as_u64().unwrap();
        assert!(count > 100, "{list}");
        let [name, date] = ["name", "date"].map(|key| list[key].as_str().unwrap());
        let line = format!("{name:<10}{count:>5}  {date}  ");
        assert!(told.stdout.contains(&line), "{line:?} in {}", told.stdout);
    }
    let java = json(&["trust", "list", "--store", "java"]);
    assert_eq!(java["schema"], "mailmedic.trust-roots/1");
    assert_eq!(java["roots"].as_array().unwrap().len() as u64, lists[4]["roots"].as_u64().unwrap());
    let debian = run(&["trust", "list", "--store", "Debian 12"]);
    assert!(debian.stdout.contains("CN=ISRG Root X1"), "{}", debian.stdout);
}

#[test]
fn a_root_is_shown_by_any_form_of_its_fingerprint() {
    let whole = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6";
    let one = json(&["trust", "show", whole]);
    assert_eq!(one["roots"][0]["sha256"], whole);
    assert_eq!(one["roots"][0]["key"], "RSA 4096");
    let lists = one["roots"][0]["lists"].as_array().unwrap();
    assert!(lists.len() == 6 && lists.iter().all(|list| list["standing"] == "trusted"), "{lists:?}");
    for form in ["96BCEC06", "96:BC:EC:06:26:49", &whole.to_uppercase()] {
        assert_eq!(json(&["trust", "show", form]), one, "{form}");
    }
    let text = run(&["trust", "show", "96bcec06"]).stdout;
    assert!(text.starts_with("CN=ISRG Root X1") && text.contains("\n  Java      trusts it\n"), "{text}");
}

#[test]
fn certificates_in_a_file_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roots.pem");
    let certificate = rcgen::generate_simple_self_signed(vec!["mail.example.org".to_owned()]).unwrap().cert;
    let pem = STANDARD.encode(certificate.der());
    fs::write(&file, format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n").repeat(2))
        .unwrap();
    let told = json(&["trust", "show", file.to_str().unwrap()]);
    assert_eq!(told["roots"].as_array().unwrap().len(), 2);
    assert!(told["roots"][0]["lists"].as_array().unwrap().iter().all(|list| list["standing"] == "absent"));
    let text = run(&["trust", "show", file.to_str().unwrap()]).stdout;
    assert_eq!(
        text.matches("No list that is compiled in has this certificate as a root.").count(),
        2,
        "{text}"
    );
}

#[test]
fn what_cannot_be_shown_is_a_fault_of_usage() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let cases = [
        (vec!["trust", "show", "00000000"], "no list has a root whose fingerprint begins with 00000000"),
        (vec!["trust", "show", "96bcec0"], "\"96bcec0\" is neither a file nor a fingerprint"),
        (vec!["trust", "show", empty.to_str().unwrap()], "it holds no certificate"),
        (vec!["trust", "list", "--store", "mozila"], "did you mean mozilla?"),
        (
            vec!["trust", "list", "--store", "netscape"],
            "there is mozilla, apple, microsoft, android, java, debian12",
        ),
        (vec!["trust"], "Usage: mailmedic trust"),
    ];
    for (args, complaint) in cases {
        let run = run(&args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(run.stderr.contains(complaint), "{args:?}: {}", run.stderr);
    }
}
