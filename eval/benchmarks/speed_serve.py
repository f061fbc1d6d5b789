"""Measure `rag serve` as people meet it: from the command to the first page, from "Ask" to "In short" in Chromium.

    python -m eval.benchmarks.speed_serve --corpus CORPUS [--rounds 5] [--json FILE]

The corpus is copied first, as questions are kept in it. Questions are asked of four of its papers and of all, without a
model; the first of each row warms the server and does not count.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

FEW = 4  # papers of a usual brief
QUESTIONS = (
    "Which optimizer is used?",
    "What are the main limitations?",
    "Which data sets are used in the experiments?",
    "How is the model trained?",
    "What is the main contribution?",
    "Which baselines are compared?",
    "How many parameters does the model have?",
    "What is left to future work?",
)


def main() -> None:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory() as made:
        corpus = Path(made) / "corpus"
        shutil.copytree(given.corpus, corpus, ignore=shutil.ignore_patterns("asked", "replies"))
        told = measure(corpus, given.rounds)
    text = json.dumps(told, indent=1)
    print(text)
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")


def measure(corpus: Path, rounds: int) -> dict[str, Any]:
    """Return the medians in seconds, and all that they are medians of."""
    starts = []
    for _ in range(rounds):
        began = time.perf_counter()
        process, address = start(corpus)
        httpx.get(address, timeout=60).raise_for_status()
        starts.append(time.perf_counter() - began)
        stop(process)
    process, address = start(corpus)
    try:
        loads, all_papers, pages = in_browser(address, None)
        _, few_papers, few_pages = in_browser(address, FEW)
    finally:
        stop(process)
    found = {
        "start_to_first_page_s": starts,
        "page_load_s": loads,
        f"question_over_{FEW}_papers_to_in_short_s": few_papers[1:],
        f"question_over_{FEW}_papers_to_pictures_s": few_pages[1:],
        "question_over_all_papers_to_in_short_s": all_papers[1:],
        "question_over_all_papers_to_pictures_s": pages[1:],
    }
    medians = {name: round(statistics.median(times), 3) for name, times in found.items()}
    return medians | {"all": {name: [round(one, 3) for one in times] for name, times in found.items()}}


def start(corpus: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the command and return it with its address, as soon as that is printed."""
    command = [sys.executable, "-u", "-m", "rag", "serve", "--port", "0", "--offline", "--corpus", str(corpus)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
    assert found is not None
    return process, found[0]


def stop(process: subprocess.Popen[str]) -> None:
    """End a server."""
    process.terminate()
    process.wait()


SEEN = """addEventListener("DOMContentLoaded", () => {
  const place = document.querySelector("#short");
  if (place) new MutationObserver(() => requestAnimationFrame(() => sessionStorage.setItem("short", Date.now())))
    .observe(place, { attributes: true });
});"""


def in_browser(address: str, papers: int | None) -> tuple[list[float], list[float], list[float]]:
    """Return how long the first page takes to load, and from the click to "In short" and to the page with pictures.

    Only the first so many papers are ticked.
    """
    from playwright.sync_api import sync_playwright

    loads, shorts, pages = [], [], []
    with sync_playwright() as playwright:
        path = next((one for one in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(one).exists()), None)
        page = playwright.chromium.launch(executable_path=path).new_page()
        page.add_init_script(SEEN)
        for question in QUESTIONS:
            began = time.perf_counter()
            page.goto(address)
            loads.append(time.perf_counter() - began)
            page.fill("#question", question)
            for box in page.locator('input[name="paper"]').all()[papers:] if papers else []:
                box.uncheck()
            clicked = time.time()
            page.click("button.main")
            page.locator("#answer").wait_for(timeout=120_000)
            pages.append(time.time() - clicked)
            shorts.append(float(page.evaluate("sessionStorage.getItem('short')")) / 1000 - clicked)
    return loads, shorts, pages


if __name__ == "__main__":
    main()
