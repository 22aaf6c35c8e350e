"""`bimo foryou`: what to try next, and why."""

from __future__ import annotations

import typer

from bimo.cli.console import interface_language, out, say
from bimo.text.errors import InputError, Language


def foryou(
    lang: str | None = typer.Option(None, metavar="zh|en", help="offers in this language | 推荐的语言"),
    count: int = typer.Option(5, min=1, max=50, help="how many | 数量"),
    seed: int = typer.Option(0, help="another seed, other offers | 换一个种子，换一批推荐"),
    never: str | None = typer.Option(None, "--never", metavar="ID", help="never offer this again | 不再推荐这一项"),
    reset: bool = typer.Option(False, "--reset", help="forget what was learned | 忘掉已学到的偏好"),
) -> None:
    """Offer by what was taken and turned down; nothing leaves this machine."""
    from bimo.desk import foryou_desk
    from bimo.desk.desk import Desk

    if lang not in (None, "zh", "en"):
        raise InputError("cli.play_lang", lang=lang)
    chosen: Language = ("zh" if lang == "zh" else "en") if lang else interface_language()
    with Desk.open() as desk:
        if reset:
            foryou_desk.reset(desk)
            say("cli.foryou_reset")
            return
        if never:
            foryou_desk.dismiss(desk, never)
            say("cli.foryou_never", id=never)
            return
        for offer in foryou_desk.for_you(desk, chosen, count=count, seed=seed):
            out.print(offer.item.title, style="bold", markup=False)
            out.print(f"    {foryou_desk.why(offer, interface_language())}", markup=False)
            out.print(f"    {offer.item.command or '–'}    [{offer.item.id}]", markup=False, style="dim")
