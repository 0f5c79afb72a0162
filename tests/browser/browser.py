"""What the tests in a browser share: Debian's Chromium, and a folder served on localhost."""
import shutil, sys, threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args): pass

@contextmanager
def serve(folder):
    "The address at which `folder` is served on localhost"
    with ThreadingHTTPServer(('127.0.0.1', 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}/'
        server.shutdown()

def launch(playwright):
    "A headless Chromium"
    path = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    if path is None: sys.exit('no Chromium: run tests/browser/setup')
    return playwright.chromium.launch(executable_path=path, args=['--no-sandbox', '--disable-background-networking'])
