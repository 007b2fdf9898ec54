"""What the tests of the web front share: the page as a reader sees it, and a stand-in for the API."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response


class Page(HTMLParser):
    """What a reader sees: the text of the elements that are not hidden."""

    def __init__(self, html: str) -> None:
        """Parse the page at once."""
        super().__init__()
        self.shown: dict[str, str] = {}
        self.tags: list[str] = []
        self._open: list[tuple[str, bool, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what is open, and whether it is seen."""
        self.tags.append(tag)
        if tag in {"meta", "link", "input", "br", "path"}:
            return
        values = dict(attrs)
        unseen = "hidden" in values or tag in {"template", "script", "style", "title"}
        unseen = unseen or (bool(self._open) and self._open[-1][1])
        self._open.append((tag, unseen, values.get("data-show")))

    def handle_endtag(self, tag: str) -> None:
        """Close what the tag closes."""
        if self._open and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Keep the text that is seen."""
        if self._open and not self._open[-1][1]:
            self.text += " ".join(data.split()) + " "
            if name := self._open[-1][2]:
                self.shown[name] = data.strip()


def api_answering(answer: Callable[[Request], Response]) -> Starlette:
    """Return a stand-in for the API."""

    async def whoami(request: Request) -> Response:
        return answer(request)

    return Starlette(routes=[Route("/whoami", whoami)])


def whoami(**values: object) -> dict[str, object]:
    """Return the body of an API answer."""
    return {
        "pod": "api-1",
        "node": "fargate-1",
        "zone": "eu-central-1b",
        "address": "10.0.2.20",
        "caller": "127.0.0.1",
        **values,
    }
