"""A Hub on 127.0.0.1 that the real huggingface_hub and datasets clients talk to. See README.md."""

from .faults import Fault
from .repository import Commit, HubError, Repo
from .server import LoopbackHub

__all__ = ["Commit", "Fault", "HubError", "LoopbackHub", "Repo"]
