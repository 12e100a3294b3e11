"""Pace: long work on the event loop lets others through."""

import asyncio

STEPS = 64
"""Between two breaths: some 5 ms where a step reads an event or asks for the consent of its visitor."""


async def breathe(step: int) -> None:
    """Let whoever waits go before, at every 64th step of a loop."""
    if step % STEPS == STEPS - 1:
        await asyncio.sleep(0)
