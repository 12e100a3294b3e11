"""Markup: the elements and attributes of a page, as a strict reader finds them."""

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "input", "img", "rect", "line", "circle", "path"}


class Reader(HTMLParser):
    """Collects elements, and refuses what does not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()

    def all(self, name: str) -> list[str]:
        return [value for attribute, value in self.attributes if attribute == name]
