"""Randomised patrol routes inside a sector."""
