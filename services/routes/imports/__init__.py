"""Street networks from files: OpenStreetMap extracts, centre lines, and tables of nodes and arcs."""
