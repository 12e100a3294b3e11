"""Answer forms: what a page without a script posts becomes what the answer route takes."""

from quizzes.answers import from_form
from quizzes.definition import Basis, Kind, Question, Quiz
from quizzes.errors import AnswerError
from recsvc.domain.errors import AnswerRefusedError
from recsvc.http.payloads import AnswerForm
from recsvc.serving.ports import Store
from recsvc.serving.session_view import SessionView


def raw_answer(quiz: Quiz, question: Question, form: AnswerForm) -> dict[str, object]:
    """`{"value": …}` or `{"skip": true}`; nothing chosen is no answer, and not a skip.

    Raises:
        AnswerRefusedError: nothing was chosen, or an opt-in wording was not agreed to.
    """
    if form.action == "skip" or question.kind is Kind.INFO:
        return {"skip": True}
    values = [value for value in form.value if value.strip()]
    if not values and not (question.takes_many and question.picks[0] == 0):
        raise AnswerRefusedError(f"Question `{question.id}`: choose an answer, or skip.", "empty")
    purpose = quiz.purpose_of(question)
    if purpose and purpose.basis is Basis.OPT_IN and question.kind is not Kind.CONTACT and not form.agreed:
        raise AnswerRefusedError(
            f"Question `{question.id}` is kept only by those who agree: send `agreed=yes`, or skip.",
            "not_agreed",
        )
    try:
        return from_form(question, values)
    except AnswerError as error:
        raise AnswerRefusedError(str(error), error.code) from error


def last_answered(store: Store, view: SessionView, question_id: str) -> str | None:
    """This question where it is answered, else the one answered last; what is merely known is neither."""
    session = store.read_session(view.session)
    given = [name for name, _ in session.answers if name in view.answers] if session else []
    return question_id if question_id in given else next(reversed(given), None)
