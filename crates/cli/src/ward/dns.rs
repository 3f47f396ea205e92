//! The ward's DNS server: it knows no name, so that no question leaves this machine.

use std::io;

use tokio::net::UdpSocket;

/// Answers every question with "no such name" until the task is dropped.
pub(super) async fn run(socket: UdpSocket) {
    let mut buffer = [0; 512];
    loop {
        // What a socket may report of an earlier answer's fate is no reason to stop.
        let Ok((length, guest)) = socket.recv_from(&mut buffer).await else { continue };
        if let Some(answer) = answer(&buffer[..length]) {
            let _: io::Result<usize> = socket.send_to(&answer, guest).await;
        }
    }
}

/// Returns the question with another header (RFC 1035 §4.1.1), and without what followed it.
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let (header, rest) = query.split_first_chunk::<HEADER>()?;
    let is_one_question = header[2] & RESPONSE == 0 && header[4..6] == [0, 1];
    let question = rest.get(..name_length(rest)? + TYPE_AND_CLASS).filter(|_| is_one_question)?;
    let mut answer = vec![header[0], header[1], header[2] | RESPONSE, RECURSION_AVAILABLE | NO_SUCH_NAME];
    answer.extend([0, 1, 0, 0, 0, 0, 0, 0]);
    answer.extend(question);
    Some(answer)
}

/// Returns the length of the name that a question begins with; none where it is compressed or cut.
fn name_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + usize::from(*length),
            _ => return None,
        }
    }
}

const HEADER: usize = 12;
const TYPE_AND_CLASS: usize = 4;
const RESPONSE: u8 = 0x80;
const RECURSION_AVAILABLE: u8 = 0x80;
const NO_SUCH_NAME: u8 = 3;

#[cfg(test)]
mod tests {
    use super::answer;

    /// `mx.test`, type A, class IN.
    const QUESTION: &[u8] = b"\x02mx\x04test\0\0\x01\0\x01";

    #[test]
    fn no_name_exists() {
        // An EDNS record follows the question, and is not sent back.
        let query =
            [b"\xAB\xCD\x01\0\0\x01\0\0\0\0\0\x01", QUESTION, b"\0\0\x29\x04\xD0\0\0\0\0\0\0"].concat();
        let expected = [b"\xAB\xCD\x81\x83\0\x01\0\0\0\0\0\0", QUESTION].concat();
        assert_eq!(answer(&query), Some(expected));
    }

    #[test]
    fn what_is_no_question_gets_no_answer() {
        let answered = [b"\xAB\xCD\x81\0\0\x01\0\0\0\0\0\0", QUESTION].concat();
        let compressed = b"\xAB\xCD\x01\0\0\x01\0\0\0\0\0\0\xC0\x0C\0\x01\0\x01";
        let whole = [b"\xAB\xCD\x01\0\0\x01\0\0\0\0\0\0", QUESTION].concat();
        assert_eq!(answer(&answered), None);
        assert_eq!(answer(compressed), None);
        for cut in 0..whole.len() {
            assert_eq!(answer(&whole[..cut]), None, "{cut}");
        }
    }
}
