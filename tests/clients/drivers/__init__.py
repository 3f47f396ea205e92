"""Every client that is driven."""

from clients.drivers import commands, programs
from clients.drivers.driver import Driver
from clients.drivers.exim import Exim
from clients.drivers.postfix import Postfix
from clients.drivers.thunderbird import Thunderbird

LEVELS = ("may", "encrypt", "verify", "secure")

DRIVERS: tuple[Driver, ...] = (
    Thunderbird(),
    *(Postfix(level) for level in LEVELS),
    *(commands.PosttlsFinger(level) for level in LEVELS),
    Exim(),
    commands.Openssl(1),
    commands.Openssl(2),
    commands.Curl(),
    commands.GnutlsCli(),
    commands.Msmtp(),
    commands.Fetchmail(),
    commands.Mbsync(),
    commands.Mutt(),
    commands.Swaks(),
    programs.Python(),
    programs.Java(),
    programs.Go(),
    programs.Node(),
)
