"""Together: profiles that ask at the same moment are scored in one pass over the factors."""

import asyncio

from recsvc.serving.queries import Ranked, score_together


class Together:
    """Gathers who arrives while the loop is at work, and scores them when it comes round again.

    Nobody waits for a clock: one who asks alone is scored at the next turn of the loop, and many who ask at
    once share what takes longest, the way of the factors through memory (20,000 items × 80 numbers: 135 µs
    alone, 58 each of 32; 100,000: 1.6 ms alone, 0.4 each).
    """

    def __init__(self) -> None:
        self._waiting: dict[Ranked, asyncio.Future[None]] = {}

    async def score(self, ranked: Ranked) -> None:
        """Have a profile scored, unless it was before; once for all who ask for the same one."""
        if ranked.is_scored:
            return
        scored = self._waiting.get(ranked)
        if scored is None:
            loop = asyncio.get_running_loop()
            scored = self._waiting[ranked] = loop.create_future()
            if len(self._waiting) == 1:
                loop.call_soon(self._score_all)
        await asyncio.shield(scored)

    def _score_all(self) -> None:
        waiting, self._waiting = self._waiting, {}
        by_model: dict[int, list[Ranked]] = {}
        for ranked in waiting:
            by_model.setdefault(id(ranked.artifact), []).append(ranked)
        try:
            for of_one in by_model.values():
                score_together(of_one[0].artifact, of_one)
        except Exception as error:  # noqa: BLE001 (each who waits is told, or would wait for ever)
            for scored in waiting.values():
                scored.set_exception(error)
        else:
            for scored in waiting.values():
                scored.set_result(None)
