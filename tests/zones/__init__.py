"""Signed zones on a real name server, and what mailmedic has to say of each."""
