"""A headless Chromium, and pages to look at in it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SWITCHES = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory) -> Iterator[Any]:
    """One browser for all tests."""
    webdriver = pytest.importorskip(
        "selenium.webdriver", reason="needs selenium and chromium: make test-browser installs both"
    )
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("no chromium and chromedriver here; `make test-browser` installs them")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for switch in (*SWITCHES, *(["--no-sandbox"] if os.geteuid() == 0 else [])):
        options.add_argument(switch)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # The driver is named, so that selenium has no reason to look for one in the network.
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


@pytest.fixture
def show(chromium) -> Callable[..., Any]:
    """Shows a page in a window of some size, as a person with these preferences sees it."""

    def shown(page: Path | str, width: int = 1280, height: int = 900, scheme: str = "light", media: str = "") -> Any:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features, "media": media})
        chromium.get("about:blank")  # so that a second visit with another #row loads the page again
        for log in ("browser", "performance"):
            chromium.get_log(log)
        chromium.get(page if isinstance(page, str) else page.as_uri())
        return chromium

    return shown


@pytest.fixture
def requests(chromium) -> Callable[[], list[str]]:
    """The addresses that the browser asked for since the page was shown."""

    def asked() -> list[str]:
        messages = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    return asked
