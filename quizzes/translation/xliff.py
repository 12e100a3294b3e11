"""XLIFF 1.2: texts as translation programs take them, one file element a locale."""

import re
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from quizzes.definition import Quiz
from quizzes.errors import TranslationError
from quizzes.translation.offers import Entry, Offer, entries

NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"
UNCARRIED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ASIDE = frozenset({"alt-trans", "seg-source", "note"})
"""Elements of a unit whose words are no translation of it."""


def to_xliff(quiz: Quiz) -> bytes:
    """Write all texts, from the first locale to each of the others.

    Raises:
        TranslationError: there is no other locale, or a text holds what XML cannot carry.
    """
    source, *targets = quiz.locales
    if not targets:
        raise TranslationError(f"the quiz `{quiz.id}` has no locale but `{source}`; add one to `locales`.")
    found = entries(quiz)
    files = [_file(quiz, found, source, target) for target in targets]
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<xliff version="1.2" xmlns="{NAMESPACE}">\n'
    return (head + "".join(files) + "</xliff>\n").encode()


def from_xliff(contents: bytes, name: str) -> list[Offer]:
    """Read the targets of an XLIFF file.

    Raises:
        TranslationError: it is no such file, or declares entities.
    """
    reader = _Reader(name)
    try:
        reader.parser.Parse(contents, True)  # noqa: FBT003 (expat takes it by position)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise TranslationError(
            f"{name}:{error.lineno}: not XML: {reason}; export the texts again."
        ) from error
    return reader.offers


def _file(quiz: Quiz, found: list[Entry], source: str, target: str) -> str:
    units = "".join(_unit(one, one.text.get(source, ""), one.text.get(target, "")) for one in found)
    named = " ".join(
        f"{name}={quoteattr(value)}"
        for name, value in (
            ("original", f"{quiz.id}@{quiz.revision}"),
            ("source-language", source),
            ("target-language", target),
            ("datatype", "plaintext"),
        )
    )
    return f"  <file {named}>\n    <body>\n{units}    </body>\n  </file>\n"


def _unit(entry: Entry, source: str, target: str) -> str:
    for words in (entry.address, source, target):
        bad = UNCARRIED.search(words)
        if bad:
            raise TranslationError(
                f"`{entry.address}` holds U+{ord(bad[0]):04X}, which XML cannot carry; remove it, "
                "or export as CSV."
            )
    state = "translated" if target.strip() else "needs-translation"
    return (
        f'      <trans-unit id={quoteattr(entry.address)} xml:space="preserve">\n'
        f"        <source>{_escaped(source)}</source>\n"
        f'        <target state="{state}">{_escaped(target)}</target>\n'
        "      </trans-unit>\n"
    )


def _escaped(words: str) -> str:
    """Carriage returns by number, for a reader makes plain ones into line feeds."""
    return escape(words, {"\r": "&#13;"})


class _Reader:
    """Collects the units of a document; one that declares a document type is refused unread."""

    def __init__(self, name: str) -> None:
        self.offers: list[Offer] = []
        self._name = name
        self._locale = ""
        self._address = ""
        self._line = 0
        self._words: dict[str, list[str]] = {}
        self._path: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _doctype(self, *_: Any) -> None:
        raise TranslationError(
            f"{self._name}:{self.parser.CurrentLineNumber}: a <!DOCTYPE is not read, for it can hide other "
            "files and endless text; remove it."
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, element = tag.rpartition(" ")
        if not self._path and (element, attributes.get("version"), namespace) != ("xliff", "1.2", NAMESPACE):
            raise TranslationError(f"{self._name} is no XLIFF 1.2; save it as that, or as CSV.")
        self._path.append(element)
        if element == "file":
            self._locale = attributes.get("target-language", "")
        elif element == "trans-unit":
            self._address, self._line = attributes.get("id", ""), self.parser.CurrentLineNumber
            self._words = {}
        elif element in {"source", "target"} and ASIDE.isdisjoint(self._path):
            self._words[element] = []

    def _end(self, _: str) -> None:
        if self._path.pop() == "trans-unit":
            source, target = self._words.get("source"), self._words.get("target", [])
            words = None if source is None else "".join(source)
            self.offers.append(Offer(self._line, self._address, self._locale, words, "".join(target)))

    def _characters(self, words: str) -> None:
        if ASIDE.isdisjoint(self._path):
            for element in ("source", "target"):
                if element in self._path:
                    self._words[element].append(words)
