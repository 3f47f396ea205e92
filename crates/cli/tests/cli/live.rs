//! Looks at servers on loopback.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use super::{Run, mailmedic, run};

/// Serves one plain dialogue without STARTTLS on each connection until the test ends.
pub(super) fn without_starttls() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            std::thread::spawn(move || {
                let _ = stream.write_all(b"220 mail.example.org ESMTP Postfix\r\n");
                let mut buffer = [0; 512];
                while let Ok(length @ 1..) = stream.read(&mut buffer) {
                    let reply: &[u8] = match &buffer[..length.min(4)] {
                        b"EHLO" => b"250-mail.example.org\r\n250 AUTH PLAIN\r\n",
                        b"QUIT" => b"221 2.0.0 Bye\r\n",
                        _ => b"502 5.5.2 not here\r\n",
                    };
                    if stream.write_all(reply).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[test]
fn what_is_saved_is_judged_again_to_the_same_report() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen.json");
    let file = file.to_str().unwrap();
    let target = format!("submission://127.0.0.1:{}", without_starttls());
    let live = run(&["check", &target, "--depth", "quick", "--offline", "--save", file]);
    assert_eq!((live.code, live.stderr.as_str()), (Some(1), ""), "{}", live.stdout);
    assert!(live.stdout.contains("starttls-missing"), "{}", live.stdout);
    assert_eq!(run(&["check", "--replay", file]).stdout, live.stdout);
}

#[test]
fn a_closed_port_leaves_nothing_to_examine() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let told = run(&["check", &format!("imaps://127.0.0.1:{port}"), "--offline"]);
    assert_eq!(told.code, Some(3), "{}{}", told.stdout, told.stderr);
    assert!(told.stdout.contains(": nothing could be examined: "), "{}", told.stdout);
}

#[test]
fn an_interrupted_run_tells_what_is_known() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen.json");
    let child = mailmedic(&["check", &format!("smtp://127.0.0.1:{port}"), "--offline", "--timeout", "60m"])
        .args(["--save", file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Once it has connected it listens for Ctrl-C and waits for a greeting that never comes.
    let _silent = listener.accept().unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let told = Run::from(child.wait_with_output().unwrap());
    assert_eq!(told.code, Some(130), "{}{}", told.stdout, told.stderr);
    assert!(told.stdout.contains(": stopped before "), "{}", told.stdout);
    assert!(fs::read_to_string(file).unwrap().contains("\"interrupted\": true"));
}
