"""What class names mean, what they contradict, and what is left to be asked."""

import pytest

from forensic_cli.model_card.class_words import AI_WORDS, REAL_WORDS, implied, meaning

AI = (
    "ai", "AI", "Ai", "artificial", "Fake", "FAKE", "fakes", "generated", "synthetic", "0_fake",
    "1_fake", "fake_images", "AI-generated", "AI generated", "ai_generated", "AIGenerated",
    "aigenerated", "AI_generated_images", "AiArtData", "Deepfake", "DeepFake", "deep-fake",
    "midjourney", "Midjourney_v5", "StableDiffusion", "stable diffusion 1.4", "sdxl", "dalle",
    "DALL-E 3", "gan", "StyleGAN2", "biggan", "glide", "fakeimages", "Fake Faces", "AI Art",
    "가짜", "가짜 이미지", "가짜이미지", "AI 이미지", "AI이미지", "인공지능",
    "생성", "딥페이크", "1.가짜",
    "假", "假图片", "合成", "人工智能", "生成图像", "フェイク",
    "\uff21\uff29", "class 0: fake", "made by AI",
)  # fmt: skip
REAL = (
    "real", "Real", "REAL", "0_real", "1_real", "real_images", "RealArt", "Realism", "hum", "human",
    "Humans", "human-made", "nature", "authentic", "Genuine", "original", "pristine", "real photo",
    "Real Photos", "realimages", "진짜", "진짜 사진", "진짜사진",
    "실제", "실사", "원본", "真", "真实",
    "真实图片", "本物", "label_real", "class_1_real", "natural images",
)  # fmt: skip
ASKED = (
    "", "LABEL_0", "LABEL_1", "0", "1", "class 0", "positive", "negative", "cat", "yes", "true",
    "real_fake", "fake vs real", "not_fake", "not real", "non-AI", "nonfake", "unreal", "ai_human",
    "human_generated", "AI-edited photo", "photo", "photorealistic", "edited", "manipulated",
    "images", "sad", "rain", "paint", "surreal", "realtor", "humanoid",
)  # fmt: skip


@pytest.mark.parametrize("name", AI)
def test_ai(name: str) -> None:
    assert (meaning(name), implied(name)) == (0, 0)


@pytest.mark.parametrize("name", REAL)
def test_real(name: str) -> None:
    assert (meaning(name), implied(name)) == (1, 1)


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked(name: str) -> None:
    assert meaning(name) is None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Real photo of a cat", 1), ("AI-edited photo", 0), ("fake or manipulated", 0),
        ("a human at work", 1), ("not AI", None), ("non-real", None), ("AI or human", None),
        ("cat", None), ("LABEL_0", None),
    ],
)  # fmt: skip
def test_what_contradicts(name: str, label: int | None) -> None:
    assert implied(name) == label


def test_no_word_is_in_both_lists() -> None:
    assert not AI_WORDS & REAL_WORDS
