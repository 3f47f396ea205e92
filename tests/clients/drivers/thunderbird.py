"""Thunderbird itself, headless, with a profile that is thrown away."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from clients.drivers.driver import (
    ACCEPTED,
    FAILED,
    PATH,
    REJECTED,
    Driver,
    Met,
    Site,
    first_line,
    run,
    shortened,
)
from clients.drivers.marionette import Marionette
from clients.endpoints import Endpoint
from clients.server import IMAPS
from lab.errors import LabError

SCRIPT = Path(__file__).resolve().parent.parent / "programs/thunderbird.js"
STARTED_WITHIN = 90.0
PREFERENCES = {
    "marionette.port": 0,
    # It is to find no update, no news and no settings anywhere.
    "app.update.enabled": False,
    "browser.safebrowsing.blockedURIs.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.server": "",
}


class Thunderbird(Driver):
    """Thunderbird logging in to an IMAP account."""

    name = "thunderbird"

    def version(self) -> str:
        return first_line(["thunderbird", "--version"])

    def meet(self, site: Site, endpoints: list[Endpoint]) -> Iterator[Met]:
        profile = site.folder / "profile"
        profile.mkdir()
        lines = [f"user_pref({quoted(name)}, {quoted(value)});\n" for name, value in PREFERENCES.items()]
        (profile / "user.js").write_text("".join(lines))
        database = f"sql:{profile}"
        for command in (
            ["certutil", "-N", "-d", database, "--empty-password"],
            ["certutil", "-A", "-d", database, "-n", "root", "-t", "C,,", "-i", str(site.root)],
        ):
            done = run(command, site.folder)
            if done.returncode != 0:
                raise LabError(f"{' '.join(command)} failed: {done.stderr}")
        script = SCRIPT.read_text()
        env = {"PATH": PATH, "HOME": str(site.folder), "LC_ALL": "C.UTF-8", "MOZ_HEADLESS": "1"}
        with (site.folder / "thunderbird.log").open("wb") as log:
            child = subprocess.Popen(
                [
                    "thunderbird", "--headless", "--marionette", "--remote-allow-system-access",
                    "--no-remote", "--profile", str(profile),
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, start_new_session=True,
            )
        try:
            with Marionette(port_of(profile, child), 90) as session:
                for endpoint in endpoints:
                    yield read(endpoint, session.run(script, endpoint.host, IMAPS))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def read(endpoint: Endpoint, answer: dict[str, object]) -> Met:
    """Reads what the script says."""
    if not answer["status"]:
        return Met(endpoint, ACCEPTED, "")
    words = shortened(f"{answer['code']} {answer['text']}")
    # Only faults of TLS have a code of their own, or the text of one.
    told = answer["code"] or not str(answer["text"]).startswith("status")
    return Met(endpoint, REJECTED if told else FAILED, words, words)


def port_of(profile: Path, child: subprocess.Popen[bytes]) -> int:
    """The port that Thunderbird writes into its profile once it listens."""
    path = profile / "MarionetteActivePort"
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline and child.poll() is None:
        if path.exists() and (text := path.read_text()):
            return int(text)
        time.sleep(0.1)
    raise LabError("Thunderbird does not listen")


def quoted(value: object) -> str:
    """A value as JavaScript writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
