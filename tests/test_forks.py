"""Commands in children of a process that has the libraries loaded."""

from tests.forks import Forks


def test_a_child_that_hangs_is_ended(forks: Forks, tmp_path) -> None:
    job = {"cwd": str(tmp_path), "env": dict(forks.env), "out": str(tmp_path / "out"), "err": str(tmp_path / "err")}
    assert forks.run(job | {"code": "import signal\nassert 0 < signal.alarm(1) <= 600\nsignal.pause()"}) == -14
    assert forks.run(job | {"code": "print('on')"}) == 0 and (tmp_path / "out").read_text("utf-8") == "on\n"
