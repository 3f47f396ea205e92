"""The one error the laboratory raises for what its user can mend."""


class LabError(Exception):
    """A message for people: what failed, and what to do about it."""
