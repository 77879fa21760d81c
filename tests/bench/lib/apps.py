# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""Applications that people have, and how to tell that one of them is ready: a line of output, or a port that accepts."""
import os, re, selectors, shutil, signal, socket, subprocess, time

# Which are measured is a matter of what is installed. All are headless, do nothing that needs a network, and wait.
CATALOGUE = {
    "chromium": {"argv": ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                          "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
                          "--remote-debugging-port=9333", "--user-data-dir={home}/chromium", "file://{home}/page.html"],
                 "ready": "page is ready", "files": {"{home}/page.html": "<h1>hello</h1><script>console.log('page is ready')</script>"}},
    "writer": {"argv": ["soffice", "--headless", "--norestore", "--accept=socket,host=127.0.0.1,port=9334;urp;",
                        "-env:UserInstallation=file://{home}/office"], "port": 9334},
    "science": {"argv": ["/usr/bin/python3", "-c", "import numpy, scipy.stats, matplotlib.pyplot, time; print('is ready', flush=True); time.sleep(1000)"],
                "ready": "is ready"},
    "emacs": {"argv": ["emacs", "--batch", "--eval", "(progn (require 'org) (require 'gnus) (message \"is ready\") (sleep-for 1000))"],
              "ready": "is ready"},
    "firefox": {"argv": ["firefox", "--headless", "--marionette", "--no-remote", "--profile", "{home}/firefox"], "port": 2828,
                "files": {"{home}/firefox/user.js": ""}},
    "gimp": {"argv": ["gimp", "-i", "--batch-interpreter=plug-in-script-fu-eval", "-b", "(gimp-message \"is ready\")"], "ready": "is ready"},
    "blender": {"argv": ["blender", "-b", "--python-expr", "import time; print('is ready', flush=True); time.sleep(1000)"], "ready": "is ready"},
    "octave": {"argv": ["octave", "--no-gui", "--eval", "disp('is ready'); fflush(stdout); pause(1000)"], "ready": "is ready"},
}


class Failed(Exception):
    """It did not become ready."""


class App:
    def __init__(self, name, home, spec=None):
        spec = spec or CATALOGUE[name]
        self.name, self.argv = name, [word.replace("{home}", home) for word in spec["argv"]]
        self.ready, self.port = spec.get("ready"), spec.get("port")
        self.env = dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home, LC_ALL="C.UTF-8")
        self.process = None
        for path, text in spec.get("files", {}).items():
            path = path.replace("{home}", home)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(text)

    def launch(self, limit_sec=180):
        """Starts it; seconds until it is ready."""
        begun = time.monotonic()
        self.process = subprocess.Popen(self.argv, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        try:
            self.wait_port(begun + limit_sec) if self.port else self.wait_output(begun + limit_sec)
        except BaseException:  # also when the run is ended: it must not outlive that
            self.close()
            raise
        return time.monotonic() - begun

    def use(self, seconds):
        """Launched, and kept open for so long."""
        self.launch()
        try:
            time.sleep(seconds)
        finally:
            self.close()

    def wait_port(self, end):
        while time.monotonic() < end and self.process.poll() is None:
            with socket.socket() as connection:
                if connection.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.005)
        raise Failed(f"{self.name} does not listen")

    def wait_output(self, end):
        seen, fd = b"", self.process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(fd, selectors.EVENT_READ)
            while time.monotonic() < end:
                if selector.select(0.2):
                    data = os.read(fd, 65536)
                    if not data:
                        raise Failed(f"{self.name} ended early: {seen[-400:]!r}")
                    seen += data
                    if re.search(self.ready.encode(), seen):
                        return
        raise Failed(f"{self.name} is not ready: {seen[-400:]!r}")

    def close(self):
        """All of its processes; what does not end when it is asked is killed."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
            except ProcessLookupError:
                break
            try:
                self.process.communicate(timeout=3)
                break
            except subprocess.TimeoutExpired:
                pass
        self.process.stdout.close()
        self.process = None
        time.sleep(0.5)

    def once(self):
        """Launched, and closed when it is ready."""
        seconds = self.launch()
        self.close()
        return seconds


def installed():
    return [name for name, spec in CATALOGUE.items() if shutil.which(spec["argv"][0])]


def usable(names, home, left_out):
    """Those that become ready here, launched once so that their first run's work is done; why not goes to left_out."""
    found = []
    for name in names:
        app = App(name, home)
        try:
            app.once()
            found.append(app)
        except Failed as error:
            left_out.append(str(error))
    return found
