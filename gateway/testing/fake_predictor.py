"""A predictor that always expects the same."""

from dataclasses import dataclass

from typing_extensions import override

from gateway.testing.script import Script
from officers.area.v1.area_pb2 import Area
from officers.predictor.v1 import predictor_pb2 as predictor
from officers.predictor.v1.predictor_pb2_grpc import PredictorServiceServicer
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument
from serving.work import ServicerContext

MODEL = "models/testville/versions/1"


@dataclass
class FakePredictor(PredictorServiceServicer):
    """Imports the same area whatever the archive; an archive that is no zip file is at fault."""

    script: Script
    artifacts: ArtifactStore
    area: Area

    @override
    async def ImportArea(
        self, request: predictor.ImportAreaRequest, context: ServicerContext
    ) -> predictor.ImportAreaResponse:
        """Answer with the area."""
        await self.script.enter("ImportArea", request)
        if not self.artifacts.get(request.source_artifact).startswith(b"PK"):
            raise InvalidArgument("source_artifact", "Expected a zip archive.")
        artifact = self.artifacts.put(self.area.SerializeToString(deterministic=True))
        report = predictor.ImportReport(rows_read=3, rows_accepted=2)
        report.rejections.add(field="time", reason="missing", row_count=1, first_row=2)
        return predictor.ImportAreaResponse(area_artifact=artifact, area=self.area, report=report)

    @override
    async def PredictIntensity(
        self, request: predictor.PredictIntensityRequest, context: ServicerContext
    ) -> predictor.PredictIntensityResponse:
        """Answer with a tenth of an incident everywhere."""
        await self.script.enter("PredictIntensity", request)
        grid = self.area.grid
        intensities = [0.1] * (request.hours * grid.row_count * grid.column_count)
        return predictor.PredictIntensityResponse(
            model=request.model or MODEL, hour_count=request.hours, grid=grid, intensities=intensities
        )

    @override
    async def SampleScenarios(
        self, request: predictor.SampleScenariosRequest, context: ServicerContext
    ) -> predictor.SampleScenariosResponse:
        """Answer with an artifact per seed."""
        await self.script.enter("SampleScenarios", request)
        call_set = predictor.CallSet(
            artifact=self.artifacts.put(f"calls of seed {request.seed}".encode()),
            start_time=request.start_time,
            minutes=request.minutes,
            scenario_count=request.scenario_count,
            call_count=10 * request.scenario_count,
            model=request.model or MODEL,
            seed=request.seed,
        )
        return predictor.SampleScenariosResponse(call_set=call_set)
