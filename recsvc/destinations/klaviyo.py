"""Klaviyo: facts and segments as properties of a profile, by its HTTP API of revision 2026-07-15."""

from typing import Any, Final
from urllib.parse import quote

from recsvc.destinations.sender import Sender
from recsvc.domain.destinations import Outgoing
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.serving.targets import UndeliveredError

ADDRESS: Final = "https://a.klaviyo.com"
REVISION: Final = "2026-07-15"
PREFIX: Final = "recsvc_"
"""What the names of all our properties begin with: the shop's own ones are never touched."""


class Klaviyo:
    """Writes profiles by the shop's id of the customer; whoever has none cannot be told apart there.

    Args:
        sender: sends.
        secret: a private key of the scopes profiles and data-privacy.
        url: another address than the public one.
    """

    def __init__(self, sender: Sender, secret: str, url: str | None) -> None:
        self._sender = sender
        self._address = (url or ADDRESS).rstrip("/")
        self._headers = {
            "authorization": f"Klaviyo-API-Key {secret}",
            "revision": REVISION,
            "accept": "application/vnd.api+json",
            "content-type": "application/vnd.api+json",
        }

    def takes(self, content: Outgoing) -> bool:
        """Customers only."""
        return _customer(content) is not None

    def put(self, delivery_id: str, content: Outgoing, before: Outgoing | None) -> None:  # noqa: ARG002
        """Write the properties, and take away those that no longer hold."""
        properties = _properties(content)
        former = _properties(before) if before is not None else {}
        self._import(content, properties, sorted(former.keys() - properties.keys()))

    def close(self) -> None:
        """Let go of the connections."""
        self._sender.close()

    def remove(self, delivery_id: str, before: Outgoing, *, erased: bool) -> None:  # noqa: ARG002
        """Take our properties away; of an erased visitor delete the whole profile."""
        if not erased:
            self._import(before, {}, sorted(_properties(before)))
            return
        profile = self._profile_of(before)
        if profile is not None:
            about = {"profile": {"data": {"type": "profile", "id": profile}}}
            body = {"data": {"type": "data-privacy-deletion-job", "attributes": about}}
            self._sender.post(f"{self._address}/api/data-privacy-deletion-jobs", self._headers, body)

    def _import(self, content: Outgoing, properties: dict[str, Any], gone: list[str]) -> None:
        profile: dict[str, Any] = {
            "type": "profile",
            "attributes": {"external_id": _known_customer(content), "properties": properties},
        }
        if gone:
            profile["meta"] = {"patch_properties": {"unset": gone}}
        self._sender.post(f"{self._address}/api/profile-import", self._headers, {"data": profile})

    def _profile_of(self, content: Outgoing) -> str | None:
        """Klaviyo's own id of a profile, by which alone it deletes; None where there is none."""
        wanted = quote(f'equals(external_id,"{_quoted(_known_customer(content))}")')
        url = f"{self._address}/api/profiles?filter={wanted}&fields[profile]=external_id"
        found = self._sender.send("GET", url, self._headers).get("data")
        if not isinstance(found, list):
            raise UndeliveredError("It answered no list of profiles.", is_outage=True)
        return next((str(one["id"]) for one in found if isinstance(one, dict) and "id" in one), None)


def _properties(content: Outgoing) -> dict[str, Any]:
    facts = {f"{PREFIX}fact_{fact}": values for fact, values in content.facts.items()}
    return {**facts, f"{PREFIX}segments": content.segments}


def _customer(content: Outgoing) -> Identity | None:
    return next((one for one in content.identities if one.kind is IdentityKind.CUSTOMER), None)


def _known_customer(content: Outgoing) -> str:
    customer = _customer(content)
    if customer is None:
        raise UndeliveredError("The visitor is no customer.", is_outage=False)
    return customer.value


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
