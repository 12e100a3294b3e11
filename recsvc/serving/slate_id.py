"""Slate ids: signed tokens that name everything an answer rested on, so that nothing has to be stored."""

import base64
import binascii
import hashlib
import hmac

import msgspec

from recsvc.domain.errors import InvalidRequestError
from recsvc.domain.slates import SlateRequest

SIGNATURE_BYTES = 12
DIGEST_BYTES = 8


class SlateFacts(msgspec.Struct, frozen=True, array_like=True):
    """What one slate was made from."""

    model: str | None
    placement: str
    placement_revision: str
    profile_revision: int
    catalogue_number: int
    arm: str | None
    seed: int
    at: int  # Unix seconds
    request: bytes  # its digest
    place: int = 0  # of the placement in the request: a page may ask for one twice
    quizzes: bytes = b""  # which revisions are published; b"" in ids that did not say it yet


class SlateSigner:
    """Makes and reads slate ids with the server's own secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, facts: SlateFacts) -> str:
        """The token of a slate; the same facts give the same token."""
        body = msgspec.msgpack.encode(facts)
        return base64.urlsafe_b64encode(body + self._signature(body)).rstrip(b"=").decode("ascii")

    def read(self, token: str) -> SlateFacts:
        """What a token says.

        Raises:
            InvalidRequestError: it was not made by this service.
        """
        try:
            signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            body, signature = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
            if hmac.compare_digest(signature, self._signature(body)):
                return msgspec.msgpack.decode(body, type=SlateFacts)
        except (binascii.Error, ValueError, msgspec.DecodeError):
            pass
        raise InvalidRequestError("The slate_id was not made by this service.", "/slate_id")

    def digest(self, request: SlateRequest) -> bytes:
        """Eight bytes that tell requests apart; whether the trail was asked for makes no other slate.

        Only this service can make them: the request names its visitor, and whoever holds a slate id could
        otherwise try names until one fits.
        """
        plain = msgspec.structs.replace(request, explain=False) if request.explain else request
        return self._mac(msgspec.msgpack.encode(plain), b"request", DIGEST_BYTES)

    def _signature(self, body: bytes) -> bytes:
        return self._mac(body, b"slate", SIGNATURE_BYTES)

    def _mac(self, body: bytes, purpose: bytes, size: int) -> bytes:
        # Keyed BLAKE2 is a MAC of its own, at a twentieth of HMAC's price: this is signed for every slate.
        key = self._secret[: hashlib.blake2b.MAX_KEY_SIZE]
        return hashlib.blake2b(body, key=key, person=purpose, digest_size=size).digest()
