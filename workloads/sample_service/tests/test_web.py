"""The front shows which pods answered, and survives an API that does not."""

from __future__ import annotations

import re
from itertools import cycle
from typing import TYPE_CHECKING

import anyio
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from web.api_client import ApiClient
from workloads.sample_service.tests.page import Page, api_answering, whoami

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from starlette.requests import Request

HOSTILE = "<script>alert('&\"')</script>"


def test_page_shows_both_pods(
    browser: httpx.Client,
    serve_api: Callable[..., str],
    serve_web: Callable[..., str],
) -> None:
    """The page names the web pod, the API pod that it reached, and how."""
    response = browser.get(serve_web(api_url=serve_api()))

    page = Page(response.text)
    assert response.status_code == 200
    assert page.shown["web.pod"] == "web-1"
    assert page.shown["web.node"] == "node-1"
    assert page.shown["web.zone"] == "eu-central-1a"
    assert page.shown["web.address"] == "127.0.0.1"
    assert page.shown["api.pod"] == "api-1"
    assert page.shown["api.node"] == "fargate-1"
    assert page.shown["api.zone"] == "eu-central-1b"
    assert page.shown["api.address"] == "10.0.2.20"
    assert float(page.shown["api.latency_ms"]) > 0
    assert page.shown["api.zones"] == "across zones"
    assert "from 127.0.0.1, the web pod's own address" in page.shown["api.seen_as"]
    assert "The API did not answer" not in page.text


@pytest.mark.parametrize(
    ("zone", "words"),
    [("eu-central-1a", "within one zone"), ("eu-central-1b", "across zones"), ("unknown", "")],
)
def test_page_says_whether_the_call_crossed_zones(
    browser: httpx.Client,
    serve_api: Callable[..., str],
    serve_web: Callable[..., str],
    zone: str,
    words: str,
) -> None:
    """Nothing is claimed about a zone that nobody knows."""
    view = browser.get(f"{serve_web(api_url=serve_api(zone=zone))}/api-view").json()
    assert view["api"]["zones"] == words


def test_translated_caller_is_shown_as_it_is(
    browser: httpx.Client,
    serve_api: Callable[..., str],
    serve_web: Callable[..., str],
) -> None:
    """Where something translates addresses, the page does not call it the pod's own."""
    view = browser.get(f"{serve_web(api_url=serve_api(), address='10.0.1.9')}/api-view").json()
    assert view["api"]["seen_as"] == "It saw the call come from 127.0.0.1."


def test_each_view_opens_a_new_connection(
    browser: httpx.Client,
    serve: Callable[[Starlette], str],
    serve_web: Callable[..., str],
) -> None:
    """A Service balances connections, so a kept one would always show the same pod."""
    ports: list[int] = []

    def answer(request: Request) -> Response:
        assert request.client
        ports.append(request.client.port)
        return JSONResponse(whoami())

    web = serve_web(api_url=serve(api_answering(answer)))
    for _ in range(4):
        browser.get(f"{web}/api-view")
    assert len(set(ports)) == 4


def test_list_counts_the_answers_of_each_pod(
    browser: httpx.Client,
    serve: Callable[[Starlette], str],
    serve_web: Callable[..., str],
) -> None:
    """The list adds up what this web pod saw, in an order that stays the same."""
    pods = cycle(["api-b", "api-a", "api-b"])
    web = serve_web(api_url=serve(api_answering(lambda _: JSONResponse(whoami(pod=next(pods))))))

    for _ in range(5):
        browser.get(f"{web}/api-view")
    response = browser.get(web)

    bars = re.findall(r'<progress max="(\d+)" value="(\d+)"', response.text)
    assert bars[:2] == [("6", "2"), ("6", "4")]
    assert Page(response.text).shown["calls.total"] == "6"
    calls = browser.get(f"{web}/api-view").json()["calls"]
    assert [(pod["pod"], pod["count"]) for pod in calls["by_pod"]] == [("api-a", 2), ("api-b", 5)]
    assert (calls["answered"], calls["unanswered"], calls["total"]) == (7, 0, 7)


def test_only_the_latest_calls_are_remembered(serve: Callable[[Starlette], str]) -> None:
    """Memory stays bounded, and pods of an earlier roll-out leave the list."""
    pods = iter(["old", "new", "new"])
    url = serve(api_answering(lambda _: JSONResponse(whoami(pod=next(pods)))))

    async def ask_three_times() -> ApiClient:
        client = ApiClient(url, remembered=2)
        for _ in range(3):
            await client.ask()
        await client.close()
        return client

    tallies = anyio.run(ask_three_times).tallies()
    assert [(tally.pod, tally.count) for tally in tallies] == [("new", 2)]


def test_page_survives_an_api_that_is_down(
    browser: httpx.Client,
    serve_web: Callable[..., str],
) -> None:
    """The page says in words that the API is away, and the probes keep the pod in service."""
    web = serve_web(api_url="http://127.0.0.1:9")

    response = browser.get(web)

    page = Page(response.text)
    assert response.status_code == 200
    assert "The API did not answer" in page.text
    assert page.shown["api.reason"] == "No API pod could be reached."
    assert "web-1" in page.text
    assert "api.pod" not in page.shown
    assert page.shown["calls.unanswered"] == "1"
    assert browser.get(f"{web}/readyz").status_code == 200
    assert browser.get(f"{web}/healthz").status_code == 200


def test_page_recovers_with_the_api(
    browser: httpx.Client,
    serve: Callable[[Starlette], str],
    serve_web: Callable[..., str],
) -> None:
    """A failed call stays in the count, not on the page."""
    answers = iter([PlainTextResponse("busy", 503), JSONResponse(whoami())])
    web = serve_web(api_url=serve(api_answering(lambda _: next(answers))))

    assert not browser.get(f"{web}/api-view").json()["api"]["answered"]
    page = Page(browser.get(web).text)

    assert page.shown["api.pod"] == "api-1"
    assert "did not answer" not in page.text
    assert (page.shown["calls.total"], page.shown["calls.unanswered"]) == ("2", "1")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (PlainTextResponse("busy", 503), "with an error. HTTP status 503"),
        (PlainTextResponse("hello"), "not the API that this page expects"),
        (JSONResponse(["a", "list"]), "not the API that this page expects"),
        (JSONResponse({"pod": "api-1"}), "not the API that this page expects"),
        (JSONResponse(whoami(zone=7)), "not the API that this page expects"),
    ],
    ids=["error", "text", "list", "incomplete", "wrong type"],
)
def test_page_explains_a_strange_answer(
    browser: httpx.Client,
    serve: Callable[[Starlette], str],
    serve_web: Callable[..., str],
    answer: Response,
    words: str,
) -> None:
    """What comes back is checked before it is shown."""
    web = serve_web(api_url=serve(api_answering(lambda _: answer)))
    api = browser.get(f"{web}/api-view").json()["api"]
    assert not api["answered"]
    assert words in f"{api['reason']} {api['detail']}"


def test_slow_api_does_not_hold_the_page(
    browser: httpx.Client,
    serve: Callable[[Starlette], str],
    serve_web: Callable[..., str],
) -> None:
    """The visitor gets the page once the time for the API is over."""

    async def whoami_slowly(_request: Request) -> Response:
        await anyio.sleep(0.5)
        return JSONResponse(whoami())

    api = serve(Starlette(routes=[Route("/whoami", whoami_slowly)]))
    page = Page(browser.get(serve_web(api_url=api, api_timeout_seconds=0.1)).text)
    assert page.shown["api.reason"] == "No API pod answered within 0.1 seconds."


def test_values_are_escaped(
    browser: httpx.Client,
    serve: Callable[[Starlette], str],
    serve_web: Callable[..., str],
) -> None:
    """A name with markup in it is shown, not run."""
    body = whoami(**dict.fromkeys(whoami(), HOSTILE))
    api = serve(api_answering(lambda _: JSONResponse(body)))
    web = serve_web(api_url=api, **dict.fromkeys(("pod", "node", "zone", "address"), HOSTILE))

    response = browser.get(web)

    assert HOSTILE not in response.text
    page = Page(response.text)
    assert page.tags.count("script") == 1
    for name in ("web.pod", "web.address", "api.pod", "api.node", "row.pod"):
        assert page.shown[name].endswith("</script>")


def test_page_loads_nothing_else(browser: httpx.Client, serve_web: Callable[..., str]) -> None:
    """The page brings its style and script, and its policy refuses any other."""
    response = browser.get(serve_web())
    policy = response.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
    assert nonce
    assert response.text.count(f'nonce="{nonce[1]}"') == 2
    assert "default-src 'none'" in policy
    assert not re.search(r'(?:src|href)="(?:https?:)?//', response.text)
    assert response.headers["cache-control"] == "no-store"
