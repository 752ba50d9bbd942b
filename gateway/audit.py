"""The audit trail: who changed what, in the same transaction as the change itself."""

from datetime import datetime

from sqlalchemy import Connection, insert

from gateway.tables import AUDIT


def record_action(
    connection: Connection, time: datetime, actor: str, action: str, resource: str, detail: str = ""
) -> None:
    """Append an entry. `actor` is who asked, as far as the request says; empty: unknown."""
    entry = insert(AUDIT).values(time=time, actor=actor, action=action, resource=resource, detail=detail)
    connection.execute(entry)
