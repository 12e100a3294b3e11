"""Quiz contacts: what a quiz does with an address, so that no session ever holds one."""

from typing import Final

import msgspec

from quizzes.answers import Answer
from quizzes.definition import Kind, Question, Quiz
from quizzes.engine import State
from recsvc.domain.contacts import EMAIL
from recsvc.domain.errors import AnswerRefusedError, TooManyMessagesError
from recsvc.domain.events import QuizStep
from recsvc.serving.contacts import Contacts, Wish
from recsvc.serving.ports import QuizSession

CONTACT: Final = "contact"
"""The member of a kept answer that names the contact which waits."""

WAITING, CONFIRMED, NOT_SENT, PLATFORM = "waiting", "confirmed", "not_sent", "platform"
"""What became of a contact: a message was asked for; its owner said yes; nothing is sent, or the link is
over; the platform asks by itself."""


class QuizContacts:
    """Takes the addresses out of answers, and says what became of them."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts

    async def keep(self, quiz: Quiz, session: QuizSession, question: Question, answer: Answer) -> Answer:
        """Ask for the confirmation of an answer's address; the answer as a session may keep it.

        What was asked for by the former answer to the question ends, unless it is the same.

        Raises:
            AnswerRefusedError: too many messages were asked for today.
            StoreUnavailableError: the store does not answer; nothing was asked for.
        """
        if question.kind is not Kind.CONTACT:
            return answer
        kept: dict[str, str] = {}
        if isinstance(answer.value, dict):
            kept = await self._ask(quiz, session, question, answer.value)
            answer = msgspec.structs.replace(answer, value=kept)
        former = _asked_before(session, question)
        if former is not None and former != kept.get(CONTACT):
            await self._contacts.cancel(former)
        return answer

    async def take_back(self, session: QuizSession, question: Question) -> None:
        """End what an answer asked for, unless its owner has said yes.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        former = _asked_before(session, question)
        if former is not None:
            await self._contacts.cancel(former)

    async def _ask(
        self, quiz: Quiz, session: QuizSession, question: Question, value: dict[str, str]
    ) -> dict[str, str]:
        """What a session may keep of an answer."""
        channel = next((one for one in question.channels if one.via == value["via"]), None)
        purpose = quiz.purposes.get(channel.purpose) if channel else None
        if value["via"] != EMAIL or not channel or not purpose or not self._contacts.sends:
            return {"via": value["via"]}
        step = QuizStep(quiz.id, quiz.revision, question.id, session.session_id, session.touchpoint)
        wish = Wish(
            value["address"], channel.purpose, purpose.policy, session.locale, step, purpose.keep_days
        )
        try:
            contact = await self._contacts.ask(session.visitor_id, wish)
        except TooManyMessagesError as error:
            raise AnswerRefusedError(str(error), error.code) from error
        return {"via": value["via"], CONTACT: contact.contact_id}

    def state(self, state: State) -> str | None:
        """What became of the contact that a session asked for; None where it asked for none."""
        found = (answer.value for answer in state.live.values())
        value = next((one for one in found if isinstance(one, dict)), None)
        if value is None:
            return None
        if value["via"] != EMAIL:
            return PLATFORM
        contact = self._contacts.find(value[CONTACT]) if CONTACT in value else None
        if contact is None:
            return NOT_SENT
        return WAITING if contact.confirmed_at is None else CONFIRMED


def _asked_before(session: QuizSession, question: Question) -> str | None:
    """The contact that the kept answer to a question names, None where it names none."""
    raw = dict(session.answers).get(question.id)
    value = msgspec.json.decode(raw, type=Answer).value if raw is not None else None
    return value.get(CONTACT) if isinstance(value, dict) else None
