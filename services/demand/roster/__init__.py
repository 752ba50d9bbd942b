"""Staffing: when crews begin, how long they work, how many are needed."""
