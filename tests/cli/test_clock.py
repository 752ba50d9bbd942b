from cli.clock import clock_times, duration, minutes_of


def test_times_go_on_after_midnight():
    assert clock_times("22:00", 90, 3) == ["22:00", "23:30", "01:00"]
    assert minutes_of("07:30") == 450
    assert (duration(720), duration(450)) == ("12 h", "7.5 h")
