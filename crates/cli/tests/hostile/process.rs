//! Sockets of this machine, signals, and readers that go away.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::process::Child;
use std::thread;

use crate::peer::serve;
use crate::run::{check, end, look, mailmedic, report, signal};

#[test]
fn sockets_that_are_none_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("file"), "no socket").unwrap();
    drop(UnixListener::bind(path("dead")).unwrap());
    let _silent = UnixListener::bind(path("closed")).unwrap();
    fs::set_permissions(path("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    let long = "x".repeat(300);
    for name in ["missing", "file", "dead", "closed", "missing/too", long.as_str()] {
        let told = check(&format!("lmtp+unix:{}", path(name).display()), &[]);
        assert!(!told.found.is_empty(), "{name}: {}", told.text);
        told.lacks(&["starttls-missing"]);
    }
}

#[test]
fn a_path_does_not_drive_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let target = format!("lmtp+unix:{}/\u{1b}[31m\u{202e}", folder.path().display());
    let told = end(mailmedic(&["check", &target, "--offline", "--verbose"]).spawn().unwrap());
    assert!(matches!(told.code, Some(2 | 3)), "{}{}", told.stdout, told.stderr);
}

/// Starts a check of a server that accepts and says nothing, and returns once it has connected.
fn hanging(format: &str) -> (Child, TcpListener, std::net::TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("smtp://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let child =
        mailmedic(&["check", &target, "--offline", "--timeout", "60m", "--format", format]).spawn().unwrap();
    let (stream, _) = listener.accept().unwrap();
    (child, listener, stream)
}

#[test]
fn an_interrupt_ends_in_a_report() {
    let (child, _listener, _stream) = hanging("json");
    signal(child.id(), "INT");
    let told = end(child);
    assert_eq!((told.code, told.stderr.as_str()), (Some(130), ""));
    assert_eq!(report(&told)["targets"][0]["interrupted"], true);
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let (child, _listener, _stream) = hanging("text");
    signal(child.id(), "INT");
    signal(child.id(), "INT");
    assert_eq!(end(child).code, Some(130));
}

#[test]
fn an_interrupt_keeps_what_is_known() {
    // The first connection is served well; all others hang, the last one until the interrupt.
    let (connected, connections) = std::sync::mpsc::channel();
    let port = serve(move |peer| {
        if peer.number == 0 {
            peer.smtp()?;
            return crate::handshakes::greet(peer);
        }
        let _ = connected.send(());
        peer.hold()
    });
    let target = format!("smtp://127.0.0.1:{port}");
    let child =
        mailmedic(&["check", &target, "--offline", "--timeout", "60m", "--format", "json"]).spawn().unwrap();
    connections.recv().unwrap();
    signal(child.id(), "INT");
    let told = end(child);
    assert_eq!(told.code, Some(130), "{}", told.stderr);
    let json = report(&told);
    assert_eq!(json["targets"][0]["interrupted"], true);
    assert_eq!(json["targets"][0]["endpoints"][0]["certificates"].as_array().unwrap().len(), 1);
}

#[test]
fn a_reader_that_goes_away_changes_no_exit_code() {
    let port = serve(|peer| peer.say("554 no\r\n"));
    for format in ["json", "text"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command =
            mailmedic(&["check", &format!("smtp://127.0.0.1:{port}"), "--offline", "--format", format]);
        let told = end(command.stdout(writer).spawn().unwrap());
        assert_eq!((told.code, told.stderr.as_str()), (Some(1), ""));
    }
}

#[test]
fn a_device_that_is_full_is_no_success() {
    let port = serve(|peer| peer.say("554 no\r\n"));
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = mailmedic(&["check", &format!("smtp://127.0.0.1:{port}"), "--offline"]);
    let told = end(command.stdout(full).spawn().unwrap());
    assert_eq!(told.code, Some(2), "{}", told.stderr);
    assert!(told.stderr.starts_with("mailmedic: standard output: "), "{}", told.stderr);
}

#[test]
fn a_port_that_never_accepts_is_examined_within_the_limits() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // The system accepts for it, as long as there is room.
    look("smtp", port).has(&["reply-timeout"]);
}

#[test]
fn a_standard_error_that_is_closed_is_survived() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = mailmedic(&["check", "imap.example.org:99x"]).stderr(writer).spawn().unwrap();
    assert_eq!(end(child).code, Some(2));
}

#[test]
fn output_of_many_targets_reaches_a_slow_reader() {
    let port = serve(|peer| peer.say("554 no\r\n"));
    let target = format!("smtp://127.0.0.1:{port}");
    let mut child = mailmedic(&["check", &target, &target, &target, "--offline"]).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        out.read_to_string(&mut text).map(|_| text)
    });
    assert_eq!(end(child).code, Some(1));
    assert_eq!(reader.join().unwrap().unwrap().matches("greeting-rejects").count(), 3);
}

#[test]
fn an_interrupt_ends_a_look_up_of_names() {
    let resolver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = resolver.local_addr().unwrap().to_string();
    let args = ["check", "mail.example", "--timeout", "60m", "--format", "json", "--resolver", &address];
    let child = mailmedic(&args).spawn().unwrap();
    // The first question is under way, so somebody listens for Ctrl-C.
    resolver.recv_from(&mut [0; 512]).unwrap();
    signal(child.id(), "INT");
    let told = end(child);
    assert_eq!((told.code, told.stderr.as_str()), (Some(130), ""));
    assert_eq!(report(&told)["targets"][0]["interrupted"], true);
}

#[test]
fn a_look_that_cannot_be_saved_is_reported_all_the_same() {
    let port = serve(|peer| peer.say("554 no\r\n"));
    let target = format!("smtp://127.0.0.1:{port}");
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("no/such/folder");
    let args = ["check", &target, "--offline", "--save", nowhere.to_str().unwrap()];
    let told = end(mailmedic(&args).spawn().unwrap());
    assert_eq!(told.code, Some(2));
    assert!(told.stdout.contains("greeting-rejects"), "{}", told.stdout);
    assert!(told.stderr.contains("no/such/folder: No such file"), "{}", told.stderr);
}
