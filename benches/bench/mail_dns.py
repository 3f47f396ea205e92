"""How fast the mail DNS of domains is looked at, and with how few questions; beside checkdmarc."""

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.processes import supervised
from zones import authority, packages
from zones.tree import TOP, Tree, Zone, expand

from bench import paths
from bench.bars import SPEED, Bar
from bench.install import unless
from bench.measure import Run, run
from bench.tables import table
from lab.errors import LabError
from lab.packages import run as command

MANY = 1000
ROUND_TRIP = 0.02
QUESTIONS = 25
ONE_WITHIN = 0.3
MANY_WITHIN = 1.0
NAME = "mail DNS"
SERVER = f"{paths.NETWORK}.53"
PROXY = f"{paths.NETWORK}.54"
CHECKDMARC = paths.CACHE / "checkdmarc/bin/checkdmarc"
# What a domain with two mail servers publishes, in a zone of its own.
DOMAIN = (
    "@ MX 10 a", "@ MX 20 b", "a A 192.0.2.1", "b A 192.0.2.2", "@ A 192.0.2.3",
    '@ TXT "v=spf1 mx a include:one.{shared} -all"',
    '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{domain}"',
    '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@{domain}"',
)
# What all of them include, and where addresses lead: outside of what the trust anchor is for.
SHARED = "example"
INCLUDED = ('one TXT "v=spf1 include:two.{shared} -all"', 'two TXT "v=spf1 ip4:192.0.2.0/24 -all"')
REVERSE = "2.0.192.in-addr.arpa"


@dataclass(frozen=True)
class Looked:
    """What one program needs for one domain, and for many."""

    questions: int
    one: Run
    many: Run


def measure(mailmedic: Path) -> dict[str, Looked]:
    """Lets mailmedic and checkdmarc look at the same domains."""
    packages.install()
    unless(CHECKDMARC, checkdmarc)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        tree = grown(folder)
        authority.serve(stack.enter_context(supervised()), tree, SERVER, folder / "knot")
        proxy = stack.enter_context(proxied())
        listed = folder / "domains"
        listed.write_text("".join(f"{domain(number)}\n" for number in range(MANY)))
        own = [str(mailmedic), "dns", "--dnssec-anchor", str(tree.anchor), "--offline", "--fail-on", "never"]
        their = [str(CHECKDMARC), "--skip-tls", "-w", "0"]
        return {
            "mailmedic": look(
                proxy,
                [*own, "--resolver", f"{PROXY}:53", domain(0)],
                [*own, "--resolver", f"{SERVER}:53", "-f", str(listed)],
            ),
            "checkdmarc": look(
                proxy, [*their, "-n", PROXY, "--", domain(0)], [*their, "-n", SERVER, "--", str(listed)],
            ),
        }


def look(proxy: "Proxy", one: list[str], many: list[str]) -> Looked:
    """One program: questions are counted without delay, the time of one domain is taken with it."""
    proxy.begin(0.0)
    done(run(one))
    questions = proxy.questions
    proxy.begin(ROUND_TRIP)
    return Looked(questions, done(run(one)), done(run(many)))


def done(ran: Run) -> Run:
    """A run that ended well."""
    if ran.status != 0:
        raise LabError(f"a look at the mail DNS ended with {ran.status}: {ran.output[-500:]}")
    return ran


def grown(folder: Path) -> Tree:
    """The zones: a signed registry, and the domains below it, delegated without a signature as most are."""
    tree = Tree(folder / "zones")
    for number in range(MANY):
        tree.add(Zone(domain(number), expand(list(DOMAIN), domain=domain(number), shared=SHARED), "unsigned"))
    tree.add(Zone(SHARED, expand(list(INCLUDED), shared=SHARED), "unsigned"))
    hosts = (f"a.{domain(0)}", f"b.{domain(0)}", domain(0))
    names = tuple(f"{number} PTR {host}." for number, host in enumerate(hosts, 1))
    tree.add(Zone(REVERSE, names, "unsigned"))
    tree.finish()
    return tree


def domain(number: int) -> str:
    """A name as people register them: two labels."""
    return f"d{number}.{TOP}"


def checkdmarc(folder: Path) -> None:
    """Installs checkdmarc from PyPI into a virtual environment."""
    command("python3", "-m", "venv", str(folder))
    command(str(folder / "bin/pip"), "install", "--quiet", "checkdmarc")


class Proxy(asyncio.DatagramProtocol):
    """Counts questions on their way to the name server, and holds the answers back for a round trip."""

    def __init__(self) -> None:
        self.questions = 0
        self.round_trip = 0.0

    def begin(self, round_trip: float) -> None:
        """Counts anew."""
        self.questions = 0
        self.round_trip = round_trip

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        self.back = transport

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        """A question came."""
        self.questions += 1
        asyncio.get_running_loop().create_task(self.forward(data, peer))

    async def forward(self, data: bytes, peer: tuple[str, int]) -> None:
        """Asks the server and passes its answer on."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(lambda: Waiting(answer), remote_addr=(SERVER, 53))
        transport.sendto(data)
        try:
            reply = await asyncio.wait_for(answer, 5)
        except TimeoutError:
            return
        finally:
            transport.close()
        loop.call_later(self.round_trip, self.back.sendto, reply, peer)  # type: ignore[attr-defined]


class Waiting(asyncio.DatagramProtocol):
    """Waits for one datagram."""

    def __init__(self, answer: asyncio.Future[bytes]) -> None:
        self.answer = answer

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        """The answer came."""
        if not self.answer.done():
            self.answer.set_result(data)


@contextlib.contextmanager
def proxied() -> Iterator[Proxy]:
    """A proxy in a thread of its own, for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> tuple[asyncio.BaseTransport, Proxy]:
        return await loop.create_datagram_endpoint(Proxy, local_addr=(PROXY, 53))

    transport, proxy = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(transport.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def bars(looked: dict[str, Looked]) -> list[Bar]:
    """What is promised."""
    own = looked["mailmedic"]
    trip = f"{ROUND_TRIP * 1000:.0f} ms"
    return [
        Bar(SPEED, NAME, f"at most {QUESTIONS} questions for a domain with two mail servers", str(own.questions),
            own.questions <= QUESTIONS),
        Bar(SPEED, NAME, f"one domain within {ONE_WITHIN} s at {trip} a question", f"{own.one.wall:.2f} s",
            own.one.wall < ONE_WITHIN),
        Bar(SPEED, NAME, f"{MANY} domains within {MANY_WITHIN:g} s", f"{own.many.wall:.2f} s",
            own.many.wall <= MANY_WITHIN),
    ]


def speeds(looked: dict[str, Looked]) -> str:
    """One row a program."""
    rows = [
        [
            name, str(it.questions), f"{it.one.wall:.2f} s", f"{it.many.wall:.2f} s", f"{it.many.cpu:.2f} s",
            f"{it.many.memory / 1e6:.0f} MB",
        ]
        for name, it in looked.items()
    ]
    heads = ["", "questions, one domain", f"one domain, {ROUND_TRIP * 1000:.0f} ms a question", f"{MANY} domains", "CPU time", "memory"]
    return table(heads, rows)
