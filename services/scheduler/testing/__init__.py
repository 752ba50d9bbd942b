"""Stand-ins for what the annealers talk to, for tests."""
