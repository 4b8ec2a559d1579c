"""Takes the README's pictures from a report: sections as they look in Debian's chromium at a laptop's width.

python docs/take_pictures.py report.html        # -> docs/pictures/*.webp
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "report"))

from report_browser import Browser  # noqa: E402 - from the folder above

PICTURES = {
    "segments": "#segments",
    "profiles": "#profiles",
    "customers": "#customers",
    "choice": "#choice",
}
WIDTH = 1100


def main(report: str) -> None:
    (HERE / "pictures").mkdir(exist_ok=True)
    with Browser() as browser:
        browser.open(Path(report), WIDTH)
        for name, element in PICTURES.items():
            box = browser.ask(
                f"(r => ({{x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: r.height}}))"
                f"(document.querySelector({json.dumps(element)}).getBoundingClientRect())"
            )
            clip = {**box, "scale": 1}
            taken = browser.call(
                "Page.captureScreenshot", format="webp", quality=80, captureBeyondViewport=True, clip=clip
            )
            (HERE / "pictures" / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))
            print(name, box)


if __name__ == "__main__":
    main(*sys.argv[1:])
