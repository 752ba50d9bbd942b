"""Pages that show what plans are worth in a replay, how cars were chosen, and when crews should begin."""
