"""The servers of the laboratory: each turns a site into commands to run."""

from collections.abc import Callable
from dataclasses import dataclass

from lab.processes import Command
from lab.servers import courier, dovecot, exim, opensmtpd, postfix
from lab.site import Endpoint, Site


@dataclass(frozen=True)
class Server:
    """A server's doors, and the function that writes its configuration."""

    endpoints: tuple[Endpoint, ...]
    prepare: Callable[[Site], list[Command]]


SERVERS = {
    "postfix": Server(postfix.ENDPOINTS, postfix.prepare),
    "dovecot": Server(dovecot.ENDPOINTS, dovecot.prepare),
    "exim": Server(exim.ENDPOINTS, exim.prepare),
    "courier": Server(courier.ENDPOINTS, courier.prepare),
    "opensmtpd": Server(opensmtpd.ENDPOINTS, opensmtpd.prepare),
}
