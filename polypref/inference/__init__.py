"""Models asked and answering: one request, one reply, whoever serves the model.

A backend (`openai`, `transformers`, `vllm`) takes requests and yields each with its reply or failure as they come, in
no fixed order. What they say goes at once into the response log (`log`), so nothing is asked twice.
"""

from .backend import Backend, BackendTraits, Served, Usage, backend_traits
from .requests import (
    REHEARSED,
    Failure,
    Kind,
    Known,
    Model,
    Reply,
    Request,
    Result,
    Sampling,
    messages,
)

__all__ = [
    "REHEARSED",
    "Backend",
    "BackendTraits",
    "Failure",
    "Kind",
    "Known",
    "Model",
    "Reply",
    "Request",
    "Result",
    "Sampling",
    "Served",
    "Usage",
    "backend_traits",
    "messages",
]
