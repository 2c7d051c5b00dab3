"""Where calls go: into worker processes of this machine, or, by one setting, into a cluster."""

import re
from collections.abc import Callable

from app.compute.pool import WorkerPool, Workers
from app.settings import Settings

ADDRESS = re.compile(r"(?:tcp|tls)://(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")


def executor_for(settings: Settings) -> Callable[[], Workers]:
    """Makes what the settings ask for; a ValueError names the setting, the rule and the value at once."""
    if not settings.scheduler:
        return lambda: WorkerPool(settings.workers, settings.chunk_timeout_seconds)
    check_address(settings.scheduler)
    try:
        from app.compute.cluster import Cluster  # most servers do without the extra
        from app.compute.cluster_members import check_certificates
    except ModuleNotFoundError as missing:
        raise ValueError(
            f"PLAYGROUND_SCHEDULER needs the extra [cluster] ({missing.name} is not installed): "
            "pip install '.[cluster]' in the project's folder"
        ) from None
    check_certificates(settings.scheduler)
    return lambda: Cluster(settings.scheduler, settings.chunk_timeout_seconds)


def check_address(text: str) -> None:
    """A scheduler is named by its whole address, and nothing else may be in it."""
    found = ADDRESS.fullmatch(text)
    if not found or not 1 <= int(found["port"]) <= 65_535:
        raise ValueError(f"PLAYGROUND_SCHEDULER must be tcp://host:port or tls://host:port; got {text!r}")
