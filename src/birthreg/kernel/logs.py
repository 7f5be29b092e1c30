"""Log lines for operators: text or JSON, with the request they belong to and no personal data.

What a person typed or a row holds reaches a log by way of exceptions, so an exception is told
by its class, its place and the first line of its message (PostgreSQL puts the refused row on
the second), and certificate, identity and phone numbers are masked wherever they stand.
"""

import logging
import logging.config
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

LogFormat = Literal["text", "json"]

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is being answered; whoever opens one sets it."""

# What it begins with stays, the rest is masked. A number right behind an escaped line break is one as well.
_BEFORE = r"(?:(?<![0-9A-Za-z])|(?<=\\[nrt]))"
_AFTER = r"(?![0-9A-Za-z])"
_NUMBERS = re.compile(
    r"(?<!\d)\d{17}[\dXxＸｘ](?!\d)"  # an identity number (GB 11643)
    rf"|{_BEFORE}[A-Za-z]\d{{9}}{_AFTER}"  # a certificate number
    rf"|{_BEFORE}(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}{_AFTER}"  # a mobile phone
    rf"|(?<!\.){_BEFORE}0\d{{2,3}}[- ]?\d{{7,8}}{_AFTER}"  # a phone with its area code
)


def mask(text: str) -> str:
    """Hide the numbers of persons and certificates in a text."""
    return _NUMBERS.sub(lambda match: match.group()[:3] + "*" * (len(match.group()) - 3), text)


def describe_exception(error: BaseException) -> str:
    """Say an exception without the values it carries: the stack, then class and first line."""
    stack = "".join(traceback.format_tb(error.__traceback__))
    state = str(getattr(error, "sqlstate", ""))
    # Data exceptions (22) and violated constraints (23) repeat the value in their message.
    told_by_state = state[:2] in ("22", "23")
    constraint = getattr(error, "constraint_name", None) or ""
    said = f"SQLSTATE {state} {constraint}" if told_by_state else str(error).partition("\n")[0][:300]
    told = f"{stack}{type(error).__qualname__}: {said}"
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{describe_exception(cause)}\n\n{told}" if cause is not None else told


class _Formatter(logging.Formatter):
    def parts(self, record: logging.LogRecord) -> dict[str, str]:
        parts = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        if identifier := request_id.get():
            parts["request_id"] = identifier
        if record.exc_info and record.exc_info[1] is not None:
            parts["exception"] = mask(describe_exception(record.exc_info[1]))
        return parts


class TextFormatter(_Formatter):
    """One line for a person, and the stack below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as a line."""
        parts = self.parts(record)
        line = f"{parts['time']} {parts['level']} {parts['logger']}: {parts['message']}"
        if "request_id" in parts:
            line += f" [{parts['request_id']}]"
        return f"{line}\n{parts['exception']}" if "exception" in parts else line


class JsonFormatter(_Formatter):
    """One JSON object a line, for collectors."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as an object."""
        return msgspec.json.encode({**self.parts(record), "process": record.process}).decode()


def logging_config(log_format: LogFormat) -> dict[str, Any]:
    """Return the whole set-up as `logging.config.dictConfig` reads it, for processes set up elsewhere."""
    formatter = JsonFormatter if log_format == "json" else TextFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"birthreg": {"level": "INFO"}, "_granian": {"level": "WARNING"}},
    }


def set_up_logs(log_format: LogFormat) -> None:
    """Set up the logs of this process."""
    logging.config.dictConfig(logging_config(log_format))
