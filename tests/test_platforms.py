"""What a system other than Linux may lack is asked for when it is needed, not when polypref is loaded."""

import subprocess
import sys

from tests.conftest import environment

CODE = """
import importlib, os, pkgutil, signal, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "readline"):
    sys.modules[name] = None
for module, names in ((os, ("fork", "getuid", "geteuid", "setsid", "killpg")), (signal, ("SIGHUP", "pthread_sigmask"))):
    for name in names:
        delattr(module, name)
import polypref
names = [one.name for one in pkgutil.walk_packages(polypref.__path__, "polypref.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""


def test_every_module_loads_where_there_is_neither_fcntl_nor_fork():
    done = subprocess.run([sys.executable, "-c", CODE], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100
