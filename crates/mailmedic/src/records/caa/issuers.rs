//! Which words in CAA records stand for which CA.

/// A CA, by the organisation that stands in its certificates, and the domains by which CAA records name it.
pub struct Issuer {
    /// Parts of the issuer's name in certificates: `O=Let's Encrypt`.
    pub organisations: &'static [&'static str],
    /// The domains; the first is the one to publish.
    pub domains: &'static [&'static str],
}

/// Finds the CA that issued a certificate, by the issuer's name in it; none for CAs that are not in the list.
pub fn issuer_of(issuer: &str) -> Option<&'static Issuer> {
    ISSUERS.iter().find(|known| known.organisations.iter().any(|organisation| issuer.contains(organisation)))
}

/// Tells whether a CA of the list knows itself by a domain.
pub fn is_known(domain: &str) -> bool {
    ISSUERS.iter().any(|known| known.is_named(domain))
}

impl Issuer {
    /// Tells whether a domain in a CAA record names this CA.
    pub fn is_named(&self, domain: &str) -> bool {
        // Resellers of DigiCert have names of their own below one domain of its.
        let of_reseller = domain.ends_with(".digitalcertvalidation.com") && self.domains[0] == "digicert.com";
        of_reseller || self.domains.iter().any(|known| known.eq_ignore_ascii_case(domain))
    }
}

/// The CAs that have issued most of the certificates of mail servers. The domains are those that the CAs state in their
/// certification practice statements (CA/Browser Forum Baseline Requirements §2.2) and the CCADB lists as CAA identifiers;
/// a domain too much hides a fault, one too few would make one up, so that former names of a CA stand here, too.
const ISSUERS: &[Issuer] = &[
    Issuer {
        organisations: &["O=Let's Encrypt", "O=Internet Security Research Group"],
        domains: &["letsencrypt.org"],
    },
    Issuer { organisations: &["O=Google Trust Services"], domains: &["pki.goog", "google.com"] },
    Issuer {
        organisations: &[
            "O=Sectigo",
            "O=COMODO CA",
            "O=The USERTRUST Network",
            "O=ZeroSSL",
            "O=Entrust",
            "O=AffirmTrust",
            "O=GEANT Vereniging",
            "O=Gandi",
        ],
        domains: &[
            "sectigo.com",
            "comodo.com",
            "comodoca.com",
            "usertrust.com",
            "trust-provider.com",
            "entrust.net",
            "affirmtrust.com",
            "harica.gr",
        ],
    },
    Issuer {
        organisations: &[
            "O=DigiCert",
            "O=GeoTrust",
            "O=thawte",
            "O=Symantec",
            "O=QuoVadis",
            "O=Cybertrust",
            "O=RapidSSL",
        ],
        domains: &[
            "digicert.com",
            "www.digicert.com",
            "digicert.ne.jp",
            "cybertrust.ne.jp",
            "symantec.com",
            "thawte.com",
            "geotrust.com",
            "rapidssl.com",
            "quovadisglobal.com",
        ],
    },
    Issuer { organisations: &["O=GlobalSign"], domains: &["globalsign.com", "www.globalsign.com"] },
    Issuer {
        organisations: &["O=Amazon"],
        domains: &["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"],
    },
    Issuer {
        organisations: &[
            "O=GoDaddy.com",
            "O=\"GoDaddy.com",
            "O=Starfield Technologies",
            "O=\"Starfield Technologies",
        ],
        domains: &["godaddy.com", "starfieldtech.com"],
    },
    Issuer { organisations: &["O=SSL Corp"], domains: &["ssl.com"] },
    Issuer { organisations: &["O=Buypass"], domains: &["buypass.com", "buypass.no"] },
    Issuer { organisations: &["O=Actalis"], domains: &["actalis.it"] },
    Issuer {
        organisations: &["O=Unizeto Technologies", "O=Asseco Data Systems"],
        domains: &["certum.pl", "certum.eu"],
    },
    Issuer {
        organisations: &["O=Hellenic Academic and Research Institutions", "O=HARICA"],
        domains: &["harica.gr"],
    },
    Issuer { organisations: &["O=SwissSign"], domains: &["swisssign.com"] },
    Issuer {
        organisations: &["O=D-Trust"],
        domains: &["d-trust.net", "d-trust.de", "dtrust.net", "dtrust.de", "d-trust.com", "dtrust.com"],
    },
    Issuer {
        organisations: &["O=Deutsche Telekom Security", "O=T-Systems"],
        domains: &["telesec.de", "pki.dfn.de", "dfn.de"],
    },
    Issuer { organisations: &["O=DHIMYOTIS", "O=Certigna"], domains: &["certigna.fr"] },
    Issuer { organisations: &["O=IdenTrust"], domains: &["identrust.com"] },
    Issuer { organisations: &["O=Microsoft Corporation"], domains: &["microsoft.com"] },
];

#[cfg(test)]
mod tests {
    use super::{ISSUERS, issuer_of};

    #[test]
    fn issuers_are_known_by_their_organisation() {
        let first = |issuer| issuer_of(issuer).map(|known| known.domains[0]);
        assert_eq!(first("CN=R13, O=Let's Encrypt, C=US"), Some("letsencrypt.org"));
        assert_eq!(first("CN=WE1, O=Google Trust Services, C=US"), Some("pki.goog"));
        assert_eq!(first("CN=ZeroSSL RSA Domain Secure Site CA, O=ZeroSSL, C=AT"), Some("sectigo.com"));
        assert_eq!(first("CN=Own CA, O=Example"), None);
    }

    #[test]
    fn every_domain_is_one_and_names_its_issuer() {
        for issuer in ISSUERS {
            assert!(!issuer.organisations.is_empty());
            for domain in issuer.domains {
                assert!(crate::name::Name::new(domain).is_ok_and(|name| name.as_ascii() == *domain));
                assert!(issuer.is_named(&domain.to_uppercase()));
            }
        }
        let digicert = issuer_of("O=DigiCert Inc").unwrap();
        assert!(digicert.is_named("1and1.digitalcertvalidation.com"));
        assert!(!issuer_of("O=Let's Encrypt").unwrap().is_named("1and1.digitalcertvalidation.com"));
    }
}
