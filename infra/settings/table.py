"""Every setting, once: its name in the environment, where it stands in the tree, and what it means."""

from msgspec import Struct

PREFIX = "REVOAGENT_"


class Setting(Struct, frozen=True):
    """One row: REVOAGENT_<name> sets `field` of the tree."""

    name: str
    field: str
    help: str

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "HOST", "gateway.host", "Address that HTTP listens on. Loopback only until there is authentication."
    ),
    Setting("PORT", "gateway.port", "Port of HTTP and WebSocket; 0 picks a free one."),
    Setting("DASHBOARD", "gateway.dashboard", "false: the API alone, no page."),
    Setting("LOG_LEVEL", "log_level", "debug, info, warning or error."),
    Setting("STATE", "server.state", "Directory of a stack: streams, database, logs, addresses."),
    Setting("NATS_URL", "nats.url", "A NATS server that runs already; without it, `revo up` starts its own."),
    Setting("NATS_PORT", "server.port", "Port of our own NATS server; 0 picks a free one."),
    Setting("NATS_MONITOR_PORT", "server.monitor_port", "Its HTTP monitoring port; 0 picks a free one."),
    Setting("NATS_USER", "nats.user", "NATS user; empty where the server asks for none."),
    Setting("NATS_PASSWORD", "nats.password", "NATS password."),
    Setting("REPLICAS", "nats.replicas", "Copies of each stream; 3 on a cluster."),
    Setting(
        "DURABILITY",
        "server.durability",
        "power: on disk before it is acknowledged; process: within a second.",
    ),
    Setting(
        "MAX_STORE", "server.max_store", "Bytes of all streams together; 80 % of the free disk, at most 8 GB."
    ),
    Setting("PROCESSES", "processes", "Worker processes on this host."),
    Setting(
        "POOL_LEAST",
        "pool.least",
        "Worker processes for a queue that a parallel job fills, the standing ones included.",
    ),
    Setting("POOL_MOST", "pool.most", "At most so many of them; up to PROCESSES there is no pool."),
    Setting(
        "FAULTS",
        "faults",
        "Whether a worker process is killed on request, to see the recovery. Unset: by `revo up` with a NATS "
        "of its own, by nothing else.",
    ),
    Setting("SLOTS", "worker.slots", "Tasks that one worker process runs at once."),
    Setting("TARGETS", "worker.targets", "Modules that hold functions, separated by commas."),
    Setting("ONLY", "worker.only", "Queues or functions to run, separated by commas; all where empty."),
    Setting("ROOTS", "worker.roots", "Directories that functions may read below, separated by colons."),
    Setting(
        "ADVISORIES",
        "worker.advisories",
        "Known vulnerabilities: the file or directory of an OSV dump of PyPI; none are looked for without.",
    ),
    Setting(
        "EMBEDDING",
        "worker.memory.embedding",
        "How memories are found by meaning: auto, none, or the directory of a sentence model.",
    ),
    Setting("MEMORIES", "worker.memory.most", "Memories that one namespace may hold; more are refused."),
    Setting(
        "BROWSER_ALLOW",
        "worker.browse",
        "Hosts that the browser may reach, *.host for all below; all where empty.",
    ),
    Setting(
        "BROWSER_ALLOW_PRIVATE",
        "worker.browse_private",
        "Private places that it may reach, as host:port or network, separated by commas.",
    ),
    Setting(
        "WEBHOOK_ALLOW",
        "worker.webhooks",
        "Hosts that webhooks may reach, *.host for all below; all public ones where empty.",
    ),
    Setting(
        "WEBHOOK_ALLOW_PRIVATE",
        "worker.webhooks_private",
        "Private places that they may reach, as host:port or network, separated by commas.",
    ),
    Setting("SMTP_HOST", "worker.smtp.host", "Mail server of notifications; no e-mail is sent without."),
    Setting("SMTP_PORT", "worker.smtp.port", "Its port."),
    Setting("SMTP_USER", "worker.smtp.user", "User there; empty where it asks for none."),
    Setting("SMTP_PASSWORD_ENV", "worker.smtp.password_env", "Name of the variable with the password."),
    Setting("SMTP_FROM", "worker.smtp.sender", "Address that notifications come from."),
    Setting("SMTP_TLS", "worker.smtp.tls", "starttls, tls, or none: then no password is sent."),
    Setting(
        "DEPLOY", "worker.deploy", "Directory that deploy.release may put releases below; refused without."
    ),
    Setting(
        "SQL_SECONDS", "analytics.console.seconds", "Then the process of an analyst's statement is killed."
    ),
    Setting("SQL_ROWS", "analytics.console.rows", "Rows of one answer to SQL at most."),
    Setting("SQL_MEMORY", "analytics.console.memory", "Bytes of address space of one statement."),
    Setting("SQL_AT_ONCE", "analytics.console.at_once", "Statements that run at one time."),
    Setting("SQL_STALE", "analytics.console.stale", "Seconds; the rows that SQL reads are at most this old."),
    Setting("DRAIN", "worker.drain", "Seconds that running tasks get to end when a worker stops."),
    Setting(
        "KEEP_TASKS",
        "analytics.keep_tasks",
        "Days that finished tasks stay in DuckDB; then in Parquet alone.",
    ),
    Setting("KEEP_EVENTS", "analytics.keep_events", "The same, of what tasks told while they ran."),
    Setting("KEEP_METRICS", "analytics.keep_metrics", "The same, of measurements."),
    Setting(
        "KEEP_ROWS", "analytics.most_rows", "Rows of one table of analytics at most; the oldest days go."
    ),
    Setting("EXPORT_EVERY", "analytics.export_every", "Seconds between two exports to Parquet."),
    Setting(
        "MODELS",
        "models.file",
        "File of the language models; else models.toml in the state or current directory.",
    ),
    Setting("MODEL_URL", "models.url", "One endpoint without a file: its address up to and with /v1."),
    Setting("MODEL_NAME", "models.name", "The model to ask there."),
    Setting("MODEL_KEY_ENV", "models.key_env", "Name of the environment variable with its key."),
    Setting("MODEL_EMBEDDINGS", "models.embeddings", "The model for embeddings there."),
    Setting(
        "MODELS_LOCAL_SHARE",
        "models.local_share",
        "0 to 1: of the last 100 answers of a worker so many are to be local; else no other model is asked.",
    ),
    Setting("MODELS_LOCAL_ONLY", "models.local_only", "true: never ask a model that is not local."),
    Setting("ALERT_THRESHOLDS_CPU", "analytics.alerts.cpu", "Percent of CPU use from which an alert rings."),
    Setting("ALERT_THRESHOLDS_MEMORY", "analytics.alerts.memory", "The same of memory."),
    Setting("ALERT_THRESHOLDS_DISK", "analytics.alerts.disk", "The same of the disk with the state."),
)
"""In the order of the reference."""

BY_VARIABLE = {setting.variable: setting for setting in SETTINGS}
BARE = ("ALERT_THRESHOLDS_CPU", "ALERT_THRESHOLDS_MEMORY", "ALERT_THRESHOLDS_DISK")
"""Settings that are heard without the prefix too; the one with it goes first."""
