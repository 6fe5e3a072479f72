"""Turns requests to run notebooks (JSON lines on stdin) into what their kernels show (JSON lines on stdout).

Runs in the user's Python, with the user's nbclient and kernels; it needs nothing else. A request is
{"id", "path", "cwd", "timeout"}; answers carry the request's id:

  hello     once, first: the Python's version and the packages that are missing
  notebook  its code cells as they stand in the file: number, id (if any) and source
  kernel    the kernel that was started, and the name that was asked for
  cell      a code cell starts (cells count from 1 over all cells)
  outputs   what a code cell showed, as nbformat 4 outputs; images as their size and a hash of their pixels
  finished  the notebook ran to its end, or failed: {"failure": {"reason", "cell", "message"}}

The end of stdin means that whoever asked is gone: the kernel is killed and the runner ends. So do
SIGINT and SIGTERM. Kernels live in a process group of their own, which is what is killed.
"""

import asyncio
import base64
import hashlib
import io
import json
import math
import os
import queue
import signal
import sys
import threading
import warnings

REAL_STDOUT = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
os.dup2(2, 1)  # what libraries print must not get between the answers

kernel_groups = set()


def say(event, **fields):
    REAL_STDOUT.write(json.dumps({"event": event, **fields}, ensure_ascii=True, default=str) + "\n")
    REAL_STDOUT.flush()


def kill_kernels():
    for process_id in list(kernel_groups):
        try:
            if hasattr(os, "killpg"):
                os.killpg(process_id, signal.SIGKILL)
            else:
                os.kill(process_id, signal.SIGTERM)
        except OSError:
            pass
        kernel_groups.discard(process_id)


def stop(*_):
    kill_kernels()
    try:
        # A kernel that is only just starting is not known by its number yet. ipykernel brings psutil.
        import psutil

        for child in psutil.Process().children(recursive=True):
            child.kill()
    except Exception:
        pass
    os._exit(130)


def missing_packages():
    missing = []
    for name in ("nbclient", "nbformat"):
        try:
            __import__(name)
        except ImportError:
            missing.append(name)
    return missing


def describe_image(data):
    """The size and a hash of the pixels, so that two encodings of one picture are equal."""
    try:
        from PIL import Image
    except ImportError:
        return "image"
    try:
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            pixels = image.convert("RGBA")
            digest = hashlib.sha256(pixels.tobytes()).hexdigest()[:16]
            return "image %dx%d pixels %s" % (pixels.width, pixels.height, digest)
    except Exception:
        return "image"


def plain_output(output):
    output = {key: value for key, value in output.items() if key not in ("metadata", "transient")}
    if "data" in output:
        data = {}
        for mime, value in output["data"].items():
            if mime in ("image/png", "image/jpeg", "image/gif", "image/webp"):
                value = describe_image(value)
            elif mime in ("application/pdf",):
                value = "document"
            data[mime] = value
        output["data"] = data
    return output


def choose_kernel(notebook):
    """The kernel to start and the one asked for; python3 stands in for a Python kernel that is not installed."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    metadata = notebook.metadata
    spec = metadata.get("kernelspec", {})
    wanted = spec.get("name") or "python3"
    language = spec.get("language") or metadata.get("language_info", {}).get("name") or "python"
    manager = KernelSpecManager()
    try:
        manager.get_kernel_spec(wanted)
        return wanted, wanted
    except NoSuchKernel:
        pass
    if language.lower() in ("python", "python3", "ipython"):
        try:
            manager.get_kernel_spec("python3")
            return "python3", wanted
        except NoSuchKernel:
            pass
    return None, wanted


def code_cells(path):
    """Straight from the JSON: nbformat makes up ids where there are none."""
    with open(path, encoding="utf-8-sig") as file:
        document = json.load(file)
    cells = document.get("cells")
    if cells is None:
        cells = [cell for sheet in document.get("worksheets", []) for cell in sheet.get("cells", [])]
    found = []
    for number, cell in enumerate(cells, 1):
        if cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            source = source if isinstance(source, str) else "".join(source)
            found.append({"cell": number, "id": cell.get("id"), "source": source})
    return found


# Run in the kernel, in a namespace of its own, before the first cell: what is drawn without a seed comes out alike in
# every run, so that it can be compared. `numpy.random` is seeded as soon as the notebook imports it.
SEED = """exec('''
import importlib.abc, importlib.util, random, sys
random.seed(0)

class Seeder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "numpy.random":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module
        def execute_and_seed(module):
            execute(module)
            module.seed(0)
        spec.loader.exec_module = execute_and_seed
        return spec

if "numpy.random" in sys.modules:
    sys.modules["numpy.random"].seed(0)
else:
    sys.meta_path.insert(0, Seeder())
''', {})"""


async def run(request):
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    identity = request["id"]

    def fail(reason, message, cell=None):
        say("finished", id=identity, failure={"reason": reason, "message": message, "cell": cell})

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.read(request["path"], as_version=4)
        say("notebook", id=identity, cells=code_cells(request["path"]))
    except Exception as error:
        return fail("unreadable", "%s: %s" % (type(error).__name__, error))

    kernel, wanted = choose_kernel(notebook)
    if kernel is None:
        return fail("no-kernel", wanted)

    def show(index):
        cell = notebook.cells[index]
        outputs = [plain_output(output) for output in cell.get("outputs", [])]
        say("outputs", id=identity, cell=index + 1, outputs=outputs)

    # nbclient takes whole seconds only.
    timeout = None if request.get("timeout") is None else math.ceil(request["timeout"])
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    client = NotebookClient(
        notebook,
        kernel_name=kernel,
        timeout=timeout,
        startup_timeout=request.get("startupTimeout") or 180,
        resources={"metadata": {"path": request["cwd"]}},
        # A frontend ignores widgets' messages that it has no view for; so do we.
        store_widget_state=False,
    )
    group = None
    index = None
    healthy = True
    try:
        client.create_kernel_manager()
        await client.async_start_new_kernel(env=dict(os.environ))
        group = getattr(getattr(client.km, "provisioner", None), "pid", None)
        if group is not None:
            kernel_groups.add(group)
        say("kernel", id=identity, kernel=kernel, wanted=wanted)
        await client.async_start_new_kernel_client()
        if request.get("seed") and "python" in kernel.lower():
            client.kc.execute(SEED, silent=True, store_history=False, allow_stdin=False)
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            say("cell", id=identity, cell=index + 1)
            await client.async_execute_cell(cell, index)
            show(index)
        say("finished", id=identity, failure=None)
    except CellExecutionError as error:
        show(index)
        fail("error", "%s: %s" % (error.ename, error.evalue), index + 1)
    except CellTimeoutError:
        healthy = False
        show(index)
        fail("timeout", "no answer within %s s" % timeout, index + 1)
    except DeadKernelError:
        healthy = False
        show(index)
        fail("dead-kernel", "the kernel died", index + 1)
    except Exception as error:
        healthy = False
        message = "%s: %s" % (type(error).__name__, error)
        if index is None:
            fail("dead-kernel", message)
        else:
            fail("fault", message, index + 1)
    finally:
        if not healthy:
            kill_kernels()
        try:
            # Lets the kernel end by itself, reaps it, and removes its connection file.
            await client._async_cleanup_kernel()
        except Exception:
            pass
        if group is not None:
            # What the notebook itself started and left behind shares the kernel's process group.
            kernel_groups.add(group)
            kill_kernels()


def turn_network_off():
    """Moves this process into a network of its own, with nothing but loopback (Linux). Says whether it could."""
    import ctypes
    import fcntl
    import socket
    import struct

    new_user, new_network = 0x10000000, 0x40000000
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        user, group = os.getuid(), os.getgid()
        # Whoever started us may have taken it away already.
        is_gone = [name for _, name in socket.if_nameindex()] == ["lo"]
        if not is_gone and libc.unshare(new_network) != 0:
            if libc.unshare(new_user | new_network) != 0:
                return False
            maps = {"setgroups": "deny", "uid_map": "%d %d 1" % (user, user), "gid_map": "%d %d 1" % (group, group)}
            for name, text in maps.items():
                with open("/proc/self/" + name, "w") as file:
                    file.write(text)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as loopback:
            name = struct.pack("16sh", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
            fcntl.ioctl(loopback, 0x8914, name)  # SIOCSIFFLAGS
        return True
    except Exception:
        return False


def main():
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    offline = "--no-network" in sys.argv and turn_network_off()
    requests = queue.Queue()

    def listen():
        for line in sys.stdin:
            if line.strip():
                requests.put(json.loads(line))
        stop() if working.is_set() else requests.put(None)

    working = threading.Event()
    say("hello", python="%d.%d.%d" % sys.version_info[:3], missing=missing_packages(), offline=offline)
    threading.Thread(target=listen, daemon=True).start()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    while True:
        request = requests.get()
        if request is None:
            break
        working.set()
        loop.run_until_complete(run(request))
        working.clear()


if __name__ == "__main__":
    main()
