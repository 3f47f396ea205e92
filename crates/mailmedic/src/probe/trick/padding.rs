//! A record in CBC mode whose padding or MAC is wrong, after a handshake that went well. That right records are answered is seen to in
//! the first way.
//!
//! All carry a command that every mail protocol answers, and that changes nothing.

use std::time::Duration;

use mailmedic_wire::names::ContentType;

use super::client::{Forgery, Last, Link, shake};
use super::{COMMAND, MOST_RECORDS, Tried, tried};
use crate::job::Offer;
use crate::observation::{PADDING_WAYS, Reaction, ReactionEnd};
use crate::probe::tap::Tap;

/// Shakes hands, and says the command in a record that is wrong in the given way, before the first way of all in a right one, too;
/// `greeted` tells whether the server says something first, and our side ends with the wrong record where it `parts`.
pub(super) async fn pad(
    stream: Tap,
    greeted: bool,
    offer: &Offer,
    way: u8,
    parts: bool,
    limit: Duration,
) -> Tried {
    let (mut link, shaken) = shake(stream, super::completable_hello(offer), Last::Nothing, limit).await;
    let mut reaction = Reaction { records: Vec::new(), end: ReactionEnd::NotReached };
    // What the server says unasked must not be taken for an answer.
    let is_ready = shaken.agreed.is_ok() && (!greeted || speaks(&mut link).await);
    if is_ready && (way != 0 || answers(&mut link).await) {
        link.send_forged(ContentType::APPLICATION_DATA, COMMAND, forgery(way)).await;
        if parts {
            link.part().await;
        }
        reaction = answer(&mut link).await;
    }
    link.leave().await;
    tried(shaken, offer, Some(reaction))
}

fn forgery(way: u8) -> Forgery {
    match way % PADDING_WAYS {
        0 => Forgery::Padding,
        1 => Forgery::Mac,
        _ => Forgery::Length,
    }
}

/// Tells whether the server answers the command in a right record, with padding as long as that of a wrong one.
async fn answers(link: &mut Link) -> bool {
    link.send_forged(ContentType::APPLICATION_DATA, COMMAND, Forgery::None).await;
    speaks(link).await
}

/// Waits for a greeting or an answer.
async fn speaks(link: &mut Link) -> bool {
    let deadline = link.deadline();
    while let Ok(heard) = link.next(deadline).await {
        if heard.content == ContentType::APPLICATION_DATA && is_whole(&heard.fragment) {
            return true;
        }
    }
    false
}

/// Tells whether the last line is whole and announces no other: `220-` does in SMTP.
fn is_whole(said: &[u8]) -> bool {
    let Some(lines) = said.strip_suffix(b"\n") else { return false };
    let last = lines.rsplit(|byte| *byte == b'\n').next().unwrap_or(lines);
    last.get(3) != Some(&b'-')
}

/// Reads until the server answers, or alerts and leaves. What comes first may be said unasked: only an answer to the
/// same command in a right record shows that the connection goes on.
async fn answer(link: &mut Link) -> Reaction {
    let deadline = link.deadline();
    let mut reaction = Reaction { records: Vec::new(), end: ReactionEnd::Left };
    let mut answers = 0;
    while answers < 2 && reaction.records.len() < MOST_RECORDS {
        match link.next(deadline).await {
            Ok(heard) => {
                reaction.records.push(heard.seen);
                if heard.content == ContentType::APPLICATION_DATA && !heard.fragment.is_empty() {
                    answers += 1;
                    if answers == 1 {
                        link.send(ContentType::APPLICATION_DATA, COMMAND).await;
                    }
                }
            }
            Err(end) => {
                reaction.end = end;
                break;
            }
        }
    }
    reaction
}
