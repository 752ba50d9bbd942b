"""The four services; each imports serving, officers and itself alone."""
