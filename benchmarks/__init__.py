"""Measurements on fixed instances; `make bench` runs them all and writes out/bench/figures.json."""
