"""Clients that are commands: one run is one connection."""

import subprocess

from clients.drivers.driver import ACCEPTED, FAILED, REJECTED, OneByOne, Site, first_line, lines_with
from clients.endpoints import Endpoint
from clients.server import IMAPS, SMTPS

Done = subprocess.CompletedProcess[str]


def is_address(host: str) -> bool:
    """Whether the host is an address and no name."""
    return host.replace(".", "").isdigit()


def by_code(done: Done, refusing: set[int], *words: str) -> tuple[str, str]:
    """Reads the exit code: 0 went well, some refuse, any other was not foreseen."""
    said = done.stdout + done.stderr
    if done.returncode == 0:
        return ACCEPTED, ""
    outcome = REJECTED if done.returncode in refusing else FAILED
    return outcome, lines_with(said, *words) or f"exit code {done.returncode}: {said[-200:]}"


class Openssl(OneByOne):
    """`openssl s_client` at a level."""

    def __init__(self, level: int) -> None:
        self.level = level
        self.name = f"openssl-level-{level}"

    def version(self) -> str:
        return first_line(["openssl", "version"])

    def command(self, site: Site, endpoint: Endpoint) -> list[str]:
        check = "-verify_ip" if is_address(endpoint.host) else "-verify_hostname"
        return [
            "openssl", "s_client", "-connect", f"{endpoint.host}:{IMAPS}", "-brief",
            "-CAfile", str(site.root), "-no-CApath", "-no-CAstore",
            "-verify_return_error", check, endpoint.host,
            "-auth_level", str(self.level), "-cipher", f"DEFAULT:@SECLEVEL={self.level}",
        ]

    def read(self, done: Done) -> tuple[str, str]:
        return by_code(done, {1}, "verify error:", "error:0", "alert")


class Curl(OneByOne):
    """curl with OpenSSL, over IMAPS."""

    name = "curl"

    def version(self) -> str:
        return first_line(["curl", "--version"])

    def command(self, site: Site, endpoint: Endpoint) -> list[str]:
        return [
            "curl", "-q", "-sS", "--max-time", "30", "--cacert", str(site.root), "--user", "user:secret",
            f"imaps://{endpoint.host}:{IMAPS}/",
        ]

    def read(self, done: Done) -> tuple[str, str]:
        # 35 the handshake failed, 60 the certificate is not good.
        return by_code(done, {35, 60}, "curl: (")


class GnutlsCli(OneByOne):
    """gnutls-cli with its defaults."""

    name = "gnutls-cli"

    def version(self) -> str:
        return first_line(["gnutls-cli", "--version"])

    def command(self, site: Site, endpoint: Endpoint) -> list[str]:
        return ["gnutls-cli", "--x509cafile", str(site.root), "--port", str(IMAPS), endpoint.host]

    def read(self, done: Done) -> tuple[str, str]:
        return by_code(done, {1}, "- Status:", "Fatal error", "*** Fatal", "*** Received alert")


class Msmtp(OneByOne):
    """msmtp, which Debian builds with GnuTLS."""

    name = "msmtp"
    target = "submissions://HOST"

    def version(self) -> str:
        return first_line(["msmtp", "--version"])

    def command(self, site: Site, endpoint: Endpoint) -> list[str]:
        config = site.folder / f"{endpoint.name}.conf"
        config.write_text(
            f"account default\nhost {endpoint.host}\nport {SMTPS}\ntimeout 30\n"
            f"tls on\ntls_starttls off\ntls_certcheck on\ntls_trust_file {site.root}\n"
        )
        config.chmod(0o600)
        return ["msmtp", "-C", str(config), "--serverinfo"]

    def read(self, done: Done) -> tuple[str, str]:
        # 68..78 are those of sysexits.h; TLS that fails is EX_TEMPFAIL or EX_PROTOCOL.
        return by_code(done, {65, 68, 69, 74, 75, 76}, "msmtp:")


class Fetchmail(OneByOne):
    """fetchmail over IMAPS."""

    name = "fetchmail"

    def version(self) -> str:
        return first_line(["fetchmail", "--version"])

    def command(self, site: Site, endpoint: Endpoint) -> list[str]:
        config = site.folder / f"{endpoint.name}.rc"
        config.write_text(
            f"poll {endpoint.host} protocol imap port {IMAPS} timeout 30\n"
            f'user "user" password "secret" ssl sslcertck sslcertfile "{site.root}"\n'
        )
        config.chmod(0o600)
        pid = site.folder / f"{endpoint.name}.pid"
        quiet = ["--nodetach", "--nosyslog", "-v", "--check"]
        return ["fetchmail", "-f", str(config), "--pidfile", str(pid), *quiet]

    def read(self, done: Done) -> tuple[str, str]:
        # 1 says that there is no mail.
        if done.returncode == 1:
            return ACCEPTED, lines_with(done.stdout + done.stderr, "Warning")
        return by_code(done, {2}, "verification error", "OpenSSL reported", "mismatch")


class Mbsync(OneByOne):
    """mbsync of isync over IMAPS."""

    name = "mbsync"

    def version(self) -> str:
        return first_line(["mbsync", "--version"])

    def command(self, site: Site, endpoint: Endpoint) -> list[str]:
        config = site.folder / f"{endpoint.name}.mbsync"
        mail = site.folder / f"mail-{endpoint.name}"
        mail.mkdir()
        config.write_text(
            f"IMAPStore far\nHost {endpoint.host}\nPort {IMAPS}\nUser user\nPass secret\n"
            f"SSLType IMAPS\nSystemCertificates no\nCertificateFile {site.root}\nTimeout 30\n\n"
            f"MaildirStore near\nPath {mail}/\nInbox {mail}\n\n"
            "Channel all\nFar :far:\nNear :near:\nPatterns *\n"
        )
        return ["mbsync", "-c", str(config), "--list", "all"]

    def read(self, done: Done) -> tuple[str, str]:
        return by_code(done, {1}, "SSL error", "Error", "error")


class Swaks(OneByOne):
    """swaks, told to verify."""

    name = "swaks"
    target = "submissions://HOST"

    def version(self) -> str:
        return first_line(["swaks", "--version"])

    def command(self, site: Site, endpoint: Endpoint) -> list[str]:
        return [
            "swaks", "--server", endpoint.host, "--port", str(SMTPS), "--tls-on-connect",
            "--tls-verify", "--tls-ca-path", str(site.root), "--to", "user@example.org",
            "--helo", "client.example.org", "--quit-after", "EHLO", "--timeout", "30",
        ]

    def read(self, done: Done) -> tuple[str, str]:
        # 29 is an error of TLS; 4 that the connection was not opened as it should.
        return by_code(done, {29}, "*** ", "TLS")


class Mutt(OneByOne):
    """mutt sending a mail, with nobody at the keyboard whom it could ask."""

    name = "mutt"
    target = "submissions://HOST"

    def version(self) -> str:
        return first_line(["mutt", "-v"])

    def command(self, site: Site, endpoint: Endpoint) -> list[str]:
        config = site.folder / f"{endpoint.name}.muttrc"
        config.write_text(
            f'set from="sender@clients.test"\nset smtp_url="smtps://{endpoint.host}:{SMTPS}/"\n'
            f'set ssl_ca_certificates_file="{site.root}"\nset certificate_file="{site.folder}/none"\n'
            "set copy=no\nset record=\n"
        )
        return ["mutt", "-n", "-F", str(config), "-s", "a test", "user@to.clients.test"]

    def read(self, done: Done) -> tuple[str, str]:
        return by_code(done, {1}, "certificate", "SSL", "TLS", "gnutls", "send")


class PosttlsFinger(OneByOne):
    """posttls-finger of Postfix at a level; what it says is what Postfix would log."""

    target = "smtp://HOST"

    def __init__(self, level: str) -> None:
        self.level = level
        self.name = f"posttls-finger-{level}"

    def version(self) -> str:
        return "posttls-finger of Postfix " + first_line(["postconf", "-d", "-h", "mail_version"])

    def environment(self, site: Site) -> dict[str, str]:
        config = site.folder / "main.cf"
        if not config.exists():
            config.write_text("compatibility_level = 3.6\nmyhostname = sender.clients.test\n")
        return {"MAIL_CONFIG": str(site.folder)}

    def command(self, site: Site, endpoint: Endpoint) -> list[str]:
        return [
            "posttls-finger", "-c", "-h", "native", "-l", self.level, "-F", str(site.root),
            "-L", "summary,verbose", "-T", "30", f"[{endpoint.host}]:25",
        ]

    def read(self, done: Done) -> tuple[str, str]:
        said = done.stdout + done.stderr
        telling = ("TLS connection established", "verification failed", "SSL_connect", "warning:")
        words = lines_with(said, *telling)
        words = words.replace("posttls-finger: ", "")
        wanted = self.level in ("verify", "secure")
        established = "TLS connection established" in said
        if established and (not wanted or "Verified TLS connection" in said):
            return ACCEPTED, words
        if self.level == "may":
            return ACCEPTED, f"in clear text: {words}"
        return REJECTED, words
