"""Lines of a name and a value."""


def last_of_each(text: str, sign: str) -> str:
    """Keeps the last value of each name, in the place of the first."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            values[line.partition(sign)[0].strip()] = line
    return "\n".join(values.values()) + "\n"
