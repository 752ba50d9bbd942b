import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.plan_orders import check_request_id, make_order, options_from_text
from gateway.testing.area import make_area
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import TERRITORY_ADJACENT_ONLY, DispatchRules, Objective
from officers.gateway.v1.gateway_pb2 import CreatePlanRequest, CrewStart, PlanOptions, Staffing
from officers.scheduler.v1.scheduler_pb2 import PRESENCE_RULE_MAX_CONSECUTIVE, SolveOptions
from serving.errors import InvalidArgument

AREA_ARTIFACT = "a" * 64
NAN = float("nan")


def find_faults(request: CreatePlanRequest, area: Area | None = None) -> dict[str, str]:
    with pytest.raises(InvalidArgument) as raised:
        make_order(request, "town", AREA_ARTIFACT, area or make_area())
    return {violation.field: violation.description for violation in raised.value.violations}


def make_request(**fields: object) -> CreatePlanRequest:
    return CreatePlanRequest(**{"parent": "areas/town", "shift": "day", "date": "2015-01-01", **fields})


def test_order_of_a_plain_request() -> None:
    order = make_order(make_request(), "town", AREA_ARTIFACT, make_area())
    assert order.start_time.isoformat() == "2015-01-01T13:00:00+00:00"
    assert order.end_time.isoformat() == "2015-01-01T21:00:00+00:00"
    assert (order.as_of_time, order.history_until_date) == (order.start_time, "2015-01-01")
    assert (order.cars, order.shift_start) == (4, "08:00")


def test_what_is_given_is_kept() -> None:
    options = PlanOptions(period_minutes=30, block_minutes=60, seed=5, solve_options=SolveOptions(seed=9))
    as_of_time = Timestamp()
    as_of_time.FromJsonString("2014-12-31T04:00:00Z")
    request = make_request(staffing=Staffing(cars=7), options=options, as_of_time=as_of_time)
    order = make_order(request, "town", AREA_ARTIFACT, make_area())
    kept = options_from_text(order.options)
    assert (kept.period_minutes, kept.block_minutes, kept.seed, kept.solve_options.seed) == (30, 60, 5, 9)
    assert (order.cars, order.history_until_date) == (7, "2014-12-30")


def test_all_faults_come_in_one_error() -> None:
    options = PlanOptions(
        training_scenario_count=-1,
        period_minutes=25,
        presence_rule=PRESENCE_RULE_MAX_CONSECUTIVE,
        demand_time_limit_seconds=float("nan"),
        seed=-1,
    )
    faults = find_faults(make_request(shift="dawn", date="2015-13-01", staffing=Staffing(cars=-3), options=options))
    assert set(faults) == {
        "shift", "date", "staffing.cars", "options.training_scenario_count", "options.period_minutes",
        "options.block_minutes", "options.max_consecutive", "options.demand_time_limit_seconds", "options.seed",
    }  # fmt: skip
    assert "day, evening, night" in faults["shift"]


@pytest.mark.parametrize(
    ("request_fields", "field"),
    [
        ({"options": PlanOptions(period_minutes=45, block_minutes=90)}, "options.period_minutes"),
        ({"shift": "evening"}, "options.period_minutes"),  # the default of 60 does not divide 450 minutes
        ({"options": PlanOptions(period_minutes=60, block_minutes=90)}, "options.block_minutes"),
        ({"options": PlanOptions(max_per_sector=1)}, "options.max_per_sector"),
        ({"options": PlanOptions(test_scenario_count=10_001)}, "options.test_scenario_count"),
        ({"options": PlanOptions(routes_per_sector=-1)}, "options.routes_per_sector"),
        ({"options": PlanOptions(route_budget_minutes=0.001)}, "options.route_budget_minutes"),
        ({"options": PlanOptions(route_budget_minutes=721)}, "options.route_budget_minutes"),
        ({"options": PlanOptions(presence_rule=99)}, "options.presence_rule"),
        ({"options": PlanOptions(solve_options=SolveOptions(engine=9))}, "options.solve_options.engine"),
        ({"options": PlanOptions(rules=DispatchRules(territory=9))}, "options.rules.territory"),
        ({"options": PlanOptions(rules=DispatchRules(queue=9))}, "options.rules.queue"),
        ({"options": PlanOptions(rules=DispatchRules(patience_minutes=-1))}, "options.rules.patience_minutes"),
        ({"options": PlanOptions(rules=DispatchRules(patience_minutes=NAN))}, "options.rules.patience_minutes"),
        ({"options": PlanOptions(objective=Objective(robustness=9))}, "options.objective.robustness"),
        ({"options": PlanOptions(objective=Objective(robust_weight=1.5))}, "options.objective.robust_weight"),
        ({"options": PlanOptions(objective=Objective(urgent_weight=-1))}, "options.objective.urgent_weight"),
        ({"options": PlanOptions(objective=Objective(urgent_weight=1001))}, "options.objective.urgent_weight"),
        ({"staffing": Staffing(cars=1001)}, "staffing.cars"),
        ({"staffing": Staffing(team_cars=[4])}, "staffing.team_cars"),
        ({"staffing": Staffing(crews=[CrewStart(cars=4, start_minute=10)])}, "staffing.crews[0].start_minute"),
        ({"as_of_time": Timestamp(seconds=1_500_000_000)}, "as_of_time"),
        ({"as_of_time": Timestamp(seconds=10**15)}, "as_of_time"),
        ({"as_of_time": Timestamp(seconds=-62_135_596_800)}, "as_of_time"),  # year 1: no local day in New York
        ({"shift": "night", "date": "9999-12-31"}, "date"),  # its shift would end in the year 10000
        ({"date": "0001-01-01"}, "date"),
    ],
)
def test_each_fault_names_its_field(request_fields: dict[str, object], field: str) -> None:
    assert set(find_faults(make_request(**request_fields))) == {field}


def test_rules_that_need_neighbours_need_an_area_that_knows_them() -> None:
    rules = DispatchRules(territory=TERRITORY_ADJACENT_ONLY, patience_minutes=float("inf"))
    request = make_request(options=PlanOptions(rules=rules))
    assert options_from_text(make_order(request, "town", AREA_ARTIFACT, make_area()).options).rules.territory
    old = make_area()
    for sector in old.sectors:
        del sector.adjacent_sector_ids[:]
    faults = find_faults(request, old)
    assert set(faults) == {"options.rules.territory"}
    assert "import it anew" in faults["options.rules.territory"]


def test_a_shift_of_seven_and_a_half_hours_can_be_planned_in_half_hours() -> None:
    options = PlanOptions(period_minutes=30)
    order = make_order(make_request(shift="evening", options=options), "town", AREA_ARTIFACT, make_area())
    assert (order.end_time - order.start_time).total_seconds() == 450 * 60


def test_request_ids_are_uuids() -> None:
    assert check_request_id("") == ""
    assert check_request_id("{3F2504E0-4F89-11D3-9A0C-0305E82C3301}") == "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    with pytest.raises(InvalidArgument, match="request_id"):
        check_request_id("first try")


def test_the_same_id_written_otherwise_is_the_same_request() -> None:
    request_id = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    orders = [
        make_order(make_request(request_id=written), "town", AREA_ARTIFACT, make_area())
        for written in (request_id, request_id.upper(), request_id.replace("-", ""))
    ]
    assert {order.request_id for order in orders} == {request_id}
    assert len({order.request_key for order in orders}) == 1
