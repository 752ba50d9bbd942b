"""The `officers` command."""
