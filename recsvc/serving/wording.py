"""Wording: the sentence of each reason code in each language, with the names of items and answers."""

from collections.abc import Callable, Mapping, Sequence

from recsvc.domain.slates import Because

Names = Callable[[str, str, str], str | None]
"""(kind, id, locale) → what a shopper calls it; None where it has no name."""

SENTENCES: dict[str, dict[str, str]] = {
    "because_bought": {"en": "Because you bought {item}", "ja": "「{item}」をご購入いただいたため"},
    "because_viewed": {"en": "Because you looked at {item}", "ja": "「{item}」をご覧になったため"},
    "bought_before": {"en": "You have bought this before", "ja": "以前ご購入いただいた商品です"},
    "from_answers": {"en": "Because of your answer: {answer}", "ja": "ご回答「{answer}」から選びました"},
    "buy_again": {"en": "Time to buy this again?", "ja": "そろそろ買い足しの時期です"},
    "recently_viewed": {"en": "You looked at this", "ja": "最近ご覧になった商品です"},
    "trending": {"en": "Selling more than usual right now", "ja": "いま売れ行きが伸びている商品です"},
    "new_arrival": {"en": "New in this shop", "ja": "当店の新着商品です"},
    "chosen_by_shop": {"en": "Chosen by this shop", "ja": "当店が選んだ商品です"},
    "pinned": {"en": "Chosen by this shop", "ja": "当店が選んだ商品です"},
    "popular": {"en": "Popular in this shop", "ja": "当店で人気の商品です"},
    "similar": {"en": "Similar to {item}", "ja": "「{item}」に似ています"},
    "bought_together": {"en": "Often bought with {item}", "ja": "「{item}」とよく一緒に買われています"},
    "goes_with_cart": {"en": "Goes with {item} in your cart", "ja": "カートの「{item}」によく合います"},
}
WITHOUT_NAME: dict[str, dict[str, str]] = {
    "from_answers": {"en": "Because of your answers", "ja": "ご回答から選びました"},
    "because_bought": {"en": "Because of what you bought", "ja": "ご購入履歴から選びました"},
    "because_viewed": {"en": "Because of what you looked at", "ja": "閲覧履歴から選びました"},
    "similar": {"en": "Similar to this product", "ja": "この商品に似ています"},
    "bought_together": {"en": "Often bought together", "ja": "よく一緒に買われています"},
    "goes_with_cart": {"en": "Goes with your cart", "ja": "カートの商品によく合います"},
}


NAMED = {
    code: kind
    for code, sentences in SENTENCES.items()
    for kind in ("item", "answer")
    if "{" + kind + "}" in sentences["en"]
}
"""Code → the kind of what its sentence names."""


class Wording:
    """Sentences in one language; each is made once a page, for many items have the same reason."""

    def __init__(self, locale: str, names: Names) -> None:
        self._locale = locale
        self._language = locale.partition("-")[0]
        self._names = names
        self._said: dict[tuple[str, str | None], str] = {}

    def text(self, code: str, because: Sequence[Because]) -> str:
        """The sentence of a code; English where the language has none."""
        kind = NAMED.get(code)
        best = None
        if kind is not None:
            for one in because:  # mostly the first
                if one.kind == kind:
                    best = one.id
                    break
        said = self._said.get((code, best))
        if said is None:
            said = self._said[code, best] = self._sentence(code, kind, best)
        return said

    def title(self, titles: Mapping[str, str], item_id: str | None) -> str | None:
        """A heading in this language, else the first there is; None where it would name nothing."""
        found = titles.get(self._locale) or titles.get(self._language)
        found = found or next(iter(titles.values()), None)
        if found is None or "{item}" not in found:
            return found
        name = self._names("item", item_id, self._locale) if item_id is not None else None
        return found.replace("{item}", name) if name else None

    def _sentence(self, code: str, kind: str | None, best: str | None) -> str:
        if kind is None:
            return self._in_language(SENTENCES[code])
        name = self._names(kind, best, self._locale) if best is not None else None
        if not name:
            return self._in_language(WITHOUT_NAME[code])
        return self._in_language(SENTENCES[code]).replace("{" + kind + "}", name)

    def _in_language(self, sentences: dict[str, str]) -> str:
        return sentences.get(self._language, sentences["en"])
