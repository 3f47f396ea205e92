"""A mail server whose TLS is tlslite-ng: SSL 3 to TLS 1.3, behind SMTP on a free port of loopback.

It is told by one line of JSON on standard input what to speak, prints one line of JSON with its port and with the
suites that each version accepts, and ends with its standard input. Needs the package `tlslite-ng`.
"""

import json
import socket
import sys
import threading
from typing import Any

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.constants import CipherSuite
from tlslite.errors import BaseTLSException
from tlslite.mathtls import RFC2409_GROUP2

VERSIONS = {"SSLv3": (3, 0), "TLSv1.0": (3, 1), "TLSv1.1": (3, 2), "TLSv1.2": (3, 3), "TLSv1.3": (3, 4)}
HOST = "mail.example"
PATIENCE = 30.0
LONGEST_LINE = 1_024


def main() -> None:
    """Serves until standard input ends."""
    wish = json.loads(sys.stdin.readline())
    server = Server(wish)
    listener = socket.create_server(("127.0.0.1", 0))
    told = {"port": listener.getsockname()[1], "suites": server.suites()}
    print(json.dumps(told), flush=True)
    threading.Thread(target=server.receive, args=(listener,), daemon=True).start()
    sys.stdin.read()


class Server:
    """What is spoken, and with whom."""

    def __init__(self, wish: dict[str, Any]) -> None:
        """`wish`: PEM texts `chain` and `key`; `versions`; tlslite's names in `ciphers`, `macs`, `exchanges`, `curves`."""
        self.chain = X509CertChain()
        self.chain.parsePemList(wish["chain"])
        self.key = parsePEMKey(wish["key"], private=True)
        self.anonymous = wish.get("anonymous", False)
        self.versions = sorted(VERSIONS[name] for name in wish["versions"])
        settings = HandshakeSettings()
        settings.minVersion, settings.maxVersion = self.versions[0], self.versions[-1]
        settings.versions = [version for version in reversed(self.versions)]
        settings.cipherNames = wish.get("ciphers", settings.cipherNames)
        settings.macNames = wish.get("macs", settings.macNames)
        settings.keyExchangeNames = wish.get("exchanges", settings.keyExchangeNames)
        settings.eccCurves = wish.get("curves", settings.eccCurves)
        if wish.get("oakley_1024", False):
            settings.dhParams, settings.dhGroups = RFC2409_GROUP2, []
        self.settings = settings

    def suites(self) -> dict[str, list[int]]:
        """The suites of each version, by the library's own account."""
        return {name: self.suites_of(version) for name, version in VERSIONS.items() if version in self.versions}

    def suites_of(self, version: tuple[int, int]) -> list[int]:
        """The suites of one version that this certificate can serve."""
        if self.anonymous:
            lists = [CipherSuite.getAnonSuites, CipherSuite.getEcdhAnonSuites]
        else:
            lists = [CipherSuite.getEcdheCertSuites, CipherSuite.getDheCertSuites, CipherSuite.getCertSuites]
            lists.append(CipherSuite.getTLS13Suites)
        known = [suite for of in lists for suite in of(self.settings, version)]
        return CipherSuite.filterForVersion(known, minVersion=version, maxVersion=version)

    def receive(self, listener: socket.socket) -> None:
        """Serves all who come, side by side."""
        while True:
            guest, _ = listener.accept()
            threading.Thread(target=self.serve, args=(guest,), daemon=True).start()

    def serve(self, guest: socket.socket) -> None:
        """Serves one client; most break off, which is no news."""
        with guest:
            guest.settimeout(PATIENCE)
            try:
                if converse(guest, f"220 {HOST} ESMTP", "250-STARTTLS\r\n"):
                    self.secure(guest)
            except (OSError, BaseTLSException):
                pass

    def secure(self, guest: socket.socket) -> None:
        """Speaks TLS, and SMTP inside."""
        connection = TLSConnection(guest)
        if self.anonymous:
            connection.handshakeServer(anon=True, settings=self.settings)
        else:
            connection.handshakeServer(certChain=self.chain, privateKey=self.key, settings=self.settings)
        converse(connection, None, "")
        connection.close()


def converse(stream: Any, greeting: str | None, more: str) -> bool:
    """Speaks SMTP; tells whether the client has the go-ahead for TLS."""
    if greeting:
        stream.sendall(f"{greeting}\r\n".encode())
    while line := read_line(stream):
        word = line.strip().upper()
        if word.startswith(b"EHLO"):
            stream.sendall(f"250-{HOST}\r\n{more}250 8BITMIME\r\n".encode())
        elif word == b"STARTTLS" and more:
            stream.sendall(b"220 2.0.0 Go ahead\r\n")
            return True
        elif word == b"QUIT":
            stream.sendall(b"221 2.0.0 Bye\r\n")
            return False
        else:
            stream.sendall(b"502 5.5.2 Unknown command\r\n")
    return False


def read_line(stream: Any) -> bytes:
    """Reads a line byte by byte, so that what follows an upgrade stays where it is."""
    line = b""
    while len(line) < LONGEST_LINE and not line.endswith(b"\n"):
        byte = stream.recv(1)
        if not byte:
            return b""
        line += byte
    return line


if __name__ == "__main__":
    main()
