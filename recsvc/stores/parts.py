"""Parts: what works for a store beside its statements."""

from typing import Protocol


class Part(Protocol):
    """Something with a thread of its own, or that looks after files."""

    def pause(self) -> None:
        """Use the writer's pause after a group."""
        ...

    def compact(self, *, anew: bool) -> None:
        """Leave no byte of deleted rows in files of ours; `anew` writes large ones anew, too."""
        ...

    def close(self) -> None:
        """Stop."""
        ...
