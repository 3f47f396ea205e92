"""A TCP proxy between a tool and a server: it counts connections and adds the delay of a long line.

Loopback has no delay, so the proxy holds bytes back for half a round trip in each direction. The
handshake of TCP is at once here, too: a server on a long line hears of a connection, and gets its
first bytes, one and a half round trips after the client began. Slow start and loss are not modelled.

As a program it serves one address: `proxy.py LISTEN-ADDRESS SERVER-ADDRESS PORT…`. It prints `ready`,
then answers each line of standard input: `delay SECONDS` sets the round trip and begins to count anew,
`counts` prints them as one line of JSON. It ends with its standard input.
"""

import asyncio
import contextlib
import json
import sys
from collections import deque
from collections.abc import Callable

BACKLOG = 1024
# A tool that reads slower than a server writes must not fill the memory.
HELD_BYTES = 1 << 20
# Seconds: a tool closes one connection, then opens the next, and the kernel may tell of the second first.
SETTLES_WITHIN = 0.001


class Counts:
    """What the tools did since the last `delay`: connections open at the tool's end, and those at the server's."""

    def __init__(self) -> None:
        self.connections = 0
        self.open = 0
        self.at_server = 0
        self.most_open = 0

    def begin(self) -> None:
        """Counts anew; what is still open stays so."""
        self.connections = 0
        self.most_open = max(self.open, self.at_server)

    def opened(self) -> None:
        """A client connected."""
        self.connections += 1
        self.open += 1

    def settled(self) -> None:
        """Takes the numbers that are open now into account."""
        self.most_open = max(self.most_open, self.open, self.at_server)

    def closed(self) -> None:
        """A client ended its side, or lost the connection."""
        self.open -= 1

    def arrived(self) -> None:
        """A server has one more."""
        self.at_server += 1

    def left(self) -> None:
        """A server closed one."""
        self.at_server -= 1


class Line:
    """One direction of a connection: what enters comes out later, in order, and at last its end."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        half_trip: float,
        not_before: float,
        finish: Callable[[asyncio.Transport], None],
    ) -> None:
        self.loop = loop
        self.finish = finish
        self.half_trip = half_trip
        self.not_before = not_before
        self.held: deque[tuple[float, bytes | None]] = deque()
        self.out: asyncio.Transport | None = None
        self.timer: asyncio.TimerHandle | None = None

    def enter(self, data: bytes | None) -> None:
        """Takes bytes, or None for the end."""
        due = max(self.loop.time() + self.half_trip, self.not_before)
        self.held.append((due, data))
        self.flow()

    def leads_to(self, out: asyncio.Transport) -> None:
        """Says where bytes come out; before that they only gather."""
        self.out = out
        self.flow()

    def flow(self) -> None:
        """Lets out what is due and sets a timer for the rest."""
        if self.out is None or self.timer is not None:
            return
        while self.held:
            due, data = self.held[0]
            wait = due - self.loop.time()
            if wait > 0:
                self.timer = self.loop.call_later(wait, self.wake)
                return
            self.held.popleft()
            if self.out.is_closing():
                continue
            if data is None:
                self.finish(self.out)
            else:
                self.out.write(data)

    def wake(self) -> None:
        """The timer is over."""
        self.timer = None
        self.flow()


def end_of_tool(server: asyncio.Transport) -> None:
    """Passes on that the tool has ended its side: what the server still says goes back to it."""
    with contextlib.suppress(OSError):
        server.write_eof()


def end_of_server(tool: asyncio.Transport) -> None:
    """Passes on that the server has closed."""
    tool.close()


class Client(asyncio.Protocol):
    """The tool's end of a connection."""

    def __init__(self, proxy: "Proxy", port: int) -> None:
        self.proxy = proxy
        self.port = port
        self.counted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Counts, and plans the connection to the server for when the line would carry it there."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.proxy.counts.opened()
        self.counted = True
        self.proxy.loop.call_later(SETTLES_WITHIN, self.proxy.counts.settled)
        trip = self.proxy.round_trip
        loop = self.proxy.loop
        arrival = loop.time() + 1.5 * trip
        self.forth = Line(loop, trip / 2, arrival, end_of_tool)
        self.back = Line(loop, trip / 2, 0.0, end_of_server)
        self.back.leads_to(transport)
        self.task = loop.create_task(self.connect(1.5 * trip))

    async def connect(self, wait: float) -> None:
        """Opens the connection to the server; a refusal is passed on as the end."""
        if wait > 0:
            await asyncio.sleep(wait)
        try:
            await self.proxy.loop.create_connection(
                lambda: Server(self), self.proxy.server, self.port
            )
        except OSError:
            self.back.enter(None)

    def data_received(self, data: bytes) -> None:
        """The tool spoke."""
        self.forth.enter(data)

    def eof_received(self) -> bool:
        """The tool's side has ended; it may read on."""
        self.gone()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        """The tool's end is closed."""
        del error
        self.gone()

    def gone(self) -> None:
        """Stops counting the connection as open and tells the server."""
        if self.counted:
            self.counted = False
            self.proxy.counts.closed()
            self.forth.enter(None)


class Server(asyncio.Protocol):
    """The server's end of a connection."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Lets what the tool said meanwhile through."""
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(HELD_BYTES)
        proxy = self.client.proxy
        proxy.counts.arrived()
        proxy.loop.call_later(SETTLES_WITHIN, proxy.counts.settled)
        self.client.forth.leads_to(transport)

    def data_received(self, data: bytes) -> None:
        """The server spoke."""
        self.client.back.enter(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The server closed; a reset is passed on as a plain end."""
        del error
        self.client.proxy.counts.left()
        self.client.back.enter(None)


class Proxy:
    """The listening sockets of one server, and what the tools did there."""

    def __init__(self, listen: str, server: str) -> None:
        self.loop = asyncio.get_running_loop()
        self.listen = listen
        self.server = server
        self.round_trip = 0.0
        self.counts = Counts()

    async def open(self, port: int) -> asyncio.Server:
        """Listens at a port of the server."""
        return await self.loop.create_server(
            lambda: Client(self, port), self.listen, port, backlog=BACKLOG
        )

    def obey(self, line: str) -> str:
        """Answers one line of standard input."""
        word, _, value = line.strip().partition(" ")
        if word == "delay":
            self.round_trip = float(value)
            self.counts.begin()
            return "ok"
        if word == "counts":
            counts = self.counts
            return json.dumps(
                {"connections": counts.connections, "most_open": counts.most_open, "open": counts.open + counts.at_server}
            )
        return "unknown word"


async def serve(listen: str, server: str, ports: list[int]) -> None:
    """Runs until standard input ends."""
    proxy = Proxy(listen, server)
    async with contextlib.AsyncExitStack() as stack:
        for port in ports:
            await stack.enter_async_context(await proxy.open(port))
        reader = asyncio.StreamReader()
        await proxy.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        print("ready", flush=True)
        while line := await reader.readline():
            print(proxy.obey(line.decode()), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], [int(port) for port in sys.argv[3:]]))
