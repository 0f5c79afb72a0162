"""What make says where a target cannot do its work: one line, before anything is begun."""
import socket, subprocess, unittest
from pathlib import Path

def said(*args):
    "The first line on stderr of a target that must fail; nothing is installed"
    command = ['make', '--silent', 'BIN=/nowhere', *args]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True)
    assert done.returncode and not done.stdout, done
    return done.stderr.splitlines()[0]

def lab(port): return said('--old-file=.venv/.ready', 'lab', f'LAB_PORT={port}')

class Make(unittest.TestCase):
    def test_lab_takes_a_free_port(self):
        for port in 'abc', '', '0', '65536', '80 80', '1;ls':
            wanted = f'LAB_PORT must be a port, 1 to 65535, got {port!r}'
            self.assertEqual(lab(port), wanted)
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = taken.getsockname()[1]
            line = f'port {port} is in use, choose another with LAB_PORT=N'
            self.assertEqual(lab(port), line)

    def test_an_old_python_is_refused(self):
        code = 'import sys; sys.version_info = 3, 9; sys.version = "3.9.1"; exec(sys.argv[2])'
        line = said('--always-make', '.venv/.ready', f"PYTHON=python3 -c '{code}'")
        self.assertEqual(line, 'lowrank_nb needs Python 3.11 or newer, this is 3.9.1')

if __name__ == '__main__': unittest.main()
