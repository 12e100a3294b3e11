"""The text of a key: what kind it is, which one, 256 random bits, and a checksum.

`pk_` and `sk_` with the checksum let a scanner of repositories tell a leaked key from any other word, and a
mistyped one is refused before anything is looked up.
"""

import hashlib
import re
import secrets
import string
import zlib

from recsvc.domain.keys import KeyKind

PREFIXES = {KeyKind.PUBLISHABLE: "pk", KeyKind.SECRET: "sk"}
ALPHABET = string.digits + string.ascii_letters  # no dash: a double click takes the whole text
RANDOM_CHARACTERS = 43  # 43 · log2(62) = 256 bits
CHECK_CHARACTERS = 6
FORM = re.compile(
    rf"(?:pk|sk)_([0-9a-f]{{12}})_[0-9A-Za-z]{{{RANDOM_CHARACTERS}}}([0-9A-Za-z]{{{CHECK_CHARACTERS}}})"
)


def new_key_id() -> str:
    """An id to call a key by; it opens nothing."""
    return secrets.token_hex(6)


def new_text(kind: KeyKind, key_id: str) -> str:
    """A fresh text that opens a key."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    body = f"{PREFIXES[kind]}_{key_id}_{random}"
    return body + _check(body)


def key_id_of(text: str) -> str | None:
    """The id in a text, None where the text was never one of ours."""
    found = FORM.fullmatch(text)
    if found is None or _check(text[:-CHECK_CHARACTERS]) != found.group(2):
        return None
    return found.group(1)


def digest_of(text: str) -> str:
    """What is kept of a text: 256 random bits need no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def _check(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECK_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        digits += ALPHABET[digit]
    return digits
