"""The steps of a plan, one file per step: each asks one service and returns the artifacts of the answers by name."""
