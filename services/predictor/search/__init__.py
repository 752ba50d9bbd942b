"""Search over models, their architecture, cell size and frame length: the same trial, in local processes or on Ray."""
