"""The bench: the truth about servers, the price of finding it, and what other tools pay."""
