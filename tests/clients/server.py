"""Serves the endpoints: IMAP and SMTP as far as clients need them to show whether they go on behind TLS."""

import contextlib
import selectors
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator

from clients.endpoints import Endpoint

SMTP, SMTPS, IMAPS = 25, 465, 993
# A client that falls silent must not keep a thread for ever.
PATIENCE = 20.0
MOST_LINES = 200


@contextlib.contextmanager
def serving(endpoints: list[Endpoint]) -> Iterator[None]:
    """Serves them until the block is left."""
    doors = selectors.DefaultSelector()
    sockets = []
    for endpoint in endpoints:
        context = context_of(endpoint)
        for port in (SMTP, SMTPS, IMAPS):
            door = socket.create_server((endpoint.address, port), backlog=64)
            doors.register(door, selectors.EVENT_READ, (context, port, endpoint.host))
            sockets.append(door)
    end, wake = socket.socketpair()
    doors.register(end, selectors.EVENT_READ, None)
    thread = threading.Thread(target=accept, args=(doors,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        wake.close()
        thread.join()
        for door in sockets:
            door.close()
        end.close()


def context_of(endpoint: Endpoint) -> ssl.SSLContext:
    """TLS that serves whatever certificate it is given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        # The old versions are what is wanted.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = endpoint.fault.oldest
        context.maximum_version = endpoint.fault.newest
    context.load_cert_chain(endpoint.chain, endpoint.key)
    return context


def accept(doors: selectors.BaseSelector) -> None:
    """Takes connections until the pair of sockets is closed."""
    while True:
        for ready, _ in doors.select():
            if ready.data is None:
                return
            door = ready.fileobj
            assert isinstance(door, socket.socket)
            with contextlib.suppress(OSError):
                stream, _ = door.accept()
                threading.Thread(target=serve, args=(stream, *ready.data), daemon=True).start()


def serve(stream: socket.socket, context: ssl.SSLContext, port: int, host: str) -> None:
    """Holds one connection; whatever the client does wrong ends it."""
    with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
        stack.callback(stream.close)
        stream.settimeout(PATIENCE)
        if port == SMTP:
            smtp(Talk(stream), host, lambda: context.wrap_socket(stream, server_side=True))
            return
        inside = stack.enter_context(context.wrap_socket(stream, server_side=True))
        if port == SMTPS:
            smtp(Talk(inside), host, None)
        else:
            imap(Talk(inside))
        say_goodbye(inside)


def say_goodbye(inside: ssl.SSLSocket) -> None:
    """Ends TLS as it should end: some clients complain of less."""
    inside.unwrap()


class Talk:
    """Lines over a stream."""

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream
        self.lines = stream.makefile("rb")

    def say(self, *lines: str) -> None:
        """Sends lines."""
        self.stream.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def hear(self) -> Iterator[str]:
        """Reads lines until the client ends."""
        for _ in range(MOST_LINES):
            line = self.lines.readline(4096)
            if not line:
                return
            yield line.decode("latin-1").rstrip("\r\n")


def smtp(talk: Talk, host: str, upgrade: Callable[[], ssl.SSLSocket] | None) -> None:
    """Takes any mail."""
    talk.say(f"220 {host} ESMTP")
    for line in talk.hear():
        word = line.partition(" ")[0].upper()
        if word == "EHLO":
            talk.say(f"250-{host}", *(["250-STARTTLS"] if upgrade else []), "250 8BITMIME")
        elif word == "STARTTLS" and upgrade:
            talk.say("220 go ahead")
            with upgrade() as inside:
                smtp_inside(Talk(inside), host)
                say_goodbye(inside)
            return
        elif not common(talk, word):
            return


def smtp_inside(talk: Talk, host: str) -> None:
    """Goes on behind STARTTLS, where there is no greeting."""
    for line in talk.hear():
        word = line.partition(" ")[0].upper()
        if word == "EHLO":
            talk.say(f"250-{host}", "250 8BITMIME")
        elif not common(talk, word):
            return


def common(talk: Talk, word: str) -> bool:
    """Answers a command; tells whether to go on."""
    if word == "DATA":
        talk.say("354 go on")
        for line in talk.hear():
            if line == ".":
                break
    if word == "QUIT":
        talk.say("221 bye")
        return False
    talk.say("250 ok")
    return True


def imap(talk: Talk) -> None:
    """Lets everybody in, to an empty mailbox."""
    capabilities = "IMAP4rev1 SASL-IR AUTH=PLAIN"
    talk.say(f"* OK [CAPABILITY {capabilities}] ready")
    for line in talk.hear():
        tag, _, rest = line.partition(" ")
        word, _, details = rest.partition(" ")
        match word.upper():
            case "CAPABILITY":
                talk.say(f"* CAPABILITY {capabilities}")
            case "AUTHENTICATE" if " " not in details:
                talk.say("+ ")
                next(talk.hear(), "")
            case "LIST":
                talk.say('* LIST (\\HasNoChildren) "/" INBOX')
            case "SELECT" | "EXAMINE":
                talk.say("* 0 EXISTS", "* 0 RECENT", "* FLAGS ()", "* OK [UIDVALIDITY 1] ok")
            case "LOGOUT":
                talk.say("* BYE", f"{tag} OK bye")
                return
        talk.say(f"{tag} OK done")
