"""What samples of a voice are like, beside the base and the writer: manner, slop, variety, and what is copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bimo.critique.originality import copied, slop, variety
from bimo.critique.style import delta, manner
from bimo.text.errors import Language


@dataclass(frozen=True, slots=True)
class Judged:
    """Figures of all samples of one way together.

    `distance` is Cosine-Delta to the writer's training text (0 the same manner), `author` the mean chance that a
    classifier gives the writer, `run` the longest run of words or 字 that stands in the training text as well.
    """

    distance: float
    author: float
    slop: float
    distinct: float
    run: int
    run_text: str


def judge(samples: Sequence[str], corpus: str, lang: Language, chances: Sequence[float]) -> Judged:
    """The figures of `samples` against the training text `corpus`; `chances` are those of the classifier."""
    whole = "\n\n".join(samples)
    longest = next(iter(copied(whole, corpus, lang, least=5)), None)
    return Judged(
        distance=delta(manner(whole, lang), manner(corpus, lang)),
        author=sum(chances) / len(chances) if chances else 0.0,
        slop=slop(whole, lang).value,
        distinct=variety(whole, lang)[1].value,
        run=longest.units if longest else 0,
        run_text=longest.there.of(corpus) if longest else "",
    )


def nearer(samples: Sequence[str], rivals: Sequence[str], corpus: str, lang: Language) -> float:
    """How often a sample stands nearer to the writer's manner than its rival, who answered the same: 0 to 1."""
    target = manner(corpus, lang)
    won = 0.0
    for one, two in zip(samples, rivals, strict=True):
        here, there = (delta(manner(each, lang), target) for each in (one, two))
        won += 1.0 if here < there else 0.5 if here == there else 0.0
    return won / max(1, len(samples))


class Classifier:
    """The simple baseline: TF-IDF over runs of two to four characters and a logistic regression.

    Learns the writer's passages against the bare base's answers; never used to choose a voice.
    """

    def __init__(self, author: Sequence[str], others: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        self._model = make_pipeline(
            TfidfVectorizer(analyzer="char", ngram_range=(2, 4), min_df=2, sublinear_tf=True),
            LogisticRegression(max_iter=1000, class_weight="balanced"),
        )
        self._model.fit([*author, *others], [1] * len(author) + [0] * len(others))

    def chances(self, texts: Sequence[str]) -> list[float]:
        """How likely each text is the writer's, 0 to 1."""
        return [float(row[1]) for row in self._model.predict_proba(list(texts))]
