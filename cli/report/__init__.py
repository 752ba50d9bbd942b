"""One self-contained page that shows a plan to the people who decide on it."""
