"""Sheets: texts as CSV for spreadsheet programs, one row a text, one column a locale.

A cell that a program would take for a formula stands behind an apostrophe, which is taken off again.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from quizzes.definition import Quiz
from quizzes.errors import TranslationError
from quizzes.translation.offers import Offer, entries

ADDRESS = "address"
SOURCE = " (source)"
FORMULA = re.compile("^'*[=+\\-@\t\r\n＝＋－＠]")
"""The last four are signs to Japanese programs."""
HEADER = re.compile(rf'^"?{ADDRESS}"?([,;\t])')


def to_sheet(quiz: Quiz) -> bytes:
    """Write all texts as CSV, in UTF-8 with a byte order mark, without which Japanese opens as noise."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    first, *others = quiz.locales
    writer.writerow([ADDRESS, f"{first}{SOURCE}", *others])
    for entry in entries(quiz):
        writer.writerow(
            _guarded(cell) for cell in (entry.address, *(entry.text.get(one, "") for one in quiz.locales))
        )
    return stream.getvalue().encode("utf-8-sig")


def from_sheet(contents: bytes, name: str) -> list[Offer]:
    """Read the cells of a CSV file, but for those of its source; UTF-8, or CP932 as Japanese Excel saves it.

    Raises:
        TranslationError: it is no such file.
    """
    text = _decoded(contents, name)
    header = HEADER.match(text)
    if header is None:
        raise TranslationError(f"{name}:1: the first column is not `{ADDRESS}`; export the texts again.")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=header[1], strict=True)
    try:
        return list(_offers(rows))
    except csv.Error as error:
        raise TranslationError(
            f"{name}:{rows.line_num}: not CSV: {error}; export the texts again."
        ) from error


def _offers(rows: Any) -> Iterator[Offer]:
    columns = next(rows)
    source = next((row for row, one in enumerate(columns) if one.endswith(SOURCE)), None)
    if source is not None and set(columns) == {ADDRESS, columns[source]}:  # its words are what is sent
        columns[source], source = columns[source].removesuffix(SOURCE), None
    for cells in rows:
        if not any(cells):
            continue
        line = rows.line_num - sum(cell.count("\n") for cell in cells)
        plain = [_plain(cell) for cell in cells] + [""] * (len(columns) - len(cells))
        for row, locale in enumerate(columns):
            if row not in {0, source} and locale.strip():
                yield Offer(line, plain[0], locale.strip(), plain[source] if source else None, plain[row])


def _decoded(contents: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return contents.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TranslationError(f"{name} is neither UTF-8 nor CP932; save it as CSV UTF-8.")


def _guarded(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
