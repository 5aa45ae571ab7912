"""A real Chromium, driven over its DevTools socket with scripts switched off: looks, fills in, clicks as a phone does."""

import asyncio
import base64
import contextlib
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from pydantic import JsonValue

Answer = dict[str, JsonValue]
PHONE: Answer = {"width": 412, "height": 915, "deviceScaleFactor": 2, "mobile": True}
BUDGET_S = 180.0


def chromium() -> str:
    """Returns Chromium's command. Fails where there is none: these tests are for machines that have it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found is not None, "install Chromium (Debian: apt-get install chromium)"
    return found


@dataclass(slots=True)
class Browser:
    """One tab."""

    socket: aiohttp.ClientWebSocketResponse
    complaints: list[str] = field(
        default_factory=list
    )  # what Chromium wrote to its console: a blocked form, a bad style
    _number: int = 0

    async def ask(self, method: str, **parameters: JsonValue) -> Answer:
        """Sends one DevTools command and returns its result. Fails on an error."""
        self._number += 1
        await self.socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = await self._next()
            if message.get("id") == self._number:
                assert "error" not in message, message
                result = message["result"]
                assert isinstance(result, dict)
                return result

    async def loaded(self, *, by: str, **parameters: JsonValue) -> None:
        """Sends the command `by` and waits until the page that it leads to has loaded."""
        self._number += 1
        mine, answered, fired = self._number, False, False
        await self.socket.send_json({"id": mine, "method": by, "params": parameters})
        while not (answered and fired):
            message = await self._next()
            answered |= message.get("id") == mine
            fired |= message.get("method") == "Page.loadEventFired"

    async def open(self, url: str) -> None:
        """Opens `url`."""
        await self.loaded(by="Page.navigate", url=url)

    async def html(self) -> str:
        """Returns the document as Chromium holds it."""
        root = (await self.ask("DOM.getDocument"))["root"]
        assert isinstance(root, dict)
        return str((await self.ask("DOM.getOuterHTML", nodeId=root["nodeId"]))["outerHTML"])

    async def middle_of(self, selector: str) -> Answer:
        """Scrolls to the first element that `selector` names and returns the middle of what is seen of it."""
        root = (await self.ask("DOM.getDocument"))["root"]
        assert isinstance(root, dict)
        node = (await self.ask("DOM.querySelector", nodeId=root["nodeId"], selector=selector))["nodeId"]
        assert node, f"the page has no {selector}"
        await self.ask("DOM.scrollIntoViewIfNeeded", nodeId=node)
        quads = (await self.ask("DOM.getContentQuads", nodeId=node))["quads"]
        assert isinstance(quads, list)
        assert quads, f"{selector} is not to be seen"
        corners = quads[0]
        assert isinstance(corners, list)
        xs, ys = [float(str(x)) for x in corners[0::2]], [float(str(y)) for y in corners[1::2]]
        return {"x": sum(xs) / 4, "y": sum(ys) / 4}

    async def click(self, selector: str) -> None:
        """Clicks the first element that `selector` names; stays on the page."""
        at = await self.middle_of(selector)
        await self.ask("Input.dispatchMouseEvent", type="mousePressed", button="left", clickCount=1, **at)
        await self.ask("Input.dispatchMouseEvent", type="mouseReleased", button="left", clickCount=1, **at)

    async def follow(self, selector: str) -> None:
        """Clicks, and waits for the page that follows."""
        at = await self.middle_of(selector)
        await self.ask("Input.dispatchMouseEvent", type="mousePressed", button="left", clickCount=1, **at)
        await self.loaded(by="Input.dispatchMouseEvent", type="mouseReleased", button="left", clickCount=1, **at)

    async def write(self, selector: str, text: str) -> None:
        """Clicks a field and writes into it."""
        await self.click(selector)
        await self.ask("Input.insertText", text=text)

    async def width(self) -> float:
        """Returns how wide the page is in CSS pixels: wider than the phone means scrolling sideways."""
        size = (await self.ask("Page.getLayoutMetrics"))["cssContentSize"]
        assert isinstance(size, dict)
        return float(str(size["width"]))

    async def picture(self, file: Path) -> None:
        """Writes a picture of the whole page."""
        shot = await self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        await asyncio.to_thread(file.write_bytes, base64.b64decode(str(shot["data"])))

    async def _next(self) -> Answer:
        message: Answer = await self.socket.receive_json(timeout=BUDGET_S)
        if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
            self.complaints.append(str(message.get("params")))
        return message


@contextlib.asynccontextmanager
async def browser(profile: Path) -> AsyncIterator[Browser]:
    """Yields a tab of a fresh Chromium, as large as a phone and without scripts; ends it afterwards."""
    process = await asyncio.create_subprocess_exec(
        chromium(),
        "--headless",
        "--no-sandbox",  # tests may run as root in a container; the pages are our own
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        "about:blank",
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(BUDGET_S), aiohttp.ClientSession() as session:
            base = await _listening(process)
            async with session.get(f"{base}/json/list") as answer:
                tabs = await answer.json()
            address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
            tab = Browser(socket)
            for domain in ("Page", "DOM", "Log"):
                await tab.ask(f"{domain}.enable")
            await tab.ask("Emulation.setScriptExecutionDisabled", value=True)
            await tab.ask("Emulation.setDeviceMetricsOverride", **PHONE)
            yield tab
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _listening(process: asyncio.subprocess.Process) -> str:
    """Returns the address of the DevTools, which Chromium writes to its standard error."""
    assert process.stderr is not None
    while line := (await process.stderr.readline()).decode(errors="replace"):
        found = re.search(r"DevTools listening on ws://([^/]+)/", line)
        if found is not None:
            return f"http://{found[1]}"
    raise AssertionError("Chromium ended before it listened")
