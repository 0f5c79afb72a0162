"""How long a reader waits for an explorer, from the key to the painted frame.

`make book` first, and nothing beside it; then `python tests/browser/test_speed.py`."""
import statistics, unittest
from pathlib import Path
from playwright.sync_api import expect
import asks
from browser import chromium, serve
from explorers import explorers

SITE = Path(__file__).resolve().parents[2]/'_docs'
ROUNDS = 5   # what else the machine does can only add to a round, so the best one counts

# Milliseconds from a slider's input event to the frame that shows it, painted: a message posted in
# a frame's callback arrives after its paint, and reading a pixel back makes sure that the canvases
# are drawn.
STEPS = """async ([name, values]) => {
  const root = document.querySelector('.lowrank').shadowRoot, taken = []
  const input = root.querySelector(`input[name=${name}]`)
  for (const value of values) {
    const start = performance.now()
    input.value = value
    input.dispatchEvent(new Event('input', { bubbles: true }))
    await new Promise(done => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = done
      port2.postMessage(0)
    }))
    for (const canvas of root.querySelectorAll('canvas'))
      canvas.getContext('2d').getImageData(0, 0, 1, 1)
    taken.push(performance.now() - start)
  }
  return taken
}"""

# Milliseconds from a key on a chip to the frame that shows the answer, painted, and those of the
# forward pass: a message posted in a frame's callback arrives after its paint.
KEYS = """async n => {
  const root = document.querySelector('.lowrank').shadowRoot, taken = []
  const chips = [...root.querySelectorAll('.card:not(.question) .chip')]
  for (let i = 0; i < n; i++) {
    const chip = chips[(7*i) % chips.length]
    chip.focus()
    await new Promise(done => setTimeout(done, 20))
    const start = performance.now()
    const up = { key: 'ArrowUp', bubbles: true, cancelable: true }
    chip.dispatchEvent(new KeyboardEvent('keydown', up))
    await new Promise(done => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = done
      port2.postMessage(0)
    }))
    root.querySelector('canvas.weights').getContext('2d').getImageData(0, 0, 1, 1)
    taken.push([performance.now() - start, Number(root.querySelector('.verdict').dataset.took)])
  }
  return taken
}"""

class Speed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not (SITE/'index.html').exists():
            raise SystemExit('the site is not built: run `make book`')
        cls.url = cls.enterClassContext(serve(SITE))
        # Without a frame limit the time to the next frame is the time the page needs, not the time
        # to the next tick of the display.
        args = '--disable-frame-rate-limit', '--disable-gpu-vsync'
        cls.browser = cls.enterClassContext(chromium(*args))

    def page(self, address):
        page = self.browser.new_page(viewport=dict(width=1280, height=900))
        self.addCleanup(page.close)
        page.goto(self.url + address)
        return page

    def test_explorer(self):
        for V, C, allowed in (20, 3, 16), (64, 31, 100):
            page = self.page(f'nbs/explore.html#V={V}&C={C}&n_layer=12&layer=1&n_local=2')
            explorer = explorers(page).first
            explorer.scroll_into_view_if_needed()
            expect(explorer.locator('.length')).to_contain_text(f'= {V*(C + 1) + 3:,} tokens')
            page.wait_for_timeout(500)
            moves = dict(V=[V - 1, V], C=[C - 1, C], layer=[3, 1], n_layer=[11, 12],
                         n_embd=[248, 256])
            for name, values in moves.items(): self.assertFast(page, name, values, allowed)

    def assertFast(self, page, name, values, allowed):
        for attempt in range(1, ROUNDS + 1):
            taken = page.evaluate(STEPS, [name, values*30])
            p95 = statistics.quantiles(taken, n=20)[-1]
            if p95 < allowed: break
        median = statistics.median(taken)
        print(f'{name:8} median {median:5.1f} ms, 95th percentile {p95:5.1f} ms, '
              f'round {attempt}, allowed {allowed} ms')
        # The percentile is printed: on a machine that does other work it is not the page's.
        self.assertLess(median, allowed, name)

    def test_ask(self):
        for V, allowed in (6, 33), (16, 100):
            tables = '-'.join(f'{v % 12}.{(v + 1) % 12}.{v % 12}' for v in range(V))
            page = self.page(f'nbs/ask.html#tables={tables}&queries=0.5&loops=8')
            asks.explorers(page).first.scroll_into_view_if_needed()
            page.wait_for_timeout(500)
            for attempt in range(ROUNDS):
                taken = page.evaluate(KEYS, 60)
                p95 = statistics.quantiles([t for t, _ in taken], n=20)[-1]
                forward = statistics.median(f/t for t, f in taken)
                if p95 <= allowed: break
            print(f'V={V}: from a key to the painted answer, 95th percentile {p95:.1f} ms, '
                  f'forward pass {forward:.0%} of it')
            self.assertLessEqual(p95, allowed)

if __name__ == '__main__': unittest.main()
