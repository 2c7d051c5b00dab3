"""Programs of the system that tests start on the loopback: Redis, and nginx before servers."""

import contextlib
import http.client
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from tests.serving import LOOPBACK, ROOT, eventually, free_port


def program(name: str) -> str:
    """The path of a program of the system's packages."""
    found = subprocess.run([ROOT / ".ci" / "program", "--find", name], capture_output=True, text=True)
    assert found.returncode == 0, f"no {name}: `.ci/program {name}` installs it"
    return found.stdout.strip()


class Service:
    """A process of its own folder; whatever ends this process ends it too."""

    port: int

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self.begin()

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def begin(self) -> None:
        """Start it, again on the same port after an end."""
        with Path(self.folder.name, "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), cwd=self.folder.name, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._guard = subprocess.Popen(
            ["sh", "-c", f"read never; kill {self._process.pid}"],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        eventually(self._answers, 15)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, Path(self.folder.name, "log").read_text()
        with contextlib.suppress(OSError):
            return self.answers()
        return False

    def end(self, how: int = signal.SIGTERM) -> None:
        """Stop it, politely or not."""
        assert self._process is not None
        assert self._guard is not None
        self._process.send_signal(how)
        self._process.wait(10)
        self._guard.kill()
        self._guard.communicate()

    def freeze(self) -> None:
        """Half open from now on: connected, and silent."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self.end()
        self.folder.cleanup()


class Redis(Service):
    """A Redis that keeps nothing on disk."""

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def command(self) -> list[str]:
        kept = ["--save", "", "--appendonly", "no"]
        return [program("redis-server"), "--bind", LOOPBACK, "--port", str(self.port), *kept]

    def answers(self) -> bool:
        with socket.create_connection((LOOPBACK, self.port), 1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"


class Nginx(Service):
    """A proxy before some servers: in turn, and past one that does not answer."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        super().__init__()

    def command(self) -> list[str]:
        servers = " ".join(f"server {LOOPBACK}:{port} max_fails=1 fail_timeout=2s;" for port in self.ports)
        folder = self.folder.name
        paths = " ".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        Path(folder, "nginx.conf").write_text(
            f"""
            daemon off; master_process off; pid {folder}/pid; error_log stderr warn;
            events {{ worker_connections 512; }}
            http {{
              access_log off; {paths}
              upstream playground {{ {servers} }}
              map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
              server {{
                listen {LOOPBACK}:{self.port};
                location / {{
                  proxy_pass http://playground;
                  proxy_http_version 1.1;
                  proxy_set_header Host $http_host;
                  proxy_set_header Upgrade $http_upgrade;
                  proxy_set_header Connection $connection_upgrade;
                  proxy_read_timeout 1h;
                  proxy_connect_timeout 1s;
                  proxy_next_upstream error timeout;
                }}
              }}
            }}
            """
        )
        return [program("nginx"), "-c", f"{folder}/nginx.conf", "-p", folder]

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=2)
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        finally:
            connection.close()
