"""OpenAPI: how a route says what it answers, with examples, and every refusal as application/problem+json."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from recsvc.http.examples import REQUEST_ID
from recsvc.http.problem_kinds import KINDS, ProblemKind
from recsvc.http.problems import MEDIA_TYPE, Problem

KEYED = ("unauthenticated", "token-refused", "not-allowed", "too-many-requests", "store-unavailable")
READING = ("invalid-request", "overloaded", *KEYED)
NO_INVENTED = {"generate_examples": False}
"""Litestar would fill the shapes with random letters, others each time."""

BY_KEY = [{"key": list[str]()}]
"""OpenAPI: the route takes a key."""

WRITING = ("invalid-request", "too-slow", "too-large", "unsupported-media-type", "overloaded", *KEYED)


def answers(
    status: int,
    shape: Any,
    description: str,
    example: dict[str, Any] | None,
    *refusals: str,
    media_type: str = "application/json",
) -> dict[int, ResponseSpec]:
    """What a route answers: its success, and the problems it may refuse with, by their names."""
    shown = [Example(value=example)] if example is not None else None
    specs = {
        status: ResponseSpec(
            shape, description=description, media_type=media_type, examples=shown, **NO_INVENTED
        )
    }
    kinds = [KINDS[name] for name in dict.fromkeys(refusals)]
    for code in sorted({kind.status for kind in kinds}):
        specs[code] = _refusal([kind for kind in kinds if kind.status == code])
    return specs


def _refusal(kinds: Sequence[ProblemKind]) -> ResponseSpec:
    return ResponseSpec(
        Problem,
        description="; ".join(kind.title for kind in kinds) + ".",
        media_type=MEDIA_TYPE,
        **NO_INVENTED,
        examples=[Example(summary=kind.name, value=_problem_example(kind)) for kind in kinds],
    )


def _problem_example(kind: ProblemKind) -> Any:
    problem = Problem(f"/problems/{kind.name}", kind.title, kind.status, kind.advice, REQUEST_ID)
    return msgspec.to_builtins(problem)


class RawSchema(OpenAPISchemaPlugin):
    """Describes elements that are decoded one by one as what each of them must be."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Whether it is undecoded JSON."""
        return field_definition.annotation is msgspec.Raw

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        """The schema of the type that its metadata names."""
        meta = next(one for one in field_definition.metadata if isinstance(one, msgspec.Meta))
        named = FieldDefinition.from_annotation((meta.extra or {})["schema"])
        return cast("Schema", schema_creator.for_field_definition(named))
