"""The settings of the front, which its environment variables hold."""

from __future__ import annotations

import pytest

from web.app import Settings, create_app


@pytest.mark.parametrize("url", ["api:8080", "ftp://api", "http://", "/whoami"])
def test_useless_api_url_stops_the_start(url: str) -> None:
    """A wrong API_URL fails the roll-out instead of every visitor."""
    settings = Settings.from_environ({"API_URL": url})
    with pytest.raises(ValueError, match="API_URL is"):
        create_app(settings)


def test_settings_without_an_environment() -> None:
    """Outside Kubernetes the page still works; it knows less."""
    settings = Settings.from_environ({"ZONE": ""})
    assert {settings.pod, settings.node, settings.zone, settings.address} == {"unknown"}
    assert settings.api_url == "http://api:8080"
