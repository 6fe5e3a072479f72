"""Turns starting Python into forking one that has its imports done: kernels and runners start in a moment.

    python warm.py FOLDER [MODULE...]

imports the modules and answers until its standard input ends. FOLDER gets a `python` that is used in place of the
interpreter (`FOLDER/python -m ipykernel_launcher …`): a small process that hands its arguments, folder, environment and
standard files over, waits until the forked one ends, and takes it along when it is killed. Where the process stands in a
network of its own, so do all that it forks. Linux and macOS.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import stat
import struct
import sys
import threading

FRONT = """#!%s -IS
import json, os, signal, socket, stat, struct, sys
def is_handed(descriptor):
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
# A worker of multiprocessing's or joblib's is given pipes by number: those are for the process that was started.
if any(is_handed(int(name)) for name in os.listdir("/dev/fd") if int(name) > 2):
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
server = socket.socket(socket.AF_UNIX)
server.connect(%r)
hand = {"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ), "executable": %r}
data = json.dumps(hand).encode()
socket.send_fds(server, [struct.pack("!I", len(data))], [0, 1, 2])
server.sendall(data)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: server.sendall(bytes([number])))
for descriptor in (0, 1, 2):
    os.close(descriptor)
parent = os.getppid()
server.settimeout(1)
while os.getppid() == parent:
    try:
        status = server.recv(1)
        os._exit(status[0] if status else 1)
    except socket.timeout:
        pass
"""


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            os._exit(1)
        data += part
    return data


def attend(connection):
    """Does what happens to the process in front: a signal, or its end."""
    while True:
        try:
            data = connection.recv(1)
        except OSError:
            data = b""
        if not data:
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), data[0])


def become(connection):
    os.setsid()
    head, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    hand = json.loads(receive(connection, struct.unpack("!I", head)[0]))
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(hand["cwd"])
    os.environ.clear()
    os.environ.update(hand["env"])
    sys.executable = hand["executable"]
    threading.Thread(target=attend, args=(connection,), daemon=True).start()
    argv = hand["argv"]
    while argv[0].startswith(("-X", "-B")):
        argv = argv[1:]
    sys.path_importer_cache.clear()
    paths = [path for path in hand["env"].get("PYTHONPATH", "").split(os.pathsep) if path]
    status = 0
    try:
        if argv[0] == "-m":
            sys.path[0:0] = ["", *paths]
            sys.argv = argv[1:]
            runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
        elif argv[0] == "-c":
            sys.path[0:0] = ["", *paths]
            sys.argv = ["-c", *argv[2:]]
            exec(compile(argv[1], "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.path[0:0] = [os.path.dirname(argv[0]), *paths]
            sys.argv = argv
            runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 1
    # The pools of joblib and multiprocessing end here, as at the end of any interpreter.
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        connection.sendall(bytes([status & 255]))
    finally:
        os._exit(status)


def main():
    folder, *modules = sys.argv[1:]
    del sys.path[0]
    # As ipykernel sets it for its own process. The backend itself must not be imported before there is a shell.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    path = os.path.join(folder, "socket")
    front = os.path.join(folder, "python")
    for name in modules:
        importlib.import_module(name)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(64)
    with open(front, "w") as file:
        file.write(FRONT % (sys.executable, path, front))
    os.chmod(front, stat.S_IRWXU)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)

    # Not a thread: a process with threads is not forked.
    import select

    while True:
        ready, _, _ = select.select([server, 0], [], [])
        if 0 in ready and not os.read(0, 1024):
            return
        if server not in ready:
            continue
        connection, _ = server.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            server.close()
            become(connection)
        connection.close()


if __name__ == "__main__":
    main()
