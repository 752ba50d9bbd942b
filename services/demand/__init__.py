"""The demand service: travel times, the dispatch simulator, and how many cars each sector needs."""
