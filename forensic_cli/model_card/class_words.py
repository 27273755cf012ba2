"""The words by which classes of AI-made and of real pictures are called: the one list of them.

Two questions are asked of a name. What it *means*, where nothing else says: every word of it must
be known. And what it *implies*, to find a contradiction: one word that is known is enough.
"""

import re
import unicodedata

from forensic_cli.records import LABEL_AI, LABEL_REAL

_AI = """
ai aiart aigc aigenerated aimade artificial artificially artificialintelligence cgan deepfake
deepfakes fake faked fakes generated generative gan machinemade synth synthesised synthesized
synthetic synthetics
가짜 생성 인공 인공지능 합성 딥페이크
假 伪造 偽造 合成 生成 人工智能 人工 偽物 フェイク
"""
_GENERATORS = """
adm biggan cyclegan dall dalle ddpm diffusion firefly flux gaugan glide imagen latentdiffusion
ldm midjourney progan sd sdxl stablediffusion stargan stylegan vqdm wukong
"""
_REAL = """
authentic genuine hum human humans humanmade nature natural original originals pristine real
realism reals unaltered
실제 실사 자연 진짜 원본 사람
真 真实 真實 真人 自然 原图 本物 リアル
"""
# They say nothing of either, before or after a word, or as part of it.
_NEITHER = """
a an art artwork artworks by category class content created data dataset deep e face faces file
files folder form group image images img imgs kind label labels made photo photograph
photographs photos pic pics picture pictures sample samples set source stable the type v version vs
이미지 사진 그림 얼굴 영상
图 图像 图片 圖像 照片 画像 写真
"""
_NOT = "no non not un without anti 非 不 아님 비"
GENERATOR_WORDS = frozenset(_GENERATORS.split())
AI_WORDS = frozenset(_AI.split()) | GENERATOR_WORDS
REAL_WORDS = frozenset(_REAL.split())
_NEUTRAL = frozenset(_NEITHER.split())
_NEGATIONS = frozenset(_NOT.split())
_WORDS = re.compile(
    r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z\uac00-\ud7a3]+|[\uac00-\ud7a3]+", re.UNICODE
)
_PLAIN = re.compile(r"[a-z]+")


def meaning(name: str) -> int | None:
    """The label that a class name means, None where it means none for certain.

    Numbers before and after it (``0_real``) and words that say nothing (``real_images``) change
    nothing; any other word does.
    """
    words = _words(name)
    labels = {_label(word) for word in words if word not in _NEUTRAL}
    return labels.pop() if len(labels) == 1 else None


def implied(name: str) -> int | None:
    """The label that words in a class name imply, None where they imply none or both.

    Wider than ``meaning``: good for a contradiction (``Real photo`` with label 0), not for a guess.
    """
    words = _words(name)
    if _NEGATIONS.intersection(words):
        return None
    labels = {_label(word) for word in words} - {None}
    return labels.pop() if len(labels) == 1 else None


def is_generator(name: str) -> bool:
    """Whether a name is a generator's and says nothing else: of a class, or of a whole source."""
    said = [word for word in _words(name) if word not in _NEUTRAL]
    return bool(said) and all(GENERATOR_WORDS.intersection(_forms(word)) for word in said)


def _words(name: str) -> list[str]:
    text = unicodedata.normalize("NFKC", name)
    whole = text.casefold()
    # "ai", "AI" and "Ai" are one word each; "AiArtData" are three, "aigenerated" is one.
    joined = whole.replace("-", "").replace(" ", "").replace("_", "").strip("0123456789.")
    if _label(joined) is not None:
        return [joined]
    return [word.casefold() for word in _WORDS.findall(text)]


def _label(word: str) -> int | None:
    for form in _forms(word):
        if form in AI_WORDS:
            return LABEL_AI
        if form in REAL_WORDS:
            return LABEL_REAL
    return None


def _forms(word: str) -> list[str]:
    """The word, and what is left of it without a neutral word at its beginning or end."""
    forms = [word]
    for neutral in _NEUTRAL:
        if len(neutral) > 1 or not _PLAIN.fullmatch(neutral):
            forms += [word.removesuffix(neutral), word.removeprefix(neutral)]
    return forms
