"""What the tests in a browser share: a headless Chromium, watched, and a served folder."""
import shutil, sys, threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit
from playwright.sync_api import sync_playwright

class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args): pass

@contextmanager
def serve(folder):
    "The address at which `folder` is served on localhost"
    with ThreadingHTTPServer(('127.0.0.1', 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}/'
        server.shutdown()

@contextmanager
def chromium(*args):
    found = filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome')))
    path = next(found, None)
    if not path: sys.exit('no Chromium on the PATH: .ci/browser installs it')
    args = ['--no-sandbox', '--disable-background-networking', *args]
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=path, args=args)
        yield browser
        browser.close()

def elsewhere(url): return urlsplit(url).hostname not in (None, '', '127.0.0.1')

def watch(page):
    "Collects what should not happen on a page: errors, and requests that leave this machine"
    wrong = []
    def note(what): wrong.append(what)
    page.on('console', lambda m: m.type in ('error', 'warning') and note(f'console: {m.text}'))
    page.on('pageerror', lambda e: note(f'script: {e}'))
    page.on('request', lambda r: elsewhere(r.url) and note(f'asks for {r.url}'))
    return wrong
