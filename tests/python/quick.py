"""Turns requests to run notebooks into what they show, like src/verify/runner.py, but without kernels.

A kernel takes seconds to start and to import numpy, pandas, matplotlib and scikit-learn. This process imports
them once and forks a child for each run, which runs the cells in an IPython shell and captures what they show. The
protocol is the runner's, but requests that are waiting run side by side, as many as there are processors. Where a
platform can't fork, or a notebook needs more than a shell, use the runner.
"""

import base64
import gc
import hashlib
import io
import json
import os
import selectors
import sys
import warnings

# `--bare`: for notebooks that import nothing; it starts in a moment.
IS_BARE = "--bare" in sys.argv

from IPython.core.displayhook import DisplayHook  # noqa: E402
from IPython.core.displaypub import DisplayPublisher  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402
from traitlets import Type  # noqa: E402
from traitlets.config import Config  # noqa: E402

if not IS_BARE:
    # What a run would otherwise import or fill by itself, again and again.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

    import matplotlib  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import numpy  # noqa: F401
    import pandas.io.formats.html  # noqa: F401
    import pandas.plotting._matplotlib  # noqa: F401
    import sklearn.datasets  # noqa: F401
    import sklearn.ensemble  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    import sklearn.manifold  # noqa: F401
    import sklearn.model_selection  # noqa: F401
    import sklearn.pipeline  # noqa: F401
    from PIL import Image

    Image.init()


def draw_once():
    """Finds the fonts and compiles what it takes to draw; leaves no figure and no setting behind."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(title="title", xlabel="$x^2$")
    axes.plot([1, 2], label="line")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


shown = []


def plain(data):
    result = {}
    for mime, value in data.items():
        if mime == "image/png":
            raw = value if isinstance(value, bytes) else base64.b64decode(value)
            with Image.open(io.BytesIO(raw)) as image:
                pixels = image.convert("RGBA")
                digest = hashlib.sha256(pixels.tobytes()).hexdigest()[:16]
                value = "image %dx%d pixels %s" % (pixels.width, pixels.height, digest)
        result[mime] = value if isinstance(value, str) else str(value)
    return result


class Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        shown.append({"output_type": "execute_result", "data": plain(format_dict)})


class Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **_):
        shown.append({"output_type": "display_data", "data": plain(data)})

    def clear_output(self, wait=False):
        shown.clear()


class Stream(io.StringIO):
    def __init__(self, name):
        super().__init__()
        self.stream = name

    def write(self, text):
        shown.append({"output_type": "stream", "name": self.stream, "text": text})
        return len(text)


class Shell(InteractiveShell):
    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)

    def _showtraceback(self, etype, evalue, stb):
        shown.append({"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": []})

    def enable_gui(self, gui=None):
        pass


def code_cells(path):
    with open(path, encoding="utf-8-sig") as file:
        document = json.load(file)
    for number, cell in enumerate(document["cells"], 1):
        if cell["cell_type"] == "code":
            source = cell["source"]
            source = source if isinstance(source, str) else "".join(source)
            yield number, cell.get("id"), source, cell["metadata"].get("tags", [])


def play(request, say):
    cells = list(code_cells(request["path"]))
    say("notebook", cells=[{"cell": number, "id": name, "source": source} for number, name, source, _ in cells])
    os.chdir(request["cwd"])
    # What was no folder when this process started may be one now.
    sys.path_importer_cache.clear()
    sys.path.insert(0, request["cwd"])
    sys.argv = ["ipykernel_launcher.py"]
    warnings.resetwarnings()
    warnings.simplefilter("default")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    # The traceback of an error is not compared; to make one costs a second. Nobody reads the history of past sessions.
    shell = Shell.instance(config=Config({"HistoryManager": {"hist_file": ":memory:"}}), xmode="Minimal")
    # `f?` goes to the frontend's pager, which is no output of the cell.
    shell.set_hook("show_in_pager", lambda *_, **__: None, 0)
    if not IS_BARE:
        from matplotlib_inline.backend_inline import configure_inline_support

        configure_inline_support(shell, "inline")
    say("kernel", kernel="python3", wanted="python3")
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    for number, _, source, tags in cells:
        say("cell", cell=number)
        shown.clear()
        result = shell.run_cell(source, store_history=True)
        say("outputs", cell=number, outputs=list(shown))
        error = result.error_before_exec or result.error_in_exec
        if error is not None and "raises-exception" not in tags:
            message = "%s: %s" % (type(error).__name__, error)
            return {"reason": "error", "message": message, "cell": number}
    return None


def child(request, pipe):
    with os.fdopen(pipe, "w", encoding="utf-8") as out:

        def say(event, **fields):
            fields = {"event": event, "id": request["id"], **fields}
            out.write(json.dumps(fields, default=str) + "\n")

        try:
            failure = play(request, say)
        except BaseException as error:
            failure = {"reason": "fault", "message": repr(error), "cell": None}
        say("finished", failure=failure)
    os._exit(0)


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if not IS_BARE:
        draw_once()
    # A collection in a child would copy the pages of all that is there already.
    gc.collect()
    gc.freeze()
    answers.write('{"event": "hello", "python": "%d.%d.%d", "missing": []}\n' % sys.version_info[:3])
    answers.flush()
    ready = selectors.DefaultSelector()
    ready.register(0, selectors.EVENT_READ)
    received, waiting, running = b"", [], {}
    is_open = True
    while is_open or waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            request = json.loads(waiting.pop(0))
            read, write = os.pipe()
            process_id = os.fork()
            if process_id == 0:
                os.close(read)
                child(request, write)
            os.close(write)
            running[read] = (process_id, [])
            ready.register(read, selectors.EVENT_READ)
        for key, _ in ready.select():
            data = os.read(key.fd, 1 << 16)
            if key.fd == 0:
                received += data
                *lines, received = received.split(b"\n")
                waiting += [line for line in lines if line]
                if not data:
                    is_open = False
                    ready.unregister(0)
            elif data:
                running[key.fd][1].append(data)
            else:
                process_id, parts = running.pop(key.fd)
                ready.unregister(key.fd)
                os.close(key.fd)
                os.waitpid(process_id, 0)
                answers.write(b"".join(parts).decode("utf-8"))
                answers.flush()


if __name__ == "__main__":
    main()
