//! Lists of revoked certificates (RFC 5280 §5), read in place: half a million entries cost no memory.

use std::collections::HashMap;

use jiff::Timestamp;

use super::Asked;
use super::signed::{Signed, is_current};
use crate::bytes::Fingerprint;
use crate::certificate::der::{
    self, CONTEXT_0, Element, Elements, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
};
use crate::certificate::status::{full_names, significant, time};
use crate::certificate::{Certificate, CrlPoint};
use crate::diagnosis::{Flaw, Says};

/// Whose signature each list bears, so that none is checked twice.
#[derive(Debug, Default)]
pub(super) struct Lists {
    signed_by: HashMap<(Fingerprint, Fingerprint), Option<bool>>,
}

impl Lists {
    /// Returns what a list says of a certificate; `points` are the places that the certificate names.
    pub(super) fn says(
        &mut self,
        list: &[u8],
        digest: Fingerprint,
        asked: &Asked<'_>,
        points: &[CrlPoint],
    ) -> Says {
        let Some(crl) = Crl::read(list) else { return Says::Flawed(Flaw::Malformed) };
        if crl.issuer != asked.certificate.issuer_der {
            return match &crl.scope {
                Some(scope) if scope.indirect => Says::CannotTell(INDIRECT.to_owned()),
                _ => Says::Flawed(Flaw::OtherIssuer),
            };
        }
        let signed = *self
            .signed_by
            .entry((digest, asked.issuer.fingerprint))
            .or_insert_with(|| crl.signed.is_by(asked.issuer));
        match crl.is_sound(signed, asked.issuer, asked.now) {
            Ok(()) => crl.says(asked, points),
            Err(says) => says,
        }
    }
}

/// Returns until when a list may be kept: the time of the next one, where this one may be believed.
pub(super) fn keeps_until(list: &[u8], issuer: &Certificate, now: Timestamp) -> Option<Timestamp> {
    let crl = Crl::read(list).filter(|crl| crl.issuer == issuer.subject_der)?;
    crl.is_sound(crl.signed.is_by(issuer), issuer, now).ok()?;
    crl.next_update.filter(|end| *end > now)
}

/// Returns whether a list has an entry with this serial number.
pub(super) fn is_listed(list: &[u8], serial: &[u8]) -> Option<bool> {
    Crl::read(list)?.find(serial).ok().map(|entry| entry.is_some())
}

/// A list with all that stands around its entries.
#[derive(Debug)]
struct Crl<'a> {
    signed: Signed<'a>,
    /// The issuer's name in DER.
    issuer: &'a [u8],
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    /// The entries, one after the other.
    entries: &'a [u8],
    /// The identifier of the key that signed it.
    key_id: Option<&'a [u8]>,
    scope: Option<Scope<'a>>,
    is_delta: bool,
    /// A critical extension that is not known: then the list must not be used (RFC 5280 §5.2).
    unknown_critical: bool,
}

/// What a list is about (RFC 5280 §5.2.5).
#[derive(Debug, Default)]
struct Scope<'a> {
    /// The names of the point; none if they are relative to the issuer; empty where none are named.
    names: Option<Vec<&'a [u8]>>,
    only_users: bool,
    only_authorities: bool,
    only_attributes: bool,
    some_reasons: bool,
    indirect: bool,
}

/// An entry.
struct Entry {
    at: Option<Timestamp>,
    reason: Option<u8>,
}

impl<'a> Crl<'a> {
    fn read(list: &'a [u8]) -> Option<Self> {
        let (whole, rest) = der::first(list).filter(|(whole, _)| whole.tag == SEQUENCE)?;
        let mut outer = whole.elements();
        let signed = Signed::read(&mut outer)?;
        let mut parts = signed.content.elements();
        parts.next_if(INTEGER);
        parts.next_if(SEQUENCE)?;
        let issuer = parts.next_if(SEQUENCE)?.raw;
        let this_update = time(&parts.next()?)?;
        let next_update = parts.next_if(UTC_TIME).or_else(|| parts.next_if(GENERALIZED_TIME));
        let next_update = next_update.map(|end| time(&end).ok_or(())).transpose().ok()?;
        let entries = parts.next_if(SEQUENCE).map_or(&[][..], |entries| entries.content);
        let extensions = parts.next_if(CONTEXT_0);
        if !parts.is_done() || !outer.is_done() || !rest.is_empty() {
            return None;
        }
        let mut crl = Self {
            signed,
            issuer,
            this_update,
            next_update,
            entries,
            key_id: None,
            scope: None,
            is_delta: false,
            unknown_critical: false,
        };
        if let Some(extensions) = extensions {
            crl.read_extensions(&extensions.elements().next_if(SEQUENCE)?)?;
        }
        Some(crl)
    }

    fn read_extensions(&mut self, extensions: &Element<'a>) -> Option<()> {
        let mut list = extensions.elements();
        for extension in list.by_ref().take(MOST_EXTENSIONS) {
            let (oid, critical, value) = extension_parts(&extension)?;
            match oid {
                AUTHORITY_KEY_ID => {
                    let (id, _) = der::first(value)?;
                    self.key_id = id.elements().find(|part| part.tag == 0x80).map(|part| part.content);
                }
                ISSUING_DISTRIBUTION_POINT => self.scope = Some(Scope::read(&der::first(value)?.0)),
                DELTA_CRL_INDICATOR => self.is_delta = true,
                CRL_NUMBER => {}
                _ => self.unknown_critical |= critical,
            }
        }
        list.is_done().then_some(())
    }

    /// Returns whether the list may be believed at all.
    fn is_sound(&self, signed: Option<bool>, issuer: &Certificate, now: Timestamp) -> Result<(), Says> {
        let is_other_key =
            self.key_id.is_some_and(|id| issuer.subject_key_id.as_deref().is_some_and(|own| own != id));
        match signed {
            Some(true) => {}
            // A CA may have one key for certificates and another for lists (RFC 5280 §6.3.3 f).
            Some(false) if is_other_key => {
                return Err(Says::CannotTell("it is signed with another key of the issuer".to_owned()));
            }
            Some(false) => return Err(Says::Flawed(Flaw::SignatureWrong)),
            None => return Err(Says::CannotTell(UNCHECKED.to_owned())),
        }
        if !issuer.may_sign_lists() {
            let why = "the issuer's certificate does not allow it (keyUsage lacks cRLSign)";
            return Err(Says::Flawed(Flaw::Unauthorised(why.to_owned())));
        }
        is_current(self.this_update, self.next_update, now).map_err(Says::Flawed)
    }

    /// Returns what the list says of a certificate of its issuer.
    fn says(&self, asked: &Asked<'_>, points: &[CrlPoint]) -> Says {
        let cannot = |why: &str| Says::CannotTell(why.to_owned());
        if self.unknown_critical {
            return cannot("it has a critical extension that is not known here");
        }
        if self.is_delta {
            return cannot("it only tells what changed since another list");
        }
        let mut partial = points.iter().any(|point| point.some_reasons);
        if let Some(scope) = &self.scope {
            if let Some(why) = scope.excludes(asked.certificate, points) {
                return cannot(why);
            }
            partial |= scope.some_reasons;
        }
        let Some(serial) = asked.certificate.serial_number() else {
            return cannot("the serial number of the certificate cannot be read");
        };
        match self.find(serial) {
            Err(says) => says,
            Ok(Some(entry)) => Says::Revoked { at: entry.at, reason: entry.reason },
            Ok(None) if partial => cannot("it is about some reasons for revocation only"),
            Ok(None) if asked.certificate.not_after.is_some_and(|end| end < self.this_update) => {
                cannot("the certificate has expired, and lists leave out what has")
            }
            Ok(None) => Says::Good { until: self.next_update },
        }
    }

    /// Finds the entry with a serial number.
    fn find(&self, serial: &[u8]) -> Result<Option<Entry>, Says> {
        let mut entries = Elements(self.entries);
        for entry in entries.by_ref() {
            let mut parts = entry.elements();
            let number = parts.next_if(INTEGER).ok_or(Says::Flawed(Flaw::Malformed))?;
            if significant(number.content) != serial {
                continue;
            }
            let at = parts.next().and_then(|date| time(&date));
            let reason = match parts.next_if(SEQUENCE) {
                Some(extensions) => reason(&extensions)?,
                None => None,
            };
            return Ok(Some(Entry { at, reason }));
        }
        if entries.is_done() { Ok(None) } else { Err(Says::Flawed(Flaw::Malformed)) }
    }
}

impl<'a> Scope<'a> {
    fn read(value: &Element<'a>) -> Self {
        let mut scope = Self { names: Some(Vec::new()), ..Self::default() };
        for part in value.elements().take(MOST_EXTENSIONS) {
            let is_true = part.content.iter().any(|byte| *byte != 0);
            match part.tag {
                CONTEXT_0 => scope.names = full_names(&part),
                0x81 => scope.only_users = is_true,
                0x82 => scope.only_authorities = is_true,
                0x83 => scope.some_reasons = true,
                0x84 => scope.indirect = is_true,
                0x85 => scope.only_attributes = is_true,
                _ => {}
            }
        }
        scope
    }

    /// Says why a certificate is none that the list is about (RFC 5280 §6.3.3 b 2).
    fn excludes(&self, certificate: &Certificate, points: &[CrlPoint]) -> Option<&'static str> {
        let is_authority = certificate.is_ca == Some(true);
        if self.indirect {
            return Some(INDIRECT);
        }
        if self.only_attributes
            || (self.only_users && is_authority)
            || (self.only_authorities && !is_authority)
        {
            return Some("it is about certificates of another kind");
        }
        match &self.names {
            None => Some("it names its place relative to the issuer, which is not read here"),
            Some(names) if names.is_empty() => None,
            Some(names) => {
                let own = || points.iter().flat_map(|point| &point.names);
                let is_named = names.iter().any(|name| own().any(|own| own == name));
                (!is_named).then_some(
                    "it is a part of the issuer's lists, and not the one that the certificate names",
                )
            }
        }
    }
}

/// Reads the reason in an entry's extensions (RFC 5280 §5.3.1).
fn reason(extensions: &Element<'_>) -> Result<Option<u8>, Says> {
    let mut reason = None;
    for extension in extensions.elements().take(MOST_EXTENSIONS) {
        let (oid, critical, value) = extension_parts(&extension).ok_or(Says::Flawed(Flaw::Malformed))?;
        match oid {
            REASON_CODE => reason = der::first(value).and_then(|(code, _)| code.content.first().copied()),
            INVALIDITY_DATE => {}
            _ if critical => {
                let why = "its entry has a critical extension that is not known here";
                return Err(Says::CannotTell(why.to_owned()));
            }
            _ => {}
        }
    }
    Ok(reason)
}

/// Returns the OID, whether it is critical, and the value of an extension.
fn extension_parts<'a>(extension: &Element<'a>) -> Option<(&'a [u8], bool, &'a [u8])> {
    let mut parts = Elements(extension.tagged(SEQUENCE)?);
    let oid = parts.next_if(OBJECT_IDENTIFIER)?.content;
    let critical = parts.next_if(BOOLEAN).is_some_and(|flag| flag.content.iter().any(|byte| *byte != 0));
    Some((oid, critical, parts.next_if(OCTET_STRING)?.content))
}

pub(super) const UNCHECKED: &str = "its signature is of a kind that cannot be checked here";
const INDIRECT: &str = "it is a list of several issuers (indirect), which is not read here";

const BOOLEAN: u8 = 0x01;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const MOST_EXTENSIONS: usize = 100;

const CRL_NUMBER: &[u8] = &[0x55, 0x1D, 0x14];
const REASON_CODE: &[u8] = &[0x55, 0x1D, 0x15];
const INVALIDITY_DATE: &[u8] = &[0x55, 0x1D, 0x18];
const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1D, 0x1B];
const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1D, 0x1C];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1D, 0x23];
