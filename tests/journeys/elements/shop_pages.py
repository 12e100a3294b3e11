"""Pages of a shop on an origin of its own, under the strictest policy, that embed the elements."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.journeys.browsers import PATIENCE_MS

POLICY = (
    "default-src 'none'; script-src {service}; style-src {service} 'self'; img-src 'self' {service} "
    "https://shop.example; connect-src {service}; form-action {service} 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE = """<!doctype html><html lang="{locale}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title>
<link rel="stylesheet" href="/shop.css"><link rel="stylesheet" href="{service}/storefront/recsvc.css">
{head}<script type="module" src="{service}/storefront/recsvc.js" data-key="{key}"{tag}></script>
</head><body><main><h1>Shop</h1>{body}<p id="after">After</p></main></body></html>"""
STYLE = "body { font: 16px/1.5 sans-serif; margin: 0 auto; padding: 1rem; max-width: 60rem }"
STYLE += " .tall { height: 3000px } rec-question { --rec-question-block-size: 20rem }"

PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="#a3b18a" d="M0 0h9v9H0z"/></svg>'
)
DARK = "html { color-scheme: dark; background: #16130f } body { color: #efe9dd }"
FILES = {
    "/shop.css": ("text/css", STYLE),
    "/dark.css": ("text/css", DARK),
    "/pictures": ("image/svg+xml", PICTURE),
}


class ShopPages(NamedTuple):
    """A shop's server; what is put at a path is what its browser gets."""

    origin: str
    bodies: dict[str, str]
    service: list[str]  # its address, once it is known
    keys: list[str]

    def put(self, path: str, body: str, *, tag: str = "", head: str = "", locale: str = "en") -> str:
        """Serve a page, which waits for the service long unless its tag says otherwise; its address."""
        tag = tag if "data-timeout" in tag else f'{tag} data-timeout="{PATIENCE_MS}"'
        self.bodies[path] = PAGE.format(
            locale=locale, service=self.service[0], key=self.keys[0], head=head, tag=f" {tag}", body=body
        )
        return self.origin + path


@contextmanager
def shop_pages() -> Iterator[ShopPages]:
    """A shop without any page yet."""
    bodies: dict[str, str] = {}
    service: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            kind, body = FILES.get(
                path.rpartition("/")[0] or path, ("text/html; charset=utf-8", bodies.get(path))
            )
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", POLICY.format(service=service[0]))
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield ShopPages(f"http://127.0.0.1:{server.server_address[1]}", bodies, service, [])
    server.shutdown()
    server.server_close()
