//! The web server that an MTA-STS policy was fetched from, and the certificate that it showed.

use super::presented::Presented;
use super::{sts, web};
use crate::finding::{Case, Change, Finding, Severity, Verdict};
use crate::identity::covers;
use crate::name::{Host, Name};
use crate::observation::FetchOutcome;
use crate::records::mta_sts;

/// The host with its certificate.
pub(in crate::rules) struct PolicyHost<'a> {
    /// Its name.
    pub(in crate::rules) host: Name,
    /// What it showed, at no endpoint of mail.
    pub(in crate::rules) shown: Presented<'a>,
}

/// Returns what the host of the policy showed that senders take now. What they do not take is told as such.
///
/// # Errors
/// Says why there is nothing to judge.
pub(in crate::rules) fn of<'a>(case: &'a Case<'_>) -> Result<PolicyHost<'a>, Verdict> {
    let (_, look, fetch) = match sts::fetch(case) {
        Ok(found) => found,
        // That the policy was not fetched is told once.
        Err(Verdict::Unknown(_)) => return Err(Verdict::NotApplicable("no MTA-STS policy was fetched")),
        Err(verdict) => return Err(verdict),
    };
    let host = mta_sts::host(look.domain).ok_or(Verdict::NotApplicable("there is no policy host"))?;
    let face = web::face(case, fetch).ok_or(Verdict::NotApplicable("no certificate of it was kept"))?;
    let is_taken =
        matches!(fetch.outcome, FetchOutcome::Found(_)) && covers(face.leaf, &Host::Name(host.clone()));
    if !is_taken {
        return Err(Verdict::NotApplicable("the MTA-STS policy cannot be fetched"));
    }
    Ok(PolicyHost { host, shown: Presented { case, chain: face.chain, leaf: face.leaf, at: Vec::new() } })
}

impl PolicyHost<'_> {
    /// Starts a finding about a certificate that should be renewed.
    pub(in crate::rules) fn renewal(&self, title: String, cause: String) -> Finding {
        let mut finding = self
            .shown
            .finding(title, cause)
            .hurts(
                "nobody until then; afterwards senders get no MTA-STS policy, and learn nothing of changes",
            )
            .change(Change::RenewCertificate { names: vec![self.host.as_ascii().to_owned()] });
        // Where mail servers have the same certificate, that is told of them.
        finding.key = format!("policy host {}", finding.key);
        finding.severity = Severity::Warning;
        finding
    }
}
