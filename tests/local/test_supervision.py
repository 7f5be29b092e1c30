"""What the supervisor says of what it keeps alive."""

from pathlib import Path

from tests.local.instances import ENVIRONMENT, wait_for

from birthreg.local.supervision import Program, tell_end


def test_a_program_that_ended_is_told_with_its_exit_status_in_both_languages(tmp_path: Path) -> None:
    program = Program("no-such-command", data=tmp_path, environment=ENVIRONMENT)
    assert "没有进程" in tell_end(program)
    program.start()
    wait_for(lambda: not program.is_running)
    said = tell_end(program)
    assert "已退出(退出码 2),将重新启动" in said
    assert "ended (exit status 2), starting it again" in said
