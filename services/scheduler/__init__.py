"""Which car is in which sector in each period."""
