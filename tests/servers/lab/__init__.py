"""Real mail servers on loopback, healthy and faulty, for tests to examine."""
