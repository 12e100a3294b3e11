"""A program whose children append batches and print the ids of each acked one, until somebody kills them.

Forking from one warm process spares each life the imports. Every child begins with a line of its process id.
"""

import os
import sys
from collections import deque
from concurrent.futures import Future

from recsvc.stores import open_store
from tests.contracts.engines import answer, event


def main(database: str, lives: str) -> None:
    for life in range(int(lives)):
        child = os.fork()
        if not child:
            live(database, life)
        os.waitpid(child, 0)
        say("dead")


def live(database: str, life: int) -> None:
    say(str(os.getpid()))
    store = open_store(database)
    waiting: deque[tuple[list[str], Future[list[bool]]]] = deque()
    number = 0
    while True:
        batch = [event(f"{life}-{number}-{line}", f"v{line % 3}", minutes=number) for line in range(5)]
        batch.append(answer(f"{life}-{number}-said", ("dry",) if number % 2 else None, number))
        waiting.append(([one.event_id for one in batch], store.append(batch)))
        number += 1
        if len(waiting) > 3:
            ids, future = waiting.popleft()
            future.result()
            say(*ids)


def say(*words: str) -> None:
    os.write(1, (" ".join(words) + "\n").encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
