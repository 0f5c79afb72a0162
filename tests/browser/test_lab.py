"""The explorers in JupyterLab, with their kernels.

`python -m unittest discover -s tests/browser -p test_lab.py` runs this alone."""
import json, os, secrets, shutil, signal, socket, subprocess, sys, tempfile, time, unittest
from pathlib import Path
from urllib.request import urlopen
import asks
from browser import chromium, watch
from explorers import expected, shown, slider
from jupyter_client import BlockingKernelClient
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
EXPLORE, ASK = '04_explore.ipynb', '04b_ask.ipynb'

def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]

class Lab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        hidden = shutil.ignore_patterns('.*')
        shutil.copytree(ROOT/'nbs', cls.folder/'book'/'nbs', ignore=hidden)
        env = {k: v for k, v in os.environ.items() if k != 'LOWRANK_NB_STATIC'}
        for name in 'CONFIG', 'DATA', 'RUNTIME':
            env[f'JUPYTER_{name}_DIR'] = str(cls.folder/name.lower())
        env['IN_TEST'] = '1'   # the last cell's export has no project here
        cls.env, cls.port, cls.token = env, free_port(), secrets.token_hex(8)
        command = [
            sys.executable, '-m', 'jupyterlab', '--no-browser', '--allow-root',
            f'--port={cls.port}', '--port-retries=0', f'--IdentityProvider.token={cls.token}',
            f'--ServerApp.root_dir={cls.folder/"book"}',
            f'--LabApp.workspaces_dir={cls.folder/"workspaces"}',
            f'--LabApp.user_settings_dir={cls.folder/"settings"}']
        silent = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.lab = subprocess.Popen(command, env=env, start_new_session=True, **silent)
        cls.addClassCleanup(cls.stop)
        for _ in range(240):
            try: cls.api('status'); break
            except OSError: time.sleep(.25)
        cls.browser = cls.enterClassContext(chromium())

    @classmethod
    def stop(cls):
        os.killpg(cls.lab.pid, signal.SIGTERM)
        cls.lab.wait()

    @classmethod
    def api(cls, path):
        return json.load(urlopen(f'http://127.0.0.1:{cls.port}/api/{path}?token={cls.token}'))

    def open(self, name):
        self.notebook = name
        page = self.browser.new_page(viewport=dict(width=1400, height=1000))
        self.addCleanup(page.close)
        address = f'http://127.0.0.1:{self.port}/lab/tree/nbs/{name}'
        page.goto(f'{address}?token={self.token}&reset')
        page.wait_for_selector('.jp-Notebook .jp-Cell', timeout=60_000)
        return page

    def kernel(self):
        sessions = self.api('sessions')
        return next((s['kernel'] for s in sessions if s['path'].endswith(self.notebook)), None)

    def python(self, code):
        "Run code in the notebook's own kernel; what it prints"
        kernel = self.kernel()
        file = self.folder/'runtime'/f'kernel-{kernel["id"]}.json'
        client = BlockingKernelClient(connection_file=str(file))
        client.load_connection_file()
        client.start_channels()
        printed = []
        def hook(message):
            if message['msg_type'] == 'stream': printed.append(message['content']['text'])
        reply = client.execute_interactive(code, timeout=180, output_hook=hook)
        client.stop_channels()
        self.assertEqual(reply['content']['status'], 'ok', reply['content'].get('evalue'))
        return ''.join(printed).strip()

    def wait_idle(self):
        for _ in range(480):
            if (kernel := self.kernel()) and kernel['execution_state'] == 'idle': return
            time.sleep(.25)
        self.fail('the kernel did not become idle')

    def run_all(self, page):
        "Run all cells; the first live explorer"
        self.wait_idle()   # a kernel that is still starting loses what it is told
        page.get_by_role('menuitem', name='Run', exact=True).click()
        page.get_by_role('menuitem', name='Run All Cells', exact=True).click()
        explorer = page.locator('.jp-OutputArea-output:not(.jp-RenderedHTML) .lowrank').first
        explorer.wait_for(state='attached', timeout=180_000)
        self.python('pass')   # queued behind all cells
        # the kernel is done; has the front end heard all of it?
        indicator = page.locator('.jp-Notebook-ExecutionIndicator')
        expect(indicator).to_have_attribute('data-status', 'idle', timeout=60_000)
        explorer.scroll_into_view_if_needed()
        return explorer

    def assertPython(self, code, expected):
        "What `code` prints is `expected`, as soon as the front end's message has arrived"
        for _ in range(20):
            if (printed := self.python(code)) == expected: return
            time.sleep(.5)
        self.assertEqual(printed, expected)

    def test_stored_outputs(self):
        "Before anything runs: a picture where the notebook is not trusted, else the live explorer"
        shown = '.jp-OutputArea img[alt^="Mask of layer 1 of 12, local: 323 of 6,889"]'
        picture = self.open(EXPLORE).locator(shown).first
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        self.assertGreater(picture.evaluate('image => image.naturalWidth'), 0)
        nbs = self.folder/'book'/'nbs'
        trusted = shutil.copy(nbs/EXPLORE, nbs/'trusted.ipynb')
        trust = [sys.executable, '-m', 'jupyter', 'trust', trusted]
        subprocess.run(trust, env=self.env, check=True, stdout=subprocess.DEVNULL)
        page = self.open('trusted.ipynb')
        explorer = page.locator('.lowrank').first
        explorer.scroll_into_view_if_needed()
        slider(explorer, 'V').focus()
        page.keyboard.press('ArrowRight')
        expect(explorer.locator('.length')).to_contain_text('= 87 tokens')
        self.assertNotIn('V=', page.url)

    def test_structure(self):
        page = self.open(EXPLORE)
        explorer = self.run_all(page)
        expect(explorer.locator('.length')).to_contain_text('= 83 tokens')

        # A slider moves Python; the keys are the slider's, not the notebook's
        slider(explorer, 'V').focus()
        for _ in range(3): page.keyboard.press('ArrowRight')
        slider(explorer, 'layer').focus()
        for _ in range(2): page.keyboard.press('ArrowUp')
        expect(explorer.locator('.length')).to_contain_text('= 95 tokens')
        state = 'print(explorer.V, explorer.layer, explorer.layout)'
        self.assertPython(state, '23 3 Layout(V=23, C=3)')
        self.assertPython('print(explorer.mask.sum().item())', str(26**2))

        # Python moves the sliders
        self.python('explorer.V, explorer.C, explorer.layer, explorer.token = 8, 5, 2, 14')
        expect(explorer.locator('.length')).to_contain_text('= 51 tokens')
        expect(explorer.locator('.reach h3')).to_have_text('Reach of table 2 · column 2, locked')
        state, numbers = shown(explorer)
        self.assertEqual([state[name] for name in ('V', 'C', 'layer')], [8, 5, 2])
        self.assertEqual(numbers, expected(state))

        # The locked token keeps its name, in Python too
        slider(explorer, 'V').focus()
        page.keyboard.press('Home')
        expect(explorer.locator('.length')).to_contain_text('= 9 tokens')
        token = 'print(explorer.V, explorer.layout.label(explorer.token))'
        self.assertPython(token, '1 table 0 · column 2')

        refused = self.python(
            'try: explorer.V = 65\n'
            'except Exception as e: print(type(e).__name__, e, explorer.V)')
        self.assertEqual(refused, 'TraitError V must be an integer from 1 to 64, got 65 1')
        self.python('explorer.V, explorer.C, explorer.layer = 20, 3, 3')
        expect(explorer.locator('h3').first).to_have_text('Mask of layer 3 of 12, global')

    def test_ask(self):
        page = self.open(ASK)
        explorer = self.run_all(page)
        expect(explorer.locator('.question-text')).not_to_be_empty()
        wrong = watch(page)

        # The keys are the chip's, not the notebook's
        asks.chip(explorer, 'table 1 column 2').focus()
        for key in '8', 'ArrowUp': page.keyboard.press(key)
        self.assertPython('print(explorer.tables[1][1])', '9')
        explorer.get_by_role('button', name='four joins').click()
        expect(explorer.locator('.said-by b').nth(1)).to_have_text('yes, 4 joins')
        page.wait_for_timeout(300)
        state, logit = asks.shown(explorer)
        there = f"{state['tables']} {state['queries']}"
        self.assertPython('print(explorer.tables, explorer.queries)', there)
        there = float(self.python('print(explorer.forward_pass.logits[-1, -1].item())'))
        self.assertAlmostEqual(logit, there, delta=1e-3)

        self.python('explorer.tables, explorer.queries = [[1, 2, 2], [2, 3, 3]], [1, 3]')
        expect(explorer.locator('.question-text')).to_have_text('Is 1 connected with 3?')
        expect(explorer.locator('.card')).to_have_count(3)
        self.python("explorer.interventions = [['table', 1]]")
        expect(explorer.locator('.interventions')).to_contain_text('table 1 cut off')
        explorer.get_by_role('button', name='undo all').click()
        self.assertPython('print(explorer.interventions)', '[]')
        refused = self.python('try: explorer.head = 99\n'
                              'except Exception as e: print(type(e).__name__, e)')
        self.assertRegex(refused, r'TraitError head must be an integer from 0 to \d+, got 99')
        self.assertEqual(wrong, [])

if __name__ == '__main__': unittest.main()
