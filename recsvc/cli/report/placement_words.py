"""Placement words: how outcomes are said, in tables and on pages alike."""

from recsvc.reports.numbers import NOTHING
from recsvc.serving.outcomes import Credited, SampleRatio
from recsvc.storefront.formats import money
from recsvc.storefront.words import Words, read_table


class PlacementWords(Words):
    """The words of the reports in one locale."""

    def __init__(self, locale: str) -> None:
        super().__init__(read_table("recsvc.cli.report"), locale)

    def arm(self, arm: str | None) -> str:
        """What an arm is called; those that a shop named keep their names."""
        key = f"arm.{'all' if arm is None else arm}"
        return self(key) if arm != "all" and self.has(key) else str(arm)

    def drawn(self, ratio: SampleRatio) -> str:
        """How many visitors each arm has, and would have by its share."""
        return self("remark.between").join(
            self(
                "remark.count", arm=self.arm(arm), found=f"{found:,}", expected=f"{ratio.expected[arm]:,.0f}"
            )
            for arm, found in ratio.visitors.items()
        )

    def credited(self, credited: Credited) -> str:
        """Pieces and money; money of several currencies side by side."""
        if not credited.lines:
            return NOTHING
        units = self("row.units", units=f"{credited.units:,g}")
        return " · ".join([units, *(self.money(paid, one) for one, paid in credited.revenue.items())])

    def money(self, amount: float, currency: str) -> str:
        """An amount."""
        return money(amount, currency, self.locale)

    def currency(self, currency: str) -> str:
        """What an amount is of; "" where events named no currency."""
        return currency or self("row.money")
