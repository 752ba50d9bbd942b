"""The dispatch simulator: replays calls against a placement of cars, greedily and deterministically."""
