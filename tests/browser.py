"""What a browser says while a page is open."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page


def listen(page: Page, complaints: list[str], *, may_ask: Callable[[str], bool]) -> None:
    """Add to `complaints` all errors and messages, and requests for what the page may not ask for."""
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.on(
        "request",
        lambda request: (
            None if may_ask(request.url) else complaints.append(f"asked for {request.url}")
        ),
    )
