"""The servers of the laboratory: each turns a site into commands to run."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from lab.cures import Ways
from lab.processes import Command
from lab.servers import courier, cyrus, dovecot, exim, opensmtpd, postfix, sendmail
from lab.site import Endpoint, Site


@dataclass(frozen=True)
class Server:
    """A server's doors, what writes its configuration, what to run on it, and how to change it."""

    endpoints: tuple[Endpoint, ...]
    prepare: Callable[[Site], None]
    commands: Callable[[Site], list[Command]]
    ways: Callable[[Site], Ways]


def of(module: ModuleType) -> Server:
    """The server that a module describes."""
    return Server(module.ENDPOINTS, module.prepare, module.commands, module.ways)


SERVERS = {
    "postfix": of(postfix),
    "dovecot": of(dovecot),
    "exim": of(exim),
    "courier": of(courier),
    "cyrus": of(cyrus),
    "opensmtpd": of(opensmtpd),
    "sendmail": of(sendmail),
}
