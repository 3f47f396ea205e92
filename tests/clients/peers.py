"""Which peer of mailmedic's matrix each client is; none where the matrix has no such peer."""

PEERS: dict[str, str | None] = {
    "thunderbird": "thunderbird",
    "postfix-may": "postfix-may",
    "postfix-encrypt": "postfix-encrypt",
    "postfix-verify": "postfix-verify",
    "postfix-secure": "postfix-secure",
    # What Postfix would do, without a queue.
    "posttls-finger-may": "postfix-may",
    "posttls-finger-encrypt": "postfix-encrypt",
    "posttls-finger-verify": "postfix-verify",
    "posttls-finger-secure": "postfix-secure",
    "exim": "exim-gnutls",
    "openssl-level-1": "openssl-level-1",
    "openssl-level-2": "openssl-level-2",
    "curl": "curl",
    "gnutls-cli": "gnutls",
    "msmtp": "gnutls",
    "fetchmail": None,
    "mbsync": None,
    "mutt": None,
    "swaks": None,
    "python": "python",
    "java": "java",
    "go": "go",
    "node": "node",
}

# Where a client is known to do otherwise than its peer, and why; it counts as different all the same.
KNOWN: dict[tuple[str, str], str] = {
    (client, endpoint): why
    for client, endpoints, why in (
        (
            "msmtp",
            ("usage-client-only", "usage-email", "issuer-for-clients"),
            "msmtp does not tell GnuTLS what the certificate is for",
        ),
        *(
            (
                f"openssl-level-{level}",
                ("wildcard-partial",),
                "s_client takes part of a label for a wildcard, which most programs on OpenSSL forbid",
            )
            for level in (1, 2)
        ),
    )
    for endpoint in endpoints
}
