"""Replays of calls against several deployments: what rests on how many calls, and how plans compare."""
