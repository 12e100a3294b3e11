"""JSON logs: one object a line on stderr, with the fields that a record carries beside its message."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final, Literal

from recsvc.settings import Settings

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""Attributes that every record has."""


class JsonFormatter(logging.Formatter):
    """Time, level, logger, event and what else the record carries."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in OWN}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def level_of(settings: Settings) -> Literal["info", "warning"]:
    """Whoever runs the demo or a preview reads its terminal: the address must not scroll away."""
    return "warning" if settings.demo or settings.drafts else "info"


def write_json_logs(settings: Settings) -> None:
    """Send every log line of this process to stderr as JSON: our own, and what libraries warn of.

    What they merely tell has addresses in it: httpx every URL that it calls, whose path may be secret.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("recsvc").setLevel(level_of(settings).upper())


SERVER: Final[dict[str, Any]] = {
    "formatters": {"json": {"()": JsonFormatter}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "propagate": False}},
}
"""The same for the server, which sets its own logger up in every process; as `logging.config` takes it."""
