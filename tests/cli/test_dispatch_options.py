import click
import pytest
from click.testing import CliRunner

from cli.dispatch_options import copies_option, dispatch_options, objective_options, objective_text, rules_text
from officers.demand.v1 import demand_pb2
from officers.demand.v1.demand_pb2 import DispatchRules, Objective
from serving.errors import InvalidArgument


@click.command()
@dispatch_options
@objective_options
@copies_option
@click.pass_context
def command(context: click.Context, rules: DispatchRules, objective: Objective, copies: int) -> None:
    context.obj.update(rules=rules, objective=objective, copies=copies)


def parse(*arguments: str) -> dict[str, object]:
    found: dict[str, object] = {}
    command.main(list(arguments), standalone_mode=False, obj=found)
    return found


def test_defaults_are_those_of_the_service():
    found = parse()
    assert found["rules"] == DispatchRules(territory=demand_pb2.TERRITORY_WHOLE_AREA, queue=demand_pb2.QUEUE_FIRST_COME)
    assert found["objective"] == Objective(robustness=demand_pb2.ROBUSTNESS_NONE)
    assert found["copies"] == 1


def test_every_option_reaches_the_request():
    found = parse(
        "--territory", "adjacent-only", "--queue", "urgent-first", "--send-returning", "--preempt", "--patience", "45",
        "--robust", "worst-shifts", "--robust-weight", "0.25", "--urgent-weight", "3", "--copies", "3",
    )  # fmt: skip
    assert found["rules"] == DispatchRules(
        territory=demand_pb2.TERRITORY_ADJACENT_ONLY,
        queue=demand_pb2.QUEUE_URGENT_FIRST,
        sends_returning=True,
        preempts=True,
        patience_minutes=45,
    )
    assert found["objective"] == Objective(
        robustness=demand_pb2.ROBUSTNESS_WORST_SHIFTS, robust_weight=0.25, urgent_weight=3
    )
    assert found["copies"] == 3


def test_a_weight_without_what_it_weighs_is_told():
    with pytest.raises(InvalidArgument, match=r"^--robust-weight: Expected --robust worst-sector or worst-shifts"):
        parse("--robust-weight", "0.5")


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (("--territory", "city"), "'whole-area', 'adjacent-first', 'adjacent-only'"),
        (("--robust-weight", "0"), "0<x<=1"),
        (("--patience", "-1"), "x>=0"),
        (("--copies", "0"), "1<=x<=50"),
    ],
)
def test_values_that_are_not_allowed_name_the_option_and_what_is(arguments, allowed):
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert arguments[0] in result.output
    assert allowed in result.output


def test_rules_and_objective_in_words():
    assert rules_text(DispatchRules()).startswith("The soonest free car goes, wherever its sector; waiting calls take")
    strict = DispatchRules(territory=demand_pb2.TERRITORY_ADJACENT_ONLY, preempts=True, patience_minutes=20)
    assert "else the call waits" in rules_text(strict)
    assert "give up after 20 minutes" in rules_text(strict)
    robust = Objective(robustness=demand_pb2.ROBUSTNESS_WORST_SECTOR, urgent_weight=3)
    assert objective_text(robust).endswith("counts as 3 others; half of it in the sector that is worst off.")
