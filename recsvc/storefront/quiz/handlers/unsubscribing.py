"""The page behind the unsubscribe link of a mail: one button, which mail programs press for their reader."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from quizzes.texts import in_locale
from recsvc.http.access import UNCOUNTED
from recsvc.storefront.quiz.pages import QuizPages
from recsvc.storefront.quiz.parts import PageRequest
from recsvc.storefront.quiz.reading import locale_of


@get("/unsubscribe", sync_to_thread=False)
def show_unsubscribe(
    request: PageRequest, pages: NamedDependency[QuizPages], token: FromQuery[str] = ""
) -> Response[str]:
    """What would end, and the button; opening it ends nothing, for mail scanners open it too."""
    purpose = pages.parts.unsubscribing.look(token).purpose
    locale = _locale(request, pages)
    told = pages.parts.contacts.purposes(purpose)
    wording = next((in_locale(quiz, one.text, locale) for quiz, one in told), None)
    return pages.page("unsubscribe.html", locale, wording=wording, token=token)


@post("/unsubscribe", status_code=200, opt=UNCOUNTED)
async def unsubscribe(
    request: PageRequest, pages: NamedDependency[QuizPages], token: FromQuery[str] = ""
) -> Response[str]:
    """Withdraw the purpose, whatever form is posted: RFC 8058 leaves its encoding to the mail program.

    Providers post for all their readers from a few addresses, so no limit of an address holds.
    """
    locale = _locale(request, pages)
    await pages.parts.unsubscribing.end(token, locale)
    return pages.page("unsubscribed.html", locale)


def _locale(request: PageRequest, pages: QuizPages) -> str:
    """The language of the mail, where the shop has it."""
    locales = pages.parts.locales
    named = request.query_params.get("locale")
    return named if named in locales else locale_of(request, locales)
