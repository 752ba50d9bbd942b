"""`officers predict bench`: every prediction model on several grids and frame lengths, side by side."""
