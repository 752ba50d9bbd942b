"""How every call of a replay was answered, as a table (docs/formats.md, "Artifacts")."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from services.demand.simulator.simulate import Outcome

SCHEMA = pa.schema(
    [
        pa.field("deployment", pa.int32(), nullable=False),
        pa.field("call", pa.int32(), nullable=False),
        pa.field("response_minutes", pa.float64()),
        pa.field("within_target", pa.bool_(), nullable=False),
    ]
)


def tabulate_calls(outcomes: Iterable[Outcome]) -> pa.Table:
    """List the calls that count under each deployment, in the order of the call set.

    Parameters
    ----------
    outcomes
        Of each deployment, in the order asked.

    Returns
    -------
    Columns of `SCHEMA`: `deployment` and `call` are positions, `response_minutes` is null where no car ever came.
    """
    return pa.concat_tables([SCHEMA.empty_table(), *(_tabulate(*each) for each in enumerate(outcomes))])


def _tabulate(deployment: int, outcome: Outcome) -> pa.Table:
    calls = np.flatnonzero(outcome.counted)
    columns = [
        pa.array(np.full(len(calls), deployment, np.int32)),
        pa.array(calls.astype(np.int32)),
        pa.array(outcome.response_minutes[calls], mask=~outcome.answered[calls]),
        pa.array(outcome.within_target[calls]),
    ]
    return pa.table(columns, schema=SCHEMA)
