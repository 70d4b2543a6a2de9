"""Tells the alert bridge what happens in ExpenseBot, and never gets in the bot's way.

Copy this file into the bot: it needs Python 3.9 or newer and nothing besides. In the place of
``bot/services/admin_notifier.py`` it takes over from that module, with the same functions::

    await notify_critical_error("Database Connection Failed", "PostgreSQL is not responding", user_id=123456)
    notify_payment_received(123456, 150, "month")  # the same where nothing can be awaited
    connect_celery(app)                            # in expense_bot/celery.py, after app = Celery(...)

A call puts an event into a queue and returns. What it returns is true when there was room, and may be awaited, passed
to ``asyncio.run`` or ``asyncio.create_task``, or dropped. A thread sends the queue, each event with one ``id`` until the
bridge has it. No call waits for the bridge or raises.

Environment, read whenever something is sent: ``ALERT_BRIDGE_URL`` (default ``http://alert-bridge:9848``; of several
bridges, separated by commas, the next one is tried when one fails), ``WEBHOOK_TOKEN`` or ``WEBHOOK_TOKEN_FILE``,
``LOCALE`` (``ru`` or ``en``), ``RELEASE`` and ``ENVIRONMENT`` (told by ``notify_bot_started``).
"""

from __future__ import annotations

import atexit
import collections.abc
import html
import http.client
import json
import logging
import os
import random
import re
import sys
import sysconfig
import threading
import time
import traceback as tracebacks
import types
import uuid
from collections import deque
from datetime import datetime, timezone
from typing import Any, Callable, Dict, Optional
from urllib.parse import quote, urlsplit

logger = logging.getLogger("expensebot_monitoring")

#: Events that wait, at most; the last places are for what is critical.
QUEUE_LIMIT = 1_000
KEPT_FOR_CRITICAL = 200
#: Seconds: for one step of a request, between two tries, for the rest of the queue when the interpreter ends.
REQUEST_TIMEOUT = 5.0
LONGEST_PAUSE = 30.0
EXIT_TIMEOUT = 5.0
#: Characters: as much as a message in the chat shows.
TITLE_CHARS = 300
DETAILS_CHARS = 2_800
#: The same body is refused for ever; after any other answer but 202 it is sent again.
REFUSED_FOR_GOOD = frozenset((400, 413, 415, 422))

#: Russian, English.
TEXTS = {
    "task_failed": ("Задача Celery {name} завершилась ошибкой", "Celery task {name} failed"),
    "task_retried": ("Задача Celery {name} повторяется", "Celery task {name} is retried"),
    "worker_ready": ("Воркер Celery {name} запущен", "Celery worker {name} started"),
    "worker_shutdown": ("Воркер Celery {name} остановлен", "Celery worker {name} stopped"),
    "lost": ("Потеряны события бота: {count}", "Events of the bot were lost: {count}"),
    "lost_why": (
        "Очередь в боте была полна: {dropped}. alert-bridge отклонил: {refused}.",
        "The queue in the bot was full: {dropped}. The alert-bridge refused: {refused}.",
    ),
}


def _say(text: str, **values: Any) -> str:
    is_english = (os.environ.get("LOCALE") or "ru").startswith("en")
    return TEXTS[text][is_english].format(**values)


# What the bot calls


def notify_critical_error(error_type: str, details: str, user_id: Optional[int] = None) -> Accepted:
    return _tell(
        "critical_error", lambda: {"error_type": _line(error_type), "details": _text(details), "user_id": _id(user_id)}
    )


def notify_new_user(
    user_id: int, username: Optional[str] = None, first_name: Optional[str] = None, source: Optional[str] = None
) -> Accepted:
    """Names stay in the bot: the chat hears of the id, and of the source where there is one."""
    return _tell("new_user", lambda: {"user_id": _id(user_id), "source": source and _line(source)})


def notify_payment_received(user_id: int, amount: float, payment_type: str, currency: Optional[str] = None) -> Accepted:
    """``currency``: ISO 4217; without it Telegram Stars."""
    of_what = lambda: {"payment_type": _line(payment_type), "currency": currency and _line(currency)}  # noqa: E731
    return _tell("payment_received", lambda: {"user_id": _id(user_id), "amount": float(amount), **of_what()})


def notify_bot_started(version: Optional[str] = None, environment: Optional[str] = None) -> Accepted:
    version = version or os.environ.get("RELEASE") or None
    environment = environment or os.environ.get("ENVIRONMENT") or None
    return _tell("bot_started", lambda: {"version": version, "environment": environment})


def notify_bot_stopped(reason: Optional[str] = None) -> Accepted:
    return _tell("bot_stopped", lambda: {"reason": reason and _text(reason)})


def send_admin_alert(
    message: str, disable_notification: bool = False, parse_mode: Optional[str] = None, allow_html_tags: bool = False
) -> Accepted:
    """The first line is the title. Silent: info; begins with 🚨: critical; else a warning."""

    def fields() -> Dict[str, Any]:
        title, _, text = _without_markup(str(message), parse_mode).strip().partition("\n")
        severity = "info" if disable_notification else "critical" if title.startswith("🚨") else "warning"
        # The bridge puts its own sign before a title.
        title = re.sub(r"^[^\w\[(«\"]+|[*_\s]+$", "", title)
        return {"title": _line(title), "text": _text(text.strip()), "severity": severity}

    return _tell("custom", fields)


def send_daily_report() -> Accepted:
    """Does nothing: the alert bridge makes the report itself, at 10:00, from the figures of the exporter."""
    logger.info("The daily report comes from the alert-bridge; send_daily_report does nothing.")
    return Accepted(True)


def escape_markdown_v2(text: str) -> str:
    """Changes nothing: the bridge escapes what it shows."""
    return str(text) if text else ""


def check_in(name: str) -> Accepted:
    """Tells that the job of this name, one of ``checkins`` in the bridge's config.yml, has done its work."""
    return _put(lambda: _Post("/api/v1/checkins/" + quote(str(name), safe=""), None))


def flush(seconds: float = EXIT_TIMEOUT) -> bool:
    """Waits until everything is sent, at most so long; whether it is. The interpreter's end does this by itself."""
    return _client.flush(seconds)


def monitoring_state() -> Dict[str, int]:
    """Events that wait, and how many were sent, dropped (the queue was full) and refused by the bridge."""
    return _client.state()


class Accepted(collections.abc.Coroutine):  # type: ignore[type-arg]
    """Whether an event was queued. A coroutine that is over at once, because the bot's old code awaits these calls."""

    def __init__(self, value: bool) -> None:
        self._value = value

    def __bool__(self) -> bool:
        return self._value

    def __await__(self) -> Any:
        return self._value
        yield

    def send(self, value: Any) -> Any:
        raise StopIteration(self._value)

    def throw(self, typ: Any, val: Any = None, tb: Any = None) -> Any:
        raise typ if val is None else val

    def close(self) -> None:
        pass


# Celery


def connect_celery(app: Any, checkin: Optional[str] = "celery-beat", every: float = 300.0, retries: bool = True) -> None:
    """Tells of failed and retried tasks and of workers, and has beat schedule a check-in.

    :param checkin: a name of ``checkins`` in the bridge's config.yml; None: beat does not check in.
    :param every: seconds between two check-ins.
    :param retries: whether a task that is tried again is told, silently.
    """
    from celery import signals

    handlers = {
        "task_failure": lambda sender=None, exception=None, traceback=None, **_: _tell_of_task(
            "task_failed", sender, exception, traceback, "warning"
        ),
        "task_retry": lambda sender=None, reason=None, **_: retries
        and _tell_of_task("task_retried", sender, getattr(reason, "exc", None) or reason, None, "info"),
        "worker_ready": lambda sender=None, **_: _custom("worker_ready", sender.hostname, "", "info"),
        "worker_shutdown": lambda sender=None, **_: (
            _custom("worker_shutdown", sender.hostname, "", "info"),
            _client.end(),
        ),
        # A process of the pool ends without Python's own end.
        "worker_process_shutdown": lambda **_: _client.end(),
    }
    for name, handler in handlers.items():
        getattr(signals, name).connect(handler, weak=False, dispatch_uid="expensebot_monitoring." + name)
    if checkin is not None:
        task = "expensebot_monitoring.check_in"

        @app.task(name=task, ignore_result=True)
        def check_beat_in() -> None:
            check_in(checkin)

        app.add_periodic_task(every, app.signature(task), name=task, expires=every)


def _tell_of_task(text: str, task: Any, exception: Any, trace: Any, severity: str) -> None:
    """By its name and by what failed where: arguments, and messages of exceptions, hold users' data."""
    parts = [type(exception).__name__ if isinstance(exception, BaseException) else None]
    parts.append(_place(trace or getattr(exception, "__traceback__", None)))
    _custom(text, getattr(task, "name", task), ", ".join(filter(None, parts)), severity)


def _place(trace: Any) -> Optional[str]:
    """Where the application was when it failed: the last line that is of no library."""
    place = None
    for frame, line in tracebacks.walk_tb(trace if isinstance(trace, types.TracebackType) else None):
        file = frame.f_code.co_filename
        is_library = "-packages" in file or file.startswith(sysconfig.get_paths()["stdlib"])
        if place is None or not is_library:
            place = "%s:%d" % ("/".join(file.replace("\\", "/").split("/")[-2:]), line)
    return place


# Events


def _line(value: Any) -> str:
    return str(value)[:TITLE_CHARS] or "?"


def _text(value: Any) -> str:
    return str(value)[:DETAILS_CHARS]


def _id(user_id: Any) -> Optional[str]:
    return None if user_id is None else str(user_id)[:64]


def _without_markup(message: str, parse_mode: Optional[str]) -> str:
    if parse_mode == "HTML":
        return html.unescape(re.sub(r"</?[a-z][^<>]*>", "", message))
    return re.sub(r"\\([_*\[\]()~`>#+\-=|{}.!])", r"\1", message)


def _custom(text: str, name: Any, details: str, severity: str) -> Accepted:
    return _tell("custom", lambda: {"title": _line(_say(text, name=name)), "text": details, "severity": severity})


def _tell(type_: str, fields: Callable[[], Dict[str, Any]]) -> Accepted:
    return _put(lambda: _event({"type": type_, "occurred_at": datetime.now(timezone.utc).isoformat(), **fields()}))


def _event(body: Dict[str, Any]) -> _Post:
    return _Post("/api/v1/events", {"id": str(uuid.uuid4()), **body})


def _put(make: Callable[[], _Post]) -> Accepted:
    try:
        return Accepted(_client.put(make()))
    except Exception:
        # A handler of the log may be what has called.
        logger.debug("An event could not be made; it is dropped.", exc_info=True)
        _client.count("dropped")
        return Accepted(False)


class _Post:
    """An event, or a check-in, which has no body."""

    __slots__ = ("path", "body", "key", "is_critical", "is_repeat", "is_notice")

    def __init__(self, path: str, body: Optional[Dict[str, Any]]) -> None:
        self.path = path
        self.body = body and {name: value for name, value in body.items() if value is not None}
        body = body or {}
        severity = "critical" if body.get("type") in ("critical_error", "bot_stopped") else body.get("severity")
        self.is_critical = severity == "critical"
        name = body.get("error_type") or body.get("title")
        #: What is counted together while it waits; None: each is told.
        self.key = (body["type"], name, severity) if name else None if body else path
        #: Another one of its key waits before it, with its own time and words: this one takes in what follows.
        self.is_repeat = not body
        self.is_notice = False

    def take_in(self, later: _Post) -> None:
        if self.body is not None and later.body is not None:
            self.body = {**later.body, "id": self.body["id"], "count": self.body.get("count", 1) + 1}


class _Client:
    """The queue and its thread, of one process."""

    def __init__(self) -> None:
        # Reentrant: a handler of a signal may call while the same thread holds it.
        self._changed = threading.Condition(threading.RLock())
        self._queue: deque[_Post] = deque()
        self._waiting: Dict[Any, _Post] = {}
        self._sending: Optional[_Post] = None
        #: Lives while there is something to send.
        self._thread: Optional[threading.Thread] = None
        self._finalizer: Any = None
        self._hurry = threading.Event()
        self._counts = {"sent": 0, "dropped": 0, "refused": 0}
        self._told = {"dropped": 0, "refused": 0}
        self._trouble: Optional[str] = None
        self._refusal: Optional[str] = None

    def put(self, post: _Post) -> bool:
        with self._changed:
            waiting = self._waiting.get(post.key) if post.key else None
            if waiting is not None and waiting.is_repeat:
                waiting.take_in(post)
                return True
            if len(self._queue) >= QUEUE_LIMIT - (0 if post.is_critical else KEPT_FOR_CRITICAL):
                self.count("dropped")
                return False
            if post.key:
                post.is_repeat = post.is_repeat or waiting is not None
                self._waiting[post.key] = post
            self._queue.append(post)
            self._start()
            return True

    def count(self, what: str) -> None:
        with self._changed:
            self._counts[what] += 1

    def state(self) -> Dict[str, int]:
        with self._changed:
            return {"waiting": len(self._queue) + (self._sending is not None), **self._counts}

    def flush(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        self._hurry.set()
        try:
            with self._changed:
                has_thread = not self._queue or self._start()
            # An interpreter that ends starts no thread.
            if not has_thread:
                self._work(until)
            with self._changed:
                while self.state()["waiting"] and time.monotonic() < until:
                    self._changed.wait(max(0.0, until - time.monotonic()))
                return not self.state()["waiting"]
        finally:
            self._hurry.clear()

    def end(self) -> None:
        if self.state()["waiting"] and not self.flush(EXIT_TIMEOUT):
            logger.warning("%d events did not reach the alert-bridge before the end.", self.state()["waiting"])

    def _start(self) -> bool:
        if self._thread is not None and self._thread.is_alive():
            return True
        try:
            thread = threading.Thread(target=self._work, name="expensebot-monitoring", daemon=True)
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        # A process of a pool ends without Python's own end, but with this.
        util = sys.modules.get("multiprocessing.util")
        if util is not None and self._finalizer is None:
            self._finalizer = util.Finalize(None, self.end, exitpriority=100)
        return True

    def _work(self, until: Optional[float] = None) -> None:
        while until is None or time.monotonic() < until:
            with self._changed:
                if not self._queue:
                    self._thread = self._thread if until else None
                    return
                post = self._sending = self._queue.popleft()
                if self._waiting.get(post.key) is post:
                    del self._waiting[post.key]
            was_answered = self._deliver(post, until)
            with self._changed:
                self._sending = None
                if not was_answered:
                    self._queue.appendleft(post)
                self._tell_of_lost()
                self._changed.notify_all()

    def _deliver(self, post: _Post, until: Optional[float]) -> bool:
        """Sends it until the bridge has accepted or refused it; false when the time is over."""
        attempt = 0
        while until is None or time.monotonic() < until:
            pause = min(LONGEST_PAUSE, 0.5 * 2 ** min(attempt, 10)) * random.uniform(0.5, 1.0)
            timeout = REQUEST_TIMEOUT if until is None else max(0.1, min(REQUEST_TIMEOUT, until - time.monotonic()))
            try:
                status, retry_after, answer = _request(post, attempt, timeout)
            except Exception as error:
                # Of others only the name: their words may repeat a header.
                self._note("cannot be reached: %s" % (error if isinstance(error, OSError) else type(error).__name__))
            else:
                if status == 202:
                    self.count("sent")
                    self._note(None)
                    return True
                if status in REFUSED_FOR_GOOD or (status == 404 and post.body is None):
                    self._refused(post, "The alert-bridge refuses %s with %d: %s" % (post.path, status, answer))
                    return True
                hint = "; compare WEBHOOK_TOKEN with the bridge's" if status in (401, 403) else ""
                self._note("answers %d%s" % (status, hint))
                pause = max(pause, min(retry_after, 10 * LONGEST_PAUSE))
            attempt += 1
            if self._hurry.is_set():
                time.sleep(0.2)
            else:
                self._hurry.wait(pause)
        return False

    def _refused(self, post: _Post, why: str) -> None:
        if post.body is not None and not post.is_notice:
            self.count("refused")
        self._note(None)
        # A check-in that the bridge does not know comes every few minutes.
        if why != self._refusal:
            self._refusal = why
            logger.warning("%s", why)

    def _note(self, trouble: Optional[str]) -> None:
        """One line in the log when something has changed."""
        if trouble != self._trouble and trouble is None:
            logger.info("The alert-bridge takes events again.")
        elif trouble != self._trouble:
            logger.warning("The alert-bridge %s. Events wait in a queue of at most %d.", trouble, QUEUE_LIMIT)
        self._trouble = trouble

    def _tell_of_lost(self) -> None:
        lost = {what: self._counts[what] - told for what, told in self._told.items()}
        if self._trouble is not None or not any(lost.values()):
            return
        title, text = _say("lost", count=sum(lost.values())), _say("lost_why", **lost)
        notice = _event({"type": "custom", "title": title, "text": text, "severity": "warning"})
        notice.is_notice = True
        self._queue.appendleft(notice)
        self._told = {what: self._counts[what] for what in self._told}


def _request(post: _Post, attempt: int, timeout: float) -> tuple[int, float, str]:
    """Status, seconds of Retry-After, the beginning of the answer. Neither a proxy nor a redirect gets the token."""
    addresses = (os.environ.get("ALERT_BRIDGE_URL") or "http://alert-bridge:9848").split(",")
    url = urlsplit(addresses[attempt % len(addresses)].strip())
    if url.scheme not in ("http", "https") or not url.hostname:
        raise OSError("ALERT_BRIDGE_URL is not like http://alert-bridge:9848")
    headers = {"Content-Type": "application/json", "Connection": "close"}
    token = _token()
    if token:
        headers["Authorization"] = "Bearer " + token
    of_scheme = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = of_scheme(url.hostname, url.port, timeout=timeout)
    try:
        connection.request("POST", url.path.rstrip("/") + post.path, json.dumps(post.body or {}).encode(), headers)
        response = connection.getresponse()
        answer = response.read(500).decode("utf-8", "replace")
        retry_after = response.getheader("Retry-After") or ""
        return response.status, float(retry_after) if retry_after.isdigit() else 0.0, answer
    finally:
        connection.close()


def _token() -> str:
    token = os.environ.get("WEBHOOK_TOKEN") or ""
    file = os.environ.get("WEBHOOK_TOKEN_FILE")
    if not token and file:
        with open(file, encoding="utf-8", errors="replace") as secret:
            token = secret.read(4_096)
    token = token.strip()
    if not (token.isascii() and token.isprintable()):
        raise OSError("WEBHOOK_TOKEN holds characters that no header can carry")
    return token


_client = _Client()
atexit.register(lambda: _client.end())
if hasattr(os, "register_at_fork"):
    # The parent sends what is its own; its lock may be held, its thread is not here.
    os.register_at_fork(after_in_child=lambda: _client.__init__())  # type: ignore[misc]
