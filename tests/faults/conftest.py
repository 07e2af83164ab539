"""The campaign uses the command line, Hub and datasets of the tests of release."""

from tests.release.conftest import built, cli, hub, session_hub  # noqa: F401
