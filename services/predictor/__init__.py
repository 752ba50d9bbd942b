"""Incident intensities and scenarios."""
