"""The incidents artifact (docs/formats.md): accepted incidents as an arrow table, sorted by time."""

import pandas as pd
import pyarrow as pa

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("time", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("latitude", pa.float64(), nullable=False),
        pa.field("longitude", pa.float64(), nullable=False),
        pa.field("sector", pa.string(), nullable=False),
        pa.field("priority", pa.string()),
        pa.field("cars_required", pa.int32()),
        pa.field("service_minutes", pa.float64()),
        pa.field("response_minutes", pa.float64()),
        pa.field("reported_by", pa.string()),
        pa.field("capability", pa.string()),
    ]
)


def incident_table(rows: pd.DataFrame) -> pa.Table:
    """Turn accepted rows into the incidents artifact; columns that the agency does not have are null."""
    ordered = rows.sort_values(["time", "id"], kind="stable")
    columns = [
        pa.array(ordered[field.name], field.type, from_pandas=True)
        if field.name in ordered
        else pa.nulls(len(ordered), field.type)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)
