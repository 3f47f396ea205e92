//! MTA-STS (RFC 8461): the record, the policy, and how web servers serve it.

use jiff::civil::Date;

use super::{Document, Made, Meant, Objection, Record};
use crate::bytes::Fingerprint;
use crate::name::{Name, NameError};
use crate::observation::MtaStsMode;
use crate::words;

/// A policy (§3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What senders shall do with what fails.
    pub mode: MtaStsMode,
    /// Hosts that take mail, `*.` in place of the first label allowed.
    pub mx: Vec<String>,
    /// Seconds for which senders keep it.
    pub max_age: u32,
}

impl Policy {
    /// Writes the policy as it is served.
    pub fn text(&self) -> String {
        let mut lines = vec!["version: STSv1".to_owned(), format!("mode: {}", mode(self.mode))];
        lines.extend(self.mx.iter().map(|mx| format!("mx: {mx}")));
        lines.push(format!("max_age: {}", self.max_age));
        lines.into_iter().map(|line| line + "\n").collect()
    }

    /// Makes an id of a day and of what the policy says, so that it changes whenever the policy does (§3.1).
    pub fn id(&self, day: Date) -> String {
        let digest = Fingerprint::of(self.text().as_bytes()).to_string();
        format!("{}{}", day.strftime("%Y%m%d"), digest.get(..12).unwrap_or_default())
    }

    /// Returns how long it is kept unless something else is wished for: a day while it is tried, else two weeks.
    pub fn usual_age(mode: MtaStsMode) -> u32 {
        if mode == MtaStsMode::Enforce { 14 * DAY } else { DAY }
    }
}

/// Makes the record, the policy and the configurations of a domain.
///
/// # Errors
/// A name would be too long.
pub fn make(domain: &Name, policy: &Policy, day: Date, ttl: u32) -> Result<Made, NameError> {
    let host = domain.under("mta-sts")?;
    let mut made = Made::default();
    judge(policy, &mut made);
    made.remark(format!(
        "Serve the policy first, then publish the record. {host} needs an address and a certificate that browsers \
         take; senders follow no redirect."
    ));
    if policy.mode == MtaStsMode::None {
        made.remark(
            "Keep this policy served for as long as the max_age of the one before, then take both away.",
        );
    }
    let text = format!("v=STSv1; id={};", policy.id(day));
    made.put(Record::txt(domain.under("_mta-sts")?, ttl, text), Meant::Version("v=STSv1"));
    made.documents.push(Document {
        title: "policy".to_owned(),
        place: format!("https://{host}{PATH}"),
        text: policy.text(),
    });
    for (title, template) in SERVERS {
        made.documents.push(Document {
            title: title.to_owned(),
            place: "a site of its configuration, if that is the web server".to_owned(),
            text: template.replace("@HOST@", host.as_ascii()).replace("@PATH@", PATH),
        });
    }
    Ok(made)
}

/// Says what is wrong with a policy.
pub fn objections(policy: &Policy) -> Vec<Objection> {
    let mut made = Made::default();
    judge(policy, &mut made);
    made.objections
}

fn judge(policy: &Policy, made: &mut Made) {
    if policy.mx.is_empty() && policy.mode != MtaStsMode::None {
        made.object("mta-sts-policy-invalid", "It lists no mx, so that senders do not take it.");
    }
    for mx in &policy.mx {
        let bare = mx.strip_prefix("*.").unwrap_or(mx);
        if bare.contains('*') || !bare.contains('.') || Name::new(bare).is_err() {
            let shown = words::escape(mx, 80);
            made.object(
                "mta-sts-policy-invalid",
                format!("{shown:?} is no host name, nor one below \"*.\"."),
            );
        }
    }
    if policy.max_age > LONGEST {
        made.object(
            "mta-sts-policy-invalid",
            format!("max_age is at most {LONGEST} seconds (RFC 8461 §3.2); {} are too many.", policy.max_age),
        );
    }
    if policy.mode == MtaStsMode::Enforce && policy.max_age < DAY {
        made.object(
            "mta-sts-max-age-short",
            "With a max_age below a day an attacker need only keep the policy from senders for that long.",
        );
    }
    if policy.mode == MtaStsMode::Testing {
        made.remark(
            "Testing brings reports and nothing else: publish TLS-RPT too, and enforce once they are clean.",
        );
    }
}

/// Returns the word of a policy.
fn mode(mode: MtaStsMode) -> &'static str {
    match mode {
        MtaStsMode::Enforce => "enforce",
        MtaStsMode::Testing => "testing",
        MtaStsMode::None => "none",
    }
}

/// Where the policy is looked for (§3.3).
pub const PATH: &str = "/.well-known/mta-sts.txt";

const DAY: u32 = 86_400;

/// A year (§3.2).
const LONGEST: u32 = 31_557_600;

/// Web servers, and what makes them serve the file as plain text from a host of its own, with no way to a redirect.
const SERVERS: [(&str, &str); 3] = [
    (
        "nginx",
        "server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name @HOST@;
    ssl_certificate /etc/letsencrypt/live/@HOST@/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/@HOST@/privkey.pem;
    root /var/www/@HOST@;
    location = @PATH@ {
        types { }
        default_type text/plain;
        try_files $uri =404;
    }
    location / {
        return 404;
    }
}
",
    ),
    (
        "Apache",
        "<VirtualHost *:443>
    ServerName @HOST@
    SSLEngine on
    SSLCertificateFile /etc/letsencrypt/live/@HOST@/fullchain.pem
    SSLCertificateKeyFile /etc/letsencrypt/live/@HOST@/privkey.pem
    DocumentRoot /var/www/@HOST@
    <Directory /var/www/@HOST@>
        AllowOverride None
        Require all granted
    </Directory>
    <Location \"@PATH@\">
        ForceType text/plain
    </Location>
</VirtualHost>
",
    ),
    (
        "Caddy",
        "@HOST@ {
    root * /var/www/@HOST@
    handle @PATH@ {
        header Content-Type text/plain
        file_server
    }
    handle {
        respond 404
    }
}
",
    ),
];

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use jiff::civil::date;

    use super::{Policy, make};
    use crate::generate::Made;
    use crate::name::Name;
    use crate::observation::MtaStsMode;

    fn policy(mode: MtaStsMode, mx: &[&str], max_age: u32) -> Policy {
        Policy { mode, mx: mx.iter().map(|mx| (*mx).to_owned()).collect(), max_age }
    }

    fn made(policy: &Policy) -> Made {
        make(&Name::new("example.org").unwrap(), policy, date(2026, 11, 21), 3600).unwrap()
    }

    fn rules(policy: &Policy) -> Vec<&'static str> {
        made(policy).objections.iter().map(|objection| objection.rule).collect()
    }

    #[test]
    fn the_policy_is_what_senders_read() {
        let policy = policy(MtaStsMode::Testing, &["mx1.example.org", "*.mx.example.net"], 86400);
        assert_snapshot!(policy.text(), @r"
        version: STSv1
        mode: testing
        mx: mx1.example.org
        mx: *.mx.example.net
        max_age: 86400
        ");
    }

    #[test]
    fn the_id_is_that_of_a_day_and_a_policy() {
        let one = policy(MtaStsMode::Enforce, &["mx.example.org"], 604_800);
        let id = one.id(date(2026, 11, 21));
        assert!(id.starts_with("20261121") && id.len() == 20, "{id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(id, one.id(date(2026, 11, 22)));
        assert_ne!(id, policy(MtaStsMode::Enforce, &["mx.example.org"], 604_801).id(date(2026, 11, 21)));
        let made = made(&one);
        assert_eq!(
            made.records[0].line(),
            format!("_mta-sts.example.org. 3600 IN TXT \"v=STSv1; id={id};\"")
        );
        assert_eq!(made.documents[0].place, "https://mta-sts.example.org/.well-known/mta-sts.txt");
    }

    #[test]
    fn what_senders_would_not_take_is_objected_to() {
        let mx = &["mx.example.org"][..];
        assert_eq!(rules(&policy(MtaStsMode::Enforce, mx, 604_800)), Vec::<&str>::new());
        assert_eq!(rules(&policy(MtaStsMode::None, &[], 86_400)), Vec::<&str>::new());
        assert_eq!(rules(&policy(MtaStsMode::Enforce, &[], 604_800)), ["mta-sts-policy-invalid"]);
        assert_eq!(rules(&policy(MtaStsMode::Enforce, &["mx.*.org"], 604_800)), ["mta-sts-policy-invalid"]);
        assert_eq!(rules(&policy(MtaStsMode::Enforce, mx, 40_000_000)), ["mta-sts-policy-invalid"]);
        assert_eq!(rules(&policy(MtaStsMode::Enforce, mx, 3_600)), ["mta-sts-max-age-short"]);
    }

    #[test]
    fn configurations_name_the_host_and_redirect_nowhere() {
        let made = made(&policy(MtaStsMode::Testing, &["mx.example.org"], 86_400));
        let titles: Vec<&str> = made.documents.iter().map(|document| document.title.as_str()).collect();
        assert_eq!(titles, ["policy", "nginx", "Apache", "Caddy"]);
        for document in &made.documents[1..] {
            assert!(document.text.contains("mta-sts.example.org"), "{}", document.text);
            assert!(document.text.contains("/.well-known/mta-sts.txt"), "{}", document.text);
            assert!(!document.text.contains('@') && !document.text.to_lowercase().contains("redirect"));
        }
    }
}
