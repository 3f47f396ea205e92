//! What is wrong with what a domain publishes: DANE, MTA-STS, TLS-RPT.

use super::{Fact, fact};
use crate::finding::Severity::{Error, Note, Warning};

pub(super) const FACTS: &[Fact] = &[
    fact(
        "dane-mismatch",
        Error,
        "The TLSA record of {server} does not match its certificate (DANE).",
        "{server} must publish the TLSA record of the present key, before it changes the key. Mail waits until then.",
    ),
    fact(
        "dane-missing",
        Note,
        "There is no usable TLSA record (DANE).",
        "Nothing, unless DANE is demanded: then publish TLSA records.",
    ),
    fact(
        "dnssec-bogus",
        Error,
        "A DNSSEC lookup failed: the answer does not validate, or none came.",
        "Compare with delv; the zone's signatures or its servers are broken, or the resolver here is.",
    ),
    fact(
        "dnssec-missing",
        Note,
        "The domain is not signed with DNSSEC, or the resolver here does not validate, so DANE cannot be used.",
        "To use DANE the domain must be signed, and the resolver here must validate.",
    ),
    fact("mta-sts-missing", Note, "The domain has no MTA-STS policy: nothing to enforce.", ""),
    fact(
        "mta-sts-mx-unlisted",
        Error,
        "The MX or its certificate does not fit the domain's MTA-STS policy.",
        "List every MX in the policy with the name in its certificate, then raise id in the _mta-sts record.",
    ),
    fact(
        "mta-sts-policy-invalid",
        Error,
        "The MTA-STS policy cannot be used.",
        "It needs the lines version, mode, mx and max_age, as text/plain.",
    ),
    fact(
        "mta-sts-policy-unreachable",
        Error,
        "The MTA-STS policy cannot be fetched.",
        "https://mta-sts.DOMAIN/.well-known/mta-sts.txt must answer 200 with a valid certificate and without a redirect.",
    ),
    fact(
        "tls-rpt-missing",
        Note,
        "The domain asks for no TLS reports.",
        "Publish a TXT record at _smtp._tls.DOMAIN if you want them.",
    ),
    fact(
        "dane-unusable",
        Warning,
        "The TLSA records of {server} cannot be used.",
        "Publish 3 1 1 of the key that is served, in a signed zone.",
    ),
];
