"""Problem pages: what each `type` of a problem means, at the address that it is."""

from litestar import Response, get
from litestar.exceptions import NotFoundException

from recsvc.http.docs_page import TEMPLATES
from recsvc.http.payloads import PathId
from recsvc.http.problem_kinds import KINDS


@get("/problems", sync_to_thread=False, include_in_schema=False)
def get_problems() -> Response[str]:
    """List all kinds of problems."""
    return _page("Problems", list(KINDS))


@get("/problems/{name:str}", sync_to_thread=False, include_in_schema=False)
def get_problem(name: PathId) -> Response[str]:
    """Explain one kind."""
    if name not in KINDS:
        raise NotFoundException
    return _page(KINDS[name].title, [name])


def _page(title: str, names: list[str]) -> Response[str]:
    kinds = [KINDS[name] for name in names]
    return Response(
        TEMPLATES.get_template("problems.html").render(title=title, kinds=kinds), media_type="text/html"
    )


HANDLERS = (get_problems, get_problem)
