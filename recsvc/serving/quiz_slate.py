"""Quiz slates: what the answers of a running session recommend, under its own hard filters."""

import msgspec

from quizzes.answers import Answer
from quizzes.definition import Quiz
from quizzes.engine import State
from quizzes.expression import Value
from quizzes.signals import ItemFilter, because, item_filters, loosened, wishes
from recsvc.domain.catalogue import Item
from recsvc.domain.placements import Placement, Strategy
from recsvc.domain.profile import Profile
from recsvc.domain.slates import Slate, SlateItem
from recsvc.model.prior import Answers, Wish
from recsvc.serving.consent import live_answers, live_facts
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.ports import QuizSession
from recsvc.serving.recommend import Recommender
from recsvc.serving.rules import Rule

SHOWN = 6
"""Items of a quiz result, where the definition asks for fewer."""


class QuizSlates:
    """Answers a session with the products that fit what was said so far."""

    def __init__(self, recommender: Recommender, catalogue: LiveCatalogue) -> None:
        self._recommender = recommender
        self._catalogue = catalogue

    def of(self, quiz: Quiz, session: QuizSession, state: State, profile: Profile) -> Slate:
        """The slate of a session; filters give way in their declared order while it is too short.

        An answer whose purpose was withdrawn says nothing; answers for somebody else (gift) stand alone.
        """
        live = live_answers(quiz, state, profile)
        told = tuple(Wish(*one) for one in wishes(quiz, live))
        said = Answers(live_facts(quiz, state, profile), told)
        visitor_id = None if state.gift else session.visitor_id
        limit = max(SHOWN, quiz.result.min)
        placement = Placement(id=f"quiz:{quiz.id}", strategy=Strategy.PERSONAL, limit=limit)
        for filters in loosened(item_filters(quiz, live)):
            rules = [self._rule(one) for one in filters]
            slate = self._recommender.quiz_slate(placement, visitor_id, session.locale, said, rules)
            if len(slate.items) >= quiz.result.min:
                break
        items = tuple(self._in_own_words(quiz, session.locale, live, one) for one in slate.items)
        return msgspec.structs.replace(slate, items=items)

    def _rule(self, item_filter: ItemFilter) -> Rule:
        def allows(item_id: str) -> bool:
            item = self._catalogue.get(item_id)
            return item is not None and item_filter.accepts(_values(item))

        return Rule(f"answer:{item_filter.question}", allows)

    def _in_own_words(self, quiz: Quiz, locale: str, live: dict[str, Answer], shown: SlateItem) -> SlateItem:
        """The shop's own sentence, where the answers are the reason and it wrote one for this item."""
        item = self._catalogue.get(shown.id)
        if item is None or shown.reason.code != "from_answers":
            return shown
        reasons = because(quiz, live, _values(item), locale)[: max(quiz.result.why, 1)]
        if not reasons:
            return shown
        text = " · ".join(one.text for one in reasons)
        return msgspec.structs.replace(shown, reason=msgspec.structs.replace(shown.reason, text=text))


def _values(item: Item) -> dict[str, Value]:
    """An item as the expressions of a quiz see it; one value of a list attribute is a text."""
    values: dict[str, Value] = {
        name: found[0] if len(found) == 1 else found for name, found in item.attribute_values().items()
    }
    price = item.sale_price if item.sale_price is not None else item.price
    return values | ({"price": price} if price is not None else {})
