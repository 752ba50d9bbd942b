"""Audits of an area: who gets how much presence, what each incident type does to the plan, and feedback.

The table of residents that an audit may read never leaves this package: it is no part of the area directory, no message
holds it, and services cannot import `cli`.
"""
