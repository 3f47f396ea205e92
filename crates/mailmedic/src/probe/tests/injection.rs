//! Servers that keep, drop, refuse or mistake what comes in clear text behind the request for TLS.

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{acceptor, limit_shown, probe};
use crate::endpoint::{Protocol, Security};
use crate::job::{Attempt, Hello, Job, Offer, Stop};
use crate::observation::{Ask, Injected, Session, Trick};

/// What a server does with the bytes behind the request for TLS.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// Keeps them, and takes them for the first commands inside TLS.
    Keep,
    /// Drops them.
    Drop,
    /// Refuses TLS because of them.
    Refuse,
    /// Closes because of them.
    Close,
    /// Takes them for the beginning of TLS.
    TakeForTls,
    /// Answers them in clear text, and then begins TLS.
    AnswerInClear,
    /// Drops them, and says nothing any more inside TLS.
    FallSilent,
}

const PROTOCOLS: [Protocol; 6] = Protocol::ALL;

fn injection() -> Job {
    let offer = Offer {
        version: mailmedic_wire::names::ProtocolVersion::TLSv1_3,
        suites: Vec::new(),
        groups: Vec::new(),
        signature_schemes: Vec::new(),
        server_name: Some("mail.example".into()),
        stop: Stop::ServerHello,
        curious: false,
    };
    let attempt = Attempt::new(Trick::Injection, offer);
    Job { ask: Ask::Try(Trick::Injection), security: Security::Starttls, hello: Hello::Try(attempt) }
}

async fn slip_in(protocol: Protocol, way: Way) -> Session {
    probe(protocol, injection(), move |stream| serve(stream, protocol, way)).await.session
}

async fn serve(stream: TcpStream, protocol: Protocol, way: Way) {
    let mut stream = BufReader::new(stream);
    stream.write_all(greeting(protocol).as_bytes()).await.unwrap();
    while let Some(line) = line(&mut stream).await {
        if !asks_for_tls(&line) {
            stream.write_all(answer(protocol, &line, false).as_bytes()).await.unwrap();
            continue;
        }
        // The prober sends both commands in one write, so that they come together.
        let behind = stream.buffer().to_vec();
        assert!(!behind.is_empty());
        let tag = tag(protocol, &line);
        let go = match protocol {
            Protocol::Smtp | Protocol::Submission | Protocol::Lmtp => "220 go ahead\r\n".to_owned(),
            Protocol::Imap | Protocol::Sieve => format!("{tag}OK begin\r\n"),
            Protocol::Pop3 => "+OK begin\r\n".to_owned(),
        };
        match way {
            Way::Refuse => {
                let no = match protocol {
                    Protocol::Smtp | Protocol::Submission | Protocol::Lmtp => "554 pipelining\r\n".to_owned(),
                    Protocol::Imap => format!("{tag}BAD pipelining\r\n"),
                    Protocol::Sieve => "NO \"pipelining\"\r\n".to_owned(),
                    Protocol::Pop3 => "-ERR pipelining\r\n".to_owned(),
                };
                stream.write_all(no.as_bytes()).await.unwrap();
                // The client leaves.
                let _ = stream.read_to_end(&mut Vec::new()).await;
                return;
            }
            Way::Close => return,
            Way::AnswerInClear => {
                let said = String::from_utf8(behind.clone()).unwrap();
                let both = go + &answer(protocol, said.trim_end(), false);
                stream.write_all(both.as_bytes()).await.unwrap();
            }
            _ => stream.write_all(go.as_bytes()).await.unwrap(),
        }
        if way == Way::TakeForTls {
            // A handshake over the reader begins with what is in it.
            assert!(acceptor().accept(stream).await.is_err());
            return;
        }
        let Ok(stream) = acceptor().accept(stream.into_inner()).await else { return };
        let first = if way == Way::Keep { behind } else { Vec::new() };
        inside(stream, protocol, &first, way == Way::FallSilent).await;
        return;
    }
}

/// Speaks inside TLS, where `first` counts as if it had come there.
async fn inside<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    protocol: Protocol,
    first: &[u8],
    silent: bool,
) {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut reader = BufReader::new(first.chain(reader));
    if protocol == Protocol::Sieve && !silent {
        writer.write_all(b"\"SASL\" \"PLAIN\"\r\nOK \"TLS\"\r\n").await.unwrap();
    }
    while let Some(line) = line(&mut reader).await {
        if silent {
            continue;
        }
        writer.write_all(answer(protocol, &line, true).as_bytes()).await.unwrap();
        if line.contains("QUIT") || line.contains("LOGOUT") {
            let _ = writer.shutdown().await;
            return;
        }
    }
}

async fn line<R: AsyncRead + Unpin>(reader: &mut BufReader<R>) -> Option<String> {
    let mut line = String::new();
    // The client may leave without a goodbye.
    let count = reader.read_line(&mut line).await.unwrap_or(0);
    (count > 0).then(|| line.trim_end().to_owned())
}

fn asks_for_tls(line: &str) -> bool {
    line.ends_with("STARTTLS") || line == "STLS"
}

fn tag(protocol: Protocol, line: &str) -> String {
    match protocol {
        Protocol::Imap => format!("{} ", line.split(' ').next().unwrap()),
        _ => String::new(),
    }
}

fn greeting(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Smtp | Protocol::Submission | Protocol::Lmtp => "220 mail.example\r\n",
        Protocol::Imap => "* OK ready\r\n",
        Protocol::Pop3 => "+OK ready\r\n",
        Protocol::Sieve => "\"SASL\" \"\"\r\n\"STARTTLS\"\r\nOK\r\n",
    }
}

fn answer(protocol: Protocol, line: &str, secret: bool) -> String {
    let tag = tag(protocol, line);
    let word = line.strip_prefix(&tag).unwrap().split(' ').next().unwrap();
    let offer = |offer: &str| if secret { String::new() } else { offer.to_owned() };
    match (protocol, word) {
        (Protocol::Smtp | Protocol::Submission, "EHLO") | (Protocol::Lmtp, "LHLO") => {
            format!("250-mail.example\r\n{}250 8BITMIME\r\n", offer("250-STARTTLS\r\n"))
        }
        (Protocol::Smtp | Protocol::Submission | Protocol::Lmtp, "NOOP") => "250 2.0.0 Ok\r\n".to_owned(),
        (Protocol::Smtp | Protocol::Submission | Protocol::Lmtp, "QUIT") => "221 2.0.0 Bye\r\n".to_owned(),
        (Protocol::Imap, "CAPABILITY") => {
            format!("* CAPABILITY IMAP4rev1{}\r\n{tag}OK done\r\n", offer(" STARTTLS"))
        }
        (Protocol::Imap, "NOOP") => format!("{tag}OK NOOP completed\r\n"),
        (Protocol::Imap, "LOGOUT") => format!("* BYE\r\n{tag}OK done\r\n"),
        (Protocol::Pop3, "CAPA") => format!("+OK\r\nTOP\r\n{}.\r\n", offer("STLS\r\n")),
        (Protocol::Pop3, "QUIT") => "+OK bye\r\n".to_owned(),
        (Protocol::Sieve, "NOOP") => "OK (TAG \"mailmedic\") \"Done\"\r\n".to_owned(),
        (Protocol::Sieve, "LOGOUT") => "OK \"Logout\"\r\n".to_owned(),
        (protocol, word) => panic!("{protocol}: nobody expects {word:?}"),
    }
}

#[tokio::test]
async fn a_server_that_keeps_its_buffer_is_found_out() {
    for (protocol, reply) in PROTOCOLS.into_iter().zip([
        "250 2.0.0 Ok",
        "250 2.0.0 Ok",
        "250 2.0.0 Ok",
        "m3 OK NOOP completed",
        "TOP",
        "OK (TAG \"mailmedic\") \"Done\"",
    ]) {
        let session = slip_in(protocol, Way::Keep).await;
        assert_eq!(session.injected(), Injected::CarriedOut(reply.to_owned()), "{protocol}");
    }
}

#[tokio::test]
async fn a_server_that_drops_what_it_had_read_is_in_order() {
    for protocol in PROTOCOLS {
        let session = slip_in(protocol, Way::Drop).await;
        assert_eq!(session.injected(), Injected::Spurned, "{protocol}: {session:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_in_order_and_no_limit() {
    for protocol in PROTOCOLS {
        let session = slip_in(protocol, Way::Refuse).await;
        assert_eq!(session.injected(), Injected::Spurned, "{protocol}: {session:?}");
        assert_eq!(limit_shown(&session), None);
    }
}

#[tokio::test]
async fn a_close_and_a_broken_handshake_are_losses_and_no_limits() {
    for protocol in PROTOCOLS {
        for way in [Way::Close, Way::TakeForTls] {
            let session = slip_in(protocol, way).await;
            assert_eq!(session.injected(), Injected::Lost, "{protocol}: {way:?}: {session:?}");
            assert_eq!(limit_shown(&session), None);
        }
    }
}

#[tokio::test]
async fn an_answer_before_tls_is_not_one_inside() {
    for protocol in PROTOCOLS {
        let session = slip_in(protocol, Way::AnswerInClear).await;
        assert_eq!(session.injected(), Injected::Spurned, "{protocol}: {session:?}");
        assert!(!session.plain.unwrap().leftover.0.is_empty());
    }
}

#[tokio::test]
async fn silence_inside_tells_nothing() {
    for protocol in PROTOCOLS {
        let session = slip_in(protocol, Way::FallSilent).await;
        assert!(matches!(session.injected(), Injected::Unknown(_)), "{protocol}: {session:?}");
    }
}
