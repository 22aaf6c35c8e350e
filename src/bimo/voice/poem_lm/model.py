"""The network: a small Llama with tied embeddings, so that the embedded engine needs nothing special."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bimo.voice.poem_lm.recipe import Recipe
from bimo.voice.poem_lm.samples import Batch
from bimo.voice.poem_lm.symbols import BEGIN, END, Symbols

# Targets with this number count for nothing.
IGNORED = -100


def config(recipe: Recipe, symbols: Symbols) -> Any:
    """The Transformers configuration of the recipe's network."""
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=len(symbols),
        hidden_size=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        intermediate_size=recipe.inner,
        max_position_embeddings=recipe.context,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        bos_token_id=BEGIN,
        eos_token_id=END,
        use_cache=False,
    )


def fresh(recipe: Recipe, symbols: Symbols) -> Any:
    """A network with random weights decided by the seed, float32."""
    import torch
    from transformers import LlamaForCausalLM

    torch.manual_seed(recipe.seed)
    return LlamaForCausalLM(config(recipe, symbols))


def trained(folder: Path, recipe: Recipe, symbols: Symbols) -> Any:
    """The network of the last checkpoint in `folder`, float32, for evaluation and export."""
    import torch

    network = fresh(recipe, symbols)
    kept = torch.load(folder / "checkpoint.pt", weights_only=True)
    network.load_state_dict(kept["network"], strict=False)
    network.tie_weights()
    return network.eval()


def tensors(batch: Batch) -> tuple[Any, Any]:
    """(inputs, targets) of a batch, each (rows, longest - 1); padding is ignored among the targets.

    No mask is needed: padding comes last, where no earlier place can see it.
    """
    import torch

    longest = max(map(len, batch.rows))
    inputs = torch.zeros(len(batch.rows), longest - 1, dtype=torch.long)
    targets = torch.full((len(batch.rows), longest - 1), IGNORED)
    for number, row in enumerate(batch.rows):
        numbers = torch.tensor(row)
        inputs[number, : len(row) - 1] = numbers[:-1]
        targets[number, : len(row) - 1] = numbers[1:]
    return inputs, targets


def losses(network: Any, batch: Batch) -> tuple[Any, Any]:
    """(negative log-probabilities in nats, targets), both flat; where a target is ignored the loss is 0."""
    import torch

    inputs, targets = tensors(batch)
    logits = network(input_ids=inputs, use_cache=False).logits
    flat = targets.reshape(-1)
    lost = torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]).float(), flat, ignore_index=IGNORED, reduction="none"
    )
    return lost, flat
