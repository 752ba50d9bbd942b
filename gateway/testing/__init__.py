"""The four services as fakes with canned but consistent answers, so that tests inject them and patch nothing."""
