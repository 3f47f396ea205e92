"""Exim of Debian, with GnuTLS, delivering mail with tls_verify_hosts set."""

import re
import shutil
from collections.abc import Iterator

from clients.drivers.driver import ACCEPTED, FAILED, REJECTED, Driver, Met, Site, first_line, run, shortened
from clients.endpoints import Endpoint
from lab.packages import program

CONFIG = """exim_path = {exim}
primary_hostname = sender.clients.test
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
keep_environment =
host_lookup =
disable_ipv6 = true
remote_max_parallel = 4
never_users =
local_interfaces = 127.0.0.1

begin routers
all:
  driver = manualroute
  route_data = ${{lookup{{$local_part}}lsearch{{{folder}/hosts}}}} byname
  host_find_failed = freeze
  self = send
  transport = verifying

begin transports
verifying:
  driver = smtp
  hosts_require_tls = *
  tls_verify_certificates = {root}
  tls_verify_hosts = *

begin retry
* * F,1h,10m
"""


class Exim(Driver):
    """Exim as a sender."""

    name = "exim"
    target = "smtp://HOST"

    def version(self) -> str:
        return first_line([str(program("exim4-daemon-light", "usr/sbin/exim4")), "--version"])

    def meet(self, site: Site, endpoints: list[Endpoint]) -> Iterator[Met]:
        config = site.folder / "exim.conf"
        exim = str(program("exim4-daemon-light", "usr/sbin/exim4"))
        config.write_text(CONFIG.format(exim=exim, folder=site.folder, root=site.root))
        (site.folder / "hosts").write_text("".join(f"{end.name}: {end.host}\n" for end in endpoints))
        for name in ("spool", "log"):
            (site.folder / name).mkdir()
            shutil.chown(site.folder / name, "Debian-exim")
        recipients = [f"{endpoint.name}@to.clients.test" for endpoint in endpoints]
        command = [exim, "-C", str(config), "-odf", "-f", "sender@clients.test", *recipients]
        done = run(command, site.folder, "Subject: a test\n\nA test.\n", patience=240)
        path = site.folder / "log/mainlog"
        log = path.read_text() if path.exists() else ""
        for endpoint in endpoints:
            yield read(endpoint, log, done.stderr)


def read(endpoint: Endpoint, log: str, said: str) -> Met:
    """Reads the line of a delivery: => went well, == is to be tried again, ** failed."""
    found = re.search(rf" (=>|->|==|\*\*) {re.escape(endpoint.name)}@to\.clients\.test (.*)", log)
    if found is None:
        return Met(endpoint, FAILED, shortened(said or log[-300:]))
    outcome = ACCEPTED if found[1] in ("=>", "->") else REJECTED
    about = (f"H={endpoint.host} ", f" {endpoint.name}@to.clients.test ", f" [{endpoint.address}] ")
    lines = [line for line in log.splitlines() if any(words in line for words in about)]
    return Met(endpoint, outcome, shortened(found[2]), "\n".join(lines))
