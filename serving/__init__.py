"""What every service shares: start-up, errors, artifacts, settings."""
