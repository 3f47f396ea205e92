"""Real mail programs against servers whose certificates or TLS are faulty."""
