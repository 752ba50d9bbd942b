"""Sensitivity over fake services whose cars follow the calls that the records hold."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from cli.area_session import AreaSession, next_shifts
from cli.audit.report import sensitivity_markdown, to_json
from cli.audit.sensitivity import OTHER_SEED, SensitivityOptions, run_sensitivity
from officers.area.v1.area_pb2 import Area, DataPolicy, Sector, ServiceType, Shift
from officers.demand.v1 import demand_pb2 as demand
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.artifacts import ArtifactStore

RECORDS = {"fight": (30, 0), "theft": (20, 50)}
AREA = Area(
    name="Town",
    time_zone="UTC",
    train_until_date="2014-12-31",
    sectors=[Sector(id="A"), Sector(id="B")],
    service_types=[ServiceType(type=name) for name in RECORDS],
    shifts=[Shift(name="day", start="08:00", hours=10, cars=10)],
)
OPTIONS = SensitivityOptions("low_rank", 4, 5, 3.0, 1)


@dataclass
class FakeServices:
    """Area artifacts name the types that are left; cars go by the records of these types."""

    trained: list[predictor.TrainModelRequest] = field(default_factory=list)
    sampled: list[predictor.SampleScenariosRequest] = field(default_factory=list)
    optimized: list[demand.OptimizeRequest] = field(default_factory=list)

    def ImportArea(self, request):
        (rule,) = request.further_rules
        assert rule.reason
        left = [name for name in RECORDS if name != rule.type]
        area = Area(name="Town", sectors=AREA.sectors, service_types=[ServiceType(type=name) for name in left])
        rule.record_count = sum(RECORDS[rule.type])
        area.policy.CopyFrom(DataPolicy(rules=[rule]))
        accepted = sum(sum(RECORDS[name]) for name in left)
        report = predictor.ImportReport(rows_accepted=accepted)
        return predictor.ImportAreaResponse(area_artifact="+".join(left), area=area, report=report)

    def TrainModel(self, request):
        self.trained.append(request)
        yield predictor.TrainModelResponse(model=predictor.Model(name=f"models/{request.area_artifact}"))

    def SampleScenarios(self, request):
        assert request.model == f"models/{request.area_artifact}"
        self.sampled.append(request)
        call_set = predictor.CallSet(artifact=request.area_artifact, scenario_count=request.scenario_count)
        return predictor.SampleScenariosResponse(call_set=call_set)

    def StreamCalls(self, request):
        for name in request.artifact.split("+"):
            sectors = [sector for sector in (0, 1) for _ in range(RECORDS[name][sector])]
            yield predictor.StreamCallsResponse(scenarios=[0] * len(sectors), sector_indices=sectors)

    def Optimize(self, request):
        self.optimized.append(request)
        totals = [sum(RECORDS[name][sector] for name in request.area_artifact.split("+")) for sector in (0, 1)]
        first = round(request.cars * totals[0] / sum(totals))
        period = demand.DemandPeriod(cars=[first, request.cars - first])
        return demand.OptimizeResponse(plan=demand.DemandPlan(period_minutes=60, periods=[period] * 10))


@pytest.fixture
def fakes():
    return FakeServices()


@pytest.fixture
def session(fakes, tmp_path):
    clients = SimpleNamespace(predictor=fakes, demand=fakes)
    return AreaSession(clients, "fight+theft", AREA, ArtifactStore(str(tmp_path)), "source")


def test_what_each_type_moves(session, fakes):
    result = run_sensitivity(session, next_shifts(AREA), OPTIONS, lambda _fraction, _message: None)
    assert result.noise.left_out == OTHER_SEED
    assert result.noise.moved_share == 0
    assert [(effect.left_out, effect.record_share) for effect in result.effects] == [("fight", 0.3), ("theft", 0.7)][
        ::-1
    ]
    theft, fight = result.effects
    assert theft.moved_share == pytest.approx(0.5)
    assert theft.calls_moved_share == pytest.approx(0.5)
    assert fight.calls_moved_share == pytest.approx(0.5 - 2 / 7)
    assert fight.moved_share == pytest.approx(0.2)  # 5 : 5 cars with both, 3 : 7 without fights
    (gain,), (loss,) = fight.gains, fight.losses
    assert (gain.sector_id, gain.share_before, gain.share_after) == ("B", 0.5, pytest.approx(0.7))
    assert (loss.sector_id, loss.share_after) == ("A", pytest.approx(0.3))


def test_plans_differ_in_their_records_alone(session, fakes):
    run_sensitivity(session, next_shifts(AREA), OPTIONS, lambda _fraction, _message: None)
    assert [request.area_artifact for request in fakes.trained] == ["fight+theft", "fight+theft", "theft", "fight"]
    assert len({request.seed for request in fakes.trained}) == 2
    assert all(list(request.spec.models) == ["low_rank"] and request.allow_worse for request in fakes.trained)
    same = [request for request in fakes.optimized if request.seed == 1]
    for request in same:
        request.area_artifact = request.training_calls_artifact = request.validation_calls_artifact = ""
    assert len(same) == 3
    assert same[0] == same[1] == same[2]


def test_the_report_says_what_means_nothing(session):
    result = run_sensitivity(session, next_shifts(AREA), OPTIONS, lambda _fraction, _message: None)
    text = sensitivity_markdown(result, AREA)
    assert "Another seed alone moves 0.0% of the car hours" in text
    assert "| fight | 30.0% | 21.4% | 20.0% | B 50.0% → 70.0% | A 50.0% → 30.0% |" in text
    assert "every record is used" in text
    assert '"moved_share": 0.5' in to_json(result, AREA)
