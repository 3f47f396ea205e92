//! The lists that receivers really use, and what each one's answers mean.

use std::net::Ipv4Addr;

use super::{List, Lists, Meanings};
use crate::finding::Severity::{Error, Note, Warning};

/// Every list that is asked, in the order of the overview.
pub const LISTS: &[List] = &[
    List {
        name: "Spamhaus ZEN",
        zone: "zen.spamhaus.org",
        lists: Lists::Addresses,
        answers: Meanings::Values(&[
            (code(0, 2), "SBL: a source of spam", Error),
            (code(0, 3), "CSS: sent spam lately", Error),
            (code(0, 4), "XBL: a hijacked or infected machine", Error),
            (code(0, 5), "XBL: a hijacked or infected machine", Error),
            (code(0, 6), "XBL: a hijacked or infected machine", Error),
            (code(0, 7), "XBL: a hijacked or infected machine", Error),
            (code(0, 9), "DROP: a network of criminals", Error),
            (code(0, 10), "PBL: its provider says that no mail should come from there", Error),
            (code(0, 11), "PBL: Spamhaus says that no mail should come from there", Error),
            (code(0, 30), "BCL: controls a botnet", Error),
        ]),
        refusals: &[],
        delisting: "Look the address up at https://check.spamhaus.org/: it says why it is listed and takes the request for removal.",
        source: "https://docs.spamhaustech.com/10-data-type-documentation/datasets/040-zones.html",
    },
    List {
        name: "Barracuda",
        zone: "b.barracudacentral.org",
        lists: Lists::Ipv4,
        answers: Meanings::Values(&[(code(0, 2), "a bad reputation", Error)]),
        refusals: &[],
        delisting: "Ask for removal at https://www.barracudacentral.org/rbl/removal-request; it takes about half a day.",
        source: "https://www.barracudacentral.org/rbl/how-to-use",
    },
    List {
        name: "SpamCop",
        zone: "bl.spamcop.net",
        lists: Lists::Ipv4,
        answers: Meanings::Values(&[(code(0, 2), "recipients reported its mail", Warning)]),
        refusals: &[],
        delisting: "It forgets an address about a day after the last report: stop what is reported (https://www.spamcop.net/bl.shtml).",
        source: "https://www.spamcop.net/bl.shtml",
    },
    List {
        name: "PSBL",
        zone: "psbl.surriel.com",
        lists: Lists::Ipv4,
        answers: Meanings::Values(&[(code(0, 2), "mail to a spam trap", Warning)]),
        refusals: &[],
        delisting: "Remove the address at https://psbl.org/remove once the cause is gone.",
        source: "https://psbl.org/",
    },
    List {
        name: "Mailspike",
        zone: "bl.mailspike.net",
        lists: Lists::Ipv4,
        answers: Meanings::Values(&[
            (code(0, 2), "took part in a wave of spam", Warning),
            (code(0, 10), "the worst reputation", Warning),
            (code(0, 11), "a very bad reputation", Warning),
            (code(0, 12), "a bad reputation", Warning),
        ]),
        refusals: &[],
        delisting: "Look the address up and ask for removal at https://mailspike.io/ip_verify.",
        source: "https://mailspike.io/ip_verify/about",
    },
    List {
        name: "UCEPROTECT level 1",
        zone: "dnsbl-1.uceprotect.net",
        lists: Lists::Ipv4,
        answers: Meanings::Values(&[(code(0, 2), "mail to a spam trap", Note)]),
        refusals: &[],
        delisting: "It forgets an address seven days after the last spam; nobody has to pay for that (https://www.uceprotect.net/en/rblcheck.php).",
        source: "https://www.uceprotect.net/en/",
    },
    List {
        name: "Spamhaus DBL",
        zone: "dbl.spamhaus.org",
        lists: Lists::Domains { test: "dbltest.com" },
        answers: Meanings::Values(&[
            (code(1, 2), "a domain of low reputation", Error),
            (code(1, 4), "a domain of phishing", Error),
            (code(1, 5), "a domain of malware", Error),
            (code(1, 6), "a domain that controls a botnet", Error),
            (code(1, 102), "a good domain that spam abuses", Warning),
            (code(1, 103), "a redirector that spam abuses", Warning),
            (code(1, 104), "a good domain that phishing abuses", Warning),
            (code(1, 105), "a good domain that malware abuses", Warning),
            (code(1, 106), "a good domain that a botnet abuses", Warning),
        ]),
        refusals: &[(code(1, 255), "it lists no addresses")],
        delisting: "Look the domain up at https://check.spamhaus.org/: it says why it is listed and takes the request for removal.",
        source: "https://docs.spamhaustech.com/10-data-type-documentation/datasets/040-zones.html",
    },
    List {
        name: "SURBL",
        zone: "multi.surbl.org",
        lists: Lists::Domains { test: "surbl-org-permanent-test-point.com" },
        answers: Meanings::Bits(&[
            (8, "PH: phishing", Error),
            (16, "MW: malware", Error),
            (64, "ABUSE: links in spam", Error),
            (128, "CR: a cracked site", Error),
        ]),
        refusals: &[],
        delisting: "Look the domain up and ask for removal at https://surbl.org/surbl-analysis.",
        source: "https://surbl.org/lists",
    },
    List {
        name: "URIBL",
        zone: "multi.uribl.com",
        lists: Lists::Domains { test: "test.uribl.com" },
        answers: Meanings::Bits(&[
            (2, "black: links in spam", Warning),
            (4, "grey: links in unwanted bulk mail", Note),
            (8, "red: new, or seen in spam lately", Note),
        ]),
        refusals: &[],
        delisting: "Look the domain up and ask for removal at https://admin.uribl.com/.",
        source: "https://uribl.com/about.shtml, refusals at https://uribl.com/refused.shtml",
    },
];

const fn code(third: u8, last: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, third, last)
}
