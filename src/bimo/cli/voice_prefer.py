"""`bimo voice prefer`: change a voice by what its writer took, changed and turned down."""

from __future__ import annotations

import typer

from bimo.cli.console import out, say, words
from bimo.cli.models import stopped_by_ctrl_c


def prefer_voice(
    name: str = typer.Argument(metavar="NAME", help="name of the voice | 文风模型的名称"),
    undo: bool = typer.Option(False, "--undo", help="bring back the voice as it was | 恢复原来的文风模型"),
    least: int = typer.Option(200, "--least", min=10, help="decisions that are needed | 需要的取舍次数"),
) -> None:
    """Train the adapter on the decisions of the desk; keep it only if it gains on unseen ones."""
    from bimo.desk.desk import Desk
    from bimo.voice.home import voice_home
    from bimo.voice.prefer import prefer
    from bimo.voice.prefer import undo as take_back
    from bimo.voice.signals import signals

    home = voice_home(name)
    if undo:
        out.print(words("voice.undone" if take_back(home) else "voice.nothing_to_undo", name=name), markup=False)
        return
    with Desk.open() as desk:
        found = signals(desk)
    with stopped_by_ctrl_c() as cancel:
        made = prefer(home, found, least=least, stage=lambda stage: say(f"voice.stage_{stage}"), cancel=cancel)
    told = {"before": f"{100 * made.before:.0f}", "after": f"{100 * made.after:.0f}", "pairs": made.pairs, "name": name}
    losses = {"loss_before": f"{made.loss_before:.3f}", "loss_after": f"{made.loss_after:.3f}"}
    out.print(words("voice.preferred" if made.kept else "voice.not_preferred", **told, **losses), markup=False)
