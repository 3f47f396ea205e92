use super::{Ignored, Mode, Obsolete, Psd, Record, RecordFault, Request, Whom};

fn read(text: &str) -> Record {
    Record::read(text).unwrap()
}

#[test]
fn a_whole_record_is_read() {
    let record = read(
        "v=DMARC1; p=Reject; sp=quarantine;np=none; adkim=s; aspf=r; rua=mailto:a@example.org , mailto:b@r.example; \
         ruf=mailto:c@example.org; fo=1:d; psd=n; t=n;",
    );
    assert_eq!(
        (record.p, record.sp, record.np),
        (Some(Request::Reject), Some(Request::Quarantine), Some(Request::None))
    );
    assert_eq!((record.adkim, record.aspf, record.psd), (Mode::Strict, Mode::Relaxed, Psd::No));
    assert_eq!(
        record.rua.iter().map(|to| to.address()).collect::<Vec<_>>(),
        ["a@example.org", "b@r.example"]
    );
    assert_eq!((record.ruf.len(), record.fo.as_deref(), record.test), (1, Some("1:d"), false));
    assert_eq!((record.faults, record.obsolete, record.is_broken), (vec![], vec![], false));
}

#[test]
fn the_version_must_stand_first_in_just_these_letters() {
    let cases = [
        ("\"v=DMARC1; p=none\"", Ignored::Quoted),
        ("v=DMARC1\\; p=none", Ignored::Backslash),
        (" v=DMARC1; p=none", Ignored::Blank),
        ("v=dmarc1; p=none", Ignored::Case),
        ("V=DMARC1; p=none", Ignored::Case),
        ("v=DMARC1 p=none", Ignored::Semicolon),
        ("v=DMARC1, p=none", Ignored::Semicolon),
        ("p=none; v=DMARC1", Ignored::Later),
        ("v=DMARC2; p=none", Ignored::Version),
        ("v=spf1 -all", Ignored::Version),
        ("", Ignored::Version),
    ];
    for (text, why) in cases {
        assert_eq!(Record::read(text), Err(why), "{text}");
    }
    assert!(Record::read("v = DMARC1 ; p = none").is_ok());
    assert!(Record::read("v=DMARC1").is_ok());
}

#[test]
fn requests_follow_the_tags_in_their_order() {
    let asked =
        |text: &str| [Whom::Itself, Whom::Below, Whom::Nonexistent].map(|whom| read(text).request(whom));
    let (none, quarantine, reject) = (Some(Request::None), Some(Request::Quarantine), Some(Request::Reject));
    assert_eq!(asked("v=DMARC1; p=reject"), [reject; 3]);
    assert_eq!(asked("v=DMARC1; p=reject; sp=none"), [reject, none, none]);
    assert_eq!(asked("v=DMARC1; p=none; np=reject"), [none, none, reject]);
    assert_eq!(asked("v=DMARC1; p=none; sp=quarantine; np=reject"), [none, quarantine, reject]);
    // Test mode takes the next milder one, and none stays none.
    assert_eq!(asked("v=DMARC1; p=reject; sp=quarantine; np=none; t=y"), [quarantine, none, none]);
    // A record without a good p= asks for reports alone, and without an address for nothing.
    assert_eq!(asked("v=DMARC1"), [None; 3]);
    assert_eq!(asked("v=DMARC1; rua=mailto:a@example.org"), [none; 3]);
    assert_eq!(asked("v=DMARC1; p=monitor; rua=mailto:a@example.org"), [none; 3]);
    assert_eq!(asked("v=DMARC1; p=reject; sp=nothing"), [None; 3]);
    assert_eq!(asked("v=DMARC1; p=reject; np=; rua=mailto:a@example.org"), [none; 3]);
    assert_eq!(asked("v=DMARC1; p=; rua=a@example.org"), [None; 3]);
}

#[test]
fn faults_are_told_and_the_default_counts() {
    let faults = |text: &str| read(text).faults.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(faults("v=DMARC1; rua=mailto:a@example.org"), ["it has no p= tag"]);
    assert_eq!(faults("v=DMARC1; p=rejct"), ["p=\"rejct\" is neither none, quarantine nor reject"]);
    assert_eq!(
        faults("v=DMARC1; p=none; adkim=strict; t=yes"),
        [
            "adkim=\"strict\" is no value of that tag, so that its default counts",
            "t=\"yes\" is no value of that tag, so that its default counts"
        ]
    );
    // A semicolon in place of the comma is the usual slip.
    assert_eq!(
        faults("v=DMARC1; p=none; rua=mailto:a@example.org; mailto:b@example.org"),
        ["\"mailto:b@example.org\" is no field of the form tag=value"]
    );
    assert_eq!(
        faults("v=DMARC1; p=none; rua=a@example.org"),
        ["in rua, \"a@example.org\" lacks mailto: at its front"]
    );
    assert!(faults("v=DMARC1; p=none; rua=https://r.example/").concat().contains("nobody sends reports"));
    assert_eq!(faults("v=DMARC1; p=none; p=reject"), ["p= stands there twice"]);
    assert_eq!(read("v=DMARC1; p=none; p=reject").p, Some(Request::None));
    assert_eq!(read("v=DMARC1; p=none; SP=none").faults, [RecordFault::Case("SP".into())]);
    assert_eq!(read("v=DMARC1; p=none; rau=x").faults, [RecordFault::Unknown("rau".into())]);
    for fo in ["0:1", "d:d", "2", "", "1:"] {
        assert_eq!(read(&format!("v=DMARC1; p=none; fo={fo}")).faults.len(), 1, "{fo}");
    }
}

#[test]
fn what_was_removed_is_told_apart() {
    let record = read("v=DMARC1; p=none; pct=50; ri=3600; rf=afrf; rua=mailto:a@example.org!10m");
    assert_eq!(
        record.obsolete,
        [
            Obsolete::Share("50".into()),
            Obsolete::Interval("3600".into()),
            Obsolete::Format("afrf".into()),
            Obsolete::Size("10m".into())
        ]
    );
    assert_eq!(record.faults, []);
    assert_eq!(record.to_string(), "v=DMARC1; p=none; rua=mailto:a@example.org");
}

#[test]
fn what_is_written_reads_the_same() {
    for text in [
        "v=DMARC1; p=reject; sp=none; np=quarantine; adkim=s; aspf=s; rua=mailto:a@b.example,https://c.example; fo=d:s",
        "v=DMARC1; p=none; psd=y; t=y",
        "v=DMARC1",
    ] {
        assert_eq!(read(text).to_string(), text);
    }
}

#[test]
fn hostile_records_stay_small() {
    let many = format!("v=DMARC1; p=none; rua={}", "mailto:a@example.org,".repeat(5_000));
    assert_eq!(read(&many).rua.len(), 20);
    let odd = format!("v=DMARC1;{}", (0..5_000).map(|n| format!("x{n}=\u{1b};")).collect::<String>());
    let record = read(&odd);
    assert!(record.faults.len() <= 21);
    assert!(record.faults.iter().all(|fault| !fault.to_string().contains('\u{1b}')));
}
