"""`officers demand optimize`: cars per sector and period of one shift."""
