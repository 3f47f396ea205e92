"""Connects with imaplib: `client.py ROOT PORT`, lines `name host` on standard input."""

import imaplib
import ssl
import sys

root, port = sys.argv[1:]
for line in sys.stdin:
    name, host = line.rstrip("\n").split("\t")
    context = ssl.create_default_context(cafile=root)
    try:
        imaplib.IMAP4_SSL(host, int(port), ssl_context=context, timeout=30).logout()
    except (OSError, ssl.CertificateError) as error:
        said = " ".join(str(error).split())
        print(name, "rejected" if isinstance(error, ssl.SSLError) else "failed", said, sep="\t")
    else:
        print(name, "accepted", "", sep="\t")
