"""The trained network as GGUF, for the embedded engine.

Its tokenizer is SentencePiece with single characters only, so nothing can ever be merged: one character, one token.
The marks are user-defined tokens, which the engine reads wherever they stand in a prompt.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bimo.voice.poem_lm.model import trained
from bimo.voice.poem_lm.recipe import Recipe
from bimo.voice.poem_lm.symbols import BEGIN, END, UNKNOWN, Symbols

_TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
_LAYER = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_OUTSIDE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}


def export(run: Path, recipe: Recipe, target: Path, *, quantise: bool = True) -> None:
    """Write the last checkpoint of `run` to `target` as Q8_0, or as float16. The file appears whole or not at all."""
    symbols = Symbols.load(run / "symbols.json")
    write(trained(run, recipe, symbols), recipe, symbols, target, quantise=quantise)


def write(network: Any, recipe: Recipe, symbols: Symbols, target: Path, *, quantise: bool) -> None:
    """Write `network` to `target`."""
    import gguf

    part = target.with_name(target.name + ".part")
    writer = gguf.GGUFWriter(str(part), "llama")
    _describe(writer, recipe, symbols, quantise)
    kind = gguf.GGMLQuantizationType.Q8_0 if quantise else gguf.GGMLQuantizationType.F16
    for name, tensor in network.state_dict().items():
        if name == "lm_head.weight":  # tied: the engine takes the embeddings
            continue
        values = tensor.float().numpy()
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            values = _interleaved(values, recipe.heads)
        if values.ndim == 1:
            writer.add_tensor(_name(name), values)
        else:
            packed = gguf.quants.quantize(values, kind)
            writer.add_tensor(_name(name), packed, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(part, target)


def _describe(writer: Any, recipe: Recipe, symbols: Symbols, quantise: bool) -> None:
    import gguf

    writer.add_name("Bimo poem language model")
    writer.add_license("MIT")
    writer.add_description("Character model of classical Chinese verse, trained on npm chinese-poetry 2.0.1")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if quantise else gguf.LlamaFileType.MOSTLY_F16)
    writer.add_context_length(recipe.context)
    writer.add_embedding_length(recipe.width)
    writer.add_block_count(recipe.layers)
    writer.add_feed_forward_length(recipe.inner)
    writer.add_head_count(recipe.heads)
    writer.add_head_count_kv(recipe.heads)
    writer.add_rope_dimension_count(recipe.width // recipe.heads)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(symbols))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(list(symbols.pieces))
    writer.add_token_scores([0.0] * len(symbols))
    writer.add_token_types([_type(number, symbols) for number in range(len(symbols))])
    writer.add_unk_token_id(UNKNOWN)
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(_TEMPLATE)


def _type(number: int, symbols: Symbols) -> int:
    import gguf

    kinds = gguf.TokenType
    if number == UNKNOWN:
        return int(kinds.UNKNOWN)
    # Bytes are for reading rare characters. As control tokens they cannot be written: under a grammar that asks for
    # an unlikely character the engine would otherwise spell any character byte by byte.
    if number < symbols.first_mark:
        return int(kinds.CONTROL)
    return int(kinds.USER_DEFINED if number < symbols.first_character else kinds.NORMAL)


def _name(name: str) -> str:
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    _, _, number, rest = name.split(".", 3)
    inner, _, kind = rest.rpartition(".")
    return f"blk.{number}.{_LAYER[inner]}.{kind}"


def _interleaved(values: Any, heads: int) -> Any:
    """Rows of a query or key matrix in llama.cpp's order: the halves of each head's rotation pairs side by side."""
    rows, columns = values.shape
    return values.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns).copy()
