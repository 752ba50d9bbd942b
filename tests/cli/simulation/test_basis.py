from cli.simulation.basis import DAY, CallBasis


def basis(is_recorded=True, replays=91, **fields):
    return CallBasis(is_recorded, replays, 3210, "2015-04-01", "2015-06-30", **fields)


def test_what_results_rest_on_in_words():
    assert basis().text == "91 recorded shifts with 3,210 calls"
    assert basis(replays=1, units=DAY).text == "1 recorded day with 3,210 calls"
    assert (
        basis(False, 200, copies=3).text
        == "200 sampled shifts with 3,210 calls, each with 3 scenarios laid over each other"
    )
    assert basis(copies=2).text.endswith("each with 2 weeks of calls laid over each other")
    assert basis().days_text == "2015-04-01 to 2015-06-30"


def test_intervals_are_over_weeks_where_there_are_enough():
    assert basis().intervals_over == "weeks"
    assert basis(replays=27).intervals_over == "shifts"
    assert basis(replays=1).intervals_over == ""
    assert basis(False, 200).intervals_over == "sampled shifts"
    assert not basis(replays=9).is_enough
