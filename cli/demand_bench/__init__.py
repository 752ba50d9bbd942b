"""`officers demand bench`: what location, staggered crews and moves of free cars are worth on recorded calls."""
