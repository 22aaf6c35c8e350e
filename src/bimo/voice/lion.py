"""The optimiser Lion (Chen et al. 2023, arXiv 2302.06675): steps by the sign of an average of gradients."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def lion() -> Any:
    """The class; made at the first call, because torch takes seconds to load.

    A learning rate three to ten times below that of AdamW suits it, a weight decay as many times above.
    """
    import torch

    class Lion(torch.optim.Optimizer):  # type: ignore[misc]
        def __init__(
            self, params: Any, lr: float, betas: tuple[float, float] = (0.9, 0.99), weight_decay: float = 0.0
        ) -> None:
            super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

        @torch.no_grad()  # type: ignore[untyped-decorator]
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                near, far = group["betas"]
                for each in group["params"]:
                    if each.grad is None:
                        continue
                    kept = self.state[each].setdefault("average", torch.zeros_like(each))
                    each.mul_(1 - group["lr"] * group["weight_decay"])
                    each.add_(torch.lerp(each.grad, kept, near).sign_(), alpha=-group["lr"])
                    kept.lerp_(each.grad, 1 - far)

    return Lion
