"""Between the messages of an import and the predictor's own values."""

from officers.predictor.v1 import predictor_pb2
from services.predictor.area_convert import area_message
from services.predictor.area_import import AreaImport
from services.predictor.convert_policy import policy_message
from services.predictor.import_report import ImportReport
from services.predictor.record_checks.warning import RecordWarning, WarningKind

WARNING_KINDS = {
    WarningKind.VOLUME: predictor_pb2.RECORD_WARNING_KIND_VOLUME,
    WarningKind.URGENT_SHARE: predictor_pb2.RECORD_WARNING_KIND_URGENT_SHARE,
    WarningKind.OFFICER_SHARE: predictor_pb2.RECORD_WARNING_KIND_OFFICER_SHARE,
    WarningKind.NO_RECORDS: predictor_pb2.RECORD_WARNING_KIND_NO_RECORDS,
    WarningKind.HEAP: predictor_pb2.RECORD_WARNING_KIND_HEAP,
}


def import_message(artifact: str, imported: AreaImport) -> predictor_pb2.ImportAreaResponse:
    """Write an imported area, stored as `artifact`, and the report on it."""
    return predictor_pb2.ImportAreaResponse(
        area_artifact=artifact, area=area_message(imported.area), report=_report_message(imported.report)
    )


def _report_message(report: ImportReport) -> predictor_pb2.ImportReport:
    return predictor_pb2.ImportReport(
        rows_read=report.rows_read,
        rows_accepted=report.rows_accepted,
        rejections=[
            predictor_pb2.RejectionCount(
                field=count.field, reason=count.reason, row_count=count.row_count, first_row=count.first_row
            )
            for count in report.rejections
        ],
        rejections_artifact=report.rejections_artifact,
        notes=report.notes,
        policy=policy_message(report.policy) if report.policy.rules else None,
        warnings=[_warning_message(warning) for warning in report.warnings.shown],
        warning_count=report.warnings.found_count,
    )


def _warning_message(warning: RecordWarning) -> predictor_pb2.RecordWarning:
    return predictor_pb2.RecordWarning(
        kind=WARNING_KINDS[warning.kind],
        sector_id=warning.sector_id,
        from_date=warning.from_date.isoformat(),
        to_date=warning.to_date.isoformat(),
        recorded_count=warning.recorded_count,
        expected_count=warning.expected_count,
        score=warning.score,
        message=warning.message,
    )
