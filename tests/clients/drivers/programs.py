"""Clients that are libraries: a program of ours in their language connects as their manuals tell to."""

import shutil
import sys
from pathlib import Path

from clients.drivers.driver import AllAtOnce, Site, first_line, run
from clients.server import IMAPS
from lab.errors import LabError

PROGRAMS = Path(__file__).resolve().parent.parent / "programs"


class Python(AllAtOnce):
    """imaplib with the default context."""

    name = "python"

    def version(self) -> str:
        return f"Python {sys.version.split()[0]}"

    def program(self, site: Site) -> list[str]:
        return ["python3", str(PROGRAMS / "client.py"), str(site.root), str(IMAPS)]


class Node(AllAtOnce):
    """tls.connect with its defaults."""

    name = "node"

    def version(self) -> str:
        return f"Node {first_line(['node', '--version'])}"

    def program(self, site: Site) -> list[str]:
        return ["node", str(PROGRAMS / "client.js"), str(site.root), str(IMAPS)]


class Java(AllAtOnce):
    """SSLSocket that checks the name as HTTPS does, which is what Jakarta Mail asks of it."""

    name = "java"

    def version(self) -> str:
        return first_line(["java", "-version"])

    def program(self, site: Site) -> list[str]:
        return ["java", str(PROGRAMS / "Client.java"), str(site.root), str(IMAPS)]


class Go(AllAtOnce):
    """crypto/tls with its defaults."""

    name = "go"

    def version(self) -> str:
        return first_line(["go", "version"])

    def program(self, site: Site) -> list[str]:
        shutil.copy(PROGRAMS / "client.go", site.folder)
        done = run(["go", "build", "-o", "client", "client.go"], site.folder, patience=300)
        if done.returncode != 0:
            raise LabError(f"go build failed: {done.stderr}")
        return [str(site.folder / "client"), str(site.root), str(IMAPS)]
