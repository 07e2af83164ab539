"""Makes the pictures of the README: `python docs/pictures.py PAGE.html REPORT.html`, with Chromium and its driver.

PAGE.html is what `polypref inspect build/quickstart --html PAGE.html` writes, REPORT.html the report of the
quickstart (build/loop/evaluation/report.html).
"""

import os
import shutil
import sys
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.support.ui import Select

PICTURES = Path(__file__).parent / "pictures"


def main(page: str, report: str) -> None:
    """Writes docs/pictures/page-he.png, page-hi.png and report.png."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for switch in ("--headless=new", "--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])):
        options.add_argument(switch)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver") or ""))
    PICTURES.mkdir(exist_ok=True)
    try:
        for tag in ("he", "hi"):
            browser.set_window_size(1100, 700)
            browser.get(Path(page).resolve().as_uri())
            Select(browser.find_element("id", "f-language")).select_by_value(tag)
            browser.execute_script("document.getElementById('f-language').scrollIntoView(); scrollBy(0, -140)")
            browser.save_screenshot(str(PICTURES / f"page-{tag}.png"))
        browser.set_window_size(1100, 900)
        browser.get(Path(report).resolve().as_uri())
        browser.save_screenshot(str(PICTURES / "report.png"))
    finally:
        browser.quit()


if __name__ == "__main__":
    main(*sys.argv[1:])
