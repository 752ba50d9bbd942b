"""Chooses cars per sector and block: a two-stage program, simple rules, search on the simulator, and a fair contest."""
