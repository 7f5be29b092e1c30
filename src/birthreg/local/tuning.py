"""How the embedded PostgreSQL is set: fitted to the machine, durable, and silent about persons."""

import os
from pathlib import Path


def postgres_options(sockets: Path, *, durable: bool) -> list[str]:
    """Return the settings as arguments of `postgres`; only throw-away data may be less than durable."""
    quoted = str(sockets).replace('"', '""')
    settings = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
        **_sizes(),
        **_LOGGING,
        **({} if durable else _THROW_AWAY),
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _sizes() -> dict[str, str]:
    """Fit PostgreSQL to the machine: a quarter of the memory is its own, the rest serves files and the service."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "shared_buffers": f"{min(max(memory // 4, 128), 8192)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 64), 1024)}MB",
        "work_mem": "16MB",
        "max_connections": "100",
        "max_wal_size": "4GB",
        # Every commit waits while a new segment of WAL is filled with zeros; one that was kept costs nothing.
        "min_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "synchronous_commit": "on",
        "restart_after_crash": "on",
    }


# Terse leaves out DETAIL and CONTEXT, where PostgreSQL repeats the rows it refused.
_LOGGING = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

_THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "min_wal_size": "256MB",
}
