"""Migrations of the database, run when the gateway starts."""
