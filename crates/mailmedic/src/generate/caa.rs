//! CAA (RFC 8659): which CAs may issue for a name.

use super::{Made, Meant, Place, Record};
use crate::certificate::Certificate;
use crate::name::Name;
use crate::observation::{DnsData, DnsType};
use crate::records::caa::{is_known, issuer_of};
use crate::words;

/// What the records are to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The names of CAs that may issue, such as `letsencrypt.org`; none forbids all.
    pub issue: Vec<String>,
    /// Those that may issue wildcards; none says nothing, so that `issue` counts; an empty list forbids them.
    pub issue_wild: Option<Vec<String>>,
    /// Where CAs tell of refused requests: `mailto:` or `https:`.
    pub report_to: Vec<String>,
    /// The only ACME account that may ask (RFC 8657 §3).
    pub account: Option<String>,
    /// The only ways to prove control (RFC 8657 §4): `dns-01`, `http-01`.
    pub methods: Vec<String>,
}

/// Makes the records of a name.
pub fn make(name: &Name, wishes: &Wishes, ttl: u32) -> Made {
    let mut made = Made::default();
    made.places.push(Place { name: name.clone(), kind: DnsType::Caa, meant: Meant::All });
    let mut put = |tag: &str, value: String| {
        let data = DnsData::Caa { critical: false, tag: tag.to_owned(), value };
        let record = Record { name: name.clone(), ttl, data };
        if !made.records.contains(&record) {
            made.records.push(record);
        }
    };
    let forbidden = [String::new()];
    let all = |cas: &[String]| if cas.is_empty() { forbidden.to_vec() } else { cas.to_vec() };
    for ca in all(&wishes.issue) {
        put("issue", wishes.value(&ca));
    }
    for ca in wishes.issue_wild.iter().flat_map(|cas| all(cas)) {
        put("issuewild", wishes.value(&ca));
    }
    for uri in &wishes.report_to {
        put("iodef", super::dmarc::uri(uri));
    }
    judge(wishes, &mut made);
    made
}

impl Wishes {
    /// Writes the value of a CA; without a name nobody may issue.
    fn value(&self, ca: &str) -> String {
        if ca.is_empty() {
            return ";".to_owned();
        }
        let mut value = ca.to_ascii_lowercase();
        if let Some(account) = &self.account {
            value.push_str(&format!("; accounturi={account}"));
        }
        if !self.methods.is_empty() {
            value.push_str(&format!("; validationmethods={}", self.methods.join(",")));
        }
        value
    }
}

fn judge(wishes: &Wishes, made: &mut Made) {
    let cas = wishes.issue.iter().chain(wishes.issue_wild.iter().flatten());
    for ca in cas.filter(|ca| !ca.is_empty()) {
        let shown = words::escape(ca, 80);
        if !ca.contains('.') || Name::new(ca).is_err() {
            made.object("caa-forbids", format!("{shown:?} is no domain name, so no CA knows itself in it."));
        } else if !is_known(ca) {
            made.remark(format!(
                "mailmedic knows no CA that calls itself {shown}: look into its documentation."
            ));
        }
    }
    if wishes.issue.is_empty() {
        made.remark("No CA may issue: not even the next renewal will pass.");
    }
    if let Some(account) = &wishes.account {
        if !account.starts_with("https://") || account.contains([';', ' ', '"']) || !account.is_ascii() {
            made.object(
                "caa-forbids",
                "The account is no https: URL as the CA gave it, so that no request fits.",
            );
        }
        made.remark(
            "accounturi binds renewals to this account: a new one, of a new machine too, is refused.",
        );
    }
    for method in &wishes.methods {
        if method.is_empty() || method.bytes().any(|byte| !byte.is_ascii_alphanumeric() && byte != b'-') {
            let shown = words::escape(method, 80);
            made.object("caa-forbids", format!("{shown:?} is no method, such as dns-01."));
        }
    }
    for uri in &wishes.report_to {
        let uri = super::dmarc::uri(uri);
        let fits = ["mailto:", "http://", "https://"].iter().any(|scheme| uri.starts_with(scheme));
        if !fits || !uri.is_ascii() || uri.contains(' ') {
            let shown = words::escape(&uri, 80);
            made.object(
                "caa-forbids",
                format!("{shown:?} is no mailto:, http: or https: address (RFC 8659 §4.4)."),
            );
        }
    }
}

/// Returns the name by which the CA that issued a certificate knows itself in CAA records, if it is a known one.
pub fn authority(certificate: &Certificate) -> Option<&'static str> {
    issuer_of(&certificate.issuer)?.domains.first().copied()
}

#[cfg(test)]
mod tests {
    use super::{Wishes, authority, make};
    use crate::name::Name;
    use crate::sample;

    fn lines(wishes: &Wishes) -> Vec<String> {
        let made = make(&Name::new("example.org").unwrap(), wishes, 3600);
        made.records.iter().map(|record| record.line().replace("example.org. 3600 IN CAA ", "")).collect()
    }

    fn cas(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn every_property_has_its_line() {
        let wishes = Wishes {
            issue: cas(&["LetsEncrypt.org", "sectigo.com"]),
            issue_wild: Some(Vec::new()),
            report_to: cas(&["security@example.org"]),
            account: Some("https://acme.example/acct/1".into()),
            methods: cas(&["dns-01"]),
        };
        assert_eq!(
            lines(&wishes),
            [
                "0 issue \"letsencrypt.org; accounturi=https://acme.example/acct/1; validationmethods=dns-01\"",
                "0 issue \"sectigo.com; accounturi=https://acme.example/acct/1; validationmethods=dns-01\"",
                "0 issuewild \";\"",
                "0 iodef \"mailto:security@example.org\"",
            ]
        );
        assert_eq!(lines(&Wishes::default()), ["0 issue \";\""]);
    }

    #[test]
    fn what_no_ca_could_fit_is_objected_to() {
        let rules = |wishes: &Wishes| make(&Name::new("example.org").unwrap(), wishes, 3600).objections.len();
        let fine = Wishes { issue: cas(&["letsencrypt.org"]), ..Wishes::default() };
        assert_eq!(rules(&fine), 0);
        assert_eq!(rules(&Wishes { issue: cas(&["Let's Encrypt"]), ..Wishes::default() }), 1);
        assert_eq!(rules(&Wishes { account: Some("12345".into()), ..fine.clone() }), 1);
        assert_eq!(rules(&Wishes { methods: cas(&["dns 01"]), ..fine.clone() }), 1);
        assert_eq!(rules(&Wishes { report_to: cas(&["ftp://x.example"]), ..fine }), 1);
    }

    #[test]
    fn the_ca_in_use_is_known_by_its_name() {
        let mut certificate = sample::certificate("mail.example.org", "R99", 80);
        certificate.issuer = "C=US, O=Let's Encrypt, CN=R13".into();
        assert_eq!(authority(&certificate), Some("letsencrypt.org"));
        certificate.issuer = "CN=mail.example.org".into();
        assert_eq!(authority(&certificate), None);
    }
}
