"""Quiz slates: what the answers of a running session recommend, under its own hard filters."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from quizzes.answers import Answer
from quizzes.arms import first_of
from quizzes.catalogue import Mask
from quizzes.definition import Quiz
from quizzes.engine import Chooser, State, in_file_order
from quizzes.result import SHOWN, Chosen, choose, concerned
from quizzes.signals import Because, carried, reasons, wishes
from recsvc.domain.placements import Strategy
from recsvc.domain.profile import Profile
from recsvc.domain.slates import PlacementRequest, Slate, SlateItem, SlateRequest
from recsvc.model.prior import Answers, Wish
from recsvc.model.scoring import Scores
from recsvc.serving.asked import Ask
from recsvc.serving.candidates import Candidate
from recsvc.serving.consent import live_answers, live_facts
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.page import Page
from recsvc.serving.ports import QuizSession
from recsvc.serving.quiz_information import QuizInformation
from recsvc.serving.recommend import Recommender
from recsvc.serving.timing import timed
from recsvc.serving.visitor import NOBODY

OWN_WORDS = frozenset({"from_answers", "popular"})
"""Reasons that the shop's own sentence may replace."""


class QuizSlates:
    """Answers a session with the products that fit what was said so far."""

    def __init__(self, recommender: Recommender, catalogue: LiveCatalogue) -> None:
        self._recommender = recommender
        self._catalogue = catalogue
        self._information = QuizInformation()

    def of(self, quiz: Quiz, session: QuizSession, state: State, profile: Profile) -> Slate:
        """The slate of a session; filters give way in their declared order while it is too short."""
        asked = _asked(quiz)
        live = live_answers(quiz, state, profile)
        withheld = _is_withheld(quiz, state, live)
        page = None if withheld else self.page(quiz, session, state, profile)
        if page is None:
            slate = self._recommender.telling.empty(_request(quiz, session, state), asked, profile)
            dropped = {"required_answer": len(self._catalogue)} if withheld else {}
            return msgspec.structs.replace(slate, dropped=dropped)
        scores = page.ranked.scores()
        chosen = choose(quiz, live, page.offered.columns, scores, limit=SHOWN)
        found = [Candidate(row, float(scores[row]), Strategy.PERSONAL) for row in chosen.rows]
        slate = self._recommender.telling.explained(page, asked, found, chosen.dropped)
        said = reasons(quiz, live, session.locale)
        why = max(quiz.result.why, 1)
        items = tuple(
            self._in_own_words(said, why, msgspec.structs.replace(item, slot=slot))
            for item, slot in zip(slate.items, chosen.slots, strict=True)
        )
        return msgspec.structs.replace(slate, items=items, relaxed=_relaxed(chosen))

    def chooser(self, quiz: Quiz, session: QuizSession, profile: Profile) -> Chooser:
        """Who decides which question of a session is next, by the model that is live."""
        artifact = self._recommender.artifact
        if artifact is None:
            return in_file_order

        def about() -> Mask:
            return concerned(quiz, self._recommender.offered(artifact).columns)

        def scores(state: State) -> Scores:
            page = self.page(quiz, session, state, profile)
            return np.where(about(), page.ranked.scores(), -np.inf) if page else np.empty(0)

        return self._information.chooser(quiz, artifact, scores, first_of(quiz, session.arm), about)

    def page(self, quiz: Quiz, session: QuizSession, state: State, profile: Profile) -> Page | None:
        """The scores of all items after the answers of a state; None without a model.

        An answer whose purpose was withdrawn says nothing; answers for somebody else (gift) stand alone.
        """
        live = live_answers(quiz, state, profile)
        told = tuple(Wish(*one) for one in wishes(quiz, live))
        said = Answers(live_facts(quiz, state, profile), told)
        request = _request(quiz, session, state)
        with timed("score"):
            (page,) = self._recommender.scored([Ask(request, NOBODY if state.gift else profile, said=said)])
        return page

    def _in_own_words(self, said: Sequence[Because], why: int, shown: SlateItem) -> SlateItem:
        """The shop's own sentence, where an item carries what was wished for and history is no reason."""
        item = self._catalogue.get(shown.id)
        if item is None or shown.reason.code not in OWN_WORDS:
            return shown
        fitting = carried(said, item.values())[:why]
        if not fitting:
            return shown
        text = " · ".join(one.text for one in fitting)
        reason = msgspec.structs.replace(shown.reason, code="from_answers", text=text)
        return msgspec.structs.replace(shown, reason=reason)


def _is_withheld(quiz: Quiz, state: State, live: Mapping[str, Answer]) -> bool:
    """Whether what decides what may be shown at all (age) is not said, or may not be used any more."""
    return state.withheld or any(
        one.is_gate and one.id in state.live and one.id not in live for one in quiz.questions
    )


def _asked(quiz: Quiz) -> PlacementRequest:
    return PlacementRequest(f"quiz:{quiz.id}")


def _request(quiz: Quiz, session: QuizSession, state: State) -> SlateRequest:
    return SlateRequest(None if state.gift else session.visitor_id, (_asked(quiz),), session.locale)


def _relaxed(chosen: Chosen) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.question for one in chosen.relaxed))
