"""Where public charts are, by the table in compatibility.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from kube.values import known, table

HOMES: Mapping[str, list[str]] = table(__file__, "compatibility.yaml")["repositories"]


def right_home(url: str, chart: str) -> str:
    """Return where a chart is, if it surely isn't at an address: that of other charts, or a typo.

    A mirror has another server, with other parts in its name.
    """
    server, parts = "/".join(url.split("/")[:3]), len(re.split("[./]", url))
    homes = [home for home, charts in HOMES.items() if chart in charts]
    for home in homes if known(url) and url not in homes else ():
        same_server = server.startswith("https:") and home.startswith(f"{server}/")
        close = parts == len(re.split("[./]", home)) and get_close_matches(url, [home], 1, 0.9)
        if url in HOMES or same_server or close:
            return home
    return ""
