"""A store that is down."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import StoreUnavailableError
from recsvc.stores.memory import MemoryStore

DOWN = StoreUnavailableError("The database does not answer; nothing was kept, try again.")


class FailingStore(MemoryStore):
    """Reads what it has, and takes nothing."""

    def append(self, *_: Any, **__: Any) -> Future[list[bool]]:
        return _failed()

    def put_items(self, items: Sequence[Item]) -> Future[int]:  # noqa: ARG002
        return _failed()

    def delete_item(self, item_id: str) -> Future[bool]:  # noqa: ARG002
        return _failed()

    def check(self) -> None:
        raise DOWN


def _failed() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(DOWN)
    return future
