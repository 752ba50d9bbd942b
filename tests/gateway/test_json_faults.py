import pytest

from gateway.__main__ import SERVICE
from gateway.http.rules import read_rules
from gateway.http.transcode import to_request
from serving.errors import InvalidArgument, Violation

RULES = {rule.method.name: rule for rule in read_rules(SERVICE)}
SOLVING = "engine, annealer, time_limit_seconds, seed, penalty_trials, warm_start"
FIELDS = "parent, shift, date, staffing, options, request_id, as_of_time"


def fault(name: str, body: str) -> Violation:
    with pytest.raises(InvalidArgument) as raised:
        to_request(RULES[name], {"area": "town"}, [], body.encode())
    (violation,) = raised.value.violations
    return violation


@pytest.mark.parametrize(
    ("body", "field", "allowed"),
    [
        ('{"date": 5}', "date", "text"),
        ('{"date": ["x"]}', "date", "text"),
        ('{"staffing": {"cars": "six"}}', "staffing.cars", "a whole number from -2^31 to 2^31 - 1"),
        ('{"staffing": {"cars": 1e12}}', "staffing.cars", "a whole number from -2^31 to 2^31 - 1"),
        ('{"options": {"seed": 1e30}}', "options.seed", "a whole number from -2^63 to 2^63 - 1"),
        ('{"options": {"demandTimeLimitSeconds": "x"}}', "options.demand_time_limit_seconds", "a number"),
        ('{"options": {"routeReward": "X"}}', "options.route_reward", "one of REWARD_LIKELIHOOD, REWARD_GI_STAR"),
        ('{"asOfTime": "tomorrow"}', "as_of_time", "a time with offset such as 2015-01-31T08:00:00Z"),
        ('{"asOfTime": {"seconds": 1}}', "as_of_time", "a time with offset such as 2015-01-31T08:00:00Z"),
        ('{"when": 1}', "when", f"one of the fields {FIELDS}"),
        (
            '{"options": {"solveOptions": {"foo": 1}}}',
            "options.solve_options.foo",
            f"one of the fields {SOLVING}",
        ),
        ('{"options": 5}', "options", "the JSON object of PlanOptions"),
        ('{"staffing": [1]}', "staffing", "the JSON object of Staffing"),
        ("[1]", "body", "the JSON object of CreatePlanRequest"),
        ("null", "body", "the JSON object of CreatePlanRequest"),
        ("5", "body", "the JSON object of CreatePlanRequest"),
        ('{"date": "a", "date": "b"}', "body", "the JSON object of CreatePlanRequest: duplicate key date"),
    ],
)
def test_the_field_at_fault_is_named_with_what_is_allowed(body: str, field: str, allowed: str) -> None:
    assert fault("CreatePlan", body) == Violation(field, f"Expected {allowed}.")


def test_bytes_are_base64() -> None:
    assert fault("ImportArea", '{"archive": 5}') == Violation("archive", "Expected bytes as base64 text.")


@pytest.mark.parametrize("body", ["{", "garbage", "[" * 100_000, '{"a":' * 100_000])
def test_what_is_no_json_is_said_in_one_line(body: str) -> None:
    violation = fault("CreatePlan", body)
    assert violation.field == "body"
    assert violation.description.startswith("Expected the JSON object of CreatePlanRequest: ")
    assert "\n" not in violation.description
