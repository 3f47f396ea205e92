"""Speaks Marionette, by which Thunderbird is driven: lengths and JSON over a socket."""

import json
import socket
from types import TracebackType
from typing import Any, Self

from lab.errors import LabError


class Marionette:
    """A session in the chrome of the program."""

    def __init__(self, port: int, patience: float) -> None:
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self.file = self.stream.makefile("rb")
        self.number = 0
        self.read()  # It says hello.
        self.call("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"timeouts": {"script": 60_000}}}})
        self.call("Marionette:SetContext", {"value": "chrome"})

    def run(self, script: str, *arguments: object) -> Any:
        """Runs a script that calls its last argument with the result."""
        wish = {"script": script, "args": list(arguments), "newSandbox": True, "sandbox": "system"}
        return self.call("WebDriver:ExecuteAsyncScript", wish)["value"]

    def call(self, name: str, parameters: dict[str, Any]) -> Any:
        """Sends a command and returns its answer."""
        self.number += 1
        message = json.dumps([0, self.number, name, parameters]).encode()
        self.stream.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self.read()
        if error is not None:
            raise LabError(f"Thunderbird answers {name}: {error.get('message')}")
        return result

    def read(self) -> Any:
        """Reads a message."""
        length = b""
        while not length.endswith(b":"):
            byte = self.file.read(1)
            if not byte or len(length) > 12:
                raise LabError("Thunderbird ended the conversation")
            length += byte
        return json.loads(self.file.read(int(length[:-1])))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stream.close()
