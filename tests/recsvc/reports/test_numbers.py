"""Numbers are written for people."""

from recsvc.reports import numbers


def test_numbers_are_written_for_people() -> None:
    assert [numbers.count(1234567), numbers.count(None)] == ["1,234,567", "–"]
    assert [numbers.signed(-0.0213), numbers.change(1.4663), numbers.percent(0.01163)] == [
        "−0.021",
        "+147%",
        "1.2%",
    ]
    assert [numbers.megabytes(870.4), numbers.megabytes(1432.0)] == ["870 MB", "1.4 GB"]
