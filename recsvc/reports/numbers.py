"""Numbers as people read them on a page."""

NOTHING = "–"
GB = 1_000.0  # MB


def count(value: float | None) -> str:
    """A number of things."""
    return NOTHING if value is None else f"{value:,.0f}"


def score(value: float | None, digits: int = 3) -> str:
    """A metric."""
    return NOTHING if value is None else _minus(f"{value:.{digits}f}")


def signed(value: float | None, digits: int = 3) -> str:
    """A difference."""
    return NOTHING if value is None else _minus(f"{value:+.{digits}f}")


def percent(value: float | None, digits: int = 1) -> str:
    """A share."""
    return NOTHING if value is None else _minus(f"{value:.{digits}%}")


def change(value: float | None, digits: int = 0) -> str:
    """A relative difference."""
    return NOTHING if value is None else _minus(f"{value:+.{digits}%}")


def megabytes(value: float) -> str:
    """A size of memory."""
    return f"{value / GB:.1f} GB" if value >= GB else f"{value:.0f} MB"


def plain(value: float) -> str:
    """A tick of an axis: no more digits than it has."""
    return _minus(f"{value:,.6g}")


def _minus(text: str) -> str:
    return text.replace("-", "−")
