"""Cars per sector and period, and what a deployment is worth."""
