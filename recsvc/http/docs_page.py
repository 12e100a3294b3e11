"""Docs page: the OpenAPI document as one page to read, without a script and without an outside address."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

METHODS = ("get", "post", "put", "patch", "delete")
Node = Mapping[str, Any]

TEMPLATES = Environment(
    loader=PackageLoader("recsvc.http"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _with_code(text: str) -> Markup:
    """A sentence with what stands between backticks set as code."""
    parts = (
        Markup("<code>{}</code>").format(part) if row % 2 else escape(part)
        for row, part in enumerate(text.split("`"))
    )
    return Markup("").join(parts)


TEMPLATES.filters["sentence"] = _with_code


class Field(NamedTuple):
    """One member of a body, or one parameter."""

    name: str
    kind: str  # in words
    shapes: tuple[str, ...]  # named shapes it is made of
    required: bool
    description: str
    place: str = ""  # of a parameter: path, query or header


class Answer(NamedTuple):
    """One status a route answers with."""

    status: str
    description: str
    media_type: str
    shapes: tuple[str, ...]
    examples: tuple[str, ...]


class Operation(NamedTuple):
    """One route and method."""

    id: str
    method: str
    path: str
    summary: str
    paragraphs: tuple[str, ...]
    parameters: tuple[Field, ...]
    body_type: str
    body_shapes: tuple[str, ...]
    body_examples: tuple[str, ...]
    answers: tuple[Answer, ...]


def render_page(document: Node) -> bytes:
    """The page of an OpenAPI document."""
    operations = list(_operations(document))
    groups = [
        (tag["name"], tag["description"], [one for name, one in operations if name == tag["name"]])
        for tag in document["tags"]
    ]
    shapes = {name: _fields(schema) for name, schema in sorted(document["components"]["schemas"].items())}
    notes = {
        name: schema.get("description", "") for name, schema in document["components"]["schemas"].items()
    }
    values = {
        name: schema["enum"] for name, schema in document["components"]["schemas"].items() if "enum" in schema
    }
    page = TEMPLATES.get_template("docs.html")
    text = page.render(info=document["info"], groups=groups, shapes=shapes, notes=notes, values=values)
    return text.encode()


def _operations(document: Node) -> Iterator[tuple[str, Operation]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield item[method]["tags"][0], _operation(path, method, item[method])


def _operation(path: str, method: str, found: Node) -> Operation:
    body_type, body = _first(found.get("requestBody", {}))
    schema = body.get("schema", {})
    return Operation(
        id=found["operationId"],
        method=method.upper(),
        path=path,
        summary=found["summary"],
        paragraphs=tuple(found.get("description", "").split("\n\n")),
        parameters=tuple(_parameter(one) for one in found.get("parameters", ())),
        body_type=body_type,
        body_shapes=_shapes(schema),
        body_examples=tuple(_pretty(one) for one in schema.get("examples", ())),
        answers=tuple(_answer(status, one) for status, one in sorted(found["responses"].items())),
    )


def _parameter(found: Node) -> Field:
    schema = found["schema"]
    description = found.get("description") or schema.get("description", "")
    return Field(found["name"], kind_of(schema), (), found["required"], description, found["in"])


def _answer(status: str, found: Node) -> Answer:
    media_type, content = _first(found)
    shown = tuple(_pretty(one["value"]) for one in content.get("examples", {}).values())
    return Answer(status, found["description"], media_type, _shapes(content.get("schema", {})), shown)


def _first(found: Node) -> tuple[str, Node]:
    """The media type and content of a body."""
    content: Mapping[str, Node] = found.get("content", {})
    return next(iter(content.items()), ("", {}))


def _fields(schema: Node) -> tuple[Field, ...]:
    required = set(schema.get("required", ()))
    return tuple(
        Field(name, kind_of(one), _shapes(one), name in required, one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    )


def kind_of(schema: Node) -> str:
    """A schema in words: `list of text`, `number or nothing`."""
    if "$ref" in schema:
        return _name(schema["$ref"])
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(kind_of(one) for one in schema[several]))
    if "enum" in schema or "const" in schema:
        values = schema.get("enum") or [schema["const"]]
        return " or ".join(json.dumps(value) for value in values)
    return _plain_kind(schema)


def _plain_kind(schema: Node) -> str:
    kind = schema.get("type")
    if kind == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    if kind == "object" and schema.get("additionalProperties"):
        return f"names with {kind_of(schema['additionalProperties'])}"
    words = {"string": "text", "integer": "whole number", "null": "nothing", "boolean": "true or false"}
    if schema.get("format") == "date-time":
        return "time"
    return words.get(str(kind), str(kind or "anything"))


def _shapes(schema: Any) -> tuple[str, ...]:
    """The named shapes that a schema is made of, in order."""
    if isinstance(schema, Mapping):
        own = (_name(schema["$ref"]),) if "$ref" in schema else ()
        return tuple(dict.fromkeys((*own, *(name for part in schema.values() for name in _shapes(part)))))
    if isinstance(schema, list):
        return tuple(name for part in schema for name in _shapes(part))
    return ()


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
